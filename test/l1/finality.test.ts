// The newest final block of several endpoints.
import { toHex } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { finalBlock } from '../../src/l1/finality.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type RpcBehaviour, RpcRefusal, RpcSilence, askRpc, RpcProxy } from '../support/rpc-proxy.ts'

const HEIGHT = 100
const GONE = 'http://127.0.0.1:1'
let anvil: TestAnvil

beforeAll(async () => {
  anvil = await startTestAnvil()
  await askRpc(anvil.url, { method: 'anvil_mine', params: [toHex(HEIGHT)] })
})
afterAll(async () => anvil.stop())

/** An endpoint that answers for every tag with `block`. */
function finalizing(block: number): RpcBehaviour {
  return async ({ method }) =>
    method === 'eth_blockNumber'
      ? toHex(block)
      : askRpc(anvil.url, { method: 'eth_getBlockByNumber', params: [toHex(block), false] })
}

const withoutTags: RpcBehaviour = async ({ method, params }, forward) => {
  if (method === 'eth_getBlockByNumber' && params[0] !== 'latest')
    throw new RpcRefusal('finalized block not found')
  return forward()
}

it('the final block has the tag, or is so many blocks below the tip', async () => {
  const l1 = connectL1([anvil.url])
  expect(await finalBlock(l1, 'finalized')).toBe(HEIGHT - 8)
  expect(await finalBlock(l1, 'safe')).toBe(HEIGHT - 4)
  expect(await finalBlock(l1, 30)).toBe(HEIGHT - 30)
  expect(await finalBlock(l1, 0)).toBe(HEIGHT)
  expect(await finalBlock(l1, HEIGHT + 1)).toBe(0)
})

it('the final block is the lowest one of the endpoints that answer', async () => {
  await using behind = await RpcProxy.start(anvil.url, finalizing(70))
  const l1 = connectL1([anvil.url, GONE, behind.url])
  expect(await finalBlock(l1, 'finalized')).toBe(70)
  expect(await finalBlock(l1, 5)).toBe(65)
})

it('an endpoint without block tags is skipped, and no endpoint with tags is a configuration error', async () => {
  await using proxy = await RpcProxy.start(anvil.url, withoutTags)
  await using nothing = await RpcProxy.start(anvil.url, () => null)
  expect(await finalBlock(connectL1([proxy.url, anvil.url]), 'finalized')).toBe(HEIGHT - 8)
  await expect(finalBlock(connectL1([proxy.url, nothing.url]), 'safe')).rejects.toMatchObject({
    code: 'configuration',
    message:
      'Expected L1 endpoints that know a safe block, got none that does. Count blocks instead, for example --finality 12, ' +
      'or use endpoints of a chain that has finality.',
  })
  expect(await finalBlock(connectL1([proxy.url]), 12)).toBe(HEIGHT - 12)
})

it('a temporary failure is not a configuration error', async () => {
  await using withoutTag = await RpcProxy.start(anvil.url, withoutTags)
  await using busy = await RpcProxy.start(anvil.url, () => {
    throw new RpcRefusal('too many requests', { code: -32005, message: 'too many requests' })
  })
  await using silent = await RpcProxy.start(anvil.url, () => {
    throw new RpcSilence()
  })
  for (const urls of [[busy.url], [silent.url], [GONE], [withoutTag.url, GONE]])
    await expect(finalBlock(connectL1(urls), 'finalized')).rejects.toMatchObject({ code: 'unavailable' })
})
