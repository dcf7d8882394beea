// The validity rule of docs/protocol.md §8 as a reader decides it, row by row of its table, and the proofs for the prover.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { encodeEpochMembers } from '../../src/protocol/committee.ts'
import {
  PROOF_WITHOUT_MEMBERS,
  isNitroLength,
  nitroVerdict,
  validityProof,
} from '../../src/protocol/nitro.ts'
import { keyedCommittee } from '../support/arbitraries.ts'

const sound = { header: { length: 1001 }, signaturesHold: true, posting: 'stands', isInvalid: false } as const
const postings = fc.constantFrom('stands' as const, 'postable' as const, 'never' as const)
const lengths = fc.integer({ min: 1, max: 2 ** 27 })

describe('what a reader decides for Nitro', () => {
  test.each([
    { what: 'stands posted and is not invalid', change: {}, verdict: 'valid' },
    {
      what: 'has a length that is a multiple of 32',
      change: { header: { length: 1024 } },
      verdict: 'invalid',
    },
    { what: 'has signatures that do not hold', change: { signaturesHold: false }, verdict: 'invalid' },
    { what: 'is not posted and can still be', change: { posting: 'postable' }, verdict: 'not-decided' },
    { what: 'does not stand posted and never can', change: { posting: 'never' }, verdict: 'invalid' },
    { what: 'is invalid on L1', change: { isInvalid: true }, verdict: 'invalid' },
    {
      what: 'can still be posted but has signatures that do not hold',
      change: { posting: 'postable', signaturesHold: false },
      verdict: 'invalid',
    },
  ] as const)('a certificate whose header $what is $verdict', ({ change, verdict }) => {
    expect(nitroVerdict({ ...sound, ...change })).toBe(verdict)
  })

  test('only a header that stands posted, with signatures that hold and no fault, is valid', () => {
    const facts = fc.record({
      header: fc.record({ length: lengths }),
      signaturesHold: fc.boolean(),
      posting: postings,
      isInvalid: fc.boolean(),
    })
    fc.assert(
      fc.property(facts, (all) => {
        const { header, signaturesHold, posting, isInvalid } = all
        const valid = header.length % 32 !== 0 && signaturesHold && posting === 'stands' && !isInvalid
        expect(nitroVerdict(all) === 'valid').toBe(valid)
        expect(isNitroLength(header)).toBe(header.length % 32 !== 0)
      }),
    )
  })

  test('only what can still be posted is not decided', () => {
    fc.assert(
      fc.property(postings, fc.boolean(), fc.boolean(), (posting, signaturesHold, isInvalid) => {
        const verdict = nitroVerdict({ ...sound, posting, signaturesHold, isInvalid })
        expect(verdict === 'not-decided').toBe(posting === 'postable' && signaturesHold)
      }),
    )
  })
})

describe('proofs of validity', () => {
  const { committee } = keyedCommittee([2, 1, 1])

  test('a proof with members is the claim followed by the bytes under the committeeRoot', () => {
    const encoded = encodeEpochMembers(committee.seed, committee.members)
    expect(validityProof(true, committee)).toEqual(concatBytes(Uint8Array.of(1), encoded))
    expect(validityProof(false, committee)).toEqual(concatBytes(Uint8Array.of(0), encoded))
  })

  test('a proof without members is the single byte 0', () => {
    expect([...PROOF_WITHOUT_MEMBERS]).toEqual([0])
  })
})
