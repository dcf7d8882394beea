// What a sidecar answers to GET /v1/status, field by field as it is sent (docs/api.md).

/**
 * A batch's progress; `missed`: it is certified and can no longer be posted; `failed`: it cannot become certified any more.
 */
export type BatchState = 'received' | 'dispersed' | 'certified' | 'posted' | 'final' | 'missed' | 'failed'

export type Status = {
  readonly version: string
  readonly chainId: number
  /** Address of the Ledger contract. */
  readonly ledger: string
  /** Address that signs headers; null in a sidecar without a key. */
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
    readonly members: readonly MemberStatus[]
  }
  /** Batches in each state; `waiting` for a post, which is the certified ones; `incomplete`: not known to be held by all members. */
  readonly batches: Record<BatchState, number> & { readonly waiting: number; readonly incomplete: number }
  /** Age in seconds of the oldest batch of each state; null where there is none. */
  readonly oldestSeconds: Record<BatchState, number | null>
  readonly spool: {
    readonly unposted: number
    readonly unpostedMax: number
    readonly bytes: number
    /** The last second (unix) in which the next certified batch can be posted; null when none waits. */
    readonly postableUntil: number | null
  }
  /** Null in a sidecar without a key, which neither follows L1 nor posts. */
  readonly pipeline: PipelineStatus | null
  readonly lastPost: PostStatus | null
}

export type MemberStatus = {
  readonly signer: string
  readonly endpoint: string
  readonly shards: number
  readonly reachable: boolean
}

export type PostStatus = {
  readonly headersRoot: string
  readonly transactionHash: string
  readonly blockNumber: number
  readonly headers: number
}

export type PipelineStatus = {
  /** How far L1 was followed; null: not once yet. */
  readonly chain: {
    readonly tip: number
    readonly final: number
    /** Milliseconds of the sidecar's monotonic clock. */
    readonly at: number
    readonly secondsAgo: number
  } | null
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
    /** Jobs of each kind. */
    readonly units: Readonly<Record<string, JobCounts>>
  }
}

export type JobCounts = {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}
