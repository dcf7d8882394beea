// Which block is final, as several endpoints say it.
import { createTestClient, http } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { finalBlock } from '../../src/l1/finality.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { RpcRefusal, startRpcProxy } from '../support/rpc-proxy.ts'

const HEIGHT = 100
let anvil: TestAnvil

beforeAll(async () => {
  anvil = await startTestAnvil()
  await createTestClient({ mode: 'anvil', transport: http(anvil.url) }).mine({ blocks: HEIGHT })
})
afterAll(async () => anvil.stop())

it.each([
  // anvil takes two epochs of 32 blocks for final, and one for safe.
  ['finalized', HEIGHT - 64],
  ['safe', HEIGHT - 32],
  [0, HEIGHT],
  [7, HEIGHT - 7],
  [HEIGHT + 1, 0],
] as const)('%s is what the endpoint has by that name', async (finality, block) => {
  expect(await finalBlock(connectL1([anvil.url]), finality)).toBe(block)
})

it('is the lowest that an endpoint answers; one that is gone has no say', async () => {
  await using behind = await startRpcProxy(anvil.url, async ({ method }, forward) =>
    method === 'eth_blockNumber' ? '0x32' : forward(),
  )
  const urls = [anvil.url, behind.url, 'http://127.0.0.1:1']
  expect(await finalBlock(connectL1(urls), 7)).toBe(50 - 7)
})

it.each([
  ['null', () => null],
  [
    'an error as geth has it',
    () => {
      throw new RpcRefusal('finalized block not found', {
        code: -39001,
        message: 'finalized block not found',
      })
    },
  ],
])('is the genesis where none is final yet, which is told by %s', async (_name, answer) => {
  await using young = await startRpcProxy(anvil.url, answer)
  expect(await finalBlock(connectL1([young.url]), 'finalized')).toBe(0)
})

it('is not known when no endpoint answers', async () => {
  await expect(finalBlock(connectL1(['http://127.0.0.1:1']), 'finalized')).rejects.toMatchObject({
    code: 'unavailable',
  })
})
