// The spool against a model that keeps everything in one list and looks through it: whatever happens to batches in whatever
// order, also reorgs and restarts, states, indexes and counts are those of the model.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import {
  type BatchRecord,
  type BatchState,
  batchStates,
  DEDUPLICATION_MS,
  NOT_ACKNOWLEDGED,
  NOT_POSTED,
  stateOf,
} from '../../src/store/batch-record.ts'
import { BatchIndex, type StateChange } from '../../src/store/batch-index.ts'
import type { BatchIndexStep } from '../../src/store/batch-index-step.ts'
import { testHeader } from '../support/deploy.ts'

const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }
const DAY_MS = 86_400_000
const NOW = 1_900_000_000_000
const own = testHeader('own').disperser

let dir: string
let spool: BatchIndex
let changes: StateChange[]

const open = async (options: { finalMax?: number } = {}): Promise<BatchIndex> =>
  BatchIndex.open(dir, { disperser: own, onChange: (change) => changes.push(change), ...options })

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-spool-'))
  changes = []
  spool = await open()
})

afterEach(async () => {
  await spool.close()
  await rm(dir, { recursive: true })
})

function received(name: string, changed: Partial<BatchRecord['header']> = {}, at = NOW): BatchRecord {
  const header = testHeader(name, changed)
  const digest = toHex(headerDigest(domain, header))
  return { digest, header, signature: '0xab', content: testHeader(`content ${name}`).root, receivedAt: at }
}

function certified(name: string, at = NOW, changed: Partial<BatchRecord['header']> = {}): BatchRecord {
  return { ...received(name, changed, at), commitment: '0xcc', certifiedAt: at }
}

/** A step to block `to` with one post in it. */
function step(
  to: number,
  records: readonly BatchRecord[],
  more: Partial<BatchIndexStep> = {},
): BatchIndexStep {
  const mark = {
    headersRoot: testHeader(`root ${to}`).root,
    transactionHash: testHeader(`transaction ${to}`).root,
    blockNumber: to,
  }
  const posts = records.length === 0 ? [] : [{ ...mark, headers: records }]
  const head = { number: to, hash: testHeader(`head ${to}`).root }
  return { undoAbove: undefined, posts, heads: [head], forgetBelow: 0, final: 0, ...more }
}

const stateIn = (record: BatchRecord): BatchState | undefined => {
  const found = spool.batch(record.digest)
  return found && stateOf(found)
}

