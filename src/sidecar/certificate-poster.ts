// Posts certificates that a verifier's sidecar is asked for and that no account has posted. A sequencer that keeps a certificate from L1
// would otherwise stall every verifier until the certificate can no longer be posted (docs/protocol.md §8).
//
// Guarantees:
// - Wanted only: a certificate is posted only if its signatures hold and its disperser is in the list of the operator.
// - Once: one transaction a headersRoot, whichever of its certificates are asked for.
// - Within the budget: the sender refuses what exceeds the spending of a day.
// - Bounded: certificates wait in a queue with a limit; one that does not fit is noticed again when it is asked for again.
//
// The state of L1 decides: a headersRoot is looked up again a minute after the last time at the earliest, and only when it is asked for.
import { LRUCache } from 'lru-cache'
import type { CheckedCertificate } from '../client/certified-header.ts'
import { type LedgerReader, headersRootOf } from '../l1/ledger-reader.ts'
import type { Poster } from '../l1/poster.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type ErrorCode, asFloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { PostingStatus } from '../protocol/posting.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'

/** The result of a lookup: the status of the header, or the outcome of its post. */
export type CertificateOutcome = Exclude<PostingStatus, 'postable'> | 'posted' | 'failed' | 'dropped'

export type CertificatePosterOptions = {
  readonly domain: Domain
  readonly reader: Pick<LedgerReader, 'statusOf'>
  /** Spends within a budget. */
  readonly poster: Pick<Poster, 'postOne'>
  /** Only certificates of these dispersers are posted: anyone can ask for a commitment, and a post costs ether. */
  readonly dispersers: ReadonlySet<Hex>
  readonly clock: Clock
  readonly logger: Logger
  readonly onOutcome: (outcome: CertificateOutcome) => void
}

const WAITING_MAX = 256
const REMEMBERED_MAX = 4_096
/** A verifier that waits for a post asks again every few seconds. */
const LOOK_AGAIN_MS = 60_000

type Lookup = {
  readonly at: number
  /** The certificate whose post was tried and may still be mined. Another one would be a second transaction. */
  readonly tried?: CheckedCertificate | undefined
}

export class CertificatePoster {
  readonly #options: CertificatePosterOptions
  /** By headersRoot, in the order in which they were asked for. */
  readonly #waiting = new Map<Hex, CheckedCertificate>()
  readonly #lookups = new LRUCache<Hex, Lookup>({ max: REMEMBERED_MAX })
  readonly #failures: ConditionLog
  /** Codes of failures since the last post. */
  readonly #failed = new Set<ErrorCode>()
  #working: Promise<void> | undefined
  #closed = false

  constructor(options: CertificatePosterOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'certificate not posted', ended: 'certificates posted again' }
    this.#failures = new ConditionLog({ logger, clock, ...messages })
  }

  /** Notes that a certificate was asked for; it is looked up and posted in the background. Never throws. */
  request(checked: CheckedCertificate): void {
    const { domain, dispersers, clock, onOutcome } = this.#options
    if (this.#closed || !dispersers.has(checked.header.disperser)) return
    const headersRoot = headersRootOf(domain, checked.certificate)
    const lookup = this.#lookups.get(headersRoot)
    if (this.#waiting.has(headersRoot)) return
    if (lookup !== undefined && clock.monotonic() < lookup.at + LOOK_AGAIN_MS) return
    if (this.#waiting.size >= WAITING_MAX) {
      onOutcome('dropped')
      return
    }
    this.#waiting.set(headersRoot, lookup?.tried ?? checked)
    this.#working ??= this.#work()
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#working
  }

  /** Drops what waits. The caller closes the account of the poster, which ends the post in flight. */
  close(): void {
    this.#closed = true
    this.#waiting.clear()
  }

  /** One after another: the account has one transaction in flight. */
  async #work(): Promise<void> {
    for (const [headersRoot, checked] of this.#waiting) {
      await this.#lookUp(headersRoot, checked)
      this.#waiting.delete(headersRoot)
    }
    this.#working = undefined
  }

  async #lookUp(headersRoot: Hex, checked: CheckedCertificate): Promise<void> {
    const { reader, clock, onOutcome } = this.#options
    const { certificate, digest } = checked
    const facts = { digest, headersRoot, disperser: certificate.header.disperser }
    let tried = this.#lookups.peek(headersRoot)?.tried
    try {
      const status = await reader.statusOf(certificate)
      if (status !== 'postable') {
        tried = undefined
        onOutcome(status)
        return
      }
      tried = checked
      await this.#post(checked, facts)
    } catch (error) {
      const { code, message, retryable } = asFloeError(error)
      // A contract that refuses it has settled this certificate. Another one of the headersRoot may be accepted.
      if (!retryable) tried = undefined
      this.#failed.add(code)
      this.#failures.failed(code, { ...facts, code, reason: message })
      onOutcome('failed')
    } finally {
      this.#lookups.set(headersRoot, { at: clock.monotonic(), tried })
    }
  }

  async #post({ certificate, committee }: CheckedCertificate, facts: object): Promise<void> {
    const { poster, logger, onOutcome } = this.#options
    const result = await poster.postOne(certificate, committee)
    for (const code of this.#failed) this.#failures.held(code)
    this.#failed.clear()
    if (result.outcome === 'already-there') {
      onOutcome('stands')
      return
    }
    const { transactionHash, blockNumber, gasUsed } = result
    logger.info({ ...facts, transactionHash, blockNumber, gasUsed }, 'certificate posted')
    onOutcome('posted')
  }
}
