// How operators answered samples. A score is a moving average of successes: each sample has a weight of one hundredth, so a
// sample of some hundred samples ago hardly counts.
import type { Hex } from '../protocol/bytes.ts'

export type Score = {
  readonly successes: number
  readonly failures: number
  /** In [0, 1]. */
  readonly score: number
  /** Moving average of the milliseconds that successes took. */
  readonly latencyMs: number
}

export type Sample =
  | { readonly outcome: 'success'; readonly latencyMs: number }
  | { readonly outcome: 'failure' }

/** By operator, the one that was sampled longest ago first. */
export type Scores = ReadonlyMap<Hex, Score>

const WEIGHT = 0.01
/** Two committees of the largest size, and operators that left. */
export const OPERATORS_MAX = 1_024

/** The scores after one more sample. Above OPERATORS_MAX the operator that was sampled longest ago is forgotten. */
export function withSample(scores: Scores, operator: Hex, sample: Sample): Scores {
  const next = new Map(scores)
  next.delete(operator)
  next.set(operator, scoreAfter(scores.get(operator), sample))
  const [oldest] = next.keys()
  if (next.size > OPERATORS_MAX && oldest !== undefined) next.delete(oldest)
  return next
}

function scoreAfter(before: Score | undefined, sample: Sample): Score {
  const { successes = 0, failures = 0, score = 1 } = before ?? {}
  if (sample.outcome === 'failure') {
    return {
      successes,
      failures: failures + 1,
      score: score - WEIGHT * score,
      latencyMs: before?.latencyMs ?? 0,
    }
  }
  const { latencyMs } = sample
  // Failures have no latency, so the first success sets it.
  const average = successes === 0 ? latencyMs : (before?.latencyMs ?? latencyMs)
  return {
    successes: successes + 1,
    failures,
    score: score + WEIGHT * (1 - score),
    latencyMs: average + WEIGHT * (latencyMs - average),
  }
}
