// Giving operators the pairs they lack, once the bodies are out of memory: a batch is read back from the committee, encoded
// again, and sent to the operator. The spool says who may lack what; an operator's signature says that it does not any more.
//
// Guarantees:
// - Nothing taken on trust: work comes over a network, so its certificate is checked; what is read back is under its root.
// - A member that stays dead hogs nothing: it is asked whether it is there before anything is read, less and less often.
// - Bounded: as many units at once as the policy says, `WORK_MAX` in the queue for a member, `PAGES_MAX` pages a sweep.
import { z } from 'zod'
import type { Coder } from '../coding/coder.ts'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import { COMMITMENT_BYTES_MAX, encodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, asFloeError, assert } from '../protocol/errors.ts'
import { headersTree } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { CheckedCertificate, Library } from '../client/retriever.ts'
import type { Committees } from '../l1/committees.ts'
import type { Job, JobHandler, JobPolicy, JobQueue } from '../queue/queue.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import { type Signer, prepareDispersal } from './disperser.ts'
import type { Operators } from './operators.ts'

export type Completer = {
  /** Handles `complete` work. */
  readonly handle: JobHandler
  /** A member holds a batch now; written with the next `flush`. */
  held(digest: Hex, member: number): void
  /** Writes what was told to `held`. */
  flush(): Promise<void>
  /** Asks members that may lack something whether they do, and queues the work that it is. */
  sweep(signal: AbortSignal): Promise<void>
}

export type CompleterOptions = {
  readonly spool: BatchIndex
  readonly queue: Pick<JobQueue, 'add'>
  readonly library: Library
  readonly committees: Committees
  readonly kernel: Kernel
  readonly coder: Coder
  /** Whose batches these are: it signed every header once, and signs it again. */
  readonly signer: Signer
  readonly operators: Operators
  readonly clock: Clock
  readonly logger: Logger
  /** Whether somebody is being completed from memory anyway. */
  readonly completing: (digest: Hex, member: number) => boolean
  readonly onOutcome: (outcome: 'held' | 'sent' | 'given-up') => void
}

/** Each unit has a whole batch and its encoding in memory. */
export const completePolicy: JobPolicy = {
  concurrency: 2,
  attemptsMax: 4,
  backoffMs: 2_000,
  backoffMsMax: 30_000,
}

const TIMEOUT_MS = 10_000
const PROBE_TIMEOUT_MS = 1_000
/** Units queued for one member by one sweep. */
const WORK_MAX = 64
const PAGE = 512
const PAGES_MAX = 8
/** Milliseconds until a member is asked again; doubled each time nothing came of it. */
const AGAIN_MS_MIN = 5_000
const AGAIN_MS_MAX = 3_600_000

const HEX = /^0x([0-9a-f]{2})+$/
const DATA = z.strictObject({
  commitment: z
    .string()
    .max(2 + 2 * COMMITMENT_BYTES_MAX)
    .regex(HEX),
  member: z.int().min(0).max(254),
})

type Unit = CheckedCertificate & { readonly member: number }

export function createCompleter(options: CompleterOptions): Completer {
  const { spool, clock, logger } = options
  const patience = createPatience(clock)
  let done: { digest: Hex; member: number }[] = []
  let cursor: Hex | '' = ''
  return {
    handle: async (work, signal) => {
      const unit = await unitOf(work, options)
      const { digest, member, header } = unit
      const outcome = await complete(unit, options, signal)
      options.onOutcome(outcome)
      if (outcome !== 'given-up') patience.reset(memberName(header.epoch, member))
      await spool.removeMissing([{ digest, member }])
    },
    held: (digest, member) => void done.push({ digest, member }),
    flush: async () => {
      if (done.length === 0) return
      const writing = done
      done = []
      await spool.removeMissing(writing)
    },
    sweep: async (signal) => {
      for (let pages = 0; pages < PAGES_MAX && !signal.aborted; pages++) {
        const page = spool.listIncomplete(cursor, PAGE)
        cursor = page.length < PAGE ? '' : (`${page.at(-1)?.digest ?? ''}\0` as Hex)
        const lacking = byMember(page, options.completing)
        for (const [name, lack] of lacking) {
          if (!patience.due(name) || signal.aborted) continue
          // Not due again before something came of this, or it has waited longer.
          patience.wait(name)
          const came = await visit(lack, options, signal).catch((error: unknown) => {
            logger.debug({ ...facts(lack), reason: asFloeError(error).message }, 'operator not asked')
            return false
          })
          if (came) patience.reset(name)
        }
        if (cursor === '') return
      }
    },
  }
}

/** When to ask a member again: sooner when something came of the last time, else twice as late as before. */
function createPatience(clock: Clock) {
  const members = new Map<string, { ms: number; at: number }>()
  return {
    due: (name: string): boolean => (members.get(name)?.at ?? 0) <= clock.monotonic(),
    wait: (name: string): void => {
      const ms = Math.min(2 * (members.get(name)?.ms ?? AGAIN_MS_MIN / 2), AGAIN_MS_MAX)
      members.set(name, { ms, at: clock.monotonic() + ms })
    },
    reset: (name: string): void => void members.delete(name),
  }
}

function memberName(epoch: number, member: number): string {
  return `${epoch}/${member}`
}

