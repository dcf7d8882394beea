// The faults of what an L1 endpoint knows about the chain: history that it has pruned, ranges that it refuses, a head that is old,
// another chain, logs that it leaves out. An old head is consistent: blocks, logs, receipts and state above it do not exist.
import type { L1FaultKind } from './l1-faults.ts'
import { type RpcCall, RpcRefusal, askRpc } from './rpc-proxy.ts'

type Provider = 'alchemy' | 'infura' | 'quicknode'

export type ChainFault =
  /** State older than so many blocks is gone; so are logs, receipts and blocks, where `historyBlocks` says so (code 4444). */
  | { readonly kind: 'pruned'; readonly stateBlocks: number; readonly historyBlocks?: number }
  /** eth_getLogs over more blocks is refused, in the words of a provider. */
  | { readonly kind: 'log-range'; readonly blocks: number; readonly provider?: Provider }
  /** The head stands still at the block that it is when the fault is injected. */
  | { readonly kind: 'standing-head' }
  /** The head is always so many blocks behind the real one. */
  | { readonly kind: 'lag'; readonly blocks: number }
  | { readonly kind: 'wrong-chain'; readonly chainId: number }
  /** eth_getLogs answers with so many logs at most; without it none is left. */
  | { readonly kind: 'truncated-logs'; readonly logsMax?: number }

type Context = {
  readonly target: string
  readonly faults: readonly { readonly kind: L1FaultKind }[]
  readonly pinned: bigint | undefined
  readonly spoil: (kind: L1FaultKind) => void
}

type Block = { readonly number: string }
type LogFilter = { readonly fromBlock?: string; readonly toBlock?: string; readonly blockHash?: string }

/** The position of the block in the parameters of the methods that read state. */
const STATE_METHODS: Readonly<Record<string, number>> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
  eth_getProof: 2,
}
/** Methods of a block that is named by number, and of one that is found by hash. */
const BLOCK_METHODS = new Set(['eth_getBlockByNumber', 'eth_getBlockReceipts'])
const FOUND_METHODS = new Set(['eth_getBlockByHash', 'eth_getTransactionReceipt', 'eth_getTransactionByHash'])

/** The height at which the head stands, when one of the faults is that it stands. */
export async function pinnedHead(
  target: string,
  faults: readonly { readonly kind: string }[],
): Promise<bigint | undefined> {
  return faults.some(({ kind }) => kind === 'standing-head') ? headOf(target) : undefined
}

/** The answer to a call by an endpoint with the faults. */
export async function chainBehaviour(
  context: Context,
  call: RpcCall,
  forward: () => Promise<unknown>,
): Promise<unknown> {
  const faults = context.faults as readonly ChainFault[]
  if (faults.length === 0) return forward()
  const faultOf = <K extends ChainFault['kind']>(kind: K): Extract<ChainFault, { kind: K }> | undefined =>
    faults.find((fault): fault is Extract<ChainFault, { kind: K }> => fault.kind === kind)
  const wrongChain = faultOf('wrong-chain')
  if (wrongChain !== undefined && (call.method === 'eth_chainId' || call.method === 'net_version')) {
    context.spoil('wrong-chain')
    return call.method === 'eth_chainId' ? quantity(BigInt(wrongChain.chainId)) : String(wrongChain.chainId)
  }
  const view = await viewOf(context, faultOf('lag')?.blocks)
  const pruned = faultOf('pruned')
  if (pruned !== undefined) refusePruned(context, pruned, view, call)
  const range = faultOf('log-range')
  if (range !== undefined) refuseRange(context, range, view, call)
  const answer = view.isOld ? await answerOfOldHead(context, view, call, forward) : await forward()
  const truncated = faultOf('truncated-logs')
  if (truncated === undefined || call.method !== 'eth_getLogs' || !Array.isArray(answer)) return answer
  const kept = answer.slice(0, truncated.logsMax ?? 0)
  if (kept.length < answer.length) context.spoil('truncated-logs')
  return kept
}

/** What the endpoint takes for the newest block. */
type View = {
  readonly head: bigint
  readonly realHead: bigint
  readonly isOld: boolean
  readonly kind: 'standing-head' | 'lag'
}

async function viewOf({ target, pinned }: Context, lagBlocks: number | undefined): Promise<View> {
  const realHead = await headOf(target)
  const lagging = realHead - BigInt(lagBlocks ?? 0)
  const standing = pinned ?? realHead
  const head = max(0n, lagging < standing ? lagging : standing)
  const isOld = pinned !== undefined || lagBlocks !== undefined
  return {
    head: head < realHead ? head : realHead,
    realHead,
    isOld,
    kind: pinned === undefined ? 'lag' : 'standing-head',
  }
}

async function headOf(target: string): Promise<bigint> {
  return BigInt((await askRpc(target, { method: 'eth_blockNumber', params: [] })) as string)
}

