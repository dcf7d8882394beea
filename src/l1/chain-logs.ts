// The logs of the followed contracts, from one endpoint and checked against the others.
//
// Guarantees:
// - Not hidden: a log that one endpoint leaves out is taken from another one that has the block, if receipts confirm it.
// - Not made up: a log that not all of them show counts only if more of their receipts have it than lack it.
// - Bounded: claims of an endpoint are checked until the first that is refuted.
//
// Receipts are asked for only where the endpoints differ. With one endpoint, or while no other one has the block, the bloom filter of
// the block tells whether logs may be missing, and the receipts of the block which. An endpoint alone that lies consistently is not
// found out (docs/decisions/015-what-an-endpoint-can-hide.md).
import {
  BaseError,
  type Client,
  type Log,
  type RpcLog,
  TransactionReceiptNotFoundError,
  formatLog,
} from 'viem'
import { getLogs, getTransactionReceipt } from 'viem/actions'
import type { Hex } from '../protocol/bytes.ts'
import { scanBlocks } from './block-scan.ts'
import { type Block, type Range, askEndpoint, checkLog, contradiction } from './blocks.ts'
import { mayContain } from './bloom.ts'
import type { ChainHead } from './chain.ts'
import type { L1 } from './rpc.ts'

export type MinedLog = Log<bigint, number, false>

/** What an endpoint does to logs. */
export type LogFault = 'hides' | 'makes-up'

export type ChainLogsOptions = {
  readonly l1: L1
  /** The one that is followed. */
  readonly endpoint: Client
  readonly addresses: readonly Hex[]
  /** Topics of which every event of the contracts that matters has one. */
  readonly topics: readonly Hex[]
  /** Called where receipts had to decide, and for endpoints that show every log of a block or a range. */
  readonly onVerdict: (endpoint: Client, fault: LogFault | undefined, blockNumber: number) => void
}

type Answer = { readonly endpoint: Client; readonly logs: readonly MinedLog[] }

/** Transactions whose receipts are asked for concurrently. */
const CONCURRENT_MAX = 8
/** Requests for one range to an endpoint that is not the one that is followed. */
const WITNESS_REQUESTS_MAX = 64

export class ChainLogs {
  readonly #options: ChainLogsOptions
  readonly #others: readonly Client[]

  constructor(options: ChainLogsOptions) {
    this.#options = options
    this.#others = options.l1.endpoints.filter((other) => other !== options.endpoint)
  }

  /** @throws FloeError `unavailable`, a contradiction when the endpoint lacks the block, made a log up, or others disagree */
  async ofBlock(block: Block): Promise<MinedLog[]> {
    const { endpoint } = this.#options
    const own = askEndpoint('read the logs of a block', async () => this.#read(endpoint, block))
    const others = this.#askOthers(async (other) => this.#read(other, block))
    const answers = [{ endpoint, logs: await own }, ...(await others)]
    const logs = await this.#agreed(answers)
    if (logs.length > 0 || answers.length > 1 || !this.#mayHaveLogs(block)) return logs
    return this.#fromReceipts(block)
  }

  /** As `ofBlock`, of a range of old blocks. Throws viem's errors too. */
  async ofRange(range: Range): Promise<MinedLog[]> {
    const { endpoint, l1 } = this.#options
    const logs = await this.#read(endpoint, range)
    const blocks = Number(range.toBlock - range.fromBlock) + 1
    const others = await this.#askOthers(async (other) => {
      const span = l1.logs.of(other)
      const read = async (fromBlock: bigint, toBlock: bigint): Promise<MinedLog[]> => {
        // An endpoint with far smaller ranges would make catching up take its time.
        if (span.blocks * WITNESS_REQUESTS_MAX < blocks) throw new Error('too many requests for a range')
        return this.#read(other, { fromBlock, toBlock })
      }
      const found: MinedLog[] = []
      for await (const log of scanBlocks(read, { ...range, order: 'oldest-first', span })) found.push(log)
      return found
    })
    return this.#agreed([{ endpoint, logs }, ...others])
  }

