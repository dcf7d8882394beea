// What the checks ask L1. Each question is sent once, however many checks need its result.
import type { Client } from 'viem'
import { getBlockNumber, getChainId } from 'viem/actions'
import type { Finality } from '../l1/finality-rule.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import { type LedgerTerms, readPostingTerms } from '../l1/posting-terms.ts'
import { type L1, connectL1, rpcReason } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { type LogSettings, logSettings } from '../l1/log-spans.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Check, type Finding, notChecked, once } from './check.ts'
import { contractFindings } from './contract-findings.ts'

export type L1ProbeConfig = LogSettings & {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  /** Undefined when the service takes no part in disputes. */
  readonly disputes?: Hex | undefined
  readonly chainId?: number | undefined
  readonly finality: Finality
}

export type EndpointResponse =
  | { readonly chainId: number; readonly blockNumber: bigint }
  | { readonly reason: string }

export const L1_UNREACHABLE = 'L1 does not answer'

export class L1Probe {
  readonly config: L1ProbeConfig
  readonly l1: L1
  /** One response for each endpoint, in the order of the configuration. */
  readonly endpointResponses: () => Promise<EndpointResponse[]>
  readonly contractFindings: () => Promise<Finding[]>
  /** Rejects when L1 has no committee that is final. */
  readonly currentCommittee: () => Promise<Committee>

  /** Rejects when L1 does not answer. */
  readonly postingTerms: () => Promise<LedgerTerms>

  constructor({ config, clock }: { config: L1ProbeConfig; clock: Clock }) {
    const { rpcUrls, committee, ledger, finality } = config
    const l1 = connectL1(rpcUrls, logSettings(config))
    this.config = config
    this.l1 = l1
    this.endpointResponses = once(async () => Promise.all(l1.endpoints.map(askEndpoint)))
    this.contractFindings = once(async () => contractFindings(l1, config))
    this.postingTerms = once(async () => readPostingTerms(l1, ledger))
    this.currentCommittee = once(async () => {
      const { committees } = await CommitteeReader.connect({
        ...logSettings(config),
        rpcUrls,
        committee,
        ledger,
        finality,
        clock,
      })
      return committees.current()
    })
  }

  async isReachable(): Promise<boolean> {
    return (await this.endpointResponses()).some((response) => 'chainId' in response)
  }

  /** Why L1 cannot be asked about the contracts; undefined when it can. */
  async unusableReason(): Promise<string | undefined> {
    if (!(await this.isReachable())) return L1_UNREACHABLE
    const isWrong = (await this.contractFindings()).some(({ status }) => status === 'error')
    return isWrong ? 'the contracts are not those of Floe' : undefined
  }
}

/** A check that needs L1 and the contracts. It is not made when L1 cannot be used, which other checks report. */
export function l1Check(name: string, probe: L1Probe, run: Check['run']): Check {
  return {
    name,
    run: async () => {
      const reason = await probe.unusableReason()
      return reason === undefined ? run() : notChecked(reason)
    },
  }
}

async function askEndpoint(endpoint: Client): Promise<EndpointResponse> {
  try {
    const [chainId, blockNumber] = await Promise.all([getChainId(endpoint), getBlockNumber(endpoint)])
    return { chainId, blockNumber }
  } catch (error) {
    return { reason: rpcReason(error) }
  }
}