type Lack = { readonly epoch: number; readonly member: number; readonly digests: Hex[] }

function facts({ epoch, member, digests }: Lack): object {
  return { epoch, member, batches: digests.length }
}

function byMember(
  page: ReturnType<BatchIndex['listIncomplete']>,
  completing: CompleterOptions['completing'],
): Map<string, Lack> {
  const lacking = new Map<string, Lack>()
  for (const { digest, epoch, members } of page) {
    for (const member of members) {
      if (completing(digest, member)) continue
      const name = memberName(epoch, member)
      const lack = lacking.get(name) ?? { epoch, member, digests: [] }
      lack.digests.push(digest)
      lacking.set(name, lack)
    }
  }
  return lacking
}

/** Whether the member holds all of it after all; otherwise the work is queued, if it is there to take it. */
async function visit(lack: Lack, options: CompleterOptions, signal: AbortSignal): Promise<boolean> {
  const { committees, operators, spool, queue, logger } = options
  const { epoch, member, digests } = lack
  const all = digests.map((digest) => ({ digest, member }))
  const committee = await committees.ofEpoch(epoch)
  const owner = committee?.members[member]
  if (committee === undefined || owner === undefined) return false
  if (await isOver(epoch, committees)) {
    logger.warn({ ...facts(lack), reason: 'its epoch is over' }, 'operator left incomplete')
    await spool.removeMissing(all)
    return true
  }
  if (!(await operators.reachable(owner, PROBE_TIMEOUT_MS))) return false
  if (await holds(owner, { epoch, digests }, options, signal)) {
    await spool.removeMissing(all)
    return true
  }
  for (const digest of digests.slice(0, WORK_MAX)) {
    const commitment = spool.batch(digest)?.commitment
    if (commitment !== undefined)
      await queue.add({ kind: 'backfill', id: `${digest}.${member}`, data: { commitment, member } })
  }
  return false
}

/** Nodes take dispersals of the current epoch and the one before. */
async function isOver(epoch: number, committees: Committees): Promise<boolean> {
  return epoch < (await committees.current()).epoch - 1
}

/** Whether a member attests to all of them. @throws FloeError when it neither does nor says that it lacks one */
async function holds(
  owner: Committee['members'][number],
  { epoch, digests }: { epoch: number; digests: readonly Hex[] },
  { operators }: CompleterOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const asked = { headersRoot: headersTree(digests.map(fromHex), 0).root, epoch }
  try {
    await operators.attest(owner, digests, asked, { timeoutMs: TIMEOUT_MS, signal })
    return true
  } catch (thrown) {
    if (asFloeError(thrown).code === 'not-held') return false
    throw thrown
  }
}

async function unitOf(work: Job, { library, signer }: CompleterOptions): Promise<Unit> {
  const data = DATA.safeParse(work.data)
  if (!data.success)
    throw new FloeError('malformed', `Expected work that names a batch and a member, got ${work.id}.`)
  const { commitment, member } = data.data
  const checked = await library.certificate(fromHex(commitment as Hex))
  const named = work.id === `${checked.digest}.${member}` && checked.committee.members[member] !== undefined
  if (!named || checked.header.disperser !== signer.address)
    throw new FloeError(
      'malformed',
      `The work ${work.id} is of another batch, or not of ours, or for nobody.`,
    )
  return { ...checked, member }
}

/** Sees to it that a member holds a batch, or finds that it never will. @throws FloeError when it may work later */
async function complete(
  unit: Unit,
  options: CompleterOptions,
  signal: AbortSignal,
): Promise<'held' | 'sent' | 'given-up'> {
  const { clock, logger, committees } = options
  const { digest, member, header } = unit
  const giveUp = (reason: string): 'given-up' => {
    logger.warn({ digest, member, reason }, 'operator left incomplete')
    return 'given-up'
  }
  if (header.expiry <= unixSeconds(clock)) return giveUp('the batch has expired')
  try {
    return await bring(unit, options, signal)
  } catch (thrown) {
    const error = asFloeError(thrown)
    if (error.code === 'batch-invalid') return giveUp(error.message)
    if (error.code === 'wrong-epoch' && (await isOver(header.epoch, committees))) return giveUp(error.message)
    throw error
  }
}

async function bring(unit: Unit, options: CompleterOptions, signal: AbortSignal): Promise<'held' | 'sent'> {
  const { digest, member, header, committee, certificate } = unit
  const owner = committee.members[member]
  assert(owner !== undefined, `member ${member}`)
  if (await holds(owner, { epoch: header.epoch, digests: [digest] }, options, signal)) return 'held'
  const batch = await options.library.get(encodeCertificate(certificate))
  crashPoint('complete.read')
  const again = await prepareDispersal(options, committee, batch, header)
  assert(again.digest === digest, `what was read back encodes to ${header.root}`)
  const body = again.bodies[member]
  assert(body !== undefined, `a body for member ${member}`)
  for (const other of again.bodies) if (other !== body) other.reuse?.()
  const asked = { headersRoot: fromHex(digest), epoch: header.epoch }
  await options.operators.disperse(owner, body, asked, { timeoutMs: TIMEOUT_MS, signal })
  crashPoint('complete.sent')
  options.logger.info({ digest, member }, 'operator completed')
  return 'sent'
}
