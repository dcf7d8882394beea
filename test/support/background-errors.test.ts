// Errors in the handlers of test helpers: they fail the test that owns the helper, and not the run.
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { FaultyProxy } from './faulty-proxy.ts'
import { RpcProxy } from './rpc-proxy.ts'

/** The URL of a server that answers every request with `body`. */
async function startServer(body: string): Promise<string> {
  const server = createServer((_request, response) => response.end(body))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server, 'close')
    server.close()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an error of a fault cuts the connection and is thrown when the faulty proxy is closed', async () => {
  const url = await startServer('an answer')
  const proxy = await FaultyProxy.start(() => url)
  const change = (): Buffer => {
    throw new Error('this fault has a mistake')
  }
  proxy.fault = { kind: 'change', of: /^GET/, change }
  await expect(fetch(proxy.url)).rejects.toThrow('fetch failed')
  await expect(proxy[Symbol.asyncDispose]()).rejects.toThrow(
    'a faulty proxy failed: Error: this fault has a mistake',
  )
})

test('an error of a behaviour cuts the connection and is thrown when the RPC proxy is closed', async () => {
  const url = await startServer('{"result":"0x1"}')
  const proxy = await RpcProxy.start(url, () => {
    throw new Error('this behaviour has a mistake')
  })
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  await expect(fetch(proxy.url, { method: 'POST', body })).rejects.toThrow('fetch failed')
  await expect(proxy[Symbol.asyncDispose]()).rejects.toThrow(
    'an RPC proxy failed: Error: this behaviour has a mistake',
  )
})

test('a proxy whose real endpoint is unreachable is closed without an error', async () => {
  const node = await FaultyProxy.start(() => 'http://127.0.0.1:1')
  await expect(fetch(node.url)).rejects.toThrow('fetch failed')
  await expect(node[Symbol.asyncDispose]()).resolves.toBeUndefined()
  const rpc = await RpcProxy.start('http://127.0.0.1:1')
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  const response = await fetch(rpc.url, { method: 'POST', body })
  expect(await response.json()).toMatchObject({ id: 1, error: { code: -32000 } })
  await expect(rpc[Symbol.asyncDispose]()).resolves.toBeUndefined()
})
