// The batch index against a model that keeps all facts in one list and searches it: after any sequence of events, also reorgs
// and restarts, the states, lists and counts of both are the same.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BatchIndex } from '../../src/store/batch-index.ts'
import {
  type BatchRecord,
  type BatchState,
  DEDUPLICATION_MS,
  NO_QUORUM,
  batchStates,
} from '../../src/store/batch-record.ts'
import {
  DAY_MS,
  NOTICE_SECONDS,
  NOW,
  OWN_DISPERSER,
  certified,
  stateIn,
  step,
} from './batch-index-fixtures.ts'

let dir: string
let batchIndex: BatchIndex

const open = async (): Promise<BatchIndex> =>
  BatchIndex.open(dir, { disperser: OWN_DISPERSER, noticeSeconds: NOTICE_SECONDS })

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-batch-index-'))
  batchIndex = await open()
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

/** What the model knows: the facts of batches, and the batches that each block of its chain posted. */
type Facts = {
  failed: boolean
  missed: boolean
  certified: boolean
  dispersed: boolean
  at: number
  failedAt: number
}
type Model = {
  facts: Map<number, Facts>
  chain: { block: number; batches: number[] }[]
  tip: number
  final: number
  now: number
}

type Event =
  | { kind: 'save'; batch: number; as: 'received' | 'dispersed' | 'failed' | 'certified' }
  | { kind: 'adopt'; batch: number }
  | { kind: 'post'; batches: number[]; blocks: number; confirm: number }
  | { kind: 'reorg'; depth: number; batches: number[] }
  | { kind: 'time'; ms: number }
  | { kind: 'restart' }

const BATCHES = 6
const batchOf = (i: number, at: number): BatchRecord =>
  // Some expire soon, so that time matters; the last two are of another disperser.
  certified(`model ${i}`, at, {
    expiry: NOW / 1000 + (i % 2 === 0 ? 7_200 : 400_000),
    ...(i >= BATCHES - 2 ? { disperser: `0x${'99'.repeat(20)}` } : {}),
  })

const batch = fc.nat(BATCHES - 1)
const batches = fc.uniqueArray(batch, { maxLength: 4 })
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('save' as const),
    batch,
    as: fc.constantFrom('received', 'dispersed', 'failed', 'certified'),
  }),
  fc.record({ kind: fc.constant('adopt' as const), batch }),
  fc.record({
    kind: fc.constant('post' as const),
    batches,
    blocks: fc.integer({ min: 1, max: 3 }),
    confirm: fc.nat(2),
  }),
  fc.record({ kind: fc.constant('reorg' as const), depth: fc.integer({ min: 1, max: 6 }), batches }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1_000, DEDUPLICATION_MS, DAY_MS) }),
  fc.record({ kind: fc.constant('restart' as const) }),
)

const postOf = ({ chain }: Model, i: number): number | undefined =>
  chain.find(({ batches: posted }) => posted.includes(i))?.block

function modelState(model: Model, i: number): BatchState | undefined {
  const block = postOf(model, i)
  const facts = model.facts.get(i)
  if (block !== undefined) return block <= model.final ? 'final' : 'posted'
  if (facts === undefined) return undefined
  if (facts.failed) return 'failed'
  if (facts.missed) return 'missed'
  if (facts.certified) return 'certified'
  return facts.dispersed ? 'dispersed' : 'received'
}

const isOwn = (i: number): boolean => i < BATCHES - 2

function modelPost(model: Model, posted: readonly number[]): void {
  const known = posted.filter((i) => isOwn(i) || model.facts.has(i))
  model.chain.push({ block: model.tip, batches: known.filter((i) => postOf(model, i) === undefined) })
}

function modelTime(model: Model): void {
  for (let i = 0; i < BATCHES; i++) {
    const state = modelState(model, i)
    const facts = model.facts.get(i)
    const expiry = batchOf(i, 0).header.expiry * 1000
    const fresh = Math.min((facts?.at ?? 0) + DEDUPLICATION_MS, expiry)
    const fails = (state === 'received' || state === 'dispersed') && model.now >= fresh
    const missed = state === 'certified' && model.now > expiry - NOTICE_SECONDS * 1000
    if (missed && facts !== undefined) facts.missed = true
    if (fails && facts !== undefined) Object.assign(facts, { failed: true, failedAt: model.now })
    const over =
      (state === 'failed' && model.now >= (facts?.failedAt ?? 0) + DAY_MS) ||
      (state === 'final' && model.now >= expiry) ||
      ((state === 'posted' || state === 'missed') && model.now >= expiry + DAY_MS)
    if (!over) continue
    model.facts.delete(i)
    for (const post of model.chain) post.batches = post.batches.filter((other) => other !== i)
  }
}

