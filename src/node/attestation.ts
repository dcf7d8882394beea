// Attestations of a storage node (docs/protocol.md §4): signatures that it durably holds all of its pairs of every header under
// a headersRoot. A node signs only what its sliver store holds, so everything signed has been written to disk first.
import { type Hex, equalBytes, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import { type Domain, attestationDigest, headersTree } from '../protocol/header.ts'
import { type Secp256k1, addressOfSecretKey, recoverSigner } from '../protocol/signature.ts'
import type { SliverStore } from '../store/sliver-store.ts'

export type Attestation = { readonly signer: Hex; readonly signature: Hex }

export type AttesterOptions = {
  readonly curve: Secp256k1
  readonly domain: Domain
  readonly secretKey: Uint8Array
}

/** Signs attestations with the key of one operator. */
export class Attester {
  /** Address of the operator. */
  readonly signer: Hex
  readonly #curve: Secp256k1
  readonly #domain: Domain
  readonly #secretKey: Uint8Array

  constructor({ curve, domain, secretKey }: AttesterOptions) {
    this.signer = addressOfSecretKey(secretKey)
    this.#curve = curve
    this.#domain = domain
    this.#secretKey = secretKey
  }

  /** Signs Attestation(headersRoot, epoch). The caller ensures that the statement is true. */
  attest(headersRoot: Uint8Array, epoch: number): Attestation {
    const digest = attestationDigest(this.#domain, headersRoot, epoch)
    const signature = this.#curve.sign(digest, this.#secretKey)
    // A faulty signature can reveal the key; checking one costs less than a tenth of a millisecond.
    assert(
      recoverSigner(this.#curve, digest, signature) === this.signer,
      'a signature recovers to its signer',
    )
    return { signer: this.signer, signature: toHex(signature) }
  }
}

/** Headers of one epoch, by their digests, in the order of their headersRoot. */
export type HeaderList = { readonly epoch: number; readonly digests: readonly Hex[] }

/** The first header of `list` that this node cannot attest, and why; undefined when it can attest all of them. */
export function firstNotHeld(
  store: Pick<SliverStore, 'batch'>,
  signer: Hex,
  list: HeaderList,
  nowSeconds: number,
): { readonly digest: Hex; readonly reason: string } | undefined {
  for (const digest of list.digests) {
    const batch = store.batch(digest)
    if (batch === undefined || batch.operator !== signer) return { digest, reason: 'it is not stored here' }
    const { epoch, expiry } = batch.header
    if (epoch !== list.epoch) return { digest, reason: `its epoch is ${epoch}` }
    if (expiry <= nowSeconds) return { digest, reason: `it expired at ${expiry}` }
  }
  return undefined
}

/** Attests all headers of `list`. @throws FloeError `not-held` that names the first one that this node cannot attest */
export function attestHeld(
  store: Pick<SliverStore, 'batch'>,
  attester: Attester,
  list: HeaderList,
  nowSeconds: number,
): Attestation {
  const missing = firstNotHeld(store, attester.signer, list, nowSeconds)
  if (missing !== undefined) {
    const { digest, reason } = missing
    throw new FloeError('not-held', `Cannot attest ${digest} for epoch ${list.epoch}: ${reason}.`, {
      facts: { digest, epoch: list.epoch, reason },
      remedy: 'Leave it out, or disperse it to this node again.',
    })
  }
  const { root } = headersTree(list.digests.map(fromHex), 0)
  assert(
    list.digests.length > 1 || equalBytes(root, fromHex(list.digests[0] as Hex)),
    'the root of one header is its digest',
  )
  return attester.attest(root, list.epoch)
}
