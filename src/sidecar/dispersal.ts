// A batch that is ready to be sent to a committee: encoded, under a header that its disperser has signed.
import { type DispersalBody, type Coder, InlineCoder } from '../coding/coder.ts'
import { type Hex, toHex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { encodeDispersalHead } from '../protocol/dispersal.ts'
import { type Domain, type Header, headerDigest } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Secp256k1 } from '../protocol/signature.ts'

/** A signed header, and what each member of the committee is to hold of its batch. */
export type Dispersal = {
  readonly header: Header
  readonly digest: Hex
  readonly signature: Hex
  readonly committee: Committee
  /** One body for each member, in member order. */
  readonly bodies: readonly DispersalBody[]
}

/** The disperser's key, with what it takes to sign headers of one Ledger. */
export type HeaderSigner = {
  readonly curve: Secp256k1
  readonly secretKey: Uint8Array
  readonly address: Hex
  readonly domain: Domain
}

export type DispersalCoding = {
  readonly kernel: Kernel
  /** Where batches are encoded; left out, on this thread with the kernel. */
  readonly coder?: Coder | undefined
  readonly signer: HeaderSigner
}

/** The fields of a header that do not follow from the batch and its committee. */
export type HeaderTerms = { readonly expiry: number; readonly contentHash: Hex }

/**
 * Encodes `batch` for `committee`, signs its header, and lays out the body for every member. The batch must not change until
 * the promise settles.
 * @throws FloeError `overloaded` when too many batches wait to be encoded
 */
export async function prepareDispersal(
  { kernel, coder = new InlineCoder(kernel), signer }: DispersalCoding,
  committee: Committee,
  batch: Uint8Array,
  { expiry, contentHash }: HeaderTerms,
): Promise<Dispersal> {
  const { root, bodies } = await coder.disperse(committee, batch)
  const header: Header = {
    root: toHex(root),
    length: batch.length,
    epoch: committee.epoch,
    expiry,
    disperser: signer.address,
    contentHash,
  }
  const digest = headerDigest(signer.domain, header)
  const signature = toHex(signer.curve.sign(digest, signer.secretKey))
  const head = encodeDispersalHead({ header, signature })
  for (const { parts } of bodies) parts[0]?.set(head)
  return { header, digest: toHex(digest), signature, committee, bodies }
}
