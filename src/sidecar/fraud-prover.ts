// The fraud prover of a sidecar. When the retriever finds a certified header whose encoding is invalid, the fraud prover searches
// for evidence, keeps it, and, if an account is configured, submits it to L1 and brings the fine of the disperser. Only posted headers
// are disputed, so it posts the certificate first where no account has. The caller of the retriever waits for none of this.
//
// Guarantees:
// - Bounded: One search and one submission run at a time; at most `CASES_MAX` headers are in progress.
// - Evidence is durable: Evidence is on disk before it is submitted, and is never dropped.
// - Retried: Evidence that L1 lacks is submitted after a restart and whenever its header is found again.
import {
  type EvidenceFile,
  type HeaderEvidence,
  readEvidenceFile,
  toEvidenceFile,
} from '../disputes/evidence-file.ts'
import type { PostedPlace } from '../disputes/posted-place.ts'
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import { submitEvidence } from '../disputes/submit-evidence.ts'
import { findEvidence } from '../disputes/evidence-search.ts'
import type { Fines } from '../disputes/fines.ts'
import { sliversFromNodes } from '../disputes/sliver-sources.ts'
import type { Retriever } from '../client/retriever.ts'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { Get } from '../client/storage-node.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { ShownHeader } from '../l1/posted.ts'
import type { Poster } from '../l1/poster.ts'
import type { TransactionSender } from '../l1/tx-manager/tx-manager.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { untilAborted, withDeadline } from '../runtime/async/deadline.ts'
import { KeyedMutex } from '../runtime/async/keyed-mutex.ts'
import { retry } from '../runtime/async/retry.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { RecordFolder, type Records } from '../store/records.ts'

