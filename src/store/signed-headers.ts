// Every signature that a sidecar has of a header: its disperser's, and an attestation of each operator that it heard from.
//
// The attestations save the disperser from a fine: over a pair that no one opened on L1, the disperser pays unless the holder's own
// attestation is shown (docs/protocol.md §7.3). So each is kept, also one that came after the quorum, until no fine is possible.
//
// Guarantees:
// - Kept as long as needed: a record stays until `keptSeconds` after the expiry of its header.
// - Bounded: a header has at most one attestation of a member, whichever came first.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import { orderedKey } from './ordered-key.ts'
import type { RecordFolder, Records } from './records.ts'

/** The signature of a member over an attestation of a headersRoot, and the place of the header under it. */
export type Attestation = { readonly index: number; readonly path: readonly Hex[]; readonly signature: Hex }

export type MemberAttestation = Attestation & { readonly member: number }

export type SignedHeader = {
  readonly header: Header
  /** Absent when another sidecar accepted the batch. */
  readonly disperserSignature?: Hex
  /** By ascending member. */
  readonly attestations: readonly MemberAttestation[]
}

export class SignedHeaders {
  readonly #headers: Records<SignedHeader>
  /** Digests, ordered by when their records are removed. */
  readonly #ends: Records<Hex>
  readonly #keptSeconds: number

  constructor(folder: RecordFolder, keptSeconds: number) {
    this.#headers = folder.records('signedHeaders')
    this.#ends = folder.records('signedHeaderEnds')
    this.#keptSeconds = keptSeconds
  }

  get(digest: Hex): SignedHeader | undefined {
    return this.#headers.get(digest)
  }

  /** Only within a write. Facts that are known already stay as they are. */
  add(digest: Hex, added: SignedHeader): void {
    const known = this.#headers.get(digest)
    const members = new Set(known?.attestations.map(({ member }) => member))
    const fresh = added.attestations.filter(({ member }) => !members.has(member))
    if (known !== undefined && fresh.length === 0) return
    const attestations = [...(known?.attestations ?? []), ...fresh].sort((a, b) => a.member - b.member)
    this.#headers.put(digest, { ...added, ...known, attestations })
    if (known === undefined) this.#ends.put(this.#endKey(digest, added.header), digest)
  }

  /** At most `limit` digests whose records have ended at `now` (unix milliseconds). */
  ended(now: number, limit: number): Hex[] {
    return this.#ends
      .first(limit)
      .filter(({ key }) => key < orderedKey(now + 1, ''))
      .map(({ value }) => value)
  }

  /** Only within a write. */
  remove(digest: Hex): void {
    const known = this.#headers.get(digest)
    if (known === undefined) return
    this.#headers.remove(digest)
    this.#ends.remove(this.#endKey(digest, known.header))
  }

  #endKey(digest: Hex, { expiry }: Header): string {
    return orderedKey((expiry + this.#keptSeconds) * 1000, digest)
  }
}
