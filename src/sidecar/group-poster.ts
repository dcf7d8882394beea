// Posting certified headers to L1, many at a time, each once.
//
// Guarantees:
// - L1 decides what is posted, as the follower saw it; a receipt decides nothing. Just before a transaction is signed L1 is
//   looked at once more, up to the block that its nonce is of, and a group of which anything is there already is taken apart.
// - Groups are on disk before their first transaction, and stay until what became of it is final, as the poster's journal says: a
//   restarted sidecar, and one whose posts a reorg took back, posts the same groups and not others with the same headers.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { encodeHeader } from '../protocol/header.ts'
import type { Follower } from '../l1/chain.ts'
import { committeeFor } from '../l1/committees.ts'
import { type Poster, idOf } from '../l1/poster.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { stateOf } from '../store/batch-record.ts'
import type { PostGroup, BatchIndex } from '../store/batch-index.ts'
import type { Announcements } from './announcements.ts'
import { type GroupOptions, attestGroups, byEpoch } from './header-groups.ts'

export type Checkpointer = {
  /** Posts what waits. @throws FloeError when some of it is not on L1 yet: it stays waiting */
  checkpoint(signal: AbortSignal): Promise<void>
}

export type CheckpointerOptions = GroupOptions & {
  readonly spool: BatchIndex
  readonly poster: Pick<Poster, 'post'>
  readonly follower: Follower
  /** Most headers in one post; the Ledger's own bound is POST_HEADERS_MAX. */
  readonly groupHeadersMax: number
  /** Names of the posts whose transactions may still be mined, as the poster's journal has them. */
  readonly live: () => readonly Hex[]
  readonly announcements?: Announcements | undefined
}

/** Groups that are not final. A post every block for longer than L1 takes to be final. */
const GROUPS_MAX = 256
/** Groups that one checkpoint has attested and posted; what waits beyond them is for the next one. */
const NEW_GROUPS_MAX = 16
/** Groups that do not get through: what waits beyond them makes larger, cheaper ones later. */
const STUCK_GROUPS_MAX = 4
/** Looks at L1 until it shows the block that a nonce is of: endpoints see blocks at different times. */
const LOOKS_MAX = 10

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { follower, announcements } = options
  return {
    checkpoint: async (signal) => {
      await follower.sync(signal)
      await announcements?.adopt()
      const earlier = await postAll(await tidyGroups(options), options, signal)
      const failures = [...earlier.failures, ...(await postNew(options, signal, earlier.failures.length))]
      await follower.sync(signal)
      await tidyGroups(options)
      await announcements?.adopt()
      if (failures[0] !== undefined) throw failures[0]
    },
  }
}

/** Groups and posts what waits until nothing does, or it does not get through. Returns why not. */
async function postNew(
  options: CheckpointerOptions,
  signal: AbortSignal,
  stuck: number,
): Promise<FloeError[]> {
  const { spool } = options
  if (stuck >= STUCK_GROUPS_MAX) return []
  for (let made = 0; made < NEW_GROUPS_MAX && spool.groups().length < GROUPS_MAX && !signal.aborted;) {
    const groups = await nextGroups(options, signal)
    if (groups.length === 0) return []
    made += groups.length
    const { failures } = await postAll(groups, options, signal)
    if (failures.length > 0) return failures
  }
  return []
}

/** What waits and is in no group, attested and on disk. Empty: nothing waits, or no quorum can be had. */
async function nextGroups(options: CheckpointerOptions, signal: AbortSignal): Promise<PostGroup[]> {
  const { spool } = options
  const grouped = new Set(spool.groups().flatMap(({ digests }) => digests))
  const groups: PostGroup[] = []
  for (const records of byEpoch(spool.readyToPost(options.groupHeadersMax, grouped)))
    groups.push(...(await attestGroups(records, options, signal)))
  crashPoint('checkpoint.attested')
  await spool.saveGroups(groups)
  crashPoint('checkpoint.grouped')
  return groups
}

