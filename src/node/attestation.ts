// The node's word (docs/protocol.md §4): a signature that it holds, durably, all of its pairs of every header under a
// headersRoot. It is given only for what is in custody, so whoever signs has been through the disk first.
import { type Hex, equalBytes, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import { type Domain, attestationDigest, headersTree } from '../protocol/header.ts'
import { type Secp256k1, addressOfSecretKey, recoverSigner } from '../protocol/signature.ts'
import type { SliverStore } from '../store/sliver-store.ts'

export type Attestation = { readonly signer: Hex; readonly signature: Hex }

export type Attester = {
  readonly signer: Hex
  /** Signs Attestation(headersRoot, epoch). The caller answers for its being true. */
  attest(headersRoot: Uint8Array, epoch: number): Attestation
}

export function createAttester(curve: Secp256k1, domain: Domain, secretKey: Uint8Array): Attester {
  const signer = addressOfSecretKey(secretKey)
  return {
    signer,
    attest: (headersRoot, epoch) => {
      const digest = attestationDigest(domain, headersRoot, epoch)
      const signature = curve.sign(digest, secretKey)
      // A faulty signature can give a key away; checking one costs less than a tenth of a millisecond.
      assert(recoverSigner(curve, digest, signature) === signer, 'a signature recovers to its signer')
      return { signer, signature: toHex(signature) }
    },
  }
}

export type HeldList = { readonly epoch: number; readonly digests: readonly Hex[] }

/** The first of `list` that this node cannot attest, and why; undefined when it holds them all. */
export function firstNotHeld(
  custody: Pick<SliverStore, 'batch'>,
  signer: Hex,
  list: HeldList,
  nowSeconds: number,
): { readonly digest: Hex; readonly reason: string } | undefined {
  for (const digest of list.digests) {
    const batch = custody.batch(digest)
    if (batch === undefined || batch.operator !== signer) return { digest, reason: 'it is not here' }
    const { epoch, expiry } = batch.header
    if (epoch !== list.epoch) return { digest, reason: `it is of epoch ${epoch}` }
    if (expiry <= nowSeconds) return { digest, reason: `it expired at ${expiry}` }
  }
  return undefined
}

/** Attests headers in the order given. @throws FloeError `not-held` that names the first that it cannot */
export function attestHeld(
  node: { readonly custody: Pick<SliverStore, 'batch'>; readonly attester: Attester },
  list: HeldList,
  nowSeconds: number,
): Attestation {
  const missing = firstNotHeld(node.custody, node.attester.signer, list, nowSeconds)
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
    'one header is its own root',
  )
  return node.attester.attest(root, list.epoch)
}
