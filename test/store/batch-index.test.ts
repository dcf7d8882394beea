// The batch index: the states that a batch goes through, what a reorg and a restart change, and what is removed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import { BatchIndex, type StateChange } from '../../src/store/batch-index.ts'
import { DEDUPLICATION_MS, INTERRUPTED, NOT_ACKNOWLEDGED, NO_QUORUM } from '../../src/store/batch-record.ts'
import {
  DAY_MS,
  NOTICE_SECONDS,
  NOW,
  OWN_DISPERSER,
  certified,
  received,
  stateIn,
  step,
} from './batch-index-fixtures.ts'

let dir: string
let batchIndex: BatchIndex
let changes: StateChange[]

const open = async (
  options: { finalMax?: number; failedMax?: number; signaturesKeptSeconds?: number } = {},
): Promise<BatchIndex> =>
  BatchIndex.open(dir, {
    disperser: OWN_DISPERSER,
    noticeSeconds: NOTICE_SECONDS,
    onChange: (change) => changes.push(change),
    ...options,
  })

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

  test('only certified batches wait to be posted, and those that a process left unfinished fail at the next start', async () => {
    const failed = { ...received('failed'), failed: { reason: NO_QUORUM, at: NOW } }
    await batchIndex.save(received('unfinished'))
    await batchIndex.save({ ...received('some signed'), dispersed: true })
    await batchIndex.save(failed)
    await batchIndex.save(certified('certified'))
    expect(batchIndex.unpostedCount()).toBe(1)
    await batchIndex.close()
    batchIndex = await open()
    await batchIndex.failInterrupted(NOW + 5)
    expect(batchIndex.counts()).toMatchObject({ received: 0, dispersed: 1, failed: 2, certified: 1 })
    expect(batchIndex.batch(received('unfinished').digest)?.failed).toEqual({
      reason: INTERRUPTED,
      at: NOW + 5,
    })
  })

  test('a batch without a quorum that is certified later, here or by another sidecar, waits to be posted and does not fail again', async () => {
    const fail = async (name: string): Promise<void> =>
      batchIndex.save({ ...received(name), failed: { reason: NO_QUORUM, at: NOW } })
    await fail('own')
    await fail('adopted')
    await batchIndex.save(certified('own'))
    await batchIndex.adopt(certified('adopted'), [])
    await fail('adopted')
    expect(batchIndex.counts()).toMatchObject({ certified: 2, failed: 0 })
    expect(batchIndex.readyToPost(10)).toHaveLength(2)
  })

  test('Bounded: of the batches without a quorum the newest are kept, and certified ones are not touched', async () => {
    await batchIndex.close()
    batchIndex = await open({ failedMax: 3 })
    for (let i = 0; i < 4; i++)
      await batchIndex.save({ ...received(`f${i}`), failed: { reason: NO_QUORUM, at: NOW + i } })
    for (let i = 0; i < 4; i++) await batchIndex.save({ ...received(`d${i}`), dispersed: true })
    await batchIndex.save(certified('kept'))
    while ((await batchIndex.expire(NOW, 2)) > 0);
    expect(batchIndex.counts()).toMatchObject({ failed: 0, dispersed: 3, certified: 1 })
    expect(batchIndex.findByContent(received('f0').content as Hex)).toBeUndefined()
  })

  test('The chain decides: a batch is missed after its last second to be posted, unless it is on L1 nevertheless', async () => {
    const expiry = NOW / 1000 + NOTICE_SECONDS + 60
    const batches = ['a', 'b'].map((name) => certified(name, NOW, { expiry }))
    for (const batch of batches) await batchIndex.save(batch, [0])
    await batchIndex.expire(NOW + 60_999, 10)
    expect(batches.map((batch) => stateIn(batchIndex, batch))).toEqual(['certified', 'certified'])
    await batchIndex.expire(NOW + 61_000, 10)
    expect(batches.map((batch) => stateIn(batchIndex, batch))).toEqual(['missed', 'missed'])
    expect([batchIndex.readyToPost(10), batchIndex.listIncomplete('', 10)]).toEqual([[], []])
    expect(batchIndex.counts()).toMatchObject({ certified: 0, missed: 2 })
    await batchIndex.apply(step(5, batches.slice(1)))
    expect(batches.map((batch) => stateIn(batchIndex, batch))).toEqual(['missed', 'posted'])
    await batchIndex.apply(step(6, [], { undoAbove: 4 }))
    expect(batches.map((batch) => stateIn(batchIndex, batch))).toEqual(['missed', 'missed'])
    await batchIndex.expire(expiry * 1000 + DAY_MS - 1, 10)
    expect(batchIndex.counts()).toMatchObject({ missed: 2 })
    await batchIndex.expire(expiry * 1000 + DAY_MS, 10)
    expect(batchIndex.counts()).toMatchObject({ missed: 0 })
  })

  test('a header that a post shows too late is not posted by it, and is by another one', async () => {
    const batch = certified('late')
    await batchIndex.save(batch)
    const { posts, ...rest } = step(5, [batch])
    const late = posts.map((post) => ({
      ...post,
      headers: post.headers.map((header) => ({ ...header, stands: false })),
    }))
    await batchIndex.apply({ ...rest, posts: late })
    expect([stateIn(batchIndex, batch), batchIndex.lastPost()]).toEqual(['certified', undefined])
    await batchIndex.apply(step(6, [batch]))
    expect(batchIndex.batch(batch.digest)?.post).toMatchObject({ blockNumber: 6, index: 0, path: [] })
  })

  test('Soonest first: batches are posted in the order in which they can no longer be', async () => {
    for (const [name, expiry] of [
      ['last', 30_000],
      ['first', 10_000],
      ['second', 20_000],
    ] as const)
      await batchIndex.save(certified(name, NOW, { expiry: NOW / 1000 + expiry }))
    const order = batchIndex.readyToPost(10).map(({ digest }) => digest)
    const named = ['first', 'second', 'last'].map((name, i) =>
      certified(name, NOW, { expiry: NOW / 1000 + 10_000 * (i + 1) }),
    )
    expect(order).toEqual(named.map(({ digest }) => digest))
    const [first] = order
    expect(batchIndex.readyToPost(1, new Set(order.slice(0, 1))).map(({ digest }) => digest)).toEqual([
      order[1],
    ])
    expect(first).toBe(named[0]?.digest)
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

describe('signatures of a header', () => {
  const attestation = (member: number, signature = `0x${'aa'.repeat(64)}`) => ({
    member,
    index: 0,
    path: [],
    signature: signature as Hex,
  })

  test('Kept as long as needed: attestations outlive their batch, for the time in which a fine is possible, also over a restart', async () => {
    await batchIndex.close()
    batchIndex = await open({ signaturesKeptSeconds: 14_400 })
    const expiry = NOW / 1000 + 7_200
    const batch = certified('signed', NOW, { expiry })
    await batchIndex.save(batch, [2], [attestation(0), attestation(1)])
    await batchIndex.apply(step(5, [batch], { final: 5 }))
    await batchIndex.saveAttestations([
      { ...attestation(2), digest: batch.digest, index: 1, path: [`0x${'bb'.repeat(32)}`] },
    ])
    await batchIndex.close()
    batchIndex = await open({ signaturesKeptSeconds: 14_400 })
    await batchIndex.expire((expiry + 14_400) * 1000 - 1, 10)
    expect(batchIndex.batch(batch.digest)).toBeUndefined()
    expect(batchIndex.signedHeader(batch.digest)).toEqual({
      header: batch.header,
      disperserSignature: batch.signature,
      attestations: [
        attestation(0),
        attestation(1),
        { ...attestation(2), index: 1, path: [`0x${'bb'.repeat(32)}`] },
      ],
    })
    expect(batchIndex.attestationOf(batch.digest, 2)).toMatchObject({ index: 1 })
    expect(batchIndex.attestationOf(batch.digest, 3)).toBeUndefined()
    expect(await batchIndex.expire((expiry + 14_400) * 1000, 10)).toBe(1)
    expect(batchIndex.signedHeader(batch.digest)).toBeUndefined()
    expect(await batchIndex.expire((expiry + 14_400) * 1000, 10)).toBe(0)
  })

  test('Bounded: the first attestation of a member stays, and no further one is added', async () => {
    const batch = certified('bounded')
    await batchIndex.save(batch, [], [attestation(1)])
    const other = `0x${'cc'.repeat(64)}` as const
    await batchIndex.saveAttestations(
      [1, 1, 4].map((member) => ({ ...attestation(member, other), digest: batch.digest })),
    )
    expect(batchIndex.signedHeader(batch.digest)?.attestations).toEqual([
      attestation(1),
      attestation(4, other),
    ])
  })

  test('an attestation removes its member from those that may lack the batch, in the same write', async () => {
    const batch = certified('held')
    await batchIndex.save(batch, [0, 3])
    await batchIndex.saveAttestations([{ ...attestation(3), digest: batch.digest }])
    expect(batchIndex.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [0] }])
    expect(batchIndex.attestationOf(batch.digest, 3)).toBeDefined()
  })

  test('an attestation of a put without a quorum is kept, and one of an unknown header is not', async () => {
    const batch = received('no quorum')
    await batchIndex.save({ ...batch, dispersed: true })
    const unknown = certified('unknown').digest
    await batchIndex.saveAttestations(
      [batch.digest, unknown].map((digest) => ({ ...attestation(0), digest })),
    )
    expect(batchIndex.signedHeader(batch.digest)).toMatchObject({ disperserSignature: batch.signature })
    expect(batchIndex.signedHeader(unknown)).toBeUndefined()
  })
})
