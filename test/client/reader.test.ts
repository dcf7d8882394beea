// A reader's guarantees, against the endpoints of an L1 that names a chain, or stays silent.
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Reader, createReader } from '../../src/client/reader.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { commit } from '../e2e/rollup.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'

const batch = seededBytes('reader', 20_000)
const servers: Server[] = []
let network: Network
let commitment: Hex

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
  commitment = toHex(await commit(network.url, batch))
})

afterAll(async () => network[Symbol.asyncDispose]())

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** An endpoint that names a chain and answers nothing else; with undefined, not even that. */
async function endpoint(chainId: number | undefined): Promise<string> {
  const server = createServer((request, response) => {
    request.setEncoding('utf8').once('data', (text: string) => {
      const { id, method } = JSON.parse(text) as { id: number; method: string }
      if (chainId !== undefined && method === 'eth_chainId')
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ jsonrpc: '2.0', id, result: `0x${chainId.toString(16)}` }))
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function readerOf(options: Partial<Parameters<typeof createReader>[0]> = {}): Promise<Reader> {
  const { committee, ledger } = network.deployment
  return createReader({ rpcUrls: [network.rpcUrl], committee, ledger, finality: 2, ...options })
}

test('One chain: a reader is created only if its endpoints name one chain, which is chainId where that is given.', async () => {
  const disagreeing = readerOf({ rpcUrls: [await endpoint(1), await endpoint(5)] })
  await expect(disagreeing).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining('got chains 1, 5') as string,
  })
  const { chainId } = network.deployment.domain
  const other = readerOf({ chainId: chainId + 1 })
  await expect(other).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining(`got chain ${chainId}`) as string,
  })
  const reader = await readerOf({ chainId })
  reader.close()
})

test('Checked: a batch is returned only if its certificate holds on L1 and the batch encodes to the certified root.', async () => {
  const reader = await readerOf()
  expect(await reader.get(commitment)).toEqual(batch)
  const forged = `${commitment.slice(0, -2)}${commitment.endsWith('00') ? '01' : '00'}`
  await expect(reader.get(forged)).rejects.toMatchObject({ code: 'commitment-invalid' })
  reader.close()
})

test('Abortable: a call whose signal aborts is rejected with its reason, and leaves no request behind.', async () => {
  const reason = new Error('not needed any more')
  const caller = new AbortController()
  const silent = await endpoint(undefined)
  const creating = readerOf({ rpcUrls: [silent], signal: caller.signal })
  caller.abort(reason)
  await expect(creating).rejects.toBe(reason)

  const reader = await readerOf()
  await expect(reader.get(commitment, { signal: caller.signal })).rejects.toBe(reason)
  const signals: AbortSignal[] = []
  const waiting = await readerOf({
    fetch: async (_url, init) => {
      signals.push(init?.signal as AbortSignal)
      return new Promise<Response>(() => undefined)
    },
  })
  const late = new AbortController()
  const got = waiting.get(commitment, { signal: late.signal })
  while (signals.length === 0) await new Promise((resolve) => setImmediate(resolve))
  late.abort(reason)
  await expect(got).rejects.toBe(reason)
  expect(signals.every(({ aborted }) => aborted)).toBe(true)
  reader.close()
  waiting.close()
})

test('Closed: close ends every call and request in flight, and later calls fail.', async () => {
  const signals: AbortSignal[] = []
  const reader = await readerOf({
    fetch: async (_url, init) => {
      signals.push(init?.signal as AbortSignal)
      return new Promise<Response>(() => undefined)
    },
  })
  const got = reader.get(commitment)
  got.catch(() => undefined)
  while (signals.length === 0) await new Promise((resolve) => setImmediate(resolve))
  reader.close()
  await expect(got).rejects.toMatchObject({ message: 'The reader is closed.' })
  expect(signals.every(({ aborted }) => aborted)).toBe(true)
  await expect(reader.get(commitment)).rejects.toMatchObject({ message: 'The reader is closed.' })
})
