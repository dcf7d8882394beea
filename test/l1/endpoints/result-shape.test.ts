// Results that cannot be those of a method, as proxies in front of L1 send them.
import { expect, test } from 'vitest'
import { canBeResultOf } from '../../../src/l1/endpoints/result-shape.ts'

const block = { number: '0x1', hash: '0xab', parentHash: '0xcd', timestamp: '0x2' }
const log = { address: '0x01', topics: ['0x02'], data: '0x', blockNumber: '0x1' }

test.each([
  ['eth_blockNumber', '0x1', { number: ['0x'] }],
  ['eth_call', '0x', null],
  ['eth_getBlockByNumber', block, { ...block, number: 1 }],
  ['eth_getBlockByNumber', { ...block, number: null, hash: null }, '0x1'],
  ['eth_getLogs', [log], { number: '0x1' }],
  ['eth_getLogs', [], [{ ...log, topics: '0x02' }]],
  ['eth_getTransactionReceipt', null, {}],
])('the result of %s may be %j, and not %j', (method, right, wrong) => {
  expect([canBeResultOf(method, right), canBeResultOf(method, wrong)]).toEqual([true, false])
})

test('the result of a method that is not known may be anything', () => {
  expect(canBeResultOf('anvil_mine', null)).toBe(true)
})
