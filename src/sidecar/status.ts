// A sidecar's response to GET /v1/status: the committee as L1 has it and as it can be reached, and the batches in each state.
import type { MemberStatus, PipelineStatus, Status } from '../client/sidecar-status.ts'
import { type Committee, quorumOf } from '../protocol/committee.ts'
import type { Domain } from '../protocol/header.ts'
import type { Committees } from '../l1/committees.ts'
import { staleWhileRevalidate } from '../runtime/async/stale-while-revalidate.ts'
import type { Clock } from '../runtime/clock.ts'
import { type BatchState, batchStates } from '../store/batch-record.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { JobCounts, JobKind } from '../queue/queue.ts'
import type { Operators } from './operators.ts'
import type { PostingDeadline } from './posting-deadline.ts'

export type StatusReporterOptions = {
  readonly committees: Pick<Committees, 'current'>
  readonly operators: Pick<Operators, 'reachable'>
  readonly batchIndex: BatchIndex
  readonly clock: Clock
  readonly domain: Domain
  /** Most batches that are not on L1 yet. */
  readonly unpostedMax: number
  /** Undefined in a read-only sidecar. */
  readonly deadline: Pick<PostingDeadline, 'next'> | undefined
  /** Undefined in a read-only sidecar. */
  readonly pipeline: (() => Promise<PipelineStatus>) | undefined
  readonly version: string
  readonly disperser: string | null
  readonly limits: Status['limits']
}

const PROBE_TIMEOUT_MS = 1_000
/** Milliseconds for which all requests share one status, so that storage nodes are probed at most once in that time. */
const STATUS_AGE_MS = 1_000

/** Counts of jobs as `/v1/status` and `/queue` report them: there a backfill is called `complete`. */
export function countsInStatus(counts: Record<JobKind, JobCounts>): Record<string, JobCounts> {
  const { announce, backfill, checkpoint } = counts
  return { announce, complete: backfill, checkpoint }
}

export class StatusReporter {
  readonly #options: StatusReporterOptions
  readonly #readShared: () => Promise<Status>

  constructor(options: StatusReporterOptions) {
    this.#options = options
    const policy = { refreshMs: STATUS_AGE_MS, staleMs: STATUS_AGE_MS, patienceMs: 0 }
    this.#readShared = staleWhileRevalidate(options.clock, policy, async () => this.#read())
  }

  /** @throws FloeError `unavailable` when the committee cannot be read */
  async status(): Promise<Status> {
    return this.#readShared()
  }

  async #read(): Promise<Status> {
    const { version, disperser, limits, committees, batchIndex, clock } = this.#options
    const { domain, unpostedMax, deadline, pipeline } = this.#options
    const committee = await committees.current()
    const members = await this.#probeMembers(committee)
    const counts = batchIndex.counts()
    const ages = batchStates.map((state) => [state, oldestSeconds(batchIndex, state, clock)])
    return {
      version,
      disperser,
      limits,
      chainId: domain.chainId,
      ledger: domain.ledger,
      committee: {
        epoch: committee.epoch,
        shards: committee.geometry.shards,
        faults: committee.geometry.faults,
        quorum: quorumOf(committee.geometry),
        members,
      },
      batches: { ...counts, waiting: counts.certified },
      oldestSeconds: Object.fromEntries(ages) as Status['oldestSeconds'],
      spool: {
        unposted: batchIndex.unpostedCount(),
        unpostedMax,
        bytes: batchIndex.bytes(),
        postableUntil: deadline?.next() ?? null,
      },
      pipeline: (await pipeline?.()) ?? null,
      lastPost: batchIndex.lastPost() ?? null,
    }
  }

  async #probeMembers({ members }: Committee): Promise<MemberStatus[]> {
    const { operators } = this.#options
    return Promise.all(
      members.map(async (member) => {
        const { signer, endpoint, shards } = member
        const reachable = await operators.reachable(member, PROBE_TIMEOUT_MS)
        return { signer, endpoint, shards: shards.length, reachable }
      }),
    )
  }
}

/** Seconds since the batch that comes first in a state was certified or received; null: there is none, or it is unknown. */
export function oldestSeconds(
  batchIndex: Pick<BatchIndex, 'oldest'>,
  state: BatchState,
  clock: Clock,
): number | null {
  const { certifiedAt, receivedAt } = batchIndex.oldest(state) ?? {}
  const since = certifiedAt ?? receivedAt ?? 0
  return since === 0 ? null : Math.max(0, Math.round((clock.now() - since) / 1000))
}
