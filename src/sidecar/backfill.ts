// Sends operators the pairs that they lack of a batch once its bodies are out of memory: the batch is retrieved from the committee
// and encoded again. The batch index lists what operators may lack, until each attests that it holds it.
//
// Guarantees:
// - Nothing taken on trust: The certificate of a queued job is checked, and a retrieved batch must encode to its root.
// - Patient with dead members: A member that stays unreachable costs one probe, less and less often.
// - Kept: Every attestation of a member is saved, because it saves the disperser from a fine (docs/protocol.md §7.3).
// - Bounded: Jobs at a time, queued jobs for a member and pages of a sweep all have a maximum.
import { z } from 'zod'
import type { Coder } from '../coding/coder.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { encodeCertificate } from '../protocol/certificate.ts'
import type { Committee, Member } from '../protocol/committee.ts'
import { FloeError, asFloeError, assert } from '../protocol/errors.ts'
import { headersTreePaths } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Retriever } from '../client/retriever.ts'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { Committees } from '../l1/committees.ts'
import type { Job, JobPolicy, JobQueue } from '../queue/queue.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchIndex, ReceivedAttestation } from '../store/batch-index.ts'
import { commitmentSchema } from './commitment-schema.ts'
import { type HeaderSigner, prepareDispersal } from './dispersal.ts'
import type { Operators } from './operators.ts'

/** `held`: the member had the batch by then; `sent`: it has been sent its pairs; `given-up`: it will never hold the batch. */
export type BackfillOutcome = 'held' | 'sent' | 'given-up'

export type BackfillOptions = {
  readonly batchIndex: BatchIndex
  readonly queue: Pick<JobQueue, 'add'>
  readonly retriever: Pick<Retriever, 'get' | 'certificate'>
  readonly committees: Committees
  readonly kernel: Kernel
  readonly coder: Coder
  /** The disperser of the batches, which signs their headers again. */
  readonly signer: HeaderSigner
  readonly operators: Pick<Operators, 'attest' | 'disperse' | 'reachable'>
  /** The Ledger's notice: operators accept no batch that expires sooner. */
  readonly noticeSeconds: number
  readonly clock: Clock
  readonly logger: Logger
  /** Whether the disperser is retrying the member from memory. */
  readonly isRetrying: (digest: Hex, member: number) => boolean
  readonly onOutcome: (outcome: BackfillOutcome) => void
}

/** Each job has a whole batch and its encoding in memory. */
export const backfillPolicy: JobPolicy = {
  concurrency: 2,
  attemptsMax: 4,
  backoffMs: 2_000,
  backoffMsMax: 30_000,
}

const REQUEST_TIMEOUT_MS = 10_000
const PROBE_TIMEOUT_MS = 1_000
/** Jobs that one sweep queues for one member. */
const MEMBER_JOBS_MAX = 64
const PAGE_BATCHES = 512
const SWEEP_PAGES_MAX = 8
/** Milliseconds until a member is visited again; doubled after each visit without progress. */
const VISIT_PAUSE_MS_MIN = 5_000
const VISIT_PAUSE_MS_MAX = 3_600_000

const jobSchema = z.strictObject({
  commitment: commitmentSchema,
  member: z.int().min(0).max(254),
})

/** One batch for one member. */
type BackfillJob = CheckedCertificate & { readonly member: number; readonly owner: Member }

type AskedMember = { readonly committee: Committee; readonly member: number; readonly owner: Member }

type BackfillResult = {
  readonly outcome: BackfillOutcome
  readonly received: readonly ReceivedAttestation[]
}

/** The batches that one member of one epoch may lack. */
type Backlog = { readonly epoch: number; readonly member: number; readonly digests: Hex[] }

export class Backfill {
  readonly #options: BackfillOptions
  readonly #abandoned: ConditionLog
  readonly #visits: VisitSchedule
  /** Attestations that are not on disk yet. Their members are still listed there. */
  #received: ReceivedAttestation[] = []
  /** Where the next sweep begins; empty: at the first batch. */
  #cursor: Hex | '' = ''

