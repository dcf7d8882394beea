// Posts certified headers to L1, many in one transaction, and each of them once.
//
// Guarantees:
// - L1 decides: A batch counts as posted only when the follower has seen its post, never by a receipt.
// - Fenced: Just before signing, L1 is read up to the nonce's block; a group with a posted header is not sent.
// - Soonest first: The headers that can be posted for the shortest time are grouped and posted first.
// - Groups are durable: A group stays on disk until its transaction is final, so that it is always posted unchanged.
// - Never regrouped: Headers of a group whose transaction may be mined, or was, are in no other group, whatever an endpoint says.
import { LRUCache } from 'lru-cache'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { encodeHeader, headersTreePaths } from '../protocol/header.ts'
import type { Follower } from '../l1/chain.ts'
import { committeeFor } from '../l1/committees.ts'
import { type Poster, idOf } from '../l1/poster.ts'
import type { Intent } from '../l1/tx-manager/calls.ts'
import type { L1Account } from '../l1/tx-manager/l1-account.ts'
import { untilAborted } from '../runtime/async/deadline.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { stateOf } from '../store/batch-record.ts'
import type { BatchIndex, ReceivedAttestation } from '../store/batch-index.ts'
import type { PostGroup } from '../store/batch-record.ts'
import type { Announcements } from './announcements.ts'
import { type GroupingOptions, attestGroups, byEpoch, partition } from './header-groups.ts'

export type GroupPosterOptions = GroupingOptions & {
  readonly batchIndex: BatchIndex
  readonly poster: Pick<Poster, 'post'>
  readonly follower: Follower
  /** Most headers in one post; the Ledger's own bound is POST_HEADERS_MAX. */
  readonly groupHeadersMax: number
  /** The account that posts: which posts may still be mined, and which were mined in final blocks, by its journal. */
  readonly account: Pick<L1Account, 'pendingIds' | 'succeeded'>
  /** Undefined: no other sidecar shares the queue. */
  readonly announcements?: Pick<Announcements, 'adopt'> | undefined
}

/** Groups that are not final: a post in every block, for longer than L1 takes to finalize it. */
const GROUPS_MAX = 256
/** Groups that one run attests and posts; further headers wait for the next run. */
const NEW_GROUPS_MAX = 16
/** With this many groups that failed to be posted, no new ones are made: the waiting headers make larger, cheaper groups later. */
const STUCK_GROUPS_MAX = 4
/** Posts that were final and that one run asks L1 for again. */
const REPEATED_MAX = 4
/** Reads of L1 until it shows the block of the nonce: endpoints see blocks at different times. */
const SYNCS_MAX = 10

/** The key of the one condition. */
const HIDDEN = 'hidden'

export class GroupPoster {
  readonly #options: GroupPosterOptions

  /** Hashes of the transactions that are logged, by headersRoot. */
  readonly #logged = new LRUCache<Hex, Hex>({ max: GROUPS_MAX })
  readonly #hidden: ConditionLog
  #repeats = 0

