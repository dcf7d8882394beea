// How operators did when they were asked for chunks. A score is a moving share of successes: one sample counts for a hundredth
// of it, so it forgets what was some hundreds of samples ago.
import type { Hex } from '../protocol/bytes.ts'

export type Score = {
  readonly successes: number
  readonly failures: number
  /** In [0, 1]. */
  readonly score: number
  /** Milliseconds, moving likewise; of successes. */
  readonly latencyMs: number
}

export type Scores = {
  success(operator: Hex, latencyMs: number): void
  failure(operator: Hex): void
  all(): ReadonlyMap<Hex, Score>
}

const WEIGHT = 0.01
/** Two committees of the largest size, and some that left. */
const OPERATORS_MAX = 1_024

export function createScores(): Scores {
  const scores = new Map<Hex, Score>()
  const note = (operator: Hex, latencyMs: number | undefined): void => {
    const before = scores.get(operator)
    const { successes = 0, failures = 0, score = 1 } = before ?? {}
    const ok = latencyMs !== undefined
    const latency = before?.latencyMs ?? latencyMs ?? 0
    scores.delete(operator)
    scores.set(operator, {
      successes: successes + (ok ? 1 : 0),
      failures: failures + (ok ? 0 : 1),
      score: score + WEIGHT * ((ok ? 1 : 0) - score),
      latencyMs: latency + WEIGHT * ((latencyMs ?? latency) - latency),
    })
    const [oldest] = scores.keys()
    if (scores.size > OPERATORS_MAX && oldest !== undefined) scores.delete(oldest)
  }
  return {
    success: (operator, latencyMs) => note(operator, latencyMs),
    failure: (operator) => note(operator, undefined),
    all: () => scores,
  }
}
