// What a sidecar needs to know. src/config/sidecar.ts says how each is set, by flag, variable, file or default.
import type { ResponderConfig } from '../disputes/responder-service.ts'
import type { Finality } from '../l1/chain.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'

export type SidecarConfig = ResponderConfig & {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Folder of its spool; one process at a time. */
  readonly dir: string
  /** File with the disperser's secret key, 32 bytes of hexadecimal, or the key itself; undefined: read only, puts are refused. */
  readonly keyFile: SecretSource | undefined
  /** The same of the account that pays for posts; undefined: the disperser's. */
  readonly posterKeyFile: SecretSource | undefined
  readonly rpcUrls: readonly string[]
  /** The chain that L1 must be; undefined: whichever the endpoints agree on. */
  readonly chainId?: number | undefined
  readonly committee: Hex
  readonly ledger: Hex
  /** The Disputes contract; undefined: nothing about disputes happens. */
  readonly disputes?: Hex | undefined
  /** The key of the account that brings evidence to L1, as `keyFile`; undefined: evidence is kept. */
  readonly challengerKeyFile?: SecretSource | undefined
  /** When what L1 says counts: an epoch of the committee, a post. */
  readonly finality: Finality
  /** Whether what was followed of L1 is forgotten and read anew. */
  readonly rescan?: boolean
  readonly batchBytesMax: number
  /** Seconds from now until which the committee is asked to serve a batch. */
  readonly retentionSeconds: number
  /** Milliseconds between posts to L1. */
  readonly postingIntervalMs: number
  /** Milliseconds that a put may take; then it answers 503. */
  readonly putTimeoutMs: number
  /** Milliseconds that a get may take; then it answers 503. */
  readonly getTimeoutMs: number
  /** Milliseconds that a reader waits for one storage node before it asks another as well. */
  readonly hedgeDelayMs: number
  /** Redis of the shared work queue; undefined: work is queued in this process. May hold a password. */
  readonly redisUrl: string | undefined
  /** Address of the operations pages, which are for operators only. */
  readonly opsHost: string
  readonly opsPort: number
  /** Batches that are not on L1 yet at once; more is answered with 503 until some are. */
  readonly unpostedBatchesMax: number
  /** Most headers in one post. As soon as so many wait they are posted, whatever the interval. */
  readonly postingBatchesMax: number
  readonly logLevel: LogLevel
}
