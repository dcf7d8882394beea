// One flipped bit at hundreds of places of the file of a sliver store: in the heads of all pages, and at every n-th byte.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PAGE, makeStore, outcomesOf, pagesOf } from './bit-flips.ts'

const STEP = 997
const HEAD_STEP = 9

test('a flipped bit at any place is never served, forgets no batch, and ends no process', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'floe-flips-'))
  onTestFinished(async () => rm(dir, { recursive: true, force: true }))
  const store = join(dir, 'store')
  makeStore(store)
  const length = pagesOf(store) * PAGE
  const everywhere = Array.from({ length: Math.floor(length / STEP) }, (_, i) => i * STEP)
  const heads = Array.from({ length: length / PAGE }, (_, page) =>
    Array.from({ length: 8 }, (_place, i) => page * PAGE + i * HEAD_STEP + (page % HEAD_STEP)),
  ).flat()
  const outcomes = outcomesOf(store, [...new Set([...everywhere, ...heads])])
  const counts = Object.groupBy(outcomes.values(), (outcome) => outcome)
  console.log(Object.fromEntries(Object.entries(counts).map(([name, each]) => [name, each?.length])))
  expect(Object.keys(counts).sort()).toStrictEqual(['not started', 'refused', 'right'])
})