  constructor(options: BackfillOptions) {
    this.#options = options
    this.#visits = new VisitSchedule(options.clock)
    const { logger, clock } = options
    this.#abandoned = new ConditionLog({
      logger,
      clock,
      began: 'backfill abandoned',
      ended: 'operator backfilled again',
    })
  }

  /** Visits the members that may lack batches, and queues a job for each batch that one lacks. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { batchIndex } = this.#options
    for (let pages = 0; pages < SWEEP_PAGES_MAX && !signal.aborted; pages++) {
      const page = batchIndex.listIncomplete(this.#cursor, PAGE_BATCHES)
      this.#cursor = page.length < PAGE_BATCHES ? '' : (`${page.at(-1)?.digest ?? ''}\0` as Hex)
      for (const backlog of this.#backlogsOf(page)) {
        if (signal.aborted) return
        await this.#visitIfDue(backlog, signal)
      }
      if (this.#cursor === '') return
    }
  }

  /** Handles one queued job. @throws FloeError when it may succeed later, or `malformed` for a job that is not valid */
  async handle(queued: Job, signal: AbortSignal): Promise<void> {
    const { batchIndex, onOutcome } = this.#options
    const job = await this.#checkJob(queued)
    const { digest, member, header } = job
    const { outcome, received } = await this.#backfillMember(job, signal)
    onOutcome(outcome)
    if (outcome !== 'given-up') this.#visits.reset(memberName(header.epoch, member))
    await batchIndex.saveAttestations(received)
    await batchIndex.removeMissing([{ digest, member }])
  }

  /** A member holds a batch now. The next `flush` writes it to disk; if that fails, the member is asked again. */
  addAttestation(received: ReceivedAttestation): void {
    this.#received.push(received)
  }

  /** Writes the attestations that were added. */
  async flush(): Promise<void> {
    if (this.#received.length === 0) return
    const received = this.#received
    this.#received = []
    await this.#options.batchIndex.saveAttestations(received)
  }

  #backlogsOf(page: ReturnType<BatchIndex['listIncomplete']>): Iterable<Backlog> {
    const backlogs = new Map<string, Backlog>()
    for (const { digest, epoch, members } of page) {
      for (const member of members) {
        if (this.#options.isRetrying(digest, member)) continue
        const name = memberName(epoch, member)
        const backlog = backlogs.get(name) ?? { epoch, member, digests: [] }
        backlog.digests.push(digest)
        backlogs.set(name, backlog)
      }
    }
    return backlogs.values()
  }

  /** Never rejects. */
  async #visitIfDue(backlog: Backlog, signal: AbortSignal): Promise<void> {
    const name = memberName(backlog.epoch, backlog.member)
    if (!this.#visits.isDue(name)) return
    // Not due again before this visit, or a job that it queues, makes progress, or the pause is over.
    this.#visits.postpone(name)
    try {
      if (await this.#visit(backlog, signal)) this.#visits.reset(name)
    } catch (error) {
      const reason = asFloeError(error).message
      this.#options.logger.debug({ ...factsOf(backlog), reason }, 'operator not visited')
    }
  }

  /** Whether nothing of the backlog is left. Otherwise jobs are queued, if the member can be reached. */
  async #visit(backlog: Backlog, signal: AbortSignal): Promise<boolean> {
    const { committees, operators, batchIndex } = this.#options
    const { epoch, member } = backlog
    const committee = await committees.ofEpoch(epoch)
    const owner = committee?.members[member]
    if (committee === undefined || owner === undefined) return false
    if (await this.#isOver(epoch)) {
      await this.#abandon(backlog, backlog.digests, 'its epoch is over')
      return true
    }
    const late = backlog.digests.filter((digest) => this.#isLate(digest))
    await this.#abandon(backlog, late, 'operators accept no batch that expires so soon')
    const digests = backlog.digests.filter((digest) => !late.includes(digest))
    if (digests.length === 0) return true
    if (!(await operators.reachable(owner, PROBE_TIMEOUT_MS))) return false
    const received = await this.#attestationsOf({ committee, member, owner }, digests, signal)
    if (received !== undefined) {
      await batchIndex.saveAttestations(received)
      return true
    }
    await this.#queueJobs({ ...backlog, digests })
    return false
  }

  async #abandon(backlog: Backlog, digests: readonly Hex[], reason: string): Promise<void> {
    if (digests.length === 0) return
    const { batchIndex } = this.#options
    const { epoch, member } = backlog
    this.#abandoned.failed(memberName(epoch, member), { epoch, member, batches: digests.length, reason })
    await batchIndex.removeMissing(digests.map((digest) => ({ digest, member })))
  }

  #isLate(digest: Hex): boolean {
    const { batchIndex, clock, noticeSeconds } = this.#options
    const { expiry = 0 } = batchIndex.batch(digest)?.header ?? {}
    return expiry < unixSeconds(clock) + noticeSeconds
  }

  async #queueJobs({ member, digests }: Backlog): Promise<void> {
    const { queue, batchIndex } = this.#options
    for (const digest of digests.slice(0, MEMBER_JOBS_MAX)) {
      const commitment = batchIndex.batch(digest)?.commitment
      if (commitment !== undefined)
        await queue.add({ kind: 'backfill', id: `${digest}.${member}`, data: { commitment, member } })
    }
  }

  /** Storage nodes accept dispersals of the current epoch and the one before. */
  async #isOver(epoch: number): Promise<boolean> {
    return epoch < (await this.#options.committees.current()).epoch - 1
  }

  /**
   * The attestations of a member that holds all of these batches; undefined when it lacks one.
   * @throws FloeError when it neither attests nor says that it lacks one
   */
  async #attestationsOf(
    { committee, member, owner }: AskedMember,
    digests: readonly Hex[],
    signal: AbortSignal,
  ): Promise<ReceivedAttestation[] | undefined> {
    const { root: headersRoot, paths } = headersTreePaths(digests.map(fromHex))
    const asked = { headersRoot, committeeRoot: committee.root, epoch: committee.epoch }
    const limits = { timeoutMs: REQUEST_TIMEOUT_MS, signal }
    try {
      const signature = await this.#options.operators.attest(owner, digests, asked, limits)
      return digests.map((digest, index) => {
        const path = (paths[index] ?? []).map(toHex)
        return { digest, member, index, path, signature }
      })
    } catch (thrown) {
      if (asFloeError(thrown).code === 'not-held') return undefined
      throw thrown
    }
  }

  /** Other sidecars add jobs too, so each is checked before anything is done for it. */
  async #checkJob(queued: Job): Promise<BackfillJob> {
    const { retriever, signer } = this.#options
    const data = jobSchema.safeParse(queued.data)
    if (!data.success)
      throw new FloeError('malformed', `Expected a job that names a batch and a member, got ${queued.id}.`)
    const { commitment, member } = data.data
    const checked = await retriever.certificate(fromHex(commitment))
    const owner = checked.committee.members[member]
    if (owner === undefined)
      throw new FloeError('malformed', `Expected a member of the committee, got ${member}.`)
    const expectedId = `${checked.digest}.${member}`
    if (queued.id !== expectedId)
      throw new FloeError('malformed', `Expected a job with the id ${expectedId}, got ${queued.id}.`)
    if (checked.header.disperser !== signer.address)
      throw new FloeError(
        'malformed',
        `Expected a batch of the disperser ${signer.address}, got one of ${checked.header.disperser}.`,
      )
    return { ...checked, member, owner }
  }

  /** Ensures that a member holds a batch, or finds that it never will. @throws FloeError when it may succeed later */
  async #backfillMember(job: BackfillJob, signal: AbortSignal): Promise<BackfillResult> {
    const { clock, noticeSeconds } = this.#options
    const { digest, member, header } = job
    const giveUp = (reason: string): BackfillResult => {
      this.#abandoned.failed(memberName(header.epoch, member), { digest, member, reason })
      return { outcome: 'given-up', received: [] }
    }
    if (header.expiry < unixSeconds(clock) + noticeSeconds)
      return giveUp('operators accept no batch that expires so soon')
    try {
      const received = await this.#attestationsOf(job, [digest], signal)
      if (received !== undefined) return { outcome: 'held', received }
      return { outcome: 'sent', received: [await this.#send(job, signal)] }
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (error.code === 'batch-invalid') return giveUp(error.message)
      if (error.code === 'wrong-epoch' && (await this.#isOver(header.epoch))) return giveUp(error.message)
      throw error
    }
  }

  /** Retrieves a batch, encodes it again, and sends a member its pairs. */
  async #send(
    { digest, member, owner, header, committee, certificate }: BackfillJob,
    signal: AbortSignal,
  ): Promise<ReceivedAttestation> {
    const { retriever, kernel, coder, signer, operators, logger } = this.#options
    const batch = await retriever.get(encodeCertificate(certificate), { signal })
    crashPoint('backfill.read')
    const dispersal = await prepareDispersal({ kernel, coder, signer }, committee, batch, header)
    assert(dispersal.digest === digest, `the retrieved batch encodes to ${header.root}`)
    const body = dispersal.bodies[member]
    assert(body !== undefined, `a body for member ${member}`)
    for (const other of dispersal.bodies) if (other !== body) other.reuse?.()
    const asked = { headersRoot: fromHex(digest), committeeRoot: committee.root, epoch: header.epoch }
    const limits = { timeoutMs: REQUEST_TIMEOUT_MS, signal }
    const signature = await operators.disperse(owner, body, asked, limits)
    crashPoint('backfill.sent')
    this.#abandoned.held(memberName(header.epoch, member))
    logger.debug({ digest, member }, 'operator backfilled')
    return { digest, member, index: 0, path: [], signature }
  }
}

/** When to visit a member again: soon after progress, otherwise after twice the pause before. */
class VisitSchedule {
  readonly #clock: Clock
  readonly #members = new Map<string, { readonly pauseMs: number; readonly dueAt: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isDue(name: string): boolean {
    return (this.#members.get(name)?.dueAt ?? 0) <= this.#clock.monotonic()
  }

  postpone(name: string): void {
    const last = this.#members.get(name)
    const pauseMs = last === undefined ? VISIT_PAUSE_MS_MIN : Math.min(2 * last.pauseMs, VISIT_PAUSE_MS_MAX)
    this.#members.set(name, { pauseMs, dueAt: this.#clock.monotonic() + pauseMs })
  }

  reset(name: string): void {
    this.#members.delete(name)
  }
}

function memberName(epoch: number, member: number): string {
  return `${epoch}/${member}`
}

function factsOf({ epoch, member, digests }: Backlog): object {
  return { epoch, member, batches: digests.length }
}
