// What the checks ask L1. Each question is sent once, however many checks need its result.
import type { Finality } from '../l1/finality-rule.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import { deploymentBlock } from '../l1/deployment.ts'
import { finalBlock } from '../l1/finality.ts'
import { type LedgerTerms, readPostingTerms } from '../l1/posting-terms.ts'
import { type L1, connectL1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { type LogSettings, logSettings } from '../l1/log-spans.ts'
import type { Clock } from '../runtime/clock.ts'
import { Redactor } from '../runtime/redaction.ts'
import { type Check, type Finding, notChecked, once } from './check.ts'
import { contractFindings } from './contract-findings.ts'
import { type Answer, type EndpointHead, EndpointProbe, type Log } from './endpoint-probe.ts'

export type L1ProbeConfig = LogSettings & {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  /** Undefined when the service takes no part in disputes. */
  readonly disputes?: Hex | undefined
  readonly chainId?: number | undefined
  readonly finality: Finality
}

export const L1_UNREACHABLE = 'L1 does not answer'

export class L1Probe {
  readonly config: L1ProbeConfig
  readonly l1: L1
  /** In the order of the configuration. */
  readonly endpoints: readonly EndpointProbe[]
  /** The answer of each endpoint. */
  readonly heads: () => Promise<readonly Answer<EndpointHead>[]>
  /** The configured chain, else that of most endpoints; undefined where there is no such chain. */
  readonly chainId: () => Promise<number | undefined>
  /** The block from which the contracts can have events; 0 where it cannot be found. */
  readonly deploymentBlock: () => Promise<number>
  /** What each endpoint answers about the logs of that block. */
  readonly firstLogs: () => Promise<readonly Answer<readonly Log[]>[]>
  readonly finalBlock: () => Promise<number>
  readonly contractFindings: () => Promise<Finding[]>
  /** Rejects when L1 has no committee that is final. */
  readonly currentCommittee: () => Promise<Committee>

  /** Rejects when L1 does not answer. */
  readonly postingTerms: () => Promise<LedgerTerms>

  constructor({ config, clock }: { config: L1ProbeConfig; clock: Clock }) {
    const { rpcUrls, committee, ledger, finality } = config
    const l1 = connectL1(rpcUrls, { ...logSettings(config), clock })
    this.config = config
    this.l1 = l1
    const redactor = new Redactor(rpcUrls)
    const contracts = [committee, ledger]
    this.endpoints = l1.endpoints.map((client, i) => {
      const url = rpcUrls[i] ?? ''
      return new EndpointProbe({ client, url, number: i + 1, redactor, clock, contracts })
    })
    this.heads = once(async () => Promise.all(this.endpoints.map(async (endpoint) => endpoint.head())))
    this.chainId = once(async () => config.chainId ?? commonChain(await this.heads()))
    this.finalBlock = once(async () => finalBlock(l1, finality))
    this.deploymentBlock = once(async () => deploymentBlock(l1, ledger, await this.finalBlock()))
    this.firstLogs = once(async () => {
      const first = await this.deploymentBlock()
      const span = { fromBlock: first, toBlock: first }
      return Promise.all(this.endpoints.map(async (endpoint) => endpoint.logsOf(span)))
    })
    this.contractFindings = once(async () => contractFindings(l1, config))
    this.postingTerms = once(async () => readPostingTerms(l1, ledger))
    this.currentCommittee = once(async () => {
      const { committees } = await CommitteeReader.connect({
        ...logSettings(config),
        rpcUrls,
        committee,
        ledger,
        finality,
        chainId: config.chainId,
        clock,
      })
      return committees.current()
    })
  }

  async isReachable(): Promise<boolean> {
    return (await this.heads()).some((head) => 'value' in head)
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

function commonChain(heads: readonly Answer<EndpointHead>[]): number | undefined {
  const ids = heads.flatMap((head) => ('value' in head ? [head.value.chainId] : []))
  const byId = [...Map.groupBy(ids, (id) => id)].toSorted(([, a], [, b]) => b.length - a.length)
  const [first, second] = byId
  return first?.[1].length === second?.[1].length ? undefined : first?.[0]
}