  constructor(options: GroupPosterOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'posts missing from the logs of L1', ended: 'posts found in the logs of L1' }
    this.#hidden = new ConditionLog({ logger, clock, level: 'error', ...messages })
  }

  /**
   * Posts the certified headers that wait, in groups.
   * @throws FloeError when some of them are not on L1 yet; those keep waiting
   */
  async postWaiting(signal: AbortSignal): Promise<void> {
    const { follower, announcements } = this.#options
    await follower.sync(signal)
    await announcements?.adopt()
    const [repeated, first] = partition(await this.#tidyGroups(), (group) => this.#hasSucceeded(group))
    const failures = await this.#postGroups(first, signal)
    if (failures.length < STUCK_GROUPS_MAX) failures.push(...(await this.#postNewGroups(signal)))
    failures.push(...(await this.#postGroups(this.#someOf(repeated), signal)))
    await follower.sync(signal)
    await this.#tidyGroups()
    this.#reportHidden()
    await announcements?.adopt()
    if (failures[0] !== undefined) throw failures[0]
  }

  /** Posts that were final are rarely needed again, so few are checked in a run: other ones each time. */
  #someOf(repeated: readonly PostGroup[]): PostGroup[] {
    const start = repeated.length === 0 ? 0 : this.#repeats % repeated.length
    this.#repeats += REPEATED_MAX
    return [...repeated.slice(start), ...repeated.slice(0, start)].slice(0, REPEATED_MAX)
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
    const { batchIndex, account, logger } = this.#options
    const pending = new Set(account.pendingIds())
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
   * mined, or mined again after a reorg, and while a header waits although its transaction is final; then it is dissolved.
   */
  #actionFor(group: PostGroup, pending: ReadonlySet<Hex>): 'post' | 'keep' | 'dissolve' {
    const headers = this.#headersOf(group)
    if (headers.length < group.digests.length) return 'dissolve'
    if (this.#allWait(group)) return 'post'
    const isHidden = this.#hasSucceeded(group) && this.#anyWaits(group)
    return pending.has(idOf({ headers })) || this.#isPosted(group) || isHidden ? 'keep' : 'dissolve'
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
    const { poster, logger, committees } = this.#options
    const { headersRoot, signatures } = group
    const headers = this.#headersOf(group)
    const facts = { headersRoot, headers: headers.length }
    try {
      const committee = await committeeFor(group.epoch, committees)
      const precondition: Intent['precondition'] = async (block) => this.#isUnposted(group, block, signal)
      // After an abort the post continues: it is in the journal, where the next run finds it.
      const result = await untilAborted(poster.post({ headers, committee, signatures, precondition }), signal)
      if (result.outcome !== 'posted' || this.#logged.get(headersRoot) === result.transactionHash) return
      this.#logged.set(headersRoot, result.transactionHash)
      logger.info({ ...facts, ...result }, 'group posted')
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (error.code === 'commitment-invalid') await this.#forgetRefused(group, error)
      // The failure ends this run, so that the next one groups its headers again, and not this one in a loop.
      throw error
    }
  }

  /** A refusal is an endpoint's word: the headers of a post that was signed are not grouped again for it. */
  async #forgetRefused(group: PostGroup, { message }: FloeError): Promise<void> {
    const { batchIndex, account, logger } = this.#options
    const { headersRoot, digests } = group
    const id = idOf({ headers: this.#headersOf(group) })
    const isSigned = this.#hasSucceeded(group) || account.pendingIds().includes(id)
    logger.error(
      { headersRoot, headers: digests.length, isSigned, reason: message },
      'group refused by the ledger',
    )
    if (!isSigned) await batchIndex.forgetGroups([headersRoot])
  }

  /** Reports groups whose transactions are final, and whose headers wait nevertheless: the logs of L1 lack their posts. */
  #reportHidden(): void {
    const groups = this.#options.batchIndex.groups()
    const hidden = groups.filter((group) => this.#anyWaits(group) && this.#hasSucceeded(group))
    const [first] = hidden
    if (first === undefined) this.#hidden.held(HIDDEN)
    else this.#hidden.failed(HIDDEN, { groups: hidden.length, headersRoot: first.headersRoot })
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

  /** Whether its transaction has succeeded in a block that was final. */
  #hasSucceeded(group: PostGroup): boolean {
    return this.#options.account.succeeded(idOf({ headers: this.#headersOf(group) }))
  }

  #allWait({ digests }: PostGroup): boolean {
    return digests.every((digest) => this.#waits(digest))
  }

  #anyWaits({ digests }: PostGroup): boolean {
    return digests.some((digest) => this.#waits(digest))
  }

  #waits(digest: Hex): boolean {
    const record = this.#options.batchIndex.batch(digest)
    return record !== undefined && stateOf(record) === 'certified'
  }

  /** The encoded headers of a group; fewer than its digests when a record is no longer known. */
  #headersOf({ digests }: PostGroup): Uint8Array[] {
    return digests.flatMap((digest) => {
      const record = this.#options.batchIndex.batch(digest)
      return record === undefined ? [] : [encodeHeader(record.header)]
    })
  }
}
