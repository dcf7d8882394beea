// Endpoints that limit the rate, refuse batches, are away, or are of another chain: what they are asked, and what callers get. Real
// servers, on a manual clock.
import type { Client } from 'viem'
import { getBalance, getBlockNumber, getChainId, getLogs } from 'viem/actions'
import { expect, it } from 'vitest'
import type { CallOutcome, EndpointWatcher } from '../../../src/l1/endpoints/endpoint.ts'
import { faultOf } from '../../../src/l1/endpoints/fault.ts'
import { yieldToEventLoop } from '../../../src/runtime/clock.ts'
import { type L1, askEach, connectL1, expectChain } from '../../../src/l1/rpc.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { type RpcServer, rpcError, startRpcServer, tooManyRequests } from './rpc-server.ts'

/** Above every timeout of these tests a sleep is one of a pause. */
const TIMEOUT_MS = 1_000_000

type Told = { outcomes: string[]; lines: string[] }

function connected(servers: readonly RpcServer[]): { l1: L1; clock: ManualClock; told: Told } {
  const clock = manualClock(1_700_000_000, TIMEOUT_MS - 1)
  const told: Told = { outcomes: [], lines: [] }
  const watcher: EndpointWatcher = {
    called: (endpoint, outcome: CallOutcome) => void told.outcomes.push(`${endpoint} ${outcome}`),
    failed: (endpoint, { fault }) => void told.lines.push(`${endpoint} ${fault}`),
    held: (endpoint) => void told.lines.push(`${endpoint} answers`),
  }
  const urls = servers.map(({ url }) => url)
  return { l1: connectL1(urls, { clock, timeoutMs: TIMEOUT_MS, random: () => 1, watcher }), clock, told }
}

function only({ endpoints }: L1): Client {
  const [endpoint] = endpoints
  if (endpoint === undefined) throw new Error('no endpoint')
  return endpoint
}

it('a call that meets a rate limit is sent again when Retry-After has passed, and not before', async () => {
  const server = await startRpcServer()
  server.answer = () => (server.requests.length === 1 ? tooManyRequests(7) : undefined)
  const { l1, clock, told } = connected([server])
  const number = getBlockNumber(only(l1))
  await clock.asleep()
  clock.advance(6_999)
  expect(server.requests).toHaveLength(1)
  clock.advance(1)
  expect(await number).toBe(1n)
  expect(told).toEqual({ outcomes: ['1 rate-limited', '1 answered'], lines: ['1 rate-limited', '1 answers'] })
})

it('an endpoint whose Retry-After is longer than a caller waits gets no request before, and at most five minutes', async () => {
  const server = await startRpcServer()
  server.answer = () => (server.requests.length === 1 ? tooManyRequests(86_400) : undefined)
  const { l1, clock } = connected([server])
  for (let call = 0; call < 3; call++) {
    const error: unknown = await getBlockNumber(only(l1)).catch((failure: unknown) => failure)
    expect(faultOf(error)).toBe('rate-limited')
  }
  expect(server.requests).toHaveLength(1)
  clock.advance(5 * 60_000)
  expect(await getBlockNumber(only(l1))).toBe(1n)
})

it('pauses double with every failure, and calls that fail together count once', async () => {
  const server = await startRpcServer()
  let refused = 6
  // Logs of ranges are not sent in batches, so there are three requests.
  server.answer = () => (refused-- > 0 ? tooManyRequests() : undefined)
  const { l1, clock, told } = connected([server])
  const all = Promise.all([1n, 2n, 3n].map(async (toBlock) => getLogs(only(l1), { fromBlock: 0n, toBlock })))
  server.result = () => []
  for (const [refusals, pauseMs] of [
    [3, 500],
    [6, 1_000],
  ] as const) {
    // Every call was refused, and sleeps until the pause ends.
    while (told.outcomes.length < refusals || clock.sleeping() !== 3) await yieldToEventLoop()
    clock.advance(pauseMs)
  }
  expect(await all).toEqual([[], [], []])
  expect(server.requests).toHaveLength(9)
})

