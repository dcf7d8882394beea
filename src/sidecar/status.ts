// What a sidecar says of itself: the committee as L1 has it and as it answers, and how many batches are in which state.
import { quorumOf } from '../protocol/committee.ts'
import type { Domain } from '../protocol/header.ts'
import type { Committees } from '../l1/committees.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Spool } from '../store/spool.ts'
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
  readonly batches: {
    readonly received: number
    readonly certified: number
    readonly posted: number
    readonly waiting: number
  }
  readonly lastPost: ReturnType<Spool['lastPost']> | null
}

export type StatusSource = {
  readonly committees: Committees
  readonly operators: Operators
  readonly spool: Spool
  readonly clock: Clock
  readonly domain: Domain
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
    batches: { ...spool.counts(), waiting: spool.waitingCount() },
    lastPost: spool.lastPost() ?? null,
  }
}
