// The batch index: the states that a batch goes through, what a reorg and a restart change, and what is removed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import { BatchIndex, type StateChange } from '../../src/store/batch-index.ts'
import { DEDUPLICATION_MS, NOT_ACKNOWLEDGED, NOT_POSTED } from '../../src/store/batch-record.ts'
import { DAY_MS, NOW, OWN_DISPERSER, certified, received, stateIn, step } from './batch-index-fixtures.ts'

let dir: string
let batchIndex: BatchIndex
let changes: StateChange[]

const open = async (options: { finalMax?: number } = {}): Promise<BatchIndex> =>
  BatchIndex.open(dir, { disperser: OWN_DISPERSER, onChange: (change) => changes.push(change), ...options })

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-batch-index-'))
  changes = []
  batchIndex = await open()
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

describe('a batch in the index', () => {
  test('Durable: a batch goes from received to final, each state is reported once, and a restart keeps all of it', async () => {
    const batch = certified('whole')
    const { commitment, certifiedAt, ...taken } = batch
    await batchIndex.save(taken)
    await batchIndex.save({ ...taken, dispersed: true })
    await batchIndex.save({ ...taken, dispersed: true })
    await batchIndex.save(batch, [3])
    expect(batchIndex.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [3] }])
    await batchIndex.apply(step(10, [batch]))
    await batchIndex.apply(step(11, [], { final: 10 }))
    expect(changes.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'undefined → received',
      'received → dispersed',
      'dispersed → certified',
      'certified → posted',
      'posted → final',
    ])
    await batchIndex.close()
    batchIndex = await open()
    expect(batchIndex.batch(batch.digest)).toMatchObject({
      commitment,
      certifiedAt,
      final: true,
      post: { blockNumber: 10 },
    })
    expect(batchIndex.findByContent(batch.content as Hex)?.digest).toBe(batch.digest)
    expect(batchIndex.counts()).toMatchObject({ received: 0, certified: 0, final: 1, incomplete: 1 })
    expect(batchIndex.lastPost()).toMatchObject({ blockNumber: 10, headers: 1 })
  })

  test('a batch without a quorum fails after the deduplication time and is removed a day later', async () => {
    await batchIndex.save(received('a'))
    await batchIndex.save({ ...received('b'), dispersed: true })
    await batchIndex.save(certified('c'))
    expect(await batchIndex.expire(NOW + DEDUPLICATION_MS - 1, 10)).toBe(0)
    expect(await batchIndex.expire(NOW + DEDUPLICATION_MS, 10)).toBe(2)
    expect(batchIndex.batch(received('a').digest)?.failed?.reason).toBe(NOT_ACKNOWLEDGED)
    expect(batchIndex.counts()).toMatchObject({ received: 0, dispersed: 0, certified: 1, failed: 2 })
    expect(await batchIndex.expire(NOW + DEDUPLICATION_MS + DAY_MS, 10)).toBe(2)
    expect(batchIndex.counts()).toMatchObject({ failed: 0, certified: 1 })
    expect(batchIndex.findByContent(received('a').content as Hex)).toBeUndefined()
  })

  test('The chain decides: a batch that expires unposted has failed, unless it is on L1 nevertheless', async () => {
    const batches = ['a', 'b'].map((name) => certified(name, NOW, { expiry: NOW / 1000 + 60 }))
    for (const batch of batches) await batchIndex.save(batch, [0])
    await batchIndex.expire(NOW + 60_000, 10)
    expect(batchIndex.batch(batches[0]?.digest as Hex)?.failed?.reason).toBe(NOT_POSTED)
    expect([batchIndex.readyToPost(10), batchIndex.listIncomplete('', 10)]).toEqual([[], []])
    await batchIndex.apply(step(5, batches.slice(1)))
    expect(batches.map((batch) => stateIn(batchIndex, batch))).toEqual(['failed', 'posted'])
  })

  test('a failed batch that is put again is certified again', async () => {
    await batchIndex.save(received('again'))
    await batchIndex.expire(NOW + DEDUPLICATION_MS, 10)
    await batchIndex.save(certified('again', NOW + DEDUPLICATION_MS))
    expect(stateIn(batchIndex, received('again'))).toBe('certified')
  })

  test('adopting a batch of another sidecar replaces no fact that this sidecar recorded', async () => {
    const mine = certified('mine')
    await batchIndex.save(mine)
    await batchIndex.adopt({ ...mine, commitment: '0xdd', receivedAt: 5 }, [1])
    expect(batchIndex.batch(mine.digest)).toEqual(mine)
    expect(batchIndex.listIncomplete('', 10)).toEqual([])
  })

  test('a batch of the own disperser that is first seen on L1 is not posted again when it is adopted', async () => {
    const [batch, foreign] = [
      certified('seen'),
      certified('foreign', NOW, { disperser: `0x${'99'.repeat(20)}` }),
    ]
    await batchIndex.apply(step(7, [batch, foreign]))
    expect([batch, foreign].map((batch) => stateIn(batchIndex, batch))).toEqual(['posted', undefined])
    await batchIndex.adopt(batch, [])
    expect([stateIn(batchIndex, batch), batchIndex.readyToPost(10)]).toEqual(['posted', []])
    await batchIndex.apply(step(6, [], { undoAbove: 5 }))
    expect([stateIn(batchIndex, batch), batchIndex.readyToPost(10).map(({ digest }) => digest)]).toEqual([
      'certified',
      [batch.digest],
    ])
  })

  test('a batch that was seen on L1 only is removed when a reorg removes its post', async () => {
    await batchIndex.apply(step(7, [certified('gone')]))
    await batchIndex.apply(step(7, [], { undoAbove: 6 }))
    expect(stateIn(batchIndex, certified('gone'))).toBeUndefined()
    expect(batchIndex.lastPost()).toBeUndefined()
  })

  test('a batch that is posted twice keeps its first post on the chain', async () => {
    const batch = certified('twice')
    await batchIndex.save(batch)
    await batchIndex.apply(step(10, [batch]))
    await batchIndex.apply(step(12, [batch]))
    expect(batchIndex.batch(batch.digest)?.post?.blockNumber).toBe(10)
    await batchIndex.apply(step(12, [], { undoAbove: 11 }))
    expect(stateIn(batchIndex, batch)).toBe('posted')
  })
})

