// The deadline by which certified batches must be posted, over a real batch index, on a clock that the test moves.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import type { Logger } from '../../src/runtime/logger.ts'
import { PostingDeadline } from '../../src/sidecar/posting-deadline.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const NOW = 1_900_000_000
const ROOM_SECONDS = 10_000
const terms = { noticeSeconds: 3_600, promiseSeconds: 20_000 }
const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }

let dir: string
let batchIndex: BatchIndex
let clock: ManualClock
let deadline: PostingDeadline
let alerts: object[]
let ended: number

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-posting-deadline-'))
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: terms.noticeSeconds })
  clock = manualClock(NOW)
  alerts = []
  ended = 0
  const logger = {
    error: (facts: object) => void alerts.push(facts),
    info: () => (ended += 1),
  } as unknown as Logger
  deadline = new PostingDeadline({ batchIndex, terms, roomSeconds: ROOM_SECONDS, clock, logger })
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

/** A certified batch that can be posted for `seconds`. */
async function certified(name: string, seconds: number): Promise<void> {
  const header = testHeader(name, { expiry: NOW + terms.noticeSeconds + seconds })
  const digest = toHex(headerDigest(domain, header))
  await batchIndex.save({
    digest,
    header,
    commitment: '0xcc',
    receivedAt: NOW * 1000,
    certifiedAt: NOW * 1000,
  })
}

test('The deadline is that of the batch that can be posted for the shortest time.', async () => {
  expect([deadline.next(), deadline.secondsLeft()]).toEqual([undefined, ROOM_SECONDS])
  await certified('later', 9_000)
  await certified('sooner', 7_000)
  expect([deadline.next(), deadline.secondsLeft()]).toEqual([NOW + 7_000, 7_000])
  clock.advance(2_000_000)
  expect(deadline.secondsLeft()).toBe(5_000)
})

test('An alert is logged when half of the time is left, and every hour until a post succeeds.', async () => {
  await certified('waiting', ROOM_SECONDS)
  clock.advance(4_999_000)
  deadline.check()
  expect(alerts).toEqual([])
  clock.advance(1_000)
  deadline.check()
  deadline.check()
  expect(alerts).toEqual([{ secondsLeft: 5_000, waiting: 1 }])
  clock.advance(3_599_000)
  deadline.check()
  expect(alerts).toHaveLength(1)
  clock.advance(1_000)
  deadline.check()
  expect(alerts).toHaveLength(2)
  const [{ digest, header } = { digest: '0x' as Hex, header: testHeader('none') }] = batchIndex.readyToPost(1)
  const post = { headersRoot: digest, transactionHash: digest, blockNumber: 1 }
  const shown = { digest, header, index: 0, path: [], stands: true }
  const posts = [{ ...post, headers: [shown] }]
  await batchIndex.apply({ undoAbove: undefined, posts, heads: [], forgetBelow: 0, final: 0 })
  clock.advance(3_600_000)
  deadline.check()
  expect(alerts).toHaveLength(2)
  expect(ended).toBe(1)
})
