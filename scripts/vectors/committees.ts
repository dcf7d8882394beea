// Vectors of committees: the ABI encoding of their members by viem, its hash, and the sets of shards that are not a committee's.
import { encodeAbiParameters, hexToBigInt, keccak256, numberToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { dealShards } from '../../test/support/shard-sets.ts'
import { seededHex } from './seeded.ts'

export type MemberVector = {
  readonly signer: Hex
  readonly shards: readonly number[]
  /** The same set as the integer in the contracts. */
  readonly bits: Hex
}

export type CommitteeVector = {
  readonly what: string
  readonly seed: Hex
  readonly members: readonly MemberVector[]
}

export type CommitteeVectors = {
  readonly about: string
  readonly committees: readonly (CommitteeVector & {
    readonly encoded: Hex
    readonly root: Hex
    /** The member index of every shard. */
    readonly memberOfShard: readonly number[]
  })[]
  readonly refused: readonly CommitteeVector[]
}

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

export type KeyedMember = MemberVector & { readonly key: Hex }

/** Members with these sets, in the order of their signers, and their keys. */
export function keyedMembers(sets: readonly (readonly number[])[]): KeyedMember[] {
  const keys = sets.map((_, i) => seededHex(`floe member ${i}`, 32))
  const owners = keys.map((key) => ({ key, signer: privateKeyToAccount(key).address.toLowerCase() as Hex }))
  owners.sort((a, b) => (a.signer < b.signer ? -1 : 1))
  return owners.map(({ key, signer }, i) => {
    const shards = sets[i] as readonly number[]
    const digits = Array.from({ length: 256 }, (_, bit) => (shards.includes(255 - bit) ? 1 : 0)).join('')
    return { key, signer, shards, bits: numberToHex(BigInt(`0b${digits}`), { size: 32 }) }
  })
}

export function withoutKeys(members: readonly KeyedMember[]): MemberVector[] {
  return members.map(({ signer, shards, bits }) => ({ signer, shards, bits }))
}

export function encodeMembersByViem(seed: Hex, members: readonly MemberVector[]): Hex {
  const onL1 = members.map(({ signer, bits }) => ({ signer, shards: hexToBigInt(bits) }))
  return encodeAbiParameters([epochMembers], [{ seed, members: onL1 }])
}

function vectorOf(what: string, sets: readonly (readonly number[])[], seed?: Hex): CommitteeVector {
  return { what, seed: seed ?? seededHex(`floe seed ${what}`, 32), members: withoutKeys(keyedMembers(sets)) }
}

function withRoot(vector: CommitteeVector): CommitteeVectors['committees'][number] {
  const encoded = encodeMembersByViem(vector.seed, vector.members)
  const count = vector.members.flatMap(({ shards }) => shards).length
  const memberOfShard = Array.from({ length: count }, (_, shard) =>
    vector.members.findIndex(({ shards }) => shards.includes(shard)),
  )
  return { ...vector, encoded, root: keccak256(encoded), memberOfShard }
}

export function committeeVectors(): CommitteeVectors {
  const four = [[0], [1], [2], [3]]
  const ten = dealShards([4, 1, 3, 2])
  return {
    about: 'abi.encode(EpochMembers), committeeRoot, and sets of shards (docs/protocol.md §1, §6.1)',
    committees: [
      vectorOf('four members of one shard each', four),
      vectorOf('the same members with a seed of zeros', four, `0x${'00'.repeat(32)}`),
      vectorOf('the same members with a seed of ones', four, `0x${'ff'.repeat(32)}`),
      vectorOf('shards in descending order of their members', [[3], [2], [1], [0]]),
      vectorOf('one member with all of seven shards', [[0, 1, 2, 3, 4, 5, 6]]),
      vectorOf('interleaved sets of ten shards', ten),
      vectorOf('interleaved sets of 100 shards', dealShards([40, 30, 20, 7, 2, 1])),
      vectorOf('255 shards, the highest at the first member', [
        [0, 254],
        Array.from({ length: 253 }, (_, i) => i + 1),
      ]),
    ].map(withRoot),
    refused: [
      vectorOf('no members', []),
      vectorOf('three shards', [[0], [1], [2]]),
      vectorOf('256 shards', [Array.from({ length: 256 }, (_, i) => i)]),
      vectorOf('a member without shards', [[0, 1], [], [2, 3]]),
      vectorOf('a shard at two members', [[0, 1], [1, 2], [3]]),
      vectorOf('a shard at two members, and none missing', [[0, 1, 2], [2], [3]]),
      vectorOf('a gap', [[0], [1], [2], [4]]),
      vectorOf('no shard 0', [[1], [2], [3], [4]]),
      vectorOf('bit 255', [[0], [1], [2], [255]]),
    ],
  }
}
