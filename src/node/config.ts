// The configuration of a storage node. src/config/node.ts describes how each value is set: by flag, variable, file or default.
import type { ResponderConfig } from '../disputes/responder-service.ts'
import type { Finality } from '../l1/finality-rule.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { AllowedHosts } from '../runtime/http-checks.ts'
import type { CorsOrigins } from '../runtime/http-cors.ts'
import type { OperatorAddresses } from '../runtime/addresses.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'

export type NodeConfig = ResponderConfig & {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Folder of the node's database; only one process can open it. */
  readonly dir: string
  /** File with the operator's secret key, 32 bytes of hexadecimal, or the key itself. */
  readonly keyFile: SecretSource
  readonly rpcUrls: readonly string[]
  /** The chain id that L1 must have; undefined: any that the endpoints agree on. */
  readonly chainId?: number | undefined
  readonly committee: Hex
  readonly ledger: Hex
  /** The Disputes contract; undefined: the node takes no part in disputes. */
  readonly disputes?: Hex | undefined
  /** When an epoch of the committee on L1 is final. */
  readonly finality: Finality
  /** Seconds from which on the newest block of L1 counts as standing still; left out: two minutes. */
  readonly l1AgeSecondsMax?: number | undefined
  /** Largest batch that the node stores pairs of. */
  readonly batchBytesMax: number
  /** Most bytes of slivers that the node stores; further dispersals are answered with 503 until a batch expires. */
  readonly diskBytesMax: number
  /** Most bytes of dispersals that are in memory; further dispersals are answered with 429. */
  readonly intakeBytesMax: number
  /** Longest promise that the node signs, in seconds from the time of the dispersal; undefined: the Ledger's longest. */
  readonly expirySecondsMax?: number | undefined
  /** Address of the operations pages. */
  readonly opsHost?: string
  /** 0 selects a free port; undefined: the operations pages are only at the main address. */
  readonly opsPort?: number | undefined
  /** Names by which clients may address its listeners, besides localhost and IP addresses. */
  readonly allowedHosts?: AllowedHosts | undefined
  /** Addresses and subnets of proxies whose X-Forwarded-For names the client; left out: none. */
  readonly trustedProxies?: readonly string[] | undefined
  /** Origins whose pages may read; left out: all. */
  readonly corsOrigins?: CorsOrigins | undefined
  /** Where endpoints of the committee may be; undefined: public, and as near as the L1 endpoints. */
  readonly operatorAddresses?: OperatorAddresses | undefined
  readonly logLevel: LogLevel
}