type Fate = 'post' | 'keep' | 'dissolve'

/** Forgets the groups that are done or must be taken apart, and returns those that are to be posted. */
async function tidyGroups({ spool, live, logger }: CheckpointerOptions): Promise<PostGroup[]> {
  const alive = new Set(live())
  const toPost: PostGroup[] = []
  const gone: Hex[] = []
  for (const group of spool.groups()) {
    const fate = fateOf(group, spool, alive)
    if (fate === 'post') toPost.push(group)
    if (fate !== 'dissolve') continue
    gone.push(group.headersRoot)
    logger.debug({ headersRoot: group.headersRoot, headers: group.digests.length }, 'group dissolved')
  }
  if (gone.length > 0) await spool.forgetGroups(gone)
  return toPost
}

/**
 * A group of which everything waits is posted. One of which something does not stays as it is while its transaction may be mined,
 * or a reorg may have it mined again; after that it has no use.
 */
function fateOf(group: PostGroup, spool: BatchIndex, alive: ReadonlySet<Hex>): Fate {
  const records = group.digests.map((digest) => spool.batch(digest))
  const headers = records.flatMap((record) => (record === undefined ? [] : [encodeHeader(record.header)]))
  const states = records.map((record) => record && stateOf(record))
  const whole = headers.length === records.length
  if (whole && states.every((state) => state === 'certified')) return 'post'
  return whole && alive.has(idOf({ headers })) ? 'keep' : 'dissolve'
}

async function postAll(
  groups: readonly PostGroup[],
  options: CheckpointerOptions,
  signal: AbortSignal,
): Promise<{ failures: FloeError[] }> {
  // The poster takes them one after another, and bounds the time of each.
  const results = await Promise.allSettled(groups.map(async (group) => postGroup(group, options, signal)))
  return {
    failures: results.flatMap((result) =>
      result.status === 'rejected' ? [asFloeError(result.reason as unknown)] : [],
    ),
  }
}

/** Posts a group. One that the Ledger refuses is taken apart again next time. */
async function postGroup(group: PostGroup, options: CheckpointerOptions, signal: AbortSignal): Promise<void> {
  const { spool, poster, logger, committees } = options
  const { headersRoot, digests, signatures } = group
  const headers = digests.flatMap((digest) => {
    const record = spool.batch(digest)
    return record === undefined ? [] : [encodeHeader(record.header)]
  })
  const facts = { headersRoot, headers: headers.length }
  try {
    const committee = await committeeFor(group.epoch, committees)
    const stillWanted = async (block: number): Promise<boolean> => isWanted(group, block, options, signal)
    const result = await untilAborted(poster.post({ headers, committee, signatures, stillWanted }), signal)
    if (result.outcome === 'posted') logger.info({ ...facts, ...result }, 'group posted')
  } catch (thrown) {
    const error = asFloeError(thrown)
    if (error.code !== 'commitment-invalid') throw error
    logger.error({ ...facts, reason: error.message }, 'the ledger refused a group')
    await spool.forgetGroups([headersRoot])
  }
}

/** The fence: L1 as it is at `block` or later has none of the group's headers, and each of them still waits. */
async function isWanted(
  { digests }: PostGroup,
  block: number,
  { follower, spool }: CheckpointerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  for (let looks = 1; ; looks++) {
    const { tip } = await follower.sync(signal)
    if (tip.number >= block) break
    if (looks < LOOKS_MAX) continue
    throw new FloeError('unavailable', `Expected L1 at block ${block} or later, it shows ${tip.number}.`, {
      remedy: 'If it goes on, replace the L1 endpoint that lags.',
      retryAfterSeconds: 5,
    })
  }
  return digests.every((digest) => {
    const record = spool.batch(digest)
    return record !== undefined && stateOf(record) === 'certified'
  })
}

/** What is posted goes on and stays in the journal; only the waiting ends. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(new FloeError('unavailable', 'Nobody waits for this post any longer.'))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
    promise.catch(() => undefined)
    work.catch(() => undefined)
  }
}
