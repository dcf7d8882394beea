// A random walk through faults of pool and chain: fee spikes, lost responses, drops, foreign transactions, empty accounts, blobs,
// reorgs, restarts. When L1 works again, every intent is on the canonical chain exactly once, no post waits, and the number of
// broadcasts is bounded by the time that passed.
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import {
  ETHER,
  GWEI,
  PosterHarness,
  type TestLedger,
  namesOnChain,
  postOf,
  startTestLedger,
} from '../support/poster-harness.ts'
import { StrictMempool } from '../support/strict-mempool.ts'

/** Deeper than every reorg of the walk. */
const FINALITY = 12
/** Each walk starts a chain and a pool and takes seconds: one for every twenty-five cases of other properties. */
const WALKS = Math.ceil(Number(process.env['FLOE_RUNS'] ?? 500) / 25)
const TICKS_PER_BLOCK = 3

type Step =
  | { readonly kind: 'post' | 'mine' | 'drop' | 'lose' | 'drain' | 'fund' | 'restart' }
  | { readonly kind: 'wait'; readonly ticks: number }
  | { readonly kind: 'fee'; readonly gwei: number }
  | { readonly kind: 'reserve'; readonly on: boolean }
  | { readonly kind: 'foreign'; readonly gwei: number }
  | { readonly kind: 'reorg'; readonly depth: number; readonly lost: boolean }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Step>({ kind: 'post' }) },
    { weight: 10, arbitrary: fc.constantFrom<Step>({ kind: 'mine' }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), ticks: fc.integer({ min: 1, max: 12 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('fee' as const), gwei: fc.constantFrom(1, 1, 20, 80, 400) }),
    },
    { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'drop' }, { kind: 'lose' }, { kind: 'restart' }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'drain' }, { kind: 'fund' }, { kind: 'fund' }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reserve' as const), on: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('foreign' as const), gwei: fc.constantFrom(1, 10, 60) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('reorg' as const),
        depth: fc.integer({ min: 1, max: 10 }),
        lost: fc.boolean(),
      }),
    },
  ),
  { minLength: 20, maxLength: 60 },
)

type Walk = {
  readonly ledger: TestLedger
  readonly bench: PosterHarness
  readonly intents: string[][]
  /** Intents with a request in flight. */
  readonly asked: Set<string[]>
  ticks: number
  /** Blocks that reorgs removed; each may have held a post that is then sent again. */
  reorged: number
}

async function onChain(walk: Walk): Promise<string[]> {
  return namesOnChain(walk.ledger, walk.intents.flat())
}

/** What a caller that follows L1 does every interval: it requests what is not on L1. */
async function askForMissing(walk: Walk): Promise<void> {
  const there = new Set(await onChain(walk))
  for (const names of walk.intents) {
    if (walk.asked.has(names) || there.has(names[0] ?? '')) continue
    walk.asked.add(names)
    const precondition = async (): Promise<boolean> =>
      !(await onChain(walk)).some((name) => names.includes(name))
    const settled = (): void => void walk.asked.delete(names)
    walk.bench.poster.post(postOf(walk.ledger, names, precondition)).then(settled, settled)
  }
}

async function pass(walk: Walk, ticks: number): Promise<void> {
  for (let i = 0; i < ticks; i++) {
    await askForMissing(walk)
    await walk.bench.ticks(1)
    walk.ticks += 1
  }
}

async function take(walk: Walk, step: Step): Promise<void> {
  const { bench } = walk
  const { pool } = bench
  switch (step.kind) {
    case 'post':
      if (walk.intents.length < 12) walk.intents.push([randomUUID(), randomUUID()])
      return pass(walk, 1)
    case 'mine':
      await pool.mine()
      return pass(walk, TICKS_PER_BLOCK)
    case 'wait':
      return pass(walk, step.ticks)
    case 'fee':
      return pool.setBaseFee(BigInt(step.gwei) * GWEI)
    case 'drop':
      return pool.drop()
    case 'lose':
      return pool.loseAnswers(1)
    case 'drain':
      return bench.fund(GWEI)
    case 'fund':
      return bench.fund(ETHER)
    case 'reserve':
      return pool.reserve(bench.account, step.on)
    case 'restart':
      return bench.restart()
    case 'foreign': {
      const tip = BigInt(step.gwei) * GWEI
      const foreign = { nonce: await bench.nextNonce(), feeCap: 2n * tip, tip }
      // Refused when the pool holds one with higher fees, or the account has no ether.
      await bench.sendForeign(foreign).catch(() => undefined)
      return
    }
    case 'reorg':
      walk.reorged += step.depth
      return pool.reorg(step.depth, step.lost ? 'lost' : 'returned')
  }
}

async function calmDown(walk: Walk): Promise<void> {
  const { bench } = walk
  const { pool } = bench
  pool.setBaseFee(GWEI)
  pool.reserve(bench.account, false)
  pool.loseAnswers(0)
  await bench.fund(ETHER)
  for (let i = 0; i < 150; i++) {
    await pool.mine()
    await pass(walk, TICKS_PER_BLOCK)
    if (walk.asked.size === 0 && bench.journal.pending().length === 0) return
  }
}

type Outcome = {
  readonly onChain: string[]
  readonly unsettled: number
  readonly sent: number
  readonly sentMax: number
}

async function walkThrough(walk: Walk, plan: readonly Step[]): Promise<Outcome> {
  for (const step of plan) await take(walk, step)
  await calmDown(walk)
  const blocks = Math.ceil(walk.ticks / TICKS_PER_BLOCK)
  return {
    onChain: await onChain(walk),
    unsettled: walk.bench.journal.pending().length + walk.asked.size,
    sent: walk.bench.pool.received.length,
    // One broadcast a block for every post that is not mined, those that reorgs removed included, and the foreign transactions.
    sentMax: 3 * blocks + walk.reorged + 3 * plan.length,
  }
}

it('every intent is mined exactly once under random faults', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      // A new anvil for each walk: after a thousand blocks and many reorgs an anvil loses the contracts.
      await using ledger = await startTestLedger()
      await using pool = await StrictMempool.start(ledger.anvil.url)
      const bench = await PosterHarness.open(ledger, { name: randomUUID(), pool, finality: FINALITY })
      await pool.mine(FINALITY)
      const walk: Walk = { ledger, bench, intents: [], asked: new Set(), ticks: 0, reorged: 0 }
      try {
        const { onChain: found, unsettled, sent, sentMax } = await walkThrough(walk, plan)
        expect(found).toEqual(walk.intents.flat().toSorted())
        expect(unsettled).toBe(0)
        expect(sent).toBeLessThanOrEqual(sentMax)
      } finally {
        await bench.close()
      }
    }),
    { numRuns: WALKS, endOnFailure: true },
  )
})
