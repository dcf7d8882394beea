// Attests headers whose pairs a storage node already holds: lists that are to be posted together, and single headers for readers.
//
// Guarantees:
// - Signed means stored: each header of a signed list is in the store, whole, under this operator's key and of the named epoch.
// - Time to check: a list is signed only while a post of each header leaves the Ledger's notice (docs/protocol.md §6.2).
// - Two epochs: lists are signed for the current epoch and the one before only, so that an operator can leave (§7.6).
import type { Committees } from '../l1/committees.ts'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { headersTree } from '../protocol/header.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import type { SliverStore } from '../store/sliver-store.ts'
import { signingCommittee, wrongEpoch } from './admission.ts'
import type { Attestation, Attester } from './attestation.ts'

/** Headers of one epoch, by their digests, in the order of their headersRoot. */
export type HeaderList = { readonly epoch: number; readonly digests: readonly Hex[] }

export type HeaderAttesterOptions = {
  readonly sliverStore: Pick<SliverStore, 'batch' | 'isWhole'>
  readonly attester: Attester
  readonly committees: Pick<Committees, 'current' | 'ofEpoch'>
  /** The Ledger's notice. */
  readonly noticeSeconds: number
  readonly clock: Clock
}

export class HeaderAttester {
  readonly #options: HeaderAttesterOptions

  constructor(options: HeaderAttesterOptions) {
    this.#options = options
  }

  /** Address of the operator. */
  get signer(): Hex {
    return this.#options.attester.signer
  }

  /**
   * One signature over all headers of `list`.
   * @throws FloeError `not-held` that names the first header that this node does not attest, `wrong-epoch`, `unavailable`
   */
  async attest(list: HeaderList): Promise<Attestation> {
    const { attester, committees, noticeSeconds, clock } = this.#options
    const current = await committees.current()
    const committee = await signingCommittee(list.epoch, current, committees)
    if (committee === undefined) throw wrongEpoch(list.epoch, current.epoch)
    await this.#checkHeld(list, unixSeconds(clock) + noticeSeconds)
    return attester.attest(headersTree(list.digests.map(fromHex), 0).root, committee.root)
  }

  /**
   * This node's signature over one header that it has attested before; undefined once the header has expired, if its pairs are damaged
   * or were stored under a former key, and while its committee cannot be read.
   */
  async repeat(digest: Hex): Promise<Hex | undefined> {
    const { sliverStore, attester, committees, clock } = this.#options
    const batch = sliverStore.batch(digest)
    if (batch?.operator !== attester.signer || batch.header.expiry <= unixSeconds(clock)) return undefined
    if (!(await sliverStore.isWhole(digest))) return undefined
    const committee = await committees.ofEpoch(batch.header.epoch).catch(() => undefined)
    return committee && attester.attest(fromHex(digest), committee.root).signature
  }

  async #checkHeld({ epoch, digests }: HeaderList, expiryMin: number): Promise<void> {
    const { sliverStore, attester } = this.#options
    for (const digest of digests) {
      const batch = sliverStore.batch(digest)
      if (batch?.operator !== attester.signer) throw notHeld(digest, epoch, 'it is not stored here')
      const { header } = batch
      if (header.epoch !== epoch) throw notHeld(digest, epoch, `its epoch is ${header.epoch}`)
      if (header.expiry < expiryMin)
        throw notHeld(digest, epoch, `it expires at ${header.expiry}, and a post needs at least ${expiryMin}`)
      if (!(await sliverStore.isWhole(digest)))
        throw notHeld(digest, epoch, 'what is stored of it is damaged')
    }
  }
}

function notHeld(digest: Hex, epoch: number, reason: string): FloeError {
  return new FloeError('not-held', `Cannot attest ${digest} for epoch ${epoch}: ${reason}.`, {
    facts: { digest, epoch, reason },
    remedy: 'Leave it out, or disperse it to this node again.',
  })
}
