// The rules of posting, as decisions over what is known.
import { describe, expect, it } from 'vitest'
import {
  type PendingPost,
  bumpedFees,
  classifyRefusal,
  defaultPostingPolicy,
  firstFees,
  nextStep,
} from '../../src/l1/posting.ts'

const policy = { ...defaultPostingPolicy, feeCapWeiMax: 1_000n, tipWeiMin: 1n }
const pending: PendingPost = {
  startedAt: 0,
  signedAt: 0,
  broadcastAt: 0,
  underpriced: false,
  foreignSightings: 0,
}

describe('fees', () => {
  it('cover two base fees and the tip, up to the ceiling', () => {
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

  it('of a replacement are both a tenth higher, rounded up, or what the market asks', () => {
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

  it('of a replacement end at the ceiling', () => {
    expect(
      bumpedFees({ baseFee: 1n, tip: 1n }, { maxFeePerGas: 910n, maxPriorityFeePerGas: 1n }, policy),
    ).toBe(undefined)
  })
})

describe('the next step', () => {
  it.each([
    ['broadcast', { ...pending, broadcastAt: undefined }, 0],
    ['wait', pending, policy.rebroadcastMs - 1],
    ['broadcast', pending, policy.rebroadcastMs],
    ['wait', { ...pending, broadcastAt: policy.rebroadcastMs }, policy.rebroadcastMs + 1],
    ['bump', { ...pending, broadcastAt: policy.bumpMs }, policy.bumpMs],
    ['bump', { ...pending, underpriced: true }, 1],
    ['wait', { ...pending, foreignSightings: 2 }, 1],
    ['superseded', { ...pending, foreignSightings: 3 }, 1],
    ['give-up', { ...pending, broadcastAt: policy.settleMs }, policy.settleMs],
  ] as const)('is to %s', (step, state, now) => {
    expect(nextStep(state, policy, now)).toBe(step)
  })
})

it.each([
  ['already known', 'accepted'],
  ['transaction already imported', 'accepted'],
  ['nonce too low: next nonce 5, tx nonce 4', 'nonce-used'],
  ['replacement transaction underpriced', 'underpriced'],
  ['max fee per gas less than block base fee', 'underpriced'],
  ['insufficient funds for gas * price + value', 'rejected'],
])('a pool that says %j has it %s', (reason, answer) => {
  expect(classifyRefusal(reason)).toBe(answer)
})
