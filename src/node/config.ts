// What a storage node needs to know. src/config/node.ts says how each is set, by flag, variable, file or default.
import type { ResponderConfig } from '../disputes/responder-service.ts'
import type { Finality } from '../l1/chain.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'

export type NodeConfig = ResponderConfig & {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Folder of its database; one process at a time. */
  readonly dir: string
  /** File with the operator's secret key, 32 bytes of hexadecimal, or the key itself. */
  readonly keyFile: SecretSource
  readonly rpcUrls: readonly string[]
  /** The chain that L1 must be; undefined: whichever the endpoints agree on. */
  readonly chainId?: number | undefined
  readonly committee: Hex
  readonly ledger: Hex
  /** The Disputes contract; undefined: nothing about disputes happens. */
  readonly disputes?: Hex | undefined
  /** When what L1 says counts: an epoch of the committee. */
  readonly finality: Finality
  /** Largest batch that it takes a part of. */
  readonly batchBytesMax: number
  /** Most bytes of slivers that it stores; more is answered with 503 until something expires. */
  readonly diskBytesMax: number
  /** Most bytes of dispersals that it holds in memory at once; more is answered with 429. */
  readonly intakeBytesMax: number
  /** Longest promise, in seconds from now, that it signs. */
  readonly expirySecondsMax: number
  readonly logLevel: LogLevel
}
