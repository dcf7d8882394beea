// The keys that a sidecar's configuration names.
import type { Domain } from '../protocol/header.ts'
import { type Secp256k1, addressOfSecretKey } from '../protocol/signature.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import type { SidecarConfig } from './config.ts'
import type { HeaderSigner } from './dispersal.ts'

export type SidecarKeys = {
  /** The disperser. */
  readonly signer: HeaderSigner
  /** Of the account that pays for posts. */
  readonly posterKey: Uint8Array
}

/** Undefined: the sidecar is read-only. @throws FloeError `configuration` for a key that cannot be read */
export async function readKeys(
  { keyFile, posterKeyFile = keyFile }: SidecarConfig,
  { curve, domain }: { readonly curve: Secp256k1; readonly domain: Domain },
): Promise<SidecarKeys | undefined> {
  if (keyFile === undefined || posterKeyFile === undefined) return undefined
  const secretKey = await readSecretKey(keyFile)
  return {
    signer: { curve, domain, secretKey, address: addressOfSecretKey(secretKey) },
    posterKey: await readSecretKey(posterKeyFile),
  }
}
