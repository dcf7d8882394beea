// A post of one of this sidecar's groups, of which L1 shows one header, counts for the headers that stand by it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChainPost, ChainStep } from '../../src/l1/chain.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { headersTree } from '../../src/protocol/header.ts'
import { standsPosted } from '../../src/protocol/posting.ts'
import { withOwnGroups } from '../../src/sidecar/own-groups.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import type { BatchRecord } from '../../src/store/batch-record.ts'
import { NOTICE_SECONDS, certified, stateIn } from '../store/batch-index-fixtures.ts'
import { testHeader } from '../support/deploy.ts'

const terms = { noticeSeconds: NOTICE_SECONDS, promiseSeconds: 200_000_000 }
const POSTED_AT = 1_900_000_000
const expiries = [POSTED_AT + NOTICE_SECONDS, POSTED_AT + NOTICE_SECONDS - 1, POSTED_AT + 100_000]
/** The second one expires a second too early. */
const records = expiries.map((expiry, i) => certified(`own ${i}`, undefined, { expiry }))
const digests = records.map(({ digest }) => digest)
const headersRoot = rootOf(digests)
let dir: string
let batchIndex: BatchIndex

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-own-groups-'))
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: NOTICE_SECONDS })
  for (const record of records) await batchIndex.save(record)
  await batchIndex.saveGroups([{ headersRoot, epoch: 1, digests, signatures: [] }])
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

function rootOf(all: readonly Hex[]): Hex {
  return toHex(headersTree(all.map(fromHex), 0).root)
}

/** A step with a post that shows one of the headers. */
function showing(index: number, root: Hex = headersRoot): ChainStep {
  const { digest, header } = records[index] as BatchRecord
  const place = { transactionHash: testHeader('transaction').root, blockNumber: 7 }
  const path = headersTree(digests.map(fromHex), index).path.map(toHex)
  const stands = standsPosted(header, POSTED_AT, terms)
  const shown = { ...place, headersRoot: root, postedAt: POSTED_AT, digest, header, index, path, stands }
  const blockHash = testHeader('block').root
  const post: ChainPost = { ...place, headersRoot: root, blockHash, logIndex: 0, headers: [shown] }
  return {
    undoAbove: undefined,
    posts: [post],
    heads: [{ number: 7, hash: blockHash }],
    forgetBelow: 0,
    final: 0,
  }
}

const states = () => records.map((record) => stateIn(batchIndex, record))

test('a post of one header of a group counts for all headers of the group that stand by it, each with its place', async () => {
  await withOwnGroups(batchIndex, terms).apply(showing(2))
  expect(states()).toEqual(['posted', 'certified', 'posted'])
  const [first] = records
  expect(batchIndex.batch(first?.digest ?? '0x')?.post).toMatchObject({
    headersRoot,
    index: 0,
    path: headersTree(digests.map(fromHex), 0).path.map(toHex),
    blockNumber: 7,
  })
})

test('a reorg undoes a post of a group for all of its headers', async () => {
  const store = withOwnGroups(batchIndex, terms)
  await store.apply(showing(0))
  await store.apply({ ...showing(0), posts: [], undoAbove: 6 })
  expect(states()).toEqual(['certified', 'certified', 'certified'])
})

test('a post of a header that does not stand, or under another headersRoot, counts for no other header', async () => {
  const store = withOwnGroups(batchIndex, terms)
  await store.apply(showing(1))
  expect(states()).toEqual(['certified', 'certified', 'certified'])
  await store.apply(showing(0, rootOf([...digests, ...digests])))
  expect(states()).toEqual(['posted', 'certified', 'certified'])
})