  async #read(endpoint: Client, where: ChainHead | Range): Promise<MinedLog[]> {
    const { addresses } = this.#options
    const filter = 'hash' in where ? { blockHash: where.hash } : where
    const logs = await getLogs(endpoint, { address: [...addresses], ...filter })
    for (const log of logs) checkLog(log, addresses, where)
    return logs
  }

  /** The answers of those that have the blocks and give logs of them. */
  async #askOthers(read: (other: Client) => Promise<MinedLog[]>): Promise<Answer[]> {
    const asked = await Promise.allSettled(
      this.#others.map(async (endpoint) => ({ endpoint, logs: await read(endpoint) })),
    )
    return asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }

  /** Every log that all show, and the others that receipts confirm, in the order of the chain. */
  async #agreed(answers: readonly Answer[]): Promise<MinedLog[]> {
    const shown = answers.map(({ logs }) => new Set(logs.map(keyOf)))
    const agreed = new Map<string, MinedLog>()
    for (const [place, { logs }] of answers.entries()) {
      const claims = logs.filter((log) => {
        const key = keyOf(log)
        if (!shown.every((keys) => keys.has(key))) return !agreed.has(key)
        agreed.set(key, log)
        return false
      })
      for (const log of await this.#confirmed(claims, answers, place)) agreed.set(keyOf(log), log)
    }
    this.#report(answers, shown, agreed)
    return [...agreed.values()].toSorted(byPlace)
  }

  #report(
    answers: readonly Answer[],
    shown: readonly ReadonlySet<string>[],
    agreed: ReadonlyMap<string, MinedLog>,
  ): void {
    for (const [place, { endpoint }] of answers.entries()) {
      const hidden = [...agreed].find(([key]) => shown[place]?.has(key) !== true)
      const [, log] = hidden ?? [...agreed].at(-1) ?? []
      if (log === undefined) continue
      this.#options.onVerdict(endpoint, hidden && 'hides', Number(log.blockNumber))
    }
  }

  /** The claims of one endpoint up to the first that is refuted. */
  async #confirmed(
    claims: readonly MinedLog[],
    answers: readonly Answer[],
    place: number,
  ): Promise<MinedLog[]> {
    const confirmed: MinedLog[] = []
    for (let i = 0; i < claims.length; i += CONCURRENT_MAX) {
      const some = claims.slice(i, i + CONCURRENT_MAX)
      const verdicts = await Promise.all(some.map(async (log) => verdictOn(log, answers)))
      const refuted = verdicts.findIndex((isConfirmed) => !isConfirmed)
      confirmed.push(...some.slice(0, refuted < 0 ? some.length : refuted))
      if (refuted < 0) continue
      this.#reject(answers[place]?.endpoint, some[refuted])
      break
    }
    return confirmed
  }

  #reject(endpoint: Client | undefined, log: MinedLog | undefined): void {
    if (endpoint === undefined || log === undefined) return
    this.#options.onVerdict(endpoint, 'makes-up', Number(log.blockNumber))
    if (endpoint === this.#options.endpoint)
      throw contradiction(`it has a log of transaction ${log.transactionHash} that receipts lack`)
  }

  #mayHaveLogs({ logsBloom }: Block): boolean {
    const { addresses, topics } = this.#options
    if (logsBloom === undefined) return false
    return (
      addresses.some((address) => mayContain(logsBloom, address)) &&
      topics.some((topic) => mayContain(logsBloom, topic))
    )
  }

  /** The logs in the receipts of a block; none where the endpoint does not have the method. */
  async #fromReceipts(block: Block): Promise<MinedLog[]> {
    const { endpoint, addresses } = this.#options
    const receipts = await endpoint
      .request<{ Parameters: [Hex]; ReturnType: { logs?: RpcLog[] }[] | null }>({
        method: 'eth_getBlockReceipts' as never,
        params: [block.hash] as never,
      })
      .catch(() => null)
    const logs = (receipts ?? []).flatMap(({ logs: own = [] }) => own)
    const followed = logs.filter(({ address }) => addresses.includes(address.toLowerCase() as Hex))
    const found = followed.map((log) => formatLog(log) as MinedLog)
    for (const log of found) checkLog(log, addresses, block)
    if (found.length > 0) this.#options.onVerdict(endpoint, 'hides', block.number)
    return found
  }
}

/**
 * Whether the receipts of those that answered have a log.
 * @throws FloeError a contradiction when as many have it as lack it
 */
async function verdictOn(log: MinedLog, answers: readonly Answer[]): Promise<boolean> {
  const asked = await Promise.all(answers.map(async ({ endpoint }) => receiptHas(endpoint, log)))
  const [has, lacks] = [true, false].map((value) => asked.filter((found) => found === value).length)
  if (has === lacks)
    throw contradiction(`the others disagree about a log of transaction ${log.transactionHash}`)
  return (has ?? 0) > (lacks ?? 0)
}

/** Undefined when the endpoint does not say. */
async function receiptHas(endpoint: Client, log: MinedLog): Promise<boolean | undefined> {
  try {
    const { logs } = await getTransactionReceipt(endpoint, { hash: log.transactionHash })
    return logs.some((other) => keyOf(other) === keyOf(log))
  } catch (error) {
    const isNull =
      error instanceof BaseError &&
      error.walk((cause) => cause instanceof TransactionReceiptNotFoundError) !== null
    return isNull ? false : undefined
  }
}

/** Everything about a log that a follower uses. */
function keyOf({ blockHash, logIndex, transactionHash, address, topics, data }: MinedLog): string {
  return [blockHash, logIndex, transactionHash, address, ...topics, data].join('/').toLowerCase()
}

function byPlace(a: MinedLog, b: MinedLog): number {
  return Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex
}
