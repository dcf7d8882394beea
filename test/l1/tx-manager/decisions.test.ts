// The decisions of the transaction manager, as plain functions.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyRefusal } from '../../../src/l1/tx-manager/broadcast.ts'
import {
  type Observation,
  type BroadcastState,
  defaultSendingPolicy,
  statusOf,
  fundsOf,
  nextStep,
} from '../../../src/l1/tx-manager/decisions.ts'
import { bumpedFees, firstFees } from '../../../src/l1/tx-manager/fees.ts'

const policy = { ...defaultSendingPolicy, feeCapWeiMax: 1_000n, tipWeiMin: 1n }

describe('fees', () => {
  it('the fees of a first attempt cover two base fees and the tip, up to the ceiling', () => {
    expect(firstFees({ baseFee: 100n, tip: 5n }, policy)).toEqual({
      maxFeePerGas: 205n,
      maxPriorityFeePerGas: 5n,
    })
    expect(firstFees({ baseFee: 600n, tip: 5n }, policy).maxFeePerGas).toBe(1_000n)
    expect(firstFees({ baseFee: 0n, tip: 0n }, policy)).toEqual({
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 1n,
    })
  })

  it('both fees of a replacement are a tenth higher, rounded up, or the fees of the market if those are higher', () => {
    const last = { maxFeePerGas: 201n, maxPriorityFeePerGas: 9n }
    expect(bumpedFees({ baseFee: 50n, tip: 1n }, last, policy)).toEqual({
      maxFeePerGas: 222n,
      maxPriorityFeePerGas: 10n,
    })
    expect(bumpedFees({ baseFee: 300n, tip: 20n }, last, policy)).toEqual({
      maxFeePerGas: 620n,
      maxPriorityFeePerGas: 20n,
    })
  })

  it.each([
    ['the ceiling', { baseFee: 400n, tip: 1n }, 910n],
    ['five times the market', { baseFee: 50n, tip: 1n }, 460n],
  ])('replacements end at %s', (_name, market, maxFeePerGas) => {
    const last = { maxFeePerGas, maxPriorityFeePerGas: 1n }
    expect(bumpedFees(market, last, policy)).toBe(undefined)
    expect(bumpedFees(market, { ...last, maxFeePerGas: maxFeePerGas - 10n }, policy)).not.toBe(undefined)
  })

  it('a geth pool accepts the fees of every replacement, and they never exceed the ceiling', () => {
    const wei = fc.bigInt(0n, 2_000n)
    fc.assert(
      fc.property(wei, wei, wei, wei, (baseFee, tip, laterBase, laterTip) => {
        const old = firstFees({ baseFee, tip }, policy)
        const fees = bumpedFees({ baseFee: laterBase, tip: laterTip }, old, policy)
        if (fees === undefined) return
        // core/txpool/legacypool/list.go: higher, and by a tenth of the old, rounded down.
        for (const fee of ['maxFeePerGas', 'maxPriorityFeePerGas'] as const) {
          expect(fees[fee]).toBeGreaterThan(old[fee])
          expect(fees[fee]).toBeGreaterThanOrEqual((old[fee] * 110n) / 100n)
        }
        expect(fees.maxPriorityFeePerGas).toBeLessThanOrEqual(fees.maxFeePerGas)
        expect(fees.maxFeePerGas).toBeLessThanOrEqual(policy.feeCapWeiMax)
      }),
    )
  })
})

const pending: BroadcastState = { pricedAt: 0, broadcastAt: 0, broadcastResult: 'accepted', urgent: true }

describe('the next step', () => {
  it.each([
    ['broadcast', { ...pending, broadcastAt: undefined }, 0],
    ['broadcast', { ...pending, broadcastAt: undefined }, policy.bumpMs],
    ['wait', pending, policy.rebroadcastMs - 1],
    ['broadcast', pending, policy.rebroadcastMs],
    ['wait', { ...pending, broadcastAt: policy.rebroadcastMs }, policy.rebroadcastMs + 1],
    ['bump', { ...pending, broadcastAt: policy.bumpMs }, policy.bumpMs],
    ['broadcast', { ...pending, urgent: false }, policy.bumpMs],
    ['wait', { ...pending, broadcastResult: 'underpriced' }, policy.rebroadcastMs - 1],
    ['bump', { ...pending, broadcastResult: 'underpriced' }, policy.rebroadcastMs],
    ['broadcast', { ...pending, broadcastResult: 'unfunded' }, policy.bumpMs],
    ['broadcast', { ...pending, broadcastResult: 'reserved' }, policy.bumpMs],
  ] as const)('the next step is %s for %j at %d ms', (step, state, now) => {
    expect(nextStep(state, policy, now)).toBe(step)
  })
})

const mined: Observation = {
  nonceUsed: true,
  minedIn: 10,
  unanimous: true,
  final: 9,
  nonceFinal: true,
  foreignSnapshots: 0,
}
const foreign: Observation = { ...mined, minedIn: undefined, foreignSnapshots: 3 }

describe('the status of a nonce', () => {
  it.each([
    ['open', { ...foreign, nonceUsed: false, foreignSnapshots: 0 }],
    ['mined', mined],
    ['final', { ...mined, final: 10 }],
    ['mined', { ...mined, final: 10, unanimous: false }],
    ['unknown', { ...foreign, foreignSnapshots: 2 }],
    ['replaced-externally', { ...foreign, nonceFinal: false }],
    ['superseded', foreign],
  ] as const)('the status is %s for %j', (status, observation) => {
    expect(statusOf(observation)).toBe(status)
  })
})

it('funds are counted in whole transactions', () => {
  expect(fundsOf(1_999n, 10n, 100n)).toEqual({ balanceWei: 1_999n, transactions: 1 })
})

it.each([
  ['already known', 'known'],
  ['transaction already imported', 'known'],
  ['nonce too low: next nonce 5, tx nonce 4', 'nonce-used'],
  ['replacement transaction underpriced', 'underpriced'],
  ['max fee per gas less than block base fee', 'underpriced'],
  ['transaction gas price below minimum: gas tip cap 0, minimum needed 1', 'underpriced'],
  ['insufficient funds for gas * price + value: balance 1, tx cost 2', 'unfunded'],
  ['address already reserved', 'reserved'],
  ['the sequencer is paused', 'rejected'],
])('a refusal with the text %j means %s', (reason, answer) => {
  expect(classifyRefusal(reason)).toBe(answer)
})