describe('a batch', () => {
  test('goes from received to final, each state told once and all of it there after a restart', async () => {
    const batch = certified('whole')
    const { commitment, certifiedAt, ...taken } = batch
    await spool.save(taken)
    await spool.save({ ...taken, dispersed: true })
    await spool.save({ ...taken, dispersed: true })
    await spool.save(batch, [3])
    expect(spool.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [3] }])
    await spool.apply(step(10, [batch]))
    await spool.apply(step(11, [], { final: 10 }))
    expect(changes.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'undefined → received',
      'received → dispersed',
      'dispersed → certified',
      'certified → posted',
      'posted → final',
    ])
    await spool.close()
    spool = await open()
    expect(spool.batch(batch.digest)).toMatchObject({
      commitment,
      certifiedAt,
      final: true,
      post: { blockNumber: 10 },
    })
    expect(spool.findByContent(batch.content as Hex)?.digest).toBe(batch.digest)
    expect(spool.counts()).toMatchObject({ received: 0, certified: 0, final: 1, incomplete: 1 })
    expect(spool.lastPost()).toMatchObject({ blockNumber: 10, headers: 1 })
  })

  test('that no quorum acknowledged fails when it is no longer fresh, and is forgotten later', async () => {
    await spool.save(received('a'))
    await spool.save({ ...received('b'), dispersed: true })
    await spool.save(certified('c'))
    expect(await spool.expire(NOW + DEDUPLICATION_MS - 1, 10)).toBe(0)
    expect(await spool.expire(NOW + DEDUPLICATION_MS, 10)).toBe(2)
    expect(spool.batch(received('a').digest)?.failed?.reason).toBe(NOT_ACKNOWLEDGED)
    expect(spool.counts()).toMatchObject({ received: 0, dispersed: 0, certified: 1, failed: 2 })
    expect(await spool.expire(NOW + DEDUPLICATION_MS + DAY_MS, 10)).toBe(2)
    expect(spool.counts()).toMatchObject({ failed: 0, certified: 1 })
    expect(spool.findByContent(received('a').content as Hex)).toBeUndefined()
  })

  test('that expires unposted has failed, unless the chain has it all the same', async () => {
    const batches = ['a', 'b'].map((name) => certified(name, NOW, { expiry: NOW / 1000 + 60 }))
    for (const batch of batches) await spool.save(batch, [0])
    await spool.expire(NOW + 60_000, 10)
    expect(spool.batch(batches[0]?.digest as Hex)?.failed?.reason).toBe(NOT_POSTED)
    expect([spool.readyToPost(10), spool.listIncomplete('', 10)]).toEqual([[], []])
    await spool.apply(step(5, batches.slice(1)))
    expect(batches.map(stateIn)).toEqual(['failed', 'posted'])
  })

  test('brought again after it failed is taken up again', async () => {
    await spool.save(received('again'))
    await spool.expire(NOW + DEDUPLICATION_MS, 10)
    await spool.save(certified('again', NOW + DEDUPLICATION_MS))
    expect(stateIn(received('again'))).toBe('certified')
  })

  test('taken in by another sidecar adds to what is known and replaces nothing', async () => {
    const mine = certified('mine')
    await spool.save(mine)
    await spool.adopt({ ...mine, commitment: '0xdd', receivedAt: 5 }, [1])
    expect(spool.batch(mine.digest)).toEqual(mine)
    expect(spool.listIncomplete('', 10)).toEqual([])
  })

  test('of the own disperser that is first seen on L1 is not posted again when somebody brings it', async () => {
    const [batch, foreign] = [
      certified('seen'),
      certified('foreign', NOW, { disperser: `0x${'99'.repeat(20)}` }),
    ]
    await spool.apply(step(7, [batch, foreign]))
    expect([batch, foreign].map(stateIn)).toEqual(['posted', undefined])
    await spool.adopt(batch, [])
    expect([stateIn(batch), spool.readyToPost(10)]).toEqual(['posted', []])
    await spool.apply(step(6, [], { undoAbove: 5 }))
    expect([stateIn(batch), spool.readyToPost(10).map(({ digest }) => digest)]).toEqual([
      'certified',
      [batch.digest],
    ])
  })

  test('that was only ever seen on L1 is forgotten when a reorg takes it back', async () => {
    await spool.apply(step(7, [certified('gone')]))
    await spool.apply(step(7, [], { undoAbove: 6 }))
    expect(stateIn(certified('gone'))).toBeUndefined()
    expect(spool.lastPost()).toBeUndefined()
  })

  test('posted twice counts from its first post on the chain', async () => {
    const batch = certified('twice')
    await spool.save(batch)
    await spool.apply(step(10, [batch]))
    await spool.apply(step(12, [batch]))
    expect(spool.batch(batch.digest)?.post?.blockNumber).toBe(10)
    await spool.apply(step(12, [], { undoAbove: 11 }))
    expect(stateIn(batch)).toBe('posted')
  })
})

test('heads above a reorg and below what is needed are forgotten, the others are where the follower left them', async () => {
  for (const number of [8, 9, 10, 11]) await spool.apply(step(number, []))
  await spool.apply(step(10, [], { undoAbove: 9, forgetBelow: 9 }))
  expect(spool.heads().map(({ number }) => number)).toEqual([9, 10])
})

test('final records are kept up to a bound, the newest ones', async () => {
  await spool.close()
  spool = await open({ finalMax: 2 })
  for (const block of [1, 2, 3, 4])
    await spool.apply(step(block, [certified(`final ${block}`)], { final: block }))
  await spool.expire(NOW, 10)
  expect([1, 2, 3, 4].map((block) => stateIn(certified(`final ${block}`)))).toEqual([
    undefined,
    undefined,
    'final',
    'final',
  ])
})

test('changes of one batch that come at once are all in its record', async () => {
  const batch = certified('at once')
  const { commitment: _commitment, certifiedAt: _certifiedAt, ...taken } = batch
  await Promise.all([
    spool.save(taken),
    spool.save(batch, [0, 1, 2]),
    spool.apply(step(3, [batch])),
    spool.removeMissing([{ digest: batch.digest, member: 0 }]),
    spool.removeMissing([{ digest: batch.digest, member: 2 }]),
  ])
  expect(spool.batch(batch.digest)).toMatchObject({ ...batch, post: { blockNumber: 3 } })
  expect(spool.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [1] }])
  expect(spool.counts()).toMatchObject({ received: 0, certified: 0, posted: 1 })
})