export type FraudProverOptions = {
  /** Folder of the evidence. */
  readonly dir: string
  readonly domain: Domain
  readonly kernel: Kernel
  readonly get: Get
  readonly disputes: Pick<Disputes, 'address' | 'faultsOf' | 'openingsSubmitted'>
  /** Where a header stands posted: at the given place, or at another. */
  readonly placeOf: (digest: Hex, shown: ShownHeader) => Promise<PostedPlace>
  readonly follower: Pick<DisputeFollower, 'sync'>
  readonly fines: Pick<Fines, 'overProof'>
  /** Undefined: evidence is kept and not submitted. */
  readonly paying: PayingParts | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What sends transactions; one account pays for all. */
export type PayingParts = {
  readonly account: Pick<TransactionSender, 'address' | 'send'>
  readonly poster: Pick<Poster, 'postOne'>
}

/** `proven`: L1 has it. `settled`: and the fine was paid, or none is due to this account. */
type CaseState = 'found' | 'proven' | 'settled'

type KeptEvidence = { readonly file: EvidenceFile; readonly commitment: Hex; readonly state: CaseState }

/** Evidence against a header, with the certificate by which the header can be posted. */
type Case = { readonly checked: CheckedCertificate; readonly found: HeaderEvidence }

const SCHEMA = 'floe-evidence-3'
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
  readonly #countResult: (result: 'found' | 'none' | 'proven' | 'fined') => void

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

  /** Starts a case against a header, unless one is in progress or it is settled. Returns immediately, and never throws. */
  openCase(checked: CheckedCertificate): void {
    const { digest } = checked
    if (this.#closing.signal.aborted || this.#cases.size >= CASES_MAX) return
    const known = this.#kept.get(digest)
    if (known === undefined) this.#startCase(digest, async () => this.#search(checked))
    else if (known.state !== 'settled')
      this.#startCase(digest, async () => this.#readKept(known, { certificate: async () => checked }))
  }

  /** Starts a case for all evidence on disk that is not settled. */
  resume(retriever: Pick<Retriever, 'certificate'>): void {
    if (this.#options.paying === undefined) return
    for (const { key, value } of this.#kept.first(KEPT_MAX))
      if (value.state !== 'settled') this.#startCase(key as Hex, async () => this.#readKept(value, retriever))
  }

  /** Ends all cases. Evidence that was not submitted stays on disk. */
  async close(): Promise<void> {
    this.#closing.abort(new FloeError('unavailable', 'The sidecar is closing.'))
    await Promise.all(this.#cases.values())
    await this.#folder.close()
  }

  #startCase(digest: Hex, find: () => Promise<Case | undefined>): void {
    if (!this.#cases.has(digest)) void this.#cases.run(digest, async () => this.#runCase(digest, find))
  }

  /** Never rejects. */
  async #runCase(digest: Hex, find: () => Promise<Case | undefined>): Promise<void> {
    const { paying, logger } = this.#options
    try {
      const found = await this.#exclusively('search', find)
      if (found === undefined || paying === undefined) return
      await this.#exclusively('submission', async () => this.#submit(found, paying))
    } catch (error) {
      if (this.#closing.signal.aborted) return
      logger.warn({ digest, reason: asFloeError(error).message }, 'header not disproved yet')
    }
  }

  async #exclusively<T>(task: 'search' | 'submission', work: () => Promise<T>): Promise<T> {
    return this.#mutex.run([task], async () => {
      this.#closing.signal.throwIfAborted()
      return work()
    })
  }

  /** Evidence against a header from the slivers that storage nodes serve, kept on disk; undefined: they prove nothing. */
  async #search(checked: CheckedCertificate): Promise<Case | undefined> {
    const { kernel, get, clock, logger } = this.#options
    const { digest, header, committee, certificate } = checked
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
    const { index, path } = certificate
    const found = { checked, found: { digest, shown: { header, index, path }, evidence } }
    await this.#keep(found, 'found')
    return found
  }

  /** Submits evidence until L1 holds the header to be inconsistent, and brings the fine. */
  async #submit(found: Case, paying: PayingParts): Promise<void> {
    const { disputes, logger } = this.#options
    const { digest } = found.checked
    const shown = await this.#retried(digest, 'header not posted yet', async () =>
      this.#ensurePosted(found, paying),
    )
    await this.#retried(digest, 'evidence not accepted by L1 yet', async () =>
      submitEvidence(disputes, paying.account, { ...found.found, shown }),
    )
    if (this.#kept.get(digest)?.state === 'found') {
      await this.#keep(found, 'proven')
      this.#countResult('proven')
      logger.warn({ digest }, 'evidence accepted by L1')
    }
    await this.#retried(digest, 'disperser not fined yet', async () => this.#fine(found, paying))
    await this.#keep(found, 'settled')
  }

  async #retried<T>(digest: Hex, message: string, work: () => Promise<T>): Promise<T> {
    const { clock, logger } = this.#options
    const log = new ConditionLog({
      logger,
      clock,
      began: message,
      ended: 'case against a disperser continued',
    })
    const onRetry = (error: FloeError): void => log.failed(digest, { digest, reason: error.message })
    const signal = this.#closing.signal
    // After an abort the transactions continue: they are in the account's journal, where the case of the next start finds them.
    const options = { clock, signal, onRetry, ...SUBMISSION_RETRIES }
    const result = await retry(options, async () => untilAborted(work(), signal))
    log.held(digest)
    return result
  }

  /** Only a header that stands posted is disputed, and a certificate that no account posted would otherwise stay undisputed. */
  async #ensurePosted({ checked }: Case, { poster }: PayingParts): Promise<ShownHeader> {
    const { placeOf, logger } = this.#options
    const { certificate, committee, digest } = checked
    let place = await placeOf(digest, certificate)
    if (place.status === 'postable') {
      const { outcome } = await poster.postOne(certificate, committee)
      logger.warn({ digest, outcome }, 'certificate of an invalid encoding posted')
      place = await placeOf(digest, certificate)
    }
    if (place.status === 'stands') return place.shown
    if (place.status === 'postable')
      throw new FloeError('unavailable', `Expected L1 to show the post of ${digest}, it does not yet.`)
    throw new FloeError(
      'refused',
      `Expected a header that stands posted, ${digest} never will: its certificate is invalid for every reader.`,
    )
  }

  /** The prover gets half of the fine. One that proves a header after another account gets nothing, and leaves it to that account. */
  async #fine({ checked }: Case, { account }: PayingParts): Promise<void> {
    const { follower, fines, logger } = this.#options
    const { digest } = checked
    const signal = this.#closing.signal
    const { timestamp } = await follower.sync(signal)
    const fine = await fines.overProof(checked, { timestamp, signal })
    if (fine.due === 'later')
      throw new FloeError(
        'unavailable',
        `Expected the disperser's signature of ${digest}, no node served it.`,
      )
    if (!('intent' in fine) || fine.beneficiary !== account.address) return
    const { outcome } = await account.send(fine.intent)
    if (outcome !== 'mined') return
    this.#countResult('fined')
    logger.warn({ digest, disperser: fine.account }, 'disperser fined')
  }

  async #keep({ checked, found }: Case, state: CaseState): Promise<void> {
    const { digest, commitment } = checked
    if (this.#kept.get(digest) === undefined && this.#kept.count() >= KEPT_MAX) {
      this.#options.logger.error({ digest, keptMax: KEPT_MAX }, 'evidence not kept: the maximum is reached')
      return
    }
    const value: KeptEvidence = { file: toEvidenceFile(found), commitment: toHex(commitment), state }
    await this.#folder.write(() => this.#kept.put(digest, value), JSON.stringify(value).length)
  }

  /** Kept evidence, checked again. @throws FloeError as `readEvidenceFile` and `Retriever.certificate` */
  async #readKept(
    { file, commitment }: KeptEvidence,
    retriever: Pick<Retriever, 'certificate'>,
  ): Promise<Case> {
    const checked = await retriever.certificate(fromHex(commitment))
    const { geometry } = checked.committee
    const found = readEvidenceFile(JSON.stringify(file), { domain: this.#options.domain, geometry })
    return { checked, found }
  }
}
