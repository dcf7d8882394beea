// Two processes post the same headers from one account. Each has its own journal and does not know of the other. The precondition
// ensures that no header is posted twice, for every interleaving.
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PostResult } from '../../../src/l1/poster.ts'
import {
  PosterHarness,
  type TestLedger,
  namesOnChain,
  postOf,
  startTestLedger,
} from '../../support/poster-harness.ts'
import { StrictMempool } from '../../support/strict-mempool.ts'

let ledger: TestLedger

beforeAll(async () => {
  ledger = await startTestLedger()
})
afterAll(async () => ledger[Symbol.asyncDispose]())

/** As a follower answers: none of the headers is on L1 now, which is at that block or a later one. */
function noneOnChain(names: readonly string[]): () => Promise<boolean> {
  return async () => (await namesOnChain(ledger, names)).length === 0
}

/** Posts until there is a result, as a caller that tries again every interval. */
async function insist(bench: PosterHarness, names: readonly string[], attempts: number): Promise<PostResult> {
  const post = postOf(ledger, names, noneOnChain(names))
  for (let i = 1; ; i++) {
    const result = await bench.poster.post(post).catch((error: unknown) => {
      if (i >= attempts) throw error
      return undefined
    })
    if (result !== undefined) return result
    await bench.clock.sleep(1_000)
  }
}

/** The rounds of a run, with the number of ticks of each process. */
const plans = fc.record({
  rounds: fc.array(fc.record({ one: fc.nat(3), two: fc.nat(3), mine: fc.boolean() }), {
    minLength: 5,
    maxLength: 15,
  }),
  waits: fc.boolean(),
})

it('Never twice by accident: two processes of one account post every header exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async ({ rounds, waits }) => {
      const pool = await StrictMempool.start(ledger.anvil.url)
      await pool.mine()
      const name = randomUUID()
      // With a short bump time each signs a nonce that the other has in the pool, so that only the precondition protects them.
      const policy = waits ? {} : { bumpMs: 4_000 }
      const one = await PosterHarness.open(ledger, { name, pool, policy, finality: 2 })
      const two = await PosterHarness.open(ledger, { name, pool, policy, finality: 2 })
      const groups = Array.from({ length: 3 }, () => [randomUUID(), randomUUID()])
      const work = [one, two].map(async (bench) => {
        for (const names of groups) await insist(bench, names, 200)
      })
      let done = false
      const ended = Promise.all(work).then(() => (done = true))
      ended.catch(() => (done = true))
      for (let i = 0; !done && i < 600; i++) {
        const round = rounds[i % rounds.length] ?? { one: 1, two: 1, mine: true }
        await Promise.all([one.ticks(round.one), two.ticks(round.two)])
        if (round.mine || i % 10 === 9) await pool.mine()
        // No process may sleep permanently, whatever the plan is.
        if (i % 5 === 4) await Promise.all([one.ticks(1), two.ticks(1)])
      }
      await ended
      const names = groups.flat()
      expect(await namesOnChain(ledger, names)).toEqual(names.toSorted())
      await one.close()
      await two.close()
      await pool[Symbol.asyncDispose]()
    }),
    { numRuns: 8, endOnFailure: true },
  )
})
