// What a sidecar says of itself: the committee as L1 has it and as it answers, and how many batches are in which state.
import { quorumOf } from '../protocol/committee.ts'
import type { Domain } from '../protocol/header.ts'
import type { Committees } from '../l1/committees.ts'
import type { Clock } from '../runtime/clock.ts'
import type { JobQueue } from '../queue/queue.ts'
import { type BatchState, batchStates } from '../store/batch-record.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { Operators } from './operators.ts'

export type Status = {
  readonly version: string
  readonly chainId: number
  readonly ledger: string
  readonly disperser: string | null
  readonly limits: {
    readonly batchBytesMax: number
    readonly putTimeoutMs: number
    readonly getTimeoutMs: number
  }
  readonly committee: {
    readonly epoch: number
    readonly shards: number
    readonly faults: number
    readonly quorum: number
    readonly members: readonly { signer: string; endpoint: string; shards: number; reachable: boolean }[]
  }
  /** Batches in each state; `waiting` for L1, which is those that are certified; `incomplete`: not known to be held by all. */
  readonly batches: Record<BatchState, number> & { readonly waiting: number; readonly incomplete: number }
  /** Seconds that the oldest batch of each state is old; null: there is none. */
  readonly oldestSeconds: Record<BatchState, number | null>
  readonly spool: { readonly unposted: number; readonly unpostedMax: number; readonly bytes: number }
  /** Null in a sidecar without a key, which neither follows nor posts. */
  readonly pipeline: PipelineStatus | null
  readonly lastPost: ReturnType<BatchIndex['lastPost']> | null
}

export type PipelineStatus = {
  readonly chain: { readonly tip: number; readonly final: number; readonly secondsAgo: number } | null
  readonly poster: {
    readonly address: string
    readonly balanceWei: string | null
    readonly fundedPosts: number | null
    /** Posts that are signed and not final. */
    readonly live: number
  }
  readonly queue: {
    readonly shared: boolean
    readonly reachable: boolean
    readonly units: Awaited<ReturnType<JobQueue['counts']>>
  }
}

export type StatusSource = {
  readonly committees: Committees
  readonly operators: Operators
  readonly spool: BatchIndex
  readonly clock: Clock
  readonly domain: Domain
  readonly unpostedMax: number
  readonly pipeline: (() => Promise<PipelineStatus>) | undefined
  readonly fixed: Pick<Status, 'version' | 'disperser' | 'limits'>
}

const PROBE_TIMEOUT_MS = 1_000
/** Milliseconds for which one probe of the nodes serves everybody who asks. */
const STATUS_AGE_MS = 1_000

/** A function that gives the status, probing the nodes at most once a second however often it is asked. */
export function createStatus(source: StatusSource): () => Promise<Status> {
  let probed: { at: number; status: Promise<Status> } | undefined
  return async () => {
    const now = source.clock.monotonic()
    if (probed === undefined || now - probed.at > STATUS_AGE_MS) {
      probed = { at: now, status: takeStatus(source) }
      probed.status.catch(() => {
        probed = undefined
      })
    }
    return probed.status
  }
}

async function takeStatus(source: StatusSource): Promise<Status> {
  const { committees, operators, spool, domain, fixed } = source
  const { epoch, members, geometry } = await committees.current()
  const reachable = await Promise.all(
    members.map(async (member) => operators.reachable(member, PROBE_TIMEOUT_MS)),
  )
  const counts = spool.counts()
  return {
    ...fixed,
    chainId: domain.chainId,
    ledger: domain.ledger,
    committee: {
      epoch,
      shards: geometry.shards,
      faults: geometry.faults,
      quorum: quorumOf(geometry),
      members: members.map(({ signer, endpoint, shards }, i) => ({
        signer,
        endpoint,
        shards,
        reachable: reachable[i] ?? false,
      })),
    },
    batches: { ...counts, waiting: counts.certified },
    oldestSeconds: Object.fromEntries(
      batchStates.map((state) => [state, oldestSeconds(spool, state, source.clock)]),
    ) as Status['oldestSeconds'],
    spool: { unposted: spool.unpostedCount(), unpostedMax: source.unpostedMax, bytes: spool.bytes() },
    pipeline: (await source.pipeline?.()) ?? null,
    lastPost: spool.lastPost() ?? null,
  }
}

/** Seconds since the batch that has been in a state for longest was taken in; null when there is none, or it is not known. */
export function oldestSeconds(spool: BatchIndex, state: BatchState, clock: Clock): number | null {
  const { certifiedAt, receivedAt } = spool.oldest(state) ?? {}
  const since = certifiedAt ?? receivedAt ?? 0
  return since === 0 ? null : Math.max(0, Math.round((clock.now() - since) / 1000))
}
