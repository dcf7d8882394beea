// Committees: their root against viem's ABI encoding, the placement of pairs, and members that are refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeAbiParameters, keccak256 } from 'viem'
import { toHex } from '../../src/protocol/bytes.ts'
import {
  type Member,
  committeeOf,
  committeeRoot,
  memberIndexOf,
  memberOfPair,
  pairsOfMember,
  quorumOf,
} from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addresses, committees, hashes, keyedCommittee } from '../support/arbitraries.ts'
import { codeThrownBy } from './support.ts'

const memberType = {
  type: 'tuple[]',
  components: [
    { name: 'signer', type: 'address' },
    { name: 'shards', type: 'uint16' },
    { name: 'stake', type: 'uint128' },
  ],
} as const

const members: fc.Arbitrary<Member[]> = fc.array(
  fc.record({
    signer: addresses,
    shards: fc.integer({ min: 1, max: 2 ** 16 - 1 }),
    stake: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    endpoint: fc.webUrl(),
  }),
  { maxLength: 20 },
)

describe('a committee', () => {
  test('the root of a committee is the hash of its ABI encoding by viem, for any members', () => {
    fc.assert(
      fc.property(members, (all) => {
        const expected = keccak256(encodeAbiParameters([memberType], [all]))
        expect(toHex(committeeRoot(all))).toBe(expected)
      }),
    )
  })

  test('the shards of a committee are numbered in the order of its members', () => {
    const { committee } = keyedCommittee([2, 1, 4])
    expect(committee.memberOfShard).toEqual([0, 0, 1, 2, 2, 2, 2])
    expect(committee.geometry).toEqual(geometryOf(7))
  })

  test('every pair of a batch belongs to one member, and every member has as many pairs as shards', () => {
    fc.assert(
      fc.property(committees(20), hashes, ({ committee }, root) => {
        const shares = committee.members.map((_, member) => pairsOfMember(committee, root, member))
        shares.forEach((pairs, member) => {
          expect(pairs).toHaveLength(committee.members[member]?.shards ?? 0)
          for (const pair of pairs) expect(memberOfPair(committee, root, pair)).toBe(member)
        })
        expect(shares.flat().sort((a, b) => a - b)).toEqual(range(0, committee.geometry.shards))
      }),
    )
  })

  test('a committee finds its members by their signers', () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    committee.members.forEach(({ signer }, i) => expect(memberIndexOf(committee, signer)).toBe(i))
    expect(memberIndexOf(committee, `0x${'00'.repeat(20)}`)).toBe(-1)
  })

  test('a quorum has all shards but f, and at least r of them are honest', () => {
    for (const n of range(4, 256)) {
      const geometry = geometryOf(n)
      expect(quorumOf(geometry)).toBe(n - geometry.faults)
      expect(quorumOf(geometry) - geometry.faults).toBe(geometry.rows)
    }
  })
})

describe('invalid members', () => {
  const { committee } = keyedCommittee([2, 2, 2])
  const [first, second, third] = committee.members as [Member, Member, Member]

  test.each([
    { what: 'no members', all: [] },
    { what: 'three shards', all: [{ ...first, shards: 3 }] },
    { what: '256 shards', all: [{ ...first, shards: 256 }] },
    { what: 'a member without shards', all: [first, { ...second, shards: 0 }, { ...third, shards: 5 }] },
    {
      what: 'a negative number of shards',
      all: [
        { ...first, shards: -1 },
        { ...second, shards: 6 },
      ],
    },
    { what: 'descending signers', all: [second, first, third] },
    { what: 'a signer twice', all: [first, first, third] },
  ])('$what cannot be a committee', ({ all }) => {
    expect(codeThrownBy(() => committeeOf(1, all))).toBe('malformed')
  })
})
