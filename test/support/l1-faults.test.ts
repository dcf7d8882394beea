// The faulty L1 endpoint: each fault shows in the answers, and an endpoint without faults answers as the one behind it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestAnvil, startTestAnvil } from './anvil.ts'
import { type L1Fault, L1Faults } from './l1-faults.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { askRpc } from './rpc-proxy.ts'

type Reply = { result?: unknown; error?: { code: number; message: string } }

const LOGGER = `0x${'10'.repeat(20)}`
/** PUSH0 PUSH0 LOG0 STOP */
const LOGGER_CODE = '0x5f5fa000'
const HEAD = 201
let anvil: TestAnvil
let clock: ManualClock
let l1: L1Faults

beforeAll(async () => {
  anvil = await startTestAnvil()
  clock = manualClock(0)
  l1 = await L1Faults.start(anvil.url, clock)
  await askRpc(anvil.url, { method: 'anvil_mine', params: ['0xc8'] })
  await askRpc(anvil.url, { method: 'anvil_setCode', params: [LOGGER, LOGGER_CODE] })
  const [from] = (await askRpc(anvil.url, { method: 'eth_accounts', params: [] })) as string[]
  await askRpc(anvil.url, { method: 'eth_sendTransactionSync', params: [{ from, to: LOGGER }] })
})

afterAll(async () => {
  await l1?.[Symbol.asyncDispose]()
  await anvil?.stop()
})

beforeEach(async () => l1.inject())