async function play(model: Model, event: Event): Promise<void> {
  switch (event.kind) {
    case 'save': {
      const { batch: i, as } = event
      const known = model.facts.get(i)
      const at = known?.at ?? model.now
      const { commitment, certifiedAt: _certifiedAt, ...taken } = batchOf(i, at)
      const dispersed = as === 'dispersed' ? { dispersed: true as const } : {}
      const failed = as === 'failed' ? { failed: { reason: NO_QUORUM, at: model.now } } : {}
      await batchIndex.save(as === 'certified' ? batchOf(i, at) : { ...taken, ...dispersed, ...failed })
      if (as === 'failed' && known?.certified === true) return
      model.facts.set(i, {
        at,
        failed: as === 'failed',
        missed: false,
        failedAt: model.now,
        certified: (known?.certified ?? false) || (as === 'certified' && commitment !== undefined),
        dispersed: (known?.dispersed ?? false) || as === 'dispersed',
      })
      return
    }
    case 'adopt': {
      const { batch: i } = event
      const known = model.facts.get(i)
      const { signature: _signature, content: _content, ...adopted } = batchOf(i, known?.at ?? model.now)
      await batchIndex.adopt(adopted, [])
      if (known === undefined)
        model.facts.set(i, {
          at: model.now,
          failed: false,
          missed: false,
          failedAt: 0,
          certified: true,
          dispersed: false,
        })
      else if (!known.certified) Object.assign(known, { certified: true, failed: false })
      return
    }
    case 'post': {
      model.tip += event.blocks
      model.final = Math.max(model.final, model.tip - 3 + event.confirm)
      modelPost(model, event.batches)
      await batchIndex.apply(
        step(
          model.tip,
          event.batches.map((i) => batchOf(i, 0)),
          { final: model.final },
        ),
      )
      return
    }
    case 'reorg': {
      const above = Math.max(model.final, model.tip - event.depth)
      model.chain = model.chain.filter(({ block }) => block <= above)
      model.tip = above + 1
      modelPost(model, event.batches)
      const posted = event.batches.map((i) => batchOf(i, 0))
      await batchIndex.apply(step(model.tip, posted, { undoAbove: above, final: model.final }))
      return
    }
    case 'time':
      model.now += event.ms
      // A batch that fails now is removed a day later, not in the same call.
      modelTime(model)
      await batchIndex.expire(model.now, 100)
      return
    case 'restart':
      await batchIndex.close()
      batchIndex = await open()
      await batchIndex.failInterrupted(model.now)
      for (const [i, facts] of model.facts)
        if (modelState(model, i) === 'received') Object.assign(facts, { failed: true, failedAt: model.now })
  }
}

function expectModel(model: Model): void {
  const all = [...Array(BATCHES).keys()]
  const states = all.map((i) => modelState(model, i))
  expect(all.map((i) => stateIn(batchIndex, batchOf(i, 0)))).toEqual(states)
  const count = (state: BatchState): number => states.filter((other) => other === state).length
  expect(batchIndex.counts()).toEqual({
    incomplete: 0,
    ...Object.fromEntries(batchStates.map((state) => [state, count(state)])),
  })
  expect(batchIndex.unpostedCount()).toBe(count('certified'))
  const ready = all
    .filter((i) => states[i] === 'certified')
    .map((i) => ({ digest: batchOf(i, 0).digest, expiry: batchOf(i, 0).header.expiry }))
    .sort((a, b) => a.expiry - b.expiry || (a.digest < b.digest ? -1 : 1))
  expect(batchIndex.readyToPost(100).map(({ digest }) => digest)).toEqual(ready.map(({ digest }) => digest))
}

test('Consistent: any sequence of events leaves the states, lists and counts of a model without indexes', async () => {
  expect.hasAssertions()
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 5, maxLength: 20 }), async (events) => {
      await batchIndex.close()
      await rm(dir, { recursive: true })
      batchIndex = await open()
      const model: Model = { facts: new Map(), chain: [], tip: 10, final: 0, now: NOW }
      for (const event of events) {
        await play(model, event)
        expectModel(model)
      }
    }),
  )
})