// The model: facts of batches, and which of them each block of the chain posted.
type Facts = {
  failed: boolean
  mine: boolean
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
  | { kind: 'save'; batch: number; as: 'received' | 'dispersed' | 'certified' }
  | { kind: 'adopt'; batch: number }
  | { kind: 'post'; batches: number[]; blocks: number; confirm: number }
  | { kind: 'reorg'; depth: number; batches: number[] }
  | { kind: 'time'; ms: number }
  | { kind: 'restart' }

const BATCHES = 6
const batchOf = (i: number, at: number): BatchRecord =>
  // Some end soon, so that time matters; the last two are of another disperser.
  certified(`model ${i}`, at, {
    expiry: NOW / 1000 + (i % 2 === 0 ? 7_200 : 400_000),
    ...(i >= BATCHES - 2 ? { disperser: `0x${'99'.repeat(20)}` } : {}),
  })

const batch = fc.nat(BATCHES - 1)
const batches = fc.uniqueArray(batch, { maxLength: 4 })
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('save' as const),
    batch,
    as: fc.constantFrom('received', 'dispersed', 'certified'),
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
    const fails =
      ((state === 'received' || state === 'dispersed') && model.now >= fresh) ||
      (state === 'certified' && model.now >= expiry)
    if (fails && facts !== undefined) Object.assign(facts, { failed: true, failedAt: model.now })
    const over =
      (state === 'failed' && model.now >= (facts?.failedAt ?? 0) + DAY_MS) ||
      (state === 'final' && model.now >= expiry) ||
      (state === 'posted' && model.now >= expiry + DAY_MS)
    if (!over) continue
    model.facts.delete(i)
    for (const post of model.chain) post.batches = post.batches.filter((other) => other !== i)
  }
}

async function play(model: Model, happened: Event): Promise<void> {
  switch (happened.kind) {
    case 'save': {
      const { batch: i, as } = happened
      const known = model.facts.get(i)
      const at = known?.at ?? model.now
      const { commitment, certifiedAt: _certifiedAt, ...taken } = batchOf(i, at)
      const dispersed = as === 'dispersed' ? { dispersed: true as const } : {}
      await spool.save(as === 'certified' ? batchOf(i, at) : { ...taken, ...dispersed })
      model.facts.set(i, {
        at,
        mine: true,
        failed: false,
        failedAt: 0,
        certified: (known?.certified ?? false) || (as === 'certified' && commitment !== undefined),
        dispersed: (known?.dispersed ?? false) || as === 'dispersed',
      })
      return
    }
    case 'adopt': {
      const { batch: i } = happened
      const known = model.facts.get(i)
      const { signature: _signature, content: _content, ...adopted } = batchOf(i, known?.at ?? model.now)
      await spool.adopt(adopted, [])
      if (known === undefined)
        model.facts.set(i, {
          at: model.now,
          mine: false,
          failed: false,
          failedAt: 0,
          certified: true,
          dispersed: false,
        })
      else known.certified = true
      return
    }
    case 'post': {
      model.tip += happened.blocks
      model.final = Math.max(model.final, model.tip - 3 + happened.confirm)
      modelPost(model, happened.batches)
      await spool.apply(
        step(
          model.tip,
          happened.batches.map((i) => batchOf(i, 0)),
          { final: model.final },
        ),
      )
      return
    }
    case 'reorg': {
      const above = Math.max(model.final, model.tip - happened.depth)
      model.chain = model.chain.filter(({ block }) => block <= above)
      model.tip = above + 1
      modelPost(model, happened.batches)
      const posted = happened.batches.map((i) => batchOf(i, 0))
      await spool.apply(step(model.tip, posted, { undoAbove: above, final: model.final }))
      return
    }
    case 'time':
      model.now += happened.ms
      // What fails now is forgotten a day later, not at once.
      modelTime(model)
      await spool.expire(model.now, 100)
      return
    case 'restart':
      await spool.close()
      spool = await open()
  }
}

function expectModel(model: Model): void {
  const all = [...Array(BATCHES).keys()]
  const states = all.map((i) => modelState(model, i))
  expect(all.map((i) => stateIn(batchOf(i, 0)))).toEqual(states)
  const count = (state: BatchState): number => states.filter((other) => other === state).length
  expect(spool.counts()).toEqual({
    incomplete: 0,
    ...Object.fromEntries(batchStates.map((state) => [state, count(state)])),
  })
  expect(spool.unpostedCount()).toBe(count('received') + count('dispersed') + count('certified'))
  const waiting = all
    .filter((i) => states[i] === 'certified')
    .map((i) => ({ digest: batchOf(i, 0).digest, at: model.facts.get(i)?.at ?? 0 }))
    .sort((a, b) => a.at - b.at || (a.digest < b.digest ? -1 : 1))
  expect(spool.readyToPost(100).map(({ digest }) => digest)).toEqual(waiting.map(({ digest }) => digest))
}

test('any sequence of events leaves what the model has', async () => {
  expect.hasAssertions()
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 20 }), async (events) => {
      await spool.close()
      await rm(dir, { recursive: true })
      spool = await open()
      const model: Model = { facts: new Map(), chain: [], tip: 10, final: 0, now: NOW }
      for (const happened of events) {
        await play(model, happened)
        expectModel(model)
      }
    }),
  )
})
