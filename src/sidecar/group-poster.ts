// Posts certified headers to L1, many in one transaction, and each of them once.
//
// Guarantees:
// - L1 decides: A batch counts as posted only when the follower has seen its post, never by a receipt.
// - Fenced: Just before signing, L1 is read up to the nonce's block; a group with a posted header is not sent.
// - Soonest first: The headers that can be posted for the shortest time are grouped and posted first.
// - Groups are durable: A group stays on disk until its transaction is final, so that it is always posted unchanged.
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { encodeHeader, headersTreePaths } from '../protocol/header.ts'
import type { Follower } from '../l1/chain.ts'
import { committeeFor } from '../l1/committees.ts'
import { type Poster, idOf } from '../l1/poster.ts'
import { untilAborted } from '../runtime/async/deadline.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { stateOf } from '../store/batch-record.ts'
import type { BatchIndex, ReceivedAttestation } from '../store/batch-index.ts'
import type { PostGroup } from '../store/batch-record.ts'
import type { Announcements } from './announcements.ts'
import { type GroupingOptions, attestGroups, byEpoch } from './header-groups.ts'

export type GroupPosterOptions = GroupingOptions & {
  readonly batchIndex: BatchIndex
  readonly poster: Pick<Poster, 'post'>
  readonly follower: Follower
  /** Most headers in one post; the Ledger's own bound is POST_HEADERS_MAX. */
  readonly groupHeadersMax: number
  /** Ids of the posts whose transactions may still be mined, from the journal of the posting account. */
  readonly pendingPosts: () => readonly Hex[]
  /** Undefined: no other sidecar shares the queue. */
  readonly announcements?: Pick<Announcements, 'adopt'> | undefined
}

/** Groups that are not final: a post in every block, for longer than L1 takes to finalize it. */
const GROUPS_MAX = 256
/** Groups that one run attests and posts; further headers wait for the next run. */
const NEW_GROUPS_MAX = 16
/** With this many groups that failed to be posted, no new ones are made: the waiting headers make larger, cheaper groups later. */
const STUCK_GROUPS_MAX = 4
/** Reads of L1 until it shows the block of the nonce: endpoints see blocks at different times. */
const SYNCS_MAX = 10

export class GroupPoster {
  readonly #options: GroupPosterOptions

  constructor(options: GroupPosterOptions) {
    this.#options = options
  }

