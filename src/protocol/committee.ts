// The committee of an epoch: its members, their shards, the root that L1 stores, and the quorum (docs/protocol.md §1, §5, §6.1).
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Hex, concatBytes, fromHex, toHex, wordBytes } from './bytes.ts'
import { FloeError } from './errors.ts'
import { type Geometry, geometryOf, pairOfShard, shardOfPair } from './geometry.ts'
import { SHARDS_MAX, SHARDS_MIN } from './limits.ts'

export type Member = {
  /** Address of the key that signs attestations. */
  readonly signer: Hex
  /** The numbers of its shards, ascending. */
  readonly shards: readonly number[]
  /** URL of the storage node, without a trailing slash. */
  readonly endpoint: string
}

export type Committee = {
  readonly epoch: number
  /** Hash of the block before the one in which the epoch started. */
  readonly seed: Hex
  /** The committeeRoot, which attestations name and L1 stores. */
  readonly root: Hex
  readonly members: readonly Member[]
  readonly geometry: Geometry
  /** The member index of every shard. */
  readonly memberOfShard: readonly number[]
}

/**
 * The committee of `epoch`, with its root and its geometry.
 * @throws FloeError `malformed` for members that cannot be a committee
 */
export function committeeOf(epoch: number, seed: Hex, members: readonly Member[]): Committee {
  const count = members.reduce((sum, { shards }) => sum + shards.length, 0)
  if (count < SHARDS_MIN || count > SHARDS_MAX) {
    throw new FloeError(
      'malformed',
      `Expected a committee of ${SHARDS_MIN}…${SHARDS_MAX} shards, got ${count}.`,
    )
  }
  members.forEach((member, i) => {
    const before = members[i - 1]
    if (member.shards.length < 1 || (before !== undefined && before.signer >= member.signer)) {
      throw new FloeError(
        'malformed',
        'Expected members with at least one shard each, in strictly ascending order of signer.',
      )
    }
  })
  const memberOfShard = assignShards(members, count)
  const root = toHex(committeeRoot(seed, members))
  return { epoch, seed, root, members, geometry: geometryOf(count), memberOfShard }
}

/**
 * The member index of every shard. As many shards as there are have different numbers below their count only if the sets are
 * disjoint and contain all of them.
 */
function assignShards(members: readonly Member[], count: number): readonly number[] {
  const memberOfShard = Array.from({ length: count }, () => -1)
  members.forEach(({ shards }, member) => {
    shards.forEach((shard, i) => {
      const ascends = i === 0 || shard > (shards[i - 1] as number)
      if (memberOfShard[shard] !== -1 || !ascends) {
        throw new FloeError(
          'malformed',
          `Expected every shard 0…${count - 1} at one member, in ascending order, got shard ${shard} at member ${member}.`,
          { facts: { member, shard, shards: count } },
        )
      }
      memberOfShard[shard] = member
    })
  })
  return memberOfShard
}

/** A set of shards as the integer that L1 has for it: bit i stands for shard i. */
export function shardBits(shards: readonly number[]): bigint {
  return shards.reduce((bits, shard) => bits | (1n << BigInt(shard)), 0n)
}

/** The shards in a set of L1, in ascending order. */
export function shardsOfBits(bits: bigint): number[] {
  const shards: number[] = []
  for (let shard = 0, rest = bits; rest > 0n; shard++, rest >>= 1n) if (rest & 1n) shards.push(shard)
  return shards
}

/** A member as the contracts have it. */
export type PackedMember = { readonly signer: Hex; readonly shards: bigint }

export function packMembers(members: readonly Pick<Member, 'signer' | 'shards'>[]): PackedMember[] {
  return members.map(({ signer, shards }) => ({ signer, shards: shardBits(shards) }))
}

/** The struct EpochMembers of a committee, an argument of many calls of the contracts. */
export function epochMembersOf({ seed, members }: Pick<Committee, 'seed' | 'members'>): {
  readonly seed: Hex
  readonly members: readonly PackedMember[]
} {
  return { seed, members: packMembers(members) }
}

/** abi.encode(EpochMembers), which leaves out the endpoints. */
export function encodeEpochMembers(
  seed: Hex,
  members: readonly Pick<Member, 'signer' | 'shards'>[],
): Uint8Array {
  const words = packMembers(members).flatMap(({ signer, shards }) => [BigInt(signer), shards])
  // A dynamic struct is behind an offset of one word, and its members behind one of two: the seed's and their own.
  return concatBytes(...[32n, BigInt(seed), 64n, BigInt(members.length), ...words].map(wordBytes))
}

/** keccak(abi.encode(EpochMembers)), 32 bytes: what L1 stores of a committee. `Committee.root` has it already. */
export function committeeRoot(seed: Hex, members: readonly Pick<Member, 'signer' | 'shards'>[]): Uint8Array {
  return keccak_256(encodeEpochMembers(seed, members))
}

/** Index of the member that holds pair `pair` of the batch with `root`. */
export function memberOfPair(committee: Committee, root: Hex, pair: number): number {
  return committee.memberOfShard[shardOfPair(fromHex(root), pair, committee.geometry.shards)] as number
}

/** The pairs of the batch with `root` that a member holds, in the order of its shards, as in a dispersal. */
export function pairsOfMember(committee: Committee, root: Hex, member: number): number[] {
  const bytes = fromHex(root)
  const shards = committee.members[member]?.shards ?? []
  return shards.map((shard) => pairOfShard(bytes, shard, committee.geometry.shards))
}

/** Number of shards whose members must have signed a certificate: n − f. */
export function quorumOf(geometry: Geometry): number {
  return geometry.shards - geometry.faults
}

/** Index of the member with the address `signer`, or −1. */
export function memberIndexOf(committee: Committee, signer: Hex): number {
  return committee.members.findIndex((member) => member.signer === signer)
}
