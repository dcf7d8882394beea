// The settings of a challenger; src/config/challenger.ts says how each is given.
import type { Finality } from '../l1/finality-rule.ts'
import type { LogSettings } from '../l1/log-spans.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { AllowedHosts } from '../runtime/http-checks.ts'
import type { OperatorAddresses } from '../runtime/addresses.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'

export type ChallengerConfig = LogSettings & {
  readonly host: string
  /** Port of the metrics and the status; 0 takes a free port. */
  readonly port: number
  /** Names by which clients may address it, besides localhost and IP addresses. */
  readonly allowedHosts?: AllowedHosts | undefined
  /** Folder of the account's journal, for one process at a time. */
  readonly dir: string
  /** File with the key of the account that pays, or the key itself; undefined: it samples and sends nothing to L1. */
  readonly challengerKeyFile: SecretSource | undefined
  readonly rpcUrls: readonly string[]
  readonly chainId?: number | undefined
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes: Hex
  readonly finality: Finality
  /** Seconds from which on the newest block of L1 counts as standing still; left out: two minutes. */
  readonly l1AgeSecondsMax?: number | undefined
  /** At least the posts and the own challenges of so many seconds before the start are followed. */
  readonly lookbackSeconds: number
  /** Milliseconds between samples. */
  readonly sampleIntervalMs: number
  /** Milliseconds between checks of whole batches. */
  readonly checkIntervalMs: number
  /** Milliseconds that a storage node or a retrieval may take. */
  readonly getTimeoutMs: number
  /** Milliseconds for which a missing chunk is requested again before it is challenged. */
  readonly challengeAfterMs: number
  /** Most gwei of bonds and gas in any 24 hours. */
  readonly spendGweiDayMax: number
  /** Where endpoints of the committee may be; undefined: public, and as near as the L1 endpoints. */
  readonly operatorAddresses?: OperatorAddresses | undefined
  readonly logLevel: LogLevel
}