it('an endpoint in a pause is skipped while another one answers', async () => {
  const [limited, honest] = [await startRpcServer(), await startRpcServer()]
  limited.answer = () => tooManyRequests(60)
  const { l1, clock } = connected([limited, honest])
  for (let call = 0; call < 5; call++) expect(await getBlockNumber(l1.client)).toBe(1n)
  expect(await askEach(l1, 'read', async (endpoint) => getBlockNumber(endpoint))).toEqual([1n])
  expect(limited.requests).toHaveLength(1)
  expect(honest.requests).toHaveLength(6)
  clock.advance(60_000)
  limited.answer = () => undefined
  await getBlockNumber(l1.client)
  expect(limited.requests).toHaveLength(2)
})

it('an endpoint that closes connections is asked after one that answers, and by itself where it is the only one', async () => {
  const honest = await startRpcServer()
  const away = { ...honest, url: 'http://127.0.0.1:1' }
  const both = connected([away, honest])
  await getBlockNumber(both.l1.client)
  await getBlockNumber(both.l1.client)
  expect(both.told.outcomes).toEqual(['1 unreachable', '2 answered', '2 answered'])
  const alone = connected([away])
  for (let call = 0; call < 3; call++)
    await expect(getBlockNumber(only(alone.l1))).rejects.toThrow('HTTP request failed')
  expect(alone.told).toEqual({ outcomes: Array(3).fill('1 unreachable'), lines: ['1 unreachable'] })
})

it('an endpoint that forbids three requests in a row gets no more for a while', async () => {
  const server = await startRpcServer()
  server.answer = () => ({ status: 403, body: 'forbidden' })
  const { l1, told } = connected([server])
  for (let call = 0; call < 6; call++)
    expect(faultOf(await getBlockNumber(only(l1)).catch((error: unknown) => error))).toBe('forbidden')
  expect(server.requests).toHaveLength(3)
  expect(new Set(told.lines)).toEqual(new Set(['1 forbidden']))
})

it('calls that are made together are one request, of at most ten calls', async () => {
  const server = await startRpcServer()
  server.result = ({ params }) => params?.[0]
  const { l1 } = connected([server])
  const addresses = Array.from({ length: 23 }, (_, i) => `0x${String(i + 1).padStart(40, '0')}` as const)
  const balances = await Promise.all(addresses.map(async (address) => getBalance(only(l1), { address })))
  expect(balances).toEqual(addresses.map(BigInt))
  expect(server.requests.map(({ length }) => length)).toEqual([10, 10, 3])
})

it('a call that fails in a batch fails alone', async () => {
  const server = await startRpcServer()
  server.answer = (calls) => ({
    body: JSON.stringify(
      calls
        .map(({ id, method }) =>
          method === 'eth_chainId'
            ? { jsonrpc: '2.0', id, error: { code: -32000, message: 'not now' } }
            : { jsonrpc: '2.0', id, result: '0x2' },
        )
        .reverse(),
    ),
  })
  const { l1, told } = connected([server])
  const [number, chainId] = await Promise.allSettled([getBlockNumber(only(l1)), getChainId(only(l1))])
  expect(number).toEqual({ status: 'fulfilled', value: 2n })
  expect(chainId.status).toBe('rejected')
  expect(server.requests.map((methods) => methods.toSorted())).toEqual([['eth_blockNumber', 'eth_chainId']])
  expect(told.outcomes.toSorted()).toEqual(['1 answered', '1 refused'])
})

it.each<[string, RpcServer['answer']]>([
  [
    'an error',
    (_, isBatch) => (isBatch ? { body: rpcError(-32600, 'batch requests are not supported') } : undefined),
  ],
  ['HTTP 400', (_, isBatch) => (isBatch ? { status: 400, body: 'no batches' } : undefined)],
  [
    'one response',
    ([call], isBatch) => (isBatch ? { body: rpcError(-32601, 'no method', call?.id) } : undefined),
  ],
  ['an empty list', (_, isBatch) => (isBatch ? { body: '[]' } : undefined)],
])(
  'an endpoint that answers a batch with %s gets the calls one by one, and batches again later',
  async (_, answer) => {
    const server = await startRpcServer()
    server.answer = answer
    const { l1, clock } = connected([server])
    const two = async (): Promise<unknown> => Promise.all([getBlockNumber(only(l1)), getChainId(only(l1))])
    expect(await two()).toEqual([1n, 1])
    expect(server.requests.map(({ length }) => length)).toEqual([2, 1, 1])
    expect(await two()).toEqual([1n, 1])
    expect(server.requests.map(({ length }) => length)).toEqual([2, 1, 1, 1, 1])
    clock.advance(10 * 60_000)
    server.answer = () => undefined
    await two()
    expect(server.requests.at(-1)).toHaveLength(2)
  },
)

