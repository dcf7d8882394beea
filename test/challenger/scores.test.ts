// Scores of operators are a function of their samples.
import { expect, test } from 'vitest'
import { OPERATORS_MAX, type Sample, type Scores, withSample } from '../../src/challenger/scores.ts'
import type { Hex } from '../../src/protocol/bytes.ts'

const operator: Hex = `0x${'11'.repeat(20)}`
const success: Sample = { outcome: 'success', latencyMs: 100 }
const failure: Sample = { outcome: 'failure' }

function scoresAfter(samples: readonly Sample[]): Scores {
  return samples.reduce<Scores>((scores, sample) => withSample(scores, operator, sample), new Map())
}

test('a score is the moving average of successes, in which a sample has a weight of one hundredth', () => {
  expect(scoresAfter([success, success]).get(operator)).toEqual({
    successes: 2,
    failures: 0,
    score: 1,
    latencyMs: 100,
  })
  const { score, failures } = scoresAfter([success, failure]).get(operator) ?? {}
  expect([score, failures]).toEqual([0.99, 1])
  const failed = Array.from({ length: 500 }, () => failure)
  expect(scoresAfter(failed).get(operator)?.score).toBeLessThan(0.01)
  const recovered = [...failed, ...Array.from({ length: 500 }, () => success)]
  expect(scoresAfter(recovered).get(operator)?.score).toBeGreaterThan(0.99)
})

test('the average latency of an operator starts with its first success', () => {
  expect(scoresAfter([failure, success]).get(operator)?.latencyMs).toBe(100)
  const slower: Sample = { outcome: 'success', latencyMs: 200 }
  expect(scoresAfter([success, slower]).get(operator)?.latencyMs).toBeCloseTo(101)
})

test('above the maximum the operator that was sampled longest ago is forgotten', () => {
  const operators = Array.from(
    { length: OPERATORS_MAX + 1 },
    (_, i): Hex => `0x${i.toString(16).padStart(40, '0')}`,
  )
  const [first, second] = operators as [Hex, Hex]
  let scores: Scores = new Map()
  for (const one of operators.slice(0, OPERATORS_MAX)) scores = withSample(scores, one, success)
  scores = withSample(scores, first, success)
  scores = withSample(scores, operators.at(-1) as Hex, success)
  expect(scores.size).toBe(OPERATORS_MAX)
  expect([scores.has(first), scores.has(second)]).toEqual([true, false])
})