  /**
   * Posts the certified headers that wait, in groups.
   * @throws FloeError when some of them are not on L1 yet; those keep waiting
   */
  async postWaiting(signal: AbortSignal): Promise<void> {
    const { follower, announcements } = this.#options
    await follower.sync(signal)
    await announcements?.adopt()
    const failures = await this.#postGroups(await this.#tidyGroups(), signal)
    if (failures.length < STUCK_GROUPS_MAX) failures.push(...(await this.#postNewGroups(signal)))
    await follower.sync(signal)
    await this.#tidyGroups()
    await announcements?.adopt()
    if (failures[0] !== undefined) throw failures[0]
  }

  /** Groups and posts headers until none waits or a post fails. Returns why posts failed. */
  async #postNewGroups(signal: AbortSignal): Promise<FloeError[]> {
    const { batchIndex } = this.#options
    for (let made = 0; made < NEW_GROUPS_MAX && batchIndex.groups().length < GROUPS_MAX && !signal.aborted;) {
      const groups = await this.#makeGroups(signal)
      if (groups.length === 0) return []
      made += groups.length
      const failures = await this.#postGroups(groups, signal)
      if (failures.length > 0) return failures
    }
    return []
  }

  /** Groups of headers that wait and are in no group, attested and on disk. None when nothing waits or no quorum attests. */
  async #makeGroups(signal: AbortSignal): Promise<PostGroup[]> {
    const { batchIndex, groupHeadersMax } = this.#options
    const grouped = new Set(batchIndex.groups().flatMap(({ digests }) => digests))
    const groups: PostGroup[] = []
    for (const records of byEpoch(batchIndex.readyToPost(groupHeadersMax, grouped)))
      groups.push(...(await attestGroups(records, this.#options, signal)))
    crashPoint('checkpoint.attested')
    await batchIndex.saveGroups(groups)
    for (const group of groups) await batchIndex.saveAttestations(this.#newAttestations(group))
    crashPoint('checkpoint.grouped')
    return groups
  }

  /** The attestations of a group's headers by members of which none was known. */
  #newAttestations({ digests, signatures }: PostGroup): ReceivedAttestation[] {
    const { batchIndex } = this.#options
    const { paths } = headersTreePaths(digests.map(fromHex))
    return digests.flatMap((digest, index) => {
      const path = (paths[index] ?? []).map(toHex)
      return signatures
        .filter(({ member }) => batchIndex.attestationOf(digest, member) === undefined)
        .map((signed) => ({ ...signed, digest, index, path }))
    })
  }

  /** Dissolves the groups that are no longer needed, and returns those that are to be posted. */
  async #tidyGroups(): Promise<PostGroup[]> {
    const { batchIndex, pendingPosts, logger } = this.#options
    const pending = new Set(pendingPosts())
    const toPost: PostGroup[] = []
    const dissolved: Hex[] = []
    for (const group of batchIndex.groups()) {
      const action = this.#actionFor(group, pending)
      if (action === 'post') toPost.push(group)
      if (action !== 'dissolve') continue
      dissolved.push(group.headersRoot)
      logger.debug({ headersRoot: group.headersRoot, headers: group.digests.length }, 'group dissolved')
    }
    if (dissolved.length > 0) await batchIndex.forgetGroups(dissolved)
    return toPost
  }

  /**
   * A group is posted while all its headers wait. Otherwise it is kept while its transaction, or that of another account, may still be
   * mined, or mined again after a reorg; then it is dissolved.
   */
  #actionFor(group: PostGroup, pending: ReadonlySet<Hex>): 'post' | 'keep' | 'dissolve' {
    const headers = this.#headersOf(group)
    if (headers.length < group.digests.length) return 'dissolve'
    if (this.#allWait(group)) return 'post'
    return pending.has(idOf({ headers })) || this.#isPosted(group) ? 'keep' : 'dissolve'
  }

  /** Returns why posts failed. */
  async #postGroups(groups: readonly PostGroup[], signal: AbortSignal): Promise<FloeError[]> {
    // The poster sends them one after another, and bounds the time of each.
    const results = await Promise.allSettled(groups.map(async (group) => this.#postGroup(group, signal)))
    return results.flatMap((result) =>
      result.status === 'rejected' ? [asFloeError(result.reason as unknown)] : [],
    )
  }

  async #postGroup(group: PostGroup, signal: AbortSignal): Promise<void> {
    const { batchIndex, poster, logger, committees } = this.#options
    const { headersRoot, signatures } = group
    const headers = this.#headersOf(group)
    const facts = { headersRoot, headers: headers.length }
    try {
      const committee = await committeeFor(group.epoch, committees)
      const precondition = async (block: number): Promise<boolean> => this.#isUnposted(group, block, signal)
      // After an abort the post continues: it is in the journal, where the next run finds it.
      const result = await untilAborted(poster.post({ headers, committee, signatures, precondition }), signal)
      if (result.outcome === 'posted') logger.info({ ...facts, ...result }, 'group posted')
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (error.code === 'commitment-invalid') {
        logger.error({ ...facts, reason: error.message }, 'group refused by the ledger')
        await batchIndex.forgetGroups([headersRoot])
      }
      // The failure ends this run, so that the next one groups its headers again, and not this one in a loop.
      throw error
    }
  }

  /** The fence: L1 at `block` or later has none of the group's headers, and all of them still wait. */
  async #isUnposted(group: PostGroup, block: number, signal: AbortSignal): Promise<boolean> {
    for (let syncs = 1; ; syncs++) {
      const { tip } = await this.#options.follower.sync(signal)
      if (tip.number >= block) return this.#allWait(group)
      if (syncs < SYNCS_MAX) continue
      throw new FloeError('unavailable', `Expected L1 at block ${block} or later, got block ${tip.number}.`, {
        remedy: 'If this continues, replace the L1 endpoint that lags.',
        retryAfterSeconds: 5,
      })
    }
  }

  /** Whether a header is on L1 under the headersRoot of this group, in a block that is not final. */
  #isPosted({ digests, headersRoot }: PostGroup): boolean {
    return digests.some((digest) => {
      const record = this.#options.batchIndex.batch(digest)
      return record?.post?.headersRoot === headersRoot && record.final !== true
    })
  }

  #allWait({ digests }: PostGroup): boolean {
    return digests.every((digest) => {
      const record = this.#options.batchIndex.batch(digest)
      return record !== undefined && stateOf(record) === 'certified'
    })
  }

  /** The encoded headers of a group; fewer than its digests when a record is no longer known. */
  #headersOf({ digests }: PostGroup): Uint8Array[] {
    return digests.flatMap((digest) => {
      const record = this.#options.batchIndex.batch(digest)
      return record === undefined ? [] : [encodeHeader(record.header)]
    })
  }
}