it('a provider that counts the calls of a batch against its limit is asked in smaller ones', async () => {
  const server = await startRpcServer()
  server.answer = (calls) => (calls.length > 3 ? tooManyRequests() : undefined)
  const { l1, clock } = connected([server])
  const addresses = Array.from({ length: 10 }, (_, i) => `0x${String(i + 1).padStart(40, '0')}` as const)
  let settled = false
  const balances = Promise.all(addresses.map(async (address) => getBalance(only(l1), { address }))).finally(
    () => (settled = true),
  )
  while (!settled) {
    clock.advance(100)
    await yieldToEventLoop()
  }
  expect(await balances).toHaveLength(10)
  expect(server.requests.map(({ length }) => length).slice(0, 3)).toEqual([10, 5, 5])
})

it('at most eight requests are in flight to an endpoint', async () => {
  const server = await startRpcServer()
  const waiting: (() => void)[] = []
  let most = 0
  server.result = () => []
  server.answer = async () => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      most = Math.max(most, waiting.length)
    })
    return undefined
  }
  const { l1 } = connected([server])
  const all = Promise.all(
    Array.from({ length: 40 }, async (_, i) => getLogs(only(l1), { fromBlock: 0n, toBlock: BigInt(i) })),
  )
  let done = 0
  while (done < 40) {
    await yieldToEventLoop()
    if (waiting.length < Math.min(8, 40 - done)) continue
    done += waiting.length
    for (const release of waiting.splice(0)) release()
  }
  expect(await all).toHaveLength(40)
  expect(most).toBe(8)
})

it('an endpoint of another chain is asked for its chain once a minute and for nothing else, until it is right', async () => {
  const [wrong, right] = [await startRpcServer(), await startRpcServer()]
  wrong.result = ({ method }) => (method === 'eth_chainId' ? '0x5' : '0x99')
  const { l1, clock, told } = connected([wrong, right])
  expectChain(l1, 1)
  for (let call = 0; call < 3; call++) {
    expect(await getBlockNumber(l1.client)).toBe(1n)
    expect(await askEach(l1, 'read', async (endpoint) => getBlockNumber(endpoint))).toEqual([1n])
  }
  expect(wrong.requests).toEqual([['eth_chainId']])
  expect(told.lines).toEqual(['1 wrong-chain'])
  clock.advance(60_000)
  await getBlockNumber(l1.client)
  expect(wrong.requests).toEqual([['eth_chainId'], ['eth_chainId']])
  wrong.result = ({ method }) => (method === 'eth_chainId' ? '0x1' : '0x99')
  clock.advance(60_000)
  expect(await getBlockNumber(l1.client)).toBe(0x99n)
  expect(told.lines.at(-1)).toBe('1 answers')
})

it('an endpoint that changes to another chain later is found out within ten minutes', async () => {
  const server = await startRpcServer()
  const { l1, clock } = connected([server])
  expectChain(l1, 1)
  await getBlockNumber(only(l1))
  server.result = () => '0x5'
  clock.advance(10 * 60_000)
  await getBlockNumber(only(l1))
  while (server.requests.flat().filter((method) => method === 'eth_chainId').length < 2)
    await yieldToEventLoop()
  await expect(getChainId(only(l1))).rejects.toThrow('Expected L1 endpoint 1 to be of chain 1, got chain 5.')
  await expect(getBlockNumber(only(l1))).rejects.toThrow('got chain 5')
})
