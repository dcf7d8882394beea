// The fraud prover of a sidecar. When the retriever finds a certified header whose encoding is invalid, the fraud prover searches
// for evidence, keeps it, and submits it to L1 if an account is configured. The caller of the retriever waits for none of this.
//
// Guarantees:
// - Bounded: One search and one submission run at a time; at most `CASES_MAX` headers are in progress.
// - Evidence is durable: Evidence is on disk before it is submitted, and is never dropped.
// - Retried: Evidence that L1 lacks is submitted after a restart and whenever its header is found again.
import {
  type CertifiedEvidence,
  type EvidenceFile,
  readEvidenceFile,
  toEvidenceFile,
} from '../disputes/evidence-file.ts'
import { submitEvidence } from '../disputes/submit-evidence.ts'
import { findEvidence } from '../disputes/evidence-search.ts'
import { sliversFromNodes } from '../disputes/sliver-sources.ts'
import type { Retriever } from '../client/retriever.ts'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { Get } from '../client/storage-node.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { TransactionSender } from '../l1/tx-manager/tx-manager.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { untilAborted, withDeadline } from '../runtime/async/deadline.ts'
import { KeyedMutex } from '../runtime/async/keyed-mutex.ts'
import { retry } from '../runtime/async/retry.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { RecordFolder, type Records } from '../store/records.ts'

