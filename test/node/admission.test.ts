// Every decision of admission by itself: what is taken, what is refused, and the edges in between.
import { describe, expect, it } from 'vitest'
import { type AdmissionFacts, admit, admitLength, partOf } from '../../src/node/admission.ts'
import type { Header } from '../../src/protocol/header.ts'
import { headerOf, keyedCommittee } from '../support/arbitraries.ts'

const NOW = 1_900_000_000
const { committee } = keyedCommittee([1, 2, 1], 7)
const signer = committee.members[1]?.signer ?? '0x'
const facts: AdmissionFacts = {
  limits: { batchBytesMax: 1000, expirySecondsMax: 3600 },
  signer,
  currentEpoch: 7,
  committee,
}
const header: Header = { ...headerOf(new Uint8Array(32), 1000), epoch: 7, expiry: NOW + 3600 }

describe('admit', () => {
  it.each<[string, Partial<Header>, Partial<AdmissionFacts>, string | undefined]>([
    ['takes the longest batch with the longest promise', {}, {}, undefined],
    ['takes the shortest promise', { expiry: NOW + 1 }, {}, undefined],
    ['takes the epoch before', {}, { currentEpoch: 8 }, undefined],
    ['refuses a longer batch', { length: 1001 }, {}, 'too-large'],
    ['refuses an epoch two back', {}, { currentEpoch: 9 }, 'wrong-epoch'],
    ['refuses an epoch to come', {}, { currentEpoch: 6 }, 'wrong-epoch'],
    ['refuses an epoch that L1 does not know', {}, { committee: undefined }, 'wrong-epoch'],
    ['refuses when it is no member', {}, { signer: `0x${'00'.repeat(20)}` }, 'wrong-epoch'],
    ['refuses an expiry that is now', { expiry: NOW }, {}, 'bad-expiry'],
    ['refuses an expiry too far ahead', { expiry: NOW + 3601 }, {}, 'bad-expiry'],
  ])('%s', (_title, headerChanges, factChanges, code) => {
    const refusal = admit({ ...header, ...headerChanges }, { ...facts, ...factChanges }, NOW)
    expect(refusal?.code).toBe(code)
  })
})

describe('admitLength', () => {
  it('takes the one length that the header and the committee give', () => {
    const part = partOf(header, committee, signer)
    const { total } = part.layout
    expect(part.pairs).toHaveLength(2)
    expect(admitLength(part, total)).toBeUndefined()
    expect(admitLength(part, total - 1)?.code).toBe('malformed')
    expect(admitLength(part, total + 1)?.code).toBe('malformed')
  })
})

describe('messages', () => {
  it('say what was expected, what came, and what to do', () => {
    expect(admit({ ...header, length: 1001 }, facts, NOW)?.message).toMatchInlineSnapshot(
      `"Expected a batch of at most 1000 bytes, got 1001. Split the batch, or raise the limit on every sidecar and storage node."`,
    )
    expect(admit({ ...header, epoch: 5 }, facts, NOW)?.message).toMatchInlineSnapshot(
      `"Expected a header of epoch 7 or the one before, got 5. Read the current committee from L1 and disperse to it."`,
    )
    expect(admit({ ...header, expiry: 1 }, facts, NOW)?.message).toMatchInlineSnapshot(
      `"Expected an expiry after 1900000000 and up to 1900003600, got 1. Set the clocks, or ask for a shorter retention."`,
    )
  })
})
