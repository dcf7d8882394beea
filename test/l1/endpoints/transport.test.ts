// Requests to L1 endpoints that are slow, silent or overloaded, on a manual clock.
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getBlockNumber } from 'viem/actions'
import { expect, it, onTestFinished } from 'vitest'
import { connectL1, l1Unavailable, withSignal } from '../../../src/l1/rpc.ts'
import { manualClock } from '../../support/manual-clock.ts'

type Endpoint = { readonly url: string; readonly requests: () => number }

/** An endpoint that handles its requests with `answers`, the last of which handles all further ones. */
async function startEndpoint(answers: readonly ((response: ServerResponse) => void)[]): Promise<Endpoint> {
  let requests = 0
  const server = createServer((request: IncomingMessage, response) => {
    request.resume()
    request.on('end', () => (answers[requests++] ?? answers.at(-1))?.(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}

const silent = (): void => undefined
const overloaded = (response: ServerResponse): void =>
  void response.writeHead(503, { 'retry-after': '3600' }).end()
const answer =
  (body: object) =>
  (response: ServerResponse): void =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }))
const blockSeven = answer({ result: '0x7' })

it('a request to an endpoint that does not answer ends after its timeout on the injected clock', async () => {
  const { url } = await startEndpoint([silent])
  const clock = manualClock(0)
  const [endpoint] = connectL1([url], { clock, timeoutMs: 5_000 }).endpoints
  if (endpoint === undefined) throw new Error('no endpoint')
  const failure = getBlockNumber(endpoint).catch((error: unknown) => l1Unavailable(error, 'read the height'))
  await clock.asleep()
  clock.advance(5_000)
  expect(await failure).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^Cannot read the height: The request took too long/) as string,
  })
  expect(clock.sleeping()).toBe(0)
})

it('an endpoint that is overloaded is asked once more after 100 ms, whatever its Retry-After says', async () => {
  const { url, requests } = await startEndpoint([overloaded, blockSeven])
  const clock = manualClock(0, 1_000)
  const { client } = connectL1([url], { clock })
  const number = getBlockNumber(client)
  await clock.asleep()
  clock.advance(100)
  expect(await number).toBe(7n)
  expect(requests()).toBe(2)
})

it.each([
  ['HTTP 429 with an error of JSON-RPC', 429, 429],
  ['HTTP 200 with the code 429', 200, 429],
  ['HTTP 200 with the code -32007', 200, -32007],
  ['HTTP 200 with the code -32005', 200, -32005],
  ['HTTP 503 with another error of JSON-RPC', 503, -32000],
])('a call that an endpoint answers with %s is sent again after a pause', async (_, status, code) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message: 'slow down' } })
  const limited = (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  const { url, requests } = await startEndpoint([limited, blockSeven])
  const clock = manualClock(0, 1_000)
  const number = getBlockNumber(connectL1([url], { clock }).client)
  await Promise.race([clock.asleep(), number])
  clock.advance(500)
  expect(await number).toBe(7n)
  expect(requests()).toBe(2)
})

it('a request that an endpoint refuses is not sent again', async () => {
  const { url, requests } = await startEndpoint([answer({ error: { code: -32602, message: 'no' } })])
  await expect(getBlockNumber(connectL1([url]).client)).rejects.toThrow('no')
  expect(requests()).toBe(1)
})

it('a request ends with the reason of the signal of its connection or of its caller', async () => {
  const { url } = await startEndpoint([silent])
  const [closed, cancelled] = [new AbortController(), new AbortController()]
  const l1 = connectL1([url], { signal: closed.signal })
  const own = getBlockNumber(withSignal(l1, cancelled.signal).client)
  const other = getBlockNumber(l1.client)
  const ends = Promise.allSettled([own, other])
  cancelled.abort(new Error('the caller has left'))
  await expect(own).rejects.toThrow('the caller has left')
  closed.abort(new Error('the reader is closed'))
  await ends
  await expect(other).rejects.toThrow('the reader is closed')
  await expect(getBlockNumber(l1.client)).rejects.toThrow('the reader is closed')
})