async function send(body: unknown, path = '/'): Promise<{ status: number; headers: Headers; text: string }> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(new URL(path, l1.url), init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function ask(method: string, ...params: readonly unknown[]): Promise<Reply> {
  return JSON.parse((await send({ jsonrpc: '2.0', id: 7, method, params })).text) as Reply
}

function hex(block: number): string {
  return `0x${block.toString(16)}`
}

test('an endpoint without faults answers calls and batches as the one behind it', async () => {
  expect(await ask('eth_blockNumber')).toEqual({ jsonrpc: '2.0', id: 7, result: hex(HEAD) })
  const calls = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId', params: [] }))
  expect(JSON.parse((await send(calls)).text)).toEqual([
    { jsonrpc: '2.0', id: 1, result: '0x7a69' },
    { jsonrpc: '2.0', id: 2, result: '0x7a69' },
  ])
  expect(l1.spoiled.size).toBe(0)
})

test('a pruned endpoint refuses old state, logs and blocks, and has the genesis block and what is recent', async () => {
  await l1.inject({ kind: 'pruned', stateBlocks: 128, historyBlocks: 64 })
  expect((await ask('eth_getCode', LOGGER, hex(HEAD - 128))).error?.message).toContain('missing trie node')
  expect((await ask('eth_getCode', LOGGER, hex(HEAD - 127))).result).toBe('0x')
  const logs = { fromBlock: hex(HEAD - 64), toBlock: 'latest' }
  expect((await ask('eth_getLogs', logs)).error).toEqual({
    code: 4444,
    message: 'pruned history unavailable',
  })
  expect((await ask('eth_getLogs', { ...logs, fromBlock: hex(HEAD - 63) })).result).toHaveLength(1)
  expect((await ask('eth_getBlockByNumber', hex(1), false)).error?.code).toBe(4444)
  expect((await ask('eth_getBlockByNumber', hex(0), false)).result).toMatchObject({ number: '0x0' })
  expect(l1.spoiled.get('pruned')).toBe(3)
})

test.each([
  ['alchemy', -32600, /up to a 5 block range.*\[0x1, 0x5\]/],
  ['infura', -32602, /^range 5 exceeds limit of 5$/],
  ['quicknode', -32614, /limited to a 5 range/],
] as const)('a range of logs is limited in the words of %s', async (provider, code, message) => {
  await l1.inject({ kind: 'log-range', blocks: 5, provider })
  const { error } = await ask('eth_getLogs', { fromBlock: hex(1), toBlock: hex(6) })
  expect(error).toEqual({ code, message: expect.stringMatching(message) })
  expect((await ask('eth_getLogs', { fromBlock: hex(1), toBlock: hex(5) })).result).toEqual([])
})

test('a rate limit counts the calls of a second, also those of a batch', async () => {
  await l1.inject({ kind: 'rate-limit', perSecond: 2, retryAfterSeconds: 3 })
  const batch = [1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId', params: [] }))
  const refused = await send(batch)
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('3')
  expect(JSON.parse(refused.text)).toHaveLength(3)
  for (const expected of ['0x7a69', '0x7a69', undefined])
    expect((await ask('eth_chainId')).result).toBe(expected)
  clock.advance(1000)
  expect((await ask('eth_chainId')).result).toBe('0x7a69')
})

test.each([
  ['rpc-429', 200, 429],
  ['rpc-32005', 200, -32005],
  ['rpc-32007', 429, -32007],
] as const)('a rate limit is also told as %s', async (as, status, code) => {
  await l1.inject({ kind: 'rate-limit', perSecond: 0, as })
  const answer = await send({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  expect([answer.status, (JSON.parse(answer.text) as Reply).error?.code]).toEqual([status, code])
})

test('only the first requests are refused where a fault says so', async () => {
  await l1.inject({ kind: 'refused-first', requests: 1 })
  expect((await ask('eth_chainId')).error?.code).toBe(429)
  expect((await ask('eth_chainId')).result).toBe('0x7a69')
})

test.each<[L1Fault, number]>([
  [{ kind: 'standing-head' }, HEAD],
  [{ kind: 'lag', blocks: 3 }, HEAD],
])('nothing above an old head exists: %o', async (fault, height) => {
  await l1.inject(fault)
  const head = height - (fault.kind === 'lag' ? fault.blocks : 0)
  expect((await ask('eth_blockNumber')).result).toBe(hex(head))
  expect((await ask('eth_getBlockByNumber', 'latest', false)).result).toMatchObject({ number: hex(head) })
  expect((await ask('eth_getBlockByNumber', hex(head + 1), false)).result).toBeNull()
  expect((await ask('eth_getBalance', LOGGER, hex(head + 1))).error?.message).toBe('header not found')
  const logs = await ask('eth_getLogs', { fromBlock: hex(1), toBlock: 'latest' })
  expect(logs.result).toHaveLength(fault.kind === 'lag' ? 0 : 1)
})

test('an endpoint of another chain says so, and logs are truncated', async () => {
  await l1.inject({ kind: 'wrong-chain', chainId: 5 }, { kind: 'truncated-logs' })
  expect((await ask('eth_chainId')).result).toBe('0x5')
  expect((await ask('net_version')).result).toBe('5')
  expect((await ask('eth_getLogs', { fromBlock: hex(1), toBlock: 'latest' })).result).toEqual([])
  expect(l1.spoiled.get('truncated-logs')).toBe(1)
})

test('errors repeat the URL with its key, and garbage is no JSON-RPC', async () => {
  const call = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }
  const path = l1.urlWithKey('5ec2e7').slice(l1.url.length)
  await l1.inject({ kind: 'secrets' })
  expect((JSON.parse((await send(call, path)).text) as Reply).error?.message).toContain(`${l1.url}/v3/5ec2e7`)
  await l1.inject({ kind: 'secrets', as: 'http' })
  expect(await send(call, path)).toMatchObject({ status: 401, text: expect.stringContaining('5ec2e7') })
  await l1.inject({ kind: 'garbage' })
  const { text } = await send(call)
  expect(() => void JSON.parse(text)).toThrow(SyntaxError)
})

test('an endpoint forbids, refuses batches, closes connections, or is slow', async () => {
  const call = { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }
  await l1.inject({ kind: 'forbidden' })
  expect(await send(call)).toMatchObject({ status: 403 })
  await l1.inject({ kind: 'no-batches' })
  expect(await send([call, call])).toMatchObject({ status: 400 })
  expect(await send([call])).toMatchObject({ status: 200 })
  await l1.inject({ kind: 'down' })
  await expect(send(call)).rejects.toThrow('fetch failed')
  await l1.inject({ kind: 'slow', ms: 600 })
  const answer = send(call)
  await clock.asleep()
  clock.advance(600)
  expect(await answer).toMatchObject({ status: 200 })
})

test('an endpoint that never answers holds the request until its client gives up', async () => {
  await l1.inject({ kind: 'silent' })
  const gone = new AbortController()
  const answer = fetch(l1.url, { method: 'POST', body: '{}', signal: gone.signal })
  await expect.poll(() => l1.spoiled.get('silent')).toBe(1)
  gone.abort()
  await expect(answer).rejects.toThrow('aborted')
})