export type FraudProverOptions = {
  /** Folder of the evidence. */
  readonly dir: string
  readonly kernel: Kernel
  readonly get: Get
  readonly disputes: Pick<Disputes, 'address' | 'faultsOf' | 'openingsSubmitted'>
  /** Pays for submissions; undefined: evidence is kept and not submitted. */
  readonly account: Pick<TransactionSender, 'address' | 'send'> | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

type KeptEvidence = { readonly file: EvidenceFile; readonly proven: boolean }

const SCHEMA = 'floe-evidence-1'
/** Beyond it new evidence is not kept: the oldest is the most valuable. */
const KEPT_MAX = 256
const CASES_MAX = 16
const SEARCH_TIMEOUT_MS = 120_000
const SLIVER_TIMEOUT_MS = 10_000
const SUBMISSION_RETRIES = { attemptsMax: 20, backoffMs: 15_000, backoffMsMax: 15_000 }

export class FraudProver {
  readonly #options: FraudProverOptions
  readonly #folder: RecordFolder
  /** By the digest of the header. */
  readonly #kept: Records<KeptEvidence>
  /** Headers in progress, from the search to the end of the submission. */
  readonly #cases = new SingleFlight<Hex, void>()
  readonly #mutex = new KeyedMutex<'search' | 'submission'>()
  readonly #closing = new AbortController()
  readonly #countResult: (result: 'found' | 'none' | 'proven') => void

  /** @throws FloeError `configuration` when another process has the folder open */
  static async open(options: FraudProverOptions): Promise<FraudProver> {
    return new FraudProver(options, await RecordFolder.open(options.dir, SCHEMA))
  }

  private constructor(options: FraudProverOptions, folder: RecordFolder) {
    this.#options = options
    this.#folder = folder
    this.#kept = folder.records('kept')
    const results = options.metrics.counter(
      'floe_sidecar_evidence_total',
      'Searches for evidence against certified headers with an invalid encoding, by result',
      ['result'],
    )
    this.#countResult = (result) => results.inc({ result })
  }

  /** Starts a case against a header, unless one is in progress or it is proven. Returns immediately, and never throws. */
  openCase(checked: CheckedCertificate): void {
    const { digest } = checked
    if (this.#closing.signal.aborted || this.#cases.size >= CASES_MAX) return
    const known = this.#kept.get(digest)
    if (known === undefined) this.#startCase(digest, async () => this.#search(checked))
    else if (!known.proven)
      this.#startCase(digest, async () => readKept(known, { certificate: async () => checked }))
  }

  /** Starts a case for all evidence on disk that L1 lacks. */
  resume(retriever: Pick<Retriever, 'certificate'>): void {
    if (this.#options.account === undefined) return
    for (const { key, value } of this.#kept.first(KEPT_MAX))
      if (!value.proven) this.#startCase(key as Hex, async () => readKept(value, retriever))
  }

  /** Ends all cases. Evidence that was not submitted stays on disk. */
  async close(): Promise<void> {
    this.#closing.abort(new FloeError('unavailable', 'The sidecar is closing.'))
    await Promise.all(this.#cases.values())
    await this.#folder.close()
  }

  #startCase(digest: Hex, find: () => Promise<CertifiedEvidence | undefined>): void {
    if (!this.#cases.has(digest)) void this.#cases.run(digest, async () => this.#runCase(digest, find))
  }

  /** Never rejects. */
  async #runCase(digest: Hex, find: () => Promise<CertifiedEvidence | undefined>): Promise<void> {
    try {
      const evidence = await this.#exclusively('search', find)
      if (evidence !== undefined) await this.#exclusively('submission', async () => this.#submit(evidence))
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#options.logger.warn({ digest, reason: asFloeError(error).message }, 'header not disproved yet')
    }
  }

  async #exclusively<T>(task: 'search' | 'submission', work: () => Promise<T>): Promise<T> {
    return this.#mutex.run([task], async () => {
      this.#closing.signal.throwIfAborted()
      return work()
    })
  }

  /** Evidence against a header from the slivers that storage nodes serve, kept on disk; undefined: they prove nothing. */
  async #search(checked: CheckedCertificate): Promise<CertifiedEvidence | undefined> {
    const { kernel, get, clock, logger } = this.#options
    const { digest, header, committee } = checked
    const subject = { header, geometry: committee.geometry }
    const result = await withDeadline(
      { clock, timeoutMs: SEARCH_TIMEOUT_MS, signals: [this.#closing.signal] },
      async (signal) => {
        const slivers = sliversFromNodes(checked, { kernel, get, timeoutMs: SLIVER_TIMEOUT_MS, signal })
        return findEvidence(kernel, subject, slivers)
      },
    )
    this.#countResult(result.kind === 'evidence' ? 'found' : 'none')
    if (result.kind === 'none') {
      logger.warn(
        { digest, missing: result.missing.length },
        'evidence not found in the slivers that are served',
      )
      return undefined
    }
    const { evidence } = result
    logger.warn({ digest, kind: evidence.kind }, 'evidence found against a certified header')
    await this.#keep({ checked, evidence }, false)
    return { checked, evidence }
  }

  /** Submits evidence until L1 holds the header to be invalid. Does nothing without an account. */
  async #submit(evidence: CertifiedEvidence): Promise<void> {
    const { account, disputes, clock, logger } = this.#options
    if (account === undefined) return
    const { digest } = evidence.checked
    const onRetry = ({ message }: FloeError): void =>
      logger.warn({ digest, reason: message }, 'evidence not accepted by L1 yet')
    const signal = this.#closing.signal
    // After an abort the transactions continue: they are in the account's journal, where the case of the next start finds them.
    await retry({ clock, signal, onRetry, ...SUBMISSION_RETRIES }, async () =>
      untilAborted(submitEvidence(disputes, account, evidence), signal),
    )
    await this.#keep(evidence, true)
    this.#countResult('proven')
    logger.warn({ digest }, 'evidence accepted by L1')
  }

  async #keep(evidence: CertifiedEvidence, proven: boolean): Promise<void> {
    const { digest } = evidence.checked
    if (this.#kept.get(digest) === undefined && this.#kept.count() >= KEPT_MAX) {
      this.#options.logger.error({ digest, keptMax: KEPT_MAX }, 'evidence not kept: the maximum is reached')
      return
    }
    const value: KeptEvidence = { file: toEvidenceFile(evidence), proven }
    await this.#folder.write(() => this.#kept.put(digest, value), JSON.stringify(value).length)
  }
}

/** Kept evidence, checked again. @throws FloeError as `readEvidenceFile` */
async function readKept(
  { file }: KeptEvidence,
  retriever: Pick<Retriever, 'certificate'>,
): Promise<CertifiedEvidence> {
  return readEvidenceFile(JSON.stringify(file), retriever)
}
