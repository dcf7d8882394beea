// One flipped bit in the file of a sliver store: in the meta pages, in the heads of pages, in tables, and anywhere else.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAGE, makeStore, outcomesOf, pagesOf } from './bit-flips.ts'

const ALLOWED = ['right', 'refused', 'not started']

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-flips-'))
  makeStore(join(dir, 'store'))
})
afterAll(async () => rm(dir, { recursive: true, force: true }))

test('a store with a flipped bit serves what was stored, or refuses it, or does not start, and never crashes or forgets batches', async () => {
  const pages = pagesOf(join(dir, 'store'))
  // Of the meta pages: the transaction, the roots and the counts. Of the others: a place in the head, and one behind it.
  const metas = [0, PAGE].flatMap((at) =>
    [8 + 24, 72, 88, 112, 120, 136, 144, 152].map((place) => at + place),
  )
  const others = Array.from({ length: 24 }, (_, i) => {
    const page = 2 + Math.floor((i * (pages - 2)) / 24)
    return page * PAGE + (i % 2 === 0 ? (i * 7) % 40 : (i * 331) % PAGE)
  })
  const outcomes = outcomesOf(join(dir, 'store'), [...metas, ...others])
  expect([...outcomes].filter(([, outcome]) => !ALLOWED.includes(outcome))).toStrictEqual([])
  expect(outcomes.size).toBe(metas.length + others.length)
  expect(new Set(outcomes.values())).toStrictEqual(new Set(ALLOWED))
})
