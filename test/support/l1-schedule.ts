// A schedule of faults for three L1 endpoints, drawn from a seed: at any time two of them are bad, each in its own way, and the third
// is honest. Every kind of fault has its turn before any has a second one.
import type { L1Fault } from './l1-faults.ts'
import { seededChoice, seededFraction } from './random-bytes.ts'

export type Phase = {
  readonly seconds: number
  /** The faults of each endpoint; those of the honest one are empty. */
  readonly faults: readonly (readonly L1Fault[])[]
  /** Depth of a reorg in the middle of the phase; 0: none happens. */
  readonly reorgDepth: number
}

export const ENDPOINTS = 3
/** A run has so many phases and more; a phase has at least the seconds in which services notice a fault. */
const PHASES = 40
const SECONDS_MIN = 4
const REORG_SHARE = 0.5
const REORG_DEPTH_MAX = 4

/** Blocks and milliseconds fit blocks of one second. */
const MENU: ((label: string) => L1Fault)[] = [
  (label) => ({
    kind: 'pruned',
    stateBlocks: 8 + integer(label, 40),
    historyBlocks: 16 + integer(label, 40),
  }),
  (label) => ({
    kind: 'log-range',
    blocks: seededChoice(label, [1, 5, 10]),
    provider: seededChoice(`${label} provider`, ['alchemy', 'infura', 'quicknode'] as const),
  }),
  (label) => ({
    kind: 'rate-limit',
    perSecond: seededChoice(label, [0, 2, 5, 20]),
    as: seededChoice(`${label} as`, ['http-429', 'rpc-429', 'rpc-32005', 'rpc-32007'] as const),
    ...(seededFraction(`${label} after`) < 0.5 ? {} : { retryAfterSeconds: 1 + integer(label, 3) }),
  }),
  (label) => ({ kind: 'refused-first', requests: 1 + integer(label, 20) }),
  () => ({ kind: 'forbidden' }),
  () => ({ kind: 'standing-head' }),
  (label) => ({ kind: 'lag', blocks: 1 + integer(label, 30) }),
  (label) => ({ kind: 'slow', ms: seededChoice(label, [300, 600, 2_000, 6_000]) }),
  () => ({ kind: 'wrong-chain', chainId: 5 }),
  (label) => ({ kind: 'truncated-logs', logsMax: integer(label, 2) }),
  (label) => ({ kind: 'secrets', as: seededChoice(label, ['http', 'rpc'] as const) }),
  (label) => ({ kind: 'garbage', as: seededChoice(label, ['page', 'cut', 'foreign'] as const) }),
  () => ({ kind: 'no-batches' }),
  () => ({ kind: 'down' }),
  () => ({ kind: 'silent' }),
]

/** @yields phases without an end, of a length that fits a run of so many seconds */
export function* faultSchedule(seed: string, runSeconds: number): Generator<Phase, never> {
  const secondsMin = Math.max(SECONDS_MIN, Math.round(runSeconds / PHASES))
  let deck: ((label: string) => L1Fault)[] = []
  const draw = (label: string): L1Fault => {
    if (deck.length === 0) deck = [...MENU]
    const [fault] = deck.splice(integer(`${label} card`, deck.length), 1)
    return (fault as (typeof MENU)[number])(label)
  }
  for (let number = 0; ; number++) {
    const label = `${seed} phase ${number}`
    const honest = integer(`${label} honest`, ENDPOINTS)
    yield {
      seconds: secondsMin + integer(`${label} seconds`, secondsMin + 1),
      faults: Array.from({ length: ENDPOINTS }, (_, i) => (i === honest ? [] : [draw(`${label} ${i}`)])),
      reorgDepth:
        seededFraction(`${label} reorg`) < REORG_SHARE ? 1 + integer(`${label} depth`, REORG_DEPTH_MAX) : 0,
    }
  }
}

/** An integer in [0, end) that depends only on `label`. */
function integer(label: string, end: number): number {
  return Math.floor(seededFraction(label) * end)
}
