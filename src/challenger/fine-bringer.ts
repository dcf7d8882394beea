// Brings fines (docs/protocol.md §7.3). Those that pay this account come first and cost what they cost. Those that pay another
// account are sent within the spending budget when that account has not done it for half of the time: a guilty party's friend can
// record a fault first and leave it unfined.
import type { CertifiedHeader } from '../client/certified-header.ts'
import type { BudgetedSender } from '../disputes/budgeted-sender.ts'
import type { Fine, Fines } from '../disputes/fines.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import type { RecentPosts } from './recent-posts.ts'
import type { RecordedFault, RecordedFaults } from '../disputes/recorded-faults.ts'

export type FineBringerOptions = {
  readonly faults: Pick<RecordedFaults, 'all' | 'remove'>
  readonly posts: Pick<RecentPosts, 'get'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly disputes: Pick<Disputes, 'expiredPairOf' | 'proofOf'>
  readonly fines: Pick<Fines, 'overPair' | 'overProof'>
  readonly windowSeconds: number
  readonly sender: Pick<BudgetedSender, 'send' | 'account'>
  readonly logger: Pick<Logger, 'warn'>
  readonly onEvent: (event: 'fined') => void
}

/** The pass of one moment. */
export type FinePass = {
  /** Unix seconds, of the newest block. */
  readonly timestamp: number
  /** Called with an error about one fault; the others are looked at nevertheless. */
  readonly onError: (error: unknown) => void
  readonly signal: AbortSignal
}

type Opened = { readonly beneficiary: Hex; readonly sinceSeconds: number }

/** The share of the time for a fine that is left to the account that gets half of it. */
const SHARE_OF_BENEFICIARY = 0.5

export class FineBringer {
  readonly #options: FineBringerOptions

  constructor(options: FineBringerOptions) {
    this.#options = options
  }

  /** Brings the fines that are due. Rejects only when the signal has aborted. */
  async bring(pass: FinePass): Promise<void> {
    for (const fault of this.#options.faults.all()) {
      pass.signal.throwIfAborted()
      await this.#bringOver(fault, pass).catch(pass.onError)
    }
  }

  async #bringOver(fault: RecordedFault, { timestamp, signal }: FinePass): Promise<void> {
    const { faults, windowSeconds, sender, logger, onEvent } = this.#options
    const opened = await this.#openedFine(fault, timestamp)
    if (opened === 'ended') return faults.remove(fault)
    if (opened === undefined) return undefined
    const isOwn = opened.beneficiary === sender.account.address
    const mayStart = isOwn || timestamp > opened.sinceSeconds + windowSeconds * SHARE_OF_BENEFICIARY
    const certified = mayStart ? await this.#certifiedOf(fault) : undefined
    if (certified === undefined) return undefined
    const fine = await this.#fine(fault, certified, timestamp, signal)
    if (!('intent' in fine)) return undefined
    const { outcome } = isOwn ? await sender.account.send(fine.intent) : await sender.send(fine.intent)
    if (outcome !== 'mined') return undefined
    onEvent('fined')
    const { due, account, beneficiary } = fine
    return logger.warn({ digest: fault.digest, due, account, beneficiary }, 'deposit fined')
  }

  /** Since when a fine over the fault can be sent, and for whom; undefined: not now, `ended`: no more. */
  async #openedFine(fault: RecordedFault, timestamp: number): Promise<Opened | 'ended' | undefined> {
    const { disputes, windowSeconds } = this.#options
    if (fault.kind === 'pair') {
      const expired = await disputes.expiredPairOf(fault.digest, fault.pair)
      if (expired === undefined) return undefined
      const { challenger, expiredAt, fined } = expired
      if (timestamp > expiredAt + 2 * windowSeconds) return 'ended'
      const ofDisperser = timestamp > expiredAt + windowSeconds
      const sinceSeconds = expiredAt + (ofDisperser ? windowSeconds : 0)
      return fined ? undefined : { beneficiary: challenger, sinceSeconds }
    }
    const { proven, finedOverInconsistent } = await disputes.proofOf(fault.digest)
    if (proven === undefined) return undefined
    if (timestamp > proven.provedAt + windowSeconds) return 'ended'
    return finedOverInconsistent ? undefined : { beneficiary: proven.prover, sinceSeconds: proven.provedAt }
  }

  async #fine(
    fault: RecordedFault,
    certified: CertifiedHeader,
    timestamp: number,
    signal: AbortSignal,
  ): Promise<Fine> {
    const { fines } = this.#options
    return fault.kind === 'pair'
      ? fines.overPair(certified, fault.pair, { timestamp, signal })
      : fines.overProof(certified, { timestamp, signal })
  }

  /** Undefined for a header that was posted before this challenger began to follow. */
  async #certifiedOf(fault: RecordedFault): Promise<CertifiedHeader | undefined> {
    const header = fault.kind === 'pair' ? fault.header : this.#options.posts.get(fault.digest)?.header
    return header && this.#certified(fault.digest, header)
  }

  async #certified(digest: Hex, header: Header): Promise<CertifiedHeader> {
    return { digest, header, committee: await committeeFor(header.epoch, this.#options.committees) }
  }
}
