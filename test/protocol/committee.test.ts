// Committees: their root against viem's ABI encoding, the placement of pairs, and members that are refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeAbiParameters, keccak256 } from 'viem'
import { toHex } from '../../src/protocol/bytes.ts'
import {
  type Member,
  committeeOf,
  committeeRoot,
  encodeEpochMembers,
  memberIndexOf,
  memberOfPair,
  pairsOfMember,
  quorumOf,
  shardBits,
  shardsOfBits,
} from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addresses, committees, hashes, keyedCommittee } from '../support/arbitraries.ts'
import { codeThrownBy, passes } from './support.ts'

const epochMembers = {
  type: 'tuple',
  components: [
    { name: 'seed', type: 'bytes32' },
    {
      name: 'members',
      type: 'tuple[]',
      components: [
        { name: 'signer', type: 'address' },
        { name: 'shards', type: 'uint256' },
      ],
    },
  ],
} as const

const shardSets = fc.uniqueArray(fc.nat(255)).map((shards) => shards.sort((a, b) => a - b))
const members: fc.Arbitrary<Member[]> = fc.array(
  fc.record({ signer: addresses, shards: shardSets, endpoint: fc.webUrl() }),
  { maxLength: 20 },
)

describe('a committee', () => {
  test('the root of a committee is the hash of its ABI encoding by viem, for any members', () => {
    fc.assert(
      fc.property(hashes, members, (seed, all) => {
        const onL1 = all.map(({ signer, shards }) => ({
          signer,
          shards: shards.reduce((sum, shard) => sum + 2n ** BigInt(shard), 0n),
        }))
        const encoded = encodeAbiParameters([epochMembers], [{ seed, members: onL1 }])
        expect(toHex(encodeEpochMembers(seed, all))).toBe(encoded)
        expect(toHex(committeeRoot(seed, all))).toBe(keccak256(encoded))
      }),
    )
  })

  test('a committee has the root of its seed and members', () => {
    fc.assert(
      fc.property(committees(20), ({ committee: { seed, root, members: all } }) => {
        expect(root).toBe(toHex(committeeRoot(seed, all)))
      }),
    )
  })

  test('the shards of a committee belong to the members whose sets contain them', () => {
    const { committee } = keyedCommittee([2, 1, 4])
    expect(committee.members.map(({ shards }) => shards)).toEqual([[0, 3], [1], [2, 4, 5, 6]])
    expect(committee.memberOfShard).toEqual([0, 1, 2, 0, 2, 2, 2])
    expect(committee.geometry).toEqual(geometryOf(7))
  })

  test('a set of shards is the integer that has their bits', () => {
    expect(shardBits([0, 3])).toBe(9n)
    expect(shardsOfBits(9n)).toEqual([0, 3])
    fc.assert(
      fc.property(shardSets, (shards) => {
        expect(shardsOfBits(shardBits(shards))).toEqual(shards)
      }),
    )
  })

  test('every pair of a batch belongs to one member, and every member has as many pairs as shards', () => {
    fc.assert(
      fc.property(committees(20), hashes, ({ committee }, root) => {
        const shares = committee.members.map((_, member) => pairsOfMember(committee, root, member))
        shares.forEach((pairs, member) => {
          expect(pairs).toHaveLength(committee.members[member]?.shards.length ?? -1)
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
  const { seed } = committee
  const [first, second, third] = committee.members as [Member, Member, Member]
  const withSets = (...sets: number[][]): Member[] =>
    sets.map((shards, i) => ({ ...(committee.members[i] as Member), shards }))

  test.each([
    { what: 'no members', all: [] },
    { what: 'three shards', all: withSets([0], [1, 2]) },
    { what: '256 shards', all: withSets(range(0, 256)) },
    { what: 'a member without shards', all: withSets([0, 1], [], [2, 3]) },
    { what: 'descending signers', all: [second, first, third] },
    { what: 'a signer twice', all: [first, { ...second, signer: first.signer }, third] },
    { what: 'a shard at two members', all: withSets([0, 1], [1, 2], [3]) },
    { what: 'a shard twice at one member', all: withSets([0, 0], [1, 2], [3]) },
    { what: 'a shard at no member', all: withSets([0, 1], [2], [4]) },
    { what: 'shards that do not ascend', all: withSets([1, 0], [2], [3]) },
    { what: 'a negative shard', all: withSets([-1, 0], [1], [2]) },
    { what: 'half a shard', all: withSets([0, 0.5], [1], [2]) },
  ])('$what cannot be a committee', ({ all }) => {
    expect(codeThrownBy(() => committeeOf(1, seed, all))).toBe('malformed')
  })

  test('members are a committee exactly if their sets are disjoint and contain every shard', () => {
    const sets = fc.array(fc.uniqueArray(fc.nat(5), { minLength: 1 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(sets, (all) => {
        const sorted = all.map((set) => [...set].sort((a, b) => a - b))
        const numbers = sorted.flat().sort((a, b) => a - b)
        const complete = numbers.length >= 4 && numbers.every((shard, i) => shard === i)
        const accepted = passes('malformed', () => void committeeOf(1, seed, withSets(...sorted)))
        expect(accepted).toBe(complete)
      }),
    )
  })
})
