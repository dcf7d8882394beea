// Attestations of a storage node (docs/protocol.md §4): signatures that it durably holds all of its pairs of every header under
// a headersRoot. A node signs only what its sliver store holds, so everything signed has been written to disk first.
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { assert } from '../protocol/errors.ts'
import { type Domain, attestationDigest } from '../protocol/header.ts'
import { type Secp256k1, addressOfSecretKey, recoverSigner } from '../protocol/signature.ts'

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

  /** Signs Attestation(headersRoot, committeeRoot). The caller ensures that the statement is true. */
  attest(headersRoot: Uint8Array, committeeRoot: Hex): Attestation {
    const digest = attestationDigest(this.#domain, headersRoot, fromHex(committeeRoot))
    const signature = this.#curve.sign(digest, this.#secretKey)
    // A faulty signature can reveal the key; checking one costs less than a tenth of a millisecond.
    assert(
      recoverSigner(this.#curve, digest, signature) === this.signer,
      'a signature recovers to its signer',
    )
    return { signer: this.signer, signature: toHex(signature) }
  }
}
