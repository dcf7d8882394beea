// Records of batches, and steps of a chain, for tests of the batch index.
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import type { BatchIndex } from '../../src/store/batch-index.ts'
import type { BatchIndexStep } from '../../src/store/batch-index-step.ts'
import { type BatchRecord, type BatchState, stateOf } from '../../src/store/batch-record.ts'
import { testHeader } from '../support/deploy.ts'

export const DAY_MS = 86_400_000
export const NOW = 1_900_000_000_000
/** The notice of the Ledger in these tests. */
export const NOTICE_SECONDS = 3_600
export const OWN_DISPERSER: Hex = testHeader('own').disperser

const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }

export function received(
  name: string,
  header: Partial<BatchRecord['header']> = {},
  at: number = NOW,
): BatchRecord {
  const whole = testHeader(name, header)
  return {
    digest: toHex(headerDigest(domain, whole)),
    header: whole,
    signature: '0xab',
    content: testHeader(`content ${name}`).root,
    receivedAt: at,
  }
}

export function certified(
  name: string,
  at: number = NOW,
  header: Partial<BatchRecord['header']> = {},
): BatchRecord {
  return { ...received(name, header, at), commitment: '0xcc', certifiedAt: at }
}

/** A step to block `to` with one post of these records in it. */
export function step(
  to: number,
  records: readonly BatchRecord[],
  changes: Partial<BatchIndexStep> = {},
): BatchIndexStep {
  const mark = {
    headersRoot: testHeader(`root ${to}`).root,
    transactionHash: testHeader(`transaction ${to}`).root,
    blockNumber: to,
  }
  const headers = records.map(({ digest, header }, index) => ({
    digest,
    header,
    index,
    path: [],
    stands: true,
  }))
  const posts = records.length === 0 ? [] : [{ ...mark, headers }]
  const head = { number: to, hash: testHeader(`head ${to}`).root }
  return { undoAbove: undefined, posts, heads: [head], forgetBelow: 0, final: 0, ...changes }
}

export function stateIn(batchIndex: BatchIndex, { digest }: BatchRecord): BatchState | undefined {
  const found = batchIndex.batch(digest)
  return found && stateOf(found)
}
