// The faults that L1 has recorded follow the chain.
import { expect, test } from 'vitest'
import { RecordedFaults } from '../../src/disputes/recorded-faults.ts'
import type { ChainDispute } from '../../src/l1/chain.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { testHeader } from '../support/deploy.ts'

const header = testHeader('faulty')
const digest = header.root
const hash: Hex = `0x${'00'.repeat(32)}`

function expired(pair: number, blockNumber: number): ChainDispute {
  const position = { pair, side: 'row' as const, symbol: 0, chunk: 0 }
  return {
    kind: 'expired',
    digest,
    challenger: hash,
    position,
    header,
    blockNumber,
    blockHash: hash,
    logIndex: 0,
  }
}

function invalidated(inconsistent: boolean, blockNumber: number): ChainDispute {
  const faults = { withheld: true, inconsistent }
  return { kind: 'invalidated', digest, faults, blockNumber, blockHash: hash, logIndex: 1 }
}

test('expired pairs and proofs are recorded once each, and other events are not', () => {
  const faults = new RecordedFaults()
  faults.apply({ undoAbove: undefined, disputes: [expired(1, 1), invalidated(false, 1), expired(1, 2)] })
  faults.apply({ undoAbove: undefined, disputes: [expired(2, 3), invalidated(true, 4)] })
  expect(faults.all()).toEqual([
    { kind: 'pair', digest, pair: 1, header },
    { kind: 'pair', digest, pair: 2, header },
    { kind: 'proof', digest },
  ])
})

test('a reorg removes the faults of its blocks', () => {
  const faults = new RecordedFaults()
  faults.apply({ undoAbove: undefined, disputes: [expired(1, 1), expired(2, 3)] })
  faults.apply({ undoAbove: 1, disputes: [expired(3, 2)] })
  expect(faults.all().map((fault) => fault.kind === 'pair' && fault.pair)).toEqual([1, 3])
})

test('a fault that is removed does not come back', () => {
  const faults = new RecordedFaults()
  faults.apply({ undoAbove: undefined, disputes: [expired(1, 1)] })
  for (const fault of faults.all()) faults.remove(fault)
  expect(faults.all()).toEqual([])
})
