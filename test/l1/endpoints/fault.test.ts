// What providers answer when they refuse or fail, and what Floe calls it. The texts are those of the providers.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getBlockNumber } from 'viem/actions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EndpointFault, faultOf } from '../../../src/l1/endpoints/fault.ts'
import { JsonRpc } from '../../../src/l1/endpoints/json-rpc.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { Redactor } from '../../../src/runtime/redaction.ts'
import { connectL1, l1Unavailable } from '../../../src/l1/rpc.ts'

type Reply = { readonly status: number; readonly body: string }

const key = 'Jd83-kFpQ0zzS7'
let reply: Reply = { status: 200, body: '' }
const server = createServer((request, response) => {
  request.resume()
  request.on('end', () =>
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body),
  )
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/${key}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** The error of a request that an endpoint answers so, or its result. */
async function errorOf(status: number, body: string): Promise<unknown> {
  reply = { status, body }
  const identity = { name: 'L1 endpoint 1', redactor: new Redactor([url]) }
  const rpc = new JsonRpc({ url, identity, clock: systemClock, timeoutMs: 60_000 })
  return rpc.call({ method: 'eth_blockNumber' }, []).catch((error: unknown) => error)
}

const refusal = (code: number, message: string, data?: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message, data } })

describe('an answer has one fault', () => {
  it.each<[EndpointFault | undefined, number, string]>([
    ['rate-limited', 429, 'Too Many Requests'],
    ['rate-limited', 429, refusal(-32000, 'slow down')],
    ['rate-limited', 200, refusal(429, 'Your app has exceeded its compute units per second capacity.')],
    ['rate-limited', 200, refusal(-32007, '15/second request limit reached - reduce calls per second')],
    ['rate-limited', 200, refusal(-32005, 'daily request count exceeded, request rate limited')],
    ['rate-limited', 403, refusal(-32001, 'Monthly capacity limit exceeded.')],
    ['forbidden', 401, refusal(-32000, 'Must be authenticated!')],
    ['forbidden', 403, 'Forbidden'],
    ['forbidden', 200, refusal(-32000, 'Unauthorized: You must authenticate your request with an API key.')],
    ['range-limited', 200, refusal(-32005, 'query returned more than 10000 results')],
    [
      'range-limited',
      400,
      refusal(
        -32600,
        'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.',
      ),
    ],
    ['range-limited', 200, refusal(-32614, 'eth_getLogs is limited to a 5 block range')],
    [
      'range-limited',
      200,
      refusal(
        -32602,
        'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range',
      ),
    ],
    ['range-limited', 200, refusal(-32602, 'range 1000000 exceeds limit of 10000')],
    ['range-limited', 413, refusal(-32614, 'eth_getLogs is limited to a 10,000 range')],
    ['range-limited', 200, refusal(-32701, 'exceed maximum block range: 5000')],
    ['no-history', 200, refusal(4444, 'pruned history unavailable')],
    ['no-history', 200, refusal(-32000, 'missing trie node 0a1b (path ) state 0x12 is not available')],
    ['no-history', 200, refusal(-32000, 'historical state 0x12 is not available')],
    ['wrong-answer', 200, '<html>maintenance</html>'],
    ['broken', 200, refusal(-32603, 'Internal error')],
    ['broken', 502, 'Bad Gateway'],
    ['timeout', 504, 'Gateway Timeout'],
    [undefined, 200, refusal(3, 'execution reverted', '0x08c379a0')],
    [undefined, 200, refusal(-32000, 'nonce too low: next nonce 5, tx nonce 4')],
    [undefined, 200, refusal(-32601, 'the method is not available')],
    [undefined, 200, refusal(-32000, 'header not found')],
  ])('%s: HTTP %i with %s', async (fault, status, body) => {
    expect(faultOf(await errorOf(status, body))).toBe(fault)
  })
})

it('an endpoint that refuses connections is unreachable', async () => {
  const [endpoint] = connectL1(['http://127.0.0.1:1']).endpoints
  if (endpoint === undefined) throw new Error('no endpoint')
  const error: unknown = await getBlockNumber(endpoint).catch((failure: unknown) => failure)
  expect(faultOf(error)).toBe('unreachable')
  expect(l1Unavailable(error, 'read the height').facts).toEqual({ fault: 'unreachable' })
})

it.each([
  [429, `key ${key} is over its limit at ${encodeURIComponent(`/v2/${key}`)}`],
  [200, refusal(-32000, `no project with the key ${key}`, `data of ${key}`)],
  [200, `<html>/v2/${key}</html>`],
  [500, JSON.stringify({ error: `/v2/${key}` })],
  [200, JSON.stringify({ jsonrpc: '2.0', id: 1, result: `0x${key}` })],
])('nothing of an error with status %i has the key that the provider repeats', async (status, body) => {
  const error = await errorOf(status, body)
  const told: string[] = [JSON.stringify(error)]
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    told.push(String(cause.stack), cause.message, JSON.stringify(cause))
  told.push(l1Unavailable(error, 'read the height').message)
  expect(told.join('\n')).not.toContain(key)
  expect(told.join('\n')).not.toContain(url)
})