test('heads above a reorg and below `forgetBelow` are removed, and the others stay', async () => {
  for (const number of [8, 9, 10, 11]) await batchIndex.apply(step(number, []))
  await batchIndex.apply(step(10, [], { undoAbove: 9, forgetBelow: 9 }))
  expect(batchIndex.heads().map(({ number }) => number)).toEqual([9, 10])
})

test('Bounded: only the newest `finalMax` final records are kept', async () => {
  await batchIndex.close()
  batchIndex = await open({ finalMax: 2 })
  for (const block of [1, 2, 3, 4])
    await batchIndex.apply(step(block, [certified(`final ${block}`)], { final: block }))
  await batchIndex.expire(NOW, 10)
  expect([1, 2, 3, 4].map((block) => stateIn(batchIndex, certified(`final ${block}`)))).toEqual([
    undefined,
    undefined,
    'final',
    'final',
  ])
})

test('No lost update: concurrent changes of one batch are all in its record', async () => {
  const batch = certified('concurrent')
  const { commitment: _commitment, certifiedAt: _certifiedAt, ...taken } = batch
  await Promise.all([
    batchIndex.save(taken),
    batchIndex.save(batch, [0, 1, 2]),
    batchIndex.apply(step(3, [batch])),
    batchIndex.removeMissing([{ digest: batch.digest, member: 0 }]),
    batchIndex.removeMissing([{ digest: batch.digest, member: 2 }]),
  ])
  expect(batchIndex.batch(batch.digest)).toMatchObject({ ...batch, post: { blockNumber: 3 } })
  expect(batchIndex.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [1] }])
  expect(batchIndex.counts()).toMatchObject({ received: 0, certified: 0, posted: 1 })
})
