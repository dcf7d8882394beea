// The settings of a sidecar. src/config/sidecar.ts says how each is set: by flag, variable, file or default.
import type { ResponderConfig } from '../disputes/responder-service.ts'
import type { Finality } from '../l1/finality-rule.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { AllowedHosts } from '../runtime/http-checks.ts'
import type { CorsOrigins } from '../runtime/http-cors.ts'
import type { OperatorAddresses } from '../runtime/addresses.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'
import type { OpExpiredAnswer, OpInvalidAnswer } from './op-stack/dialect.ts'

/** 0.2 ether: the posts of 20 headersRoots with ten signers, at 100 gwei. */
export const POST_GWEI_DAY_DEFAULT = 200_000_000

export type SidecarConfig = ResponderConfig & {
  readonly host: string
  /** 0 selects a free port. */
  readonly port: number
  /** Folder of its records; one process at a time. */
  readonly dir: string
  /** File with the disperser's secret key, 32 bytes of hexadecimal, or the key itself; undefined: read-only, puts are refused. */
  readonly keyFile: SecretSource | undefined
  /**
   * The key of the account that pays for posts, as `keyFile`; undefined: the disperser's. A read-only sidecar with one posts certificates
   * that it is asked for.
   */
  readonly posterKeyFile: SecretSource | undefined
  /** The dispersers whose certificates a read-only sidecar posts; left out: none. */
  readonly postDispersers?: readonly Hex[] | undefined
  /** Most gwei that these posts of any 24 hours may cost. */
  readonly postGweiDayMax?: number
  readonly rpcUrls: readonly string[]
  /** The chain id that L1 must have; undefined: the one that the endpoints agree on. */
  readonly chainId?: number | undefined
  readonly committee: Hex
  readonly ledger: Hex
  /** The Disputes contract; undefined: the sidecar takes no part in disputes. */
  readonly disputes?: Hex | undefined
  /** The key of the account that submits evidence to L1, as `keyFile`; undefined: evidence is only kept. */
  readonly challengerKeyFile?: SecretSource | undefined
  /** When a block of L1 counts as final. */
  readonly finality: Finality
  /** Seconds from which on the newest block of L1 counts as standing still; left out: two minutes. */
  readonly l1AgeSecondsMax?: number | undefined
  /** Whether everything that was followed of L1 is forgotten and read again. */
  readonly rescan?: boolean
  readonly batchBytesMax: number
  /** Seconds for which the committee is asked to serve a batch; undefined: 14 days, or what the Ledger allows if that is less. */
  readonly retentionSeconds?: number | undefined
  /** Milliseconds between posts to L1. */
  readonly postingIntervalMs: number
  /** Milliseconds that a put may take; after that it is answered with 503. */
  readonly putTimeoutMs: number
  /** Milliseconds that a get may take; after that it is answered with 503. */
  readonly getTimeoutMs: number
  /** Milliseconds that a retrieval waits for one storage node before it asks another one as well. */
  readonly hedgeDelayMs: number
  /** Redis of the shared queue; undefined: jobs are queued in this process. May contain a password. */
  readonly redisUrl: string | undefined
  /** Address of the operations pages, which are for operators only. */
  readonly opsHost: string
  readonly opsPort: number
  /** Most batches that are not on L1 yet; further puts are answered with 503. */
  readonly unpostedBatchesMax: number
  /** Most headers in one post. As soon as so many wait they are posted, whatever the interval. */
  readonly postingBatchesMax: number
  /** Names by which clients may address its listeners, besides localhost and IP addresses. */
  readonly allowedHosts?: AllowedHosts | undefined
  /** How commitments that are invalid for every node, and expired batches, are answered to upstream's op-node; left out: `halt`, `unavailable`. */
  readonly opInvalid?: OpInvalidAnswer | undefined
  readonly opExpired?: OpExpiredAnswer | undefined
  /** File with the secret of the tokens that Nitro sends; undefined: its calls need none. */
  readonly nitroJwtFile?: string | undefined
  /** Addresses and subnets of proxies whose X-Forwarded-For names the client; left out: none. */
  readonly trustedProxies?: readonly string[] | undefined
  /** Origins whose pages may read; left out: all. */
  readonly corsOrigins?: CorsOrigins | undefined
  /** Where endpoints of the committee may be; undefined: public, and as near as the L1 endpoints. */
  readonly operatorAddresses?: OperatorAddresses | undefined
  readonly logLevel: LogLevel
}
