// What a challenger needs to know. src/config/challenger.ts says how each is set.
import type { Finality } from '../l1/chain.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'

export type ChallengerConfig = {
  readonly host: string
  /** Of its operations pages; 0 takes a free port. */
  readonly port: number
  /** Folder of the journal of its account; one process at a time. */
  readonly dir: string
  /** File with the key of the account that pays, or the key itself; undefined: it samples and opens no challenge. */
  readonly challengerKeyFile: SecretSource | undefined
  readonly rpcUrls: readonly string[]
  readonly chainId?: number | undefined
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes: Hex
  readonly finality: Finality
  /** Seconds of the chain before the start whose posts are sampled, at least; and in which own challenges are found again. */
  readonly lookbackSeconds: number
  /** Milliseconds between samples. */
  readonly sampleIntervalMs: number
  /** Milliseconds between checks of whole batches. */
  readonly checkIntervalMs: number
  /** Milliseconds that a storage node or a retrieval may take. */
  readonly getTimeoutMs: number
  /** Milliseconds for which a chunk is asked for again before it is challenged. */
  readonly challengeAfterMs: number
  /** Most gwei of bonds and gas in any day. */
  readonly spendGweiDayMax: number
  readonly logLevel: LogLevel
}
