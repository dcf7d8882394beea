// Every decision of admission by itself, with the bounds of each.
import { describe, expect, it } from 'vitest'
import {
  type AdmissionFacts,
  admissionError,
  assignmentOf,
  dispersalLengthError,
  promiseTerms,
} from '../../src/node/admission.ts'
import type { Header } from '../../src/protocol/header.ts'
import { headerOf, keyedCommittee } from '../support/arbitraries.ts'

const NOW = 1_900_000_000
const { committee } = keyedCommittee([1, 2, 1], 7)
const signer = committee.members[1]?.signer ?? '0x'
const facts: AdmissionFacts = {
  limits: { batchBytesMax: 1000, noticeSeconds: 600, promiseSeconds: 3600 },
  signer,
  currentEpoch: 7,
  committee,
}
const header: Header = { ...headerOf(new Uint8Array(32), 1000), epoch: 7, expiry: NOW + 3600 }

describe('admissionError', () => {
  it.each<[string, Partial<Header>, Partial<AdmissionFacts>, string | undefined]>([
    ['a node admits the longest batch with the longest promise', {}, {}, undefined],
    ['a node admits the shortest promise', { expiry: NOW + 600 }, {}, undefined],
    ['a node admits the epoch before the current one', {}, { currentEpoch: 8 }, undefined],
    ['a node refuses a batch above its limit', { length: 1001 }, {}, 'too-large'],
    ['a node refuses an epoch two before the current one', {}, { currentEpoch: 9 }, 'wrong-epoch'],
    ['a node refuses an epoch that has not started', {}, { currentEpoch: 6 }, 'wrong-epoch'],
    ['a node refuses an epoch that L1 does not know', {}, { committee: undefined }, 'wrong-epoch'],
    ['a node refuses when it is not a member', {}, { signer: `0x${'00'.repeat(20)}` }, 'wrong-epoch'],
    ['a node refuses an expiry that leaves less than the notice', { expiry: NOW + 599 }, {}, 'bad-expiry'],
    ['a node refuses an expiry beyond the promise', { expiry: NOW + 3601 }, {}, 'bad-expiry'],
  ])('%s', (_title, headerChanges, factChanges, code) => {
    const refusal = admissionError({ ...header, ...headerChanges }, { ...facts, ...factChanges }, NOW)
    expect(refusal?.code).toBe(code)
  })
})

describe('promiseTerms', () => {
  const terms = { noticeSeconds: 600, promiseSeconds: 3600 }

  it('a node signs for the promises of the Ledger, unless its operator wants shorter ones', () => {
    expect(promiseTerms(terms, undefined)).toEqual(terms)
    expect(promiseTerms(terms, 7200)).toEqual(terms)
    expect(promiseTerms(terms, 601)).toEqual({ noticeSeconds: 600, promiseSeconds: 601 })
  })

  it('a longest promise that no post could make stand is refused with the value to set', () => {
    expect(() => promiseTerms(terms, 600)).toThrowErrorMatchingInlineSnapshot(
      `[FloeError: Expected a longest promise above the Ledger's notice of 600 seconds, got 600. Leave out --expiry-max, or set it to 3600s, the longest promise that a post can have.]`,
    )
  })
})

describe('dispersalLengthError', () => {
  it('a dispersal has exactly the length that the header and the committee determine', () => {
    const assignment = assignmentOf(header, committee, signer)
    const { total } = assignment.layout
    expect(assignment.pairs).toHaveLength(2)
    expect(dispersalLengthError(assignment, total)).toBeUndefined()
    expect(dispersalLengthError(assignment, total - 1)?.code).toBe('malformed')
    expect(dispersalLengthError(assignment, total + 1)?.code).toBe('malformed')
  })
})

describe('messages', () => {
  it('a refusal says what was expected, what came, and what to do', () => {
    expect(admissionError({ ...header, length: 1001 }, facts, NOW)?.message).toMatchInlineSnapshot(
      `"Expected a batch of at most 1000 bytes, got 1001. Split the batch, or raise the limit on every sidecar and storage node."`,
    )
    expect(admissionError({ ...header, epoch: 5 }, facts, NOW)?.message).toMatchInlineSnapshot(
      `"Expected a header of epoch 7 or the one before, got 5. Read the current committee from L1 and disperse to it."`,
    )
    expect(admissionError({ ...header, expiry: 1 }, facts, NOW)?.message).toMatchInlineSnapshot(
      `"Expected an expiry in 1900000600…1900003600, got 1. Set the clocks, or ask for a retention between 600 and 3600 seconds."`,
    )
  })
})
