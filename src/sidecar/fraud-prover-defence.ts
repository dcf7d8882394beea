// Saves a disperser from fines over pairs that it did not withhold (docs/protocol.md §7.3): over a pair that expired, the disperser
// pays unless the attestation of the pair's holder is shown within a window. So it is shown, from the attestations that the sidecar
// keeps, and the holder pays.
//
// Guarantees:
// - Own headers only: a pair of a header of another disperser is left to others.
// - Never against itself: only a fine of a holder is sent.
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import type { Fines } from '../disputes/fines.ts'
import type { RecordedFault, RecordedFaults } from '../disputes/recorded-faults.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { TransactionSender } from '../l1/tx-manager/tx-manager.ts'
import type { Hex } from '../protocol/bytes.ts'
import { asFloeError } from '../protocol/errors.ts'
import { untilAborted } from '../runtime/async/deadline.ts'
import { runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'

export type DisperserDefenceOptions = {
  readonly disperser: Hex
  readonly follower: Pick<DisputeFollower, 'sync'>
  readonly faults: Pick<RecordedFaults, 'all' | 'remove'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly fines: Pick<Fines, 'overPair'>
  /** Undefined: no account pays, and expired pairs are only reported. */
  readonly account: Pick<TransactionSender, 'send'> | undefined
  readonly clock: Clock
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly onOutcome: (outcome: DefenceOutcome) => void
}

/** `undefended`: nothing that the sidecar has puts the blame on the holder. */
export type DefenceOutcome = 'defended' | 'undefended'

type ExpiredPair = Extract<RecordedFault, { kind: 'pair' }>

const INTERVAL_MS = 10_000

export class DisperserDefence {
  readonly #options: DisperserDefenceOptions
  readonly #failures: ConditionLog
  /** Faults that were reported, so that each is reported once. */
  readonly #reported = new WeakSet<RecordedFault>()

  constructor(options: DisperserDefenceOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'disperser not defended yet', ended: 'disperser defended after failures' }
    this.#failures = new ConditionLog({ logger, clock, ...messages })
  }

  /** Runs until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options
    const messages = { began: 'expired pairs not followed', ended: 'expired pairs followed again' }
    const log = new ConditionLog({ logger, clock, ...messages })
    const onError = (error: unknown): void => {
      if (!signal.aborted) log.failed('pairs', { reason: asFloeError(error).message })
    }
    const step = async (): Promise<void> => {
      await this.#step(signal)
      log.held('pairs')
    }
    await runLoop({ clock, intervalMs: INTERVAL_MS, onError }, step, signal)
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { follower, faults, disperser } = this.#options
    const { timestamp } = await follower.sync(signal)
    for (const fault of faults.all()) {
      if (signal.aborted) return
      if (fault.kind !== 'pair' || fault.header.disperser !== disperser) {
        faults.remove(fault)
        continue
      }
      await this.#defend(fault, timestamp, signal).catch((error: unknown) => {
        if (signal.aborted) return
        const { digest, pair } = fault
        const name = `${digest}/${pair}`
        this.#failures.failed(name, { digest, pair, reason: asFloeError(error).message })
      })
    }
  }

  async #defend(fault: ExpiredPair, timestamp: number, signal: AbortSignal): Promise<void> {
    const { committees, fines, account, faults, logger, onOutcome } = this.#options
    const { digest, header, pair } = fault
    const certified = { digest, header, committee: await committeeFor(header.epoch, committees) }
    const fine = await fines.overPair(certified, pair, { timestamp, signal })
    if (fine.due === 'none') return
    if (fine.due !== 'holder' || account === undefined) {
      this.#report(
        fault,
        account === undefined ? 'no account pays' : 'the attestation of its holder is not known',
      )
      return
    }
    // After an abort the transaction continues: it is in the account's journal.
    const { outcome } = await untilAborted(account.send(fine.intent), signal)
    faults.remove(fault)
    this.#failures.held(`${digest}/${pair}`)
    if (outcome !== 'mined') return
    onOutcome('defended')
    logger.warn({ digest, pair, holder: fine.account }, 'holder of an expired pair fined')
  }

  #report(fault: ExpiredPair, reason: string): void {
    const { logger, onOutcome } = this.#options
    const { digest, pair } = fault
    if (this.#reported.has(fault)) return
    this.#reported.add(fault)
    onOutcome('undefended')
    logger.error({ digest, pair, reason }, 'disperser not defended: it may be fined over an expired pair')
  }
}