/** The answer of an endpoint that has the chain up to its head only. */
async function answerOfOldHead(
  { target, spoil }: Context,
  view: View,
  call: RpcCall,
  forward: () => Promise<unknown>,
): Promise<unknown> {
  const { method, params } = call
  const { head } = view
  const changed = async (newParams: readonly unknown[]): Promise<unknown> => {
    spoil(view.kind)
    return askRpc(target, { method, params: newParams })
  }
  if (method === 'eth_blockNumber') {
    spoil(view.kind)
    return quantity(head)
  }
  if (BLOCK_METHODS.has(method)) {
    const block = await numberOf(target, params[0], view)
    return block === undefined || block > head ? null : changed([quantity(block), ...params.slice(1)])
  }
  const stateAt = STATE_METHODS[method]
  if (stateAt !== undefined) {
    const at = params[stateAt] ?? 'latest'
    const block = await numberOf(target, at, view)
    // A block that is given by its hash.
    if (block === undefined) return forward()
    if (block > head) throw new RpcRefusal('header not found')
    return changed([...params.slice(0, stateAt), quantity(block), ...params.slice(stateAt + 1)])
  }
  if (method === 'eth_getLogs') return logsOfOldHead(changed, view, params[0] as LogFilter, forward)
  const answer = await forward()
  if (!FOUND_METHODS.has(method) || answer === null) return answer
  return isAbove(head, answer as { number?: string; blockNumber?: string }) ? null : answer
}

async function logsOfOldHead(
  changed: (params: readonly unknown[]) => Promise<unknown>,
  { head }: View,
  filter: LogFilter,
  forward: () => Promise<unknown>,
): Promise<unknown> {
  if (filter.blockHash !== undefined) {
    const logs = (await forward()) as readonly { blockNumber: string }[]
    return logs.filter(({ blockNumber }) => BigInt(blockNumber) <= head)
  }
  const [from, to] = [blockOfTag(filter.fromBlock, head), blockOfTag(filter.toBlock, head)]
  if (from > head) return []
  return changed([{ ...filter, fromBlock: quantity(from), toBlock: quantity(to < head ? to : head) }])
}

function isAbove(head: bigint, { number, blockNumber }: { number?: string; blockNumber?: string }): boolean {
  const block = number ?? blockNumber
  return typeof block === 'string' && BigInt(block) > head
}

/** The number of a block that is named by number or tag; a final block is as deep below the old head as it is below the real one. */
async function numberOf(
  target: string,
  name: unknown,
  { head, realHead }: View,
): Promise<bigint | undefined> {
  if (typeof name !== 'string') return undefined
  if (name === 'safe' || name === 'finalized') {
    const block = (await askRpc(target, {
      method: 'eth_getBlockByNumber',
      params: [name, false],
    })) as Block | null
    return block === null ? undefined : max(0n, head - (realHead - BigInt(block.number)))
  }
  return blockOfTag(name, head)
}

function blockOfTag(name: string | undefined, head: bigint): bigint {
  if (
    name === undefined ||
    name === 'latest' ||
    name === 'pending' ||
    name === 'safe' ||
    name === 'finalized'
  )
    return head
  return name === 'earliest' ? 0n : BigInt(name)
}

function refusePruned(
  { spoil }: Context,
  { stateBlocks, historyBlocks = Infinity }: Extract<ChainFault, { kind: 'pruned' }>,
  { head }: View,
  { method, params }: RpcCall,
): void {
  const isOlder = (block: bigint, blocks: number): boolean =>
    head - block >= BigInt(Math.min(blocks, 2 ** 52))
  const stateAt = STATE_METHODS[method]
  const state = stateAt === undefined ? undefined : params[stateAt]
  if (typeof state === 'string' && isOlder(blockOfTag(state, head), stateBlocks)) {
    spoil('pruned')
    throw new RpcRefusal(`missing trie node 00 (path ) state 0x00 is not available, not found`)
  }
  const filter = method === 'eth_getLogs' ? (params[0] as LogFilter) : undefined
  const oldest = filter?.blockHash === undefined ? filter?.fromBlock : undefined
  const named = BLOCK_METHODS.has(method) ? (params[0] as string) : oldest
  // Every node has the genesis block.
  if (named === undefined || (filter === undefined && blockOfTag(named, head) === 0n)) return
  if (!isOlder(blockOfTag(named, head), historyBlocks)) return
  spoil('pruned')
  throw new RpcRefusal('', { code: 4444, message: 'pruned history unavailable' })
}

function refuseRange(
  { spoil }: Context,
  { blocks, provider = 'alchemy' }: Extract<ChainFault, { kind: 'log-range' }>,
  { head }: View,
  { method, params }: RpcCall,
): void {
  if (method !== 'eth_getLogs') return
  const filter = params[0] as LogFilter
  if (filter.blockHash !== undefined) return
  const [from, to] = [blockOfTag(filter.fromBlock, head), blockOfTag(filter.toBlock, head)]
  if (to - from + 1n <= BigInt(blocks)) return
  spoil('log-range')
  throw new RpcRefusal('', rangeError(provider, blocks, from, to))
}

function rangeError(provider: Provider, blocks: number, from: bigint, to: bigint): object {
  switch (provider) {
    case 'alchemy': {
      const works = `[${quantity(from)}, ${quantity(from + BigInt(blocks) - 1n)}]`
      const message = `Under the Free tier plan, you can make eth_getLogs requests with up to a ${blocks} block range. Based on your parameters, this block range should work: ${works}. Upgrade to PAYG for expanded block range.`
      return { code: -32600, message }
    }
    case 'infura':
      return { code: -32602, message: `range ${to - from} exceeds limit of ${blocks}` }
    case 'quicknode':
      return { code: -32614, message: `eth_getLogs is limited to a ${blocks.toLocaleString('en-US')} range` }
  }
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
