// The committee of an epoch: its members, their shards, and the quorum (docs/protocol.md §1, §5).
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Hex, concatBytes, fromHex, wordBytes } from './bytes.ts'
import { FloeError } from './errors.ts'
import { type Geometry, geometryOf, pairOfShard, shardOfPair } from './geometry.ts'
import { SHARDS_MAX, SHARDS_MIN } from './limits.ts'

export type Member = {
  /** Address of the key that signs attestations. */
  readonly signer: Hex
  readonly shards: number
  readonly stake: bigint
  /** URL of the storage node, without a trailing slash. */
  readonly endpoint: string
}

export type Committee = {
  readonly epoch: number
  readonly members: readonly Member[]
  readonly geometry: Geometry
  /** The member index of every shard. */
  readonly memberOfShard: readonly number[]
}

/**
 * The committee of `epoch`, with its geometry.
 * @throws FloeError `malformed` for members that cannot be a committee
 */
export function committeeOf(epoch: number, members: readonly Member[]): Committee {
  const shards = members.reduce((sum, member) => sum + member.shards, 0)
  if (shards < SHARDS_MIN || shards > SHARDS_MAX) {
    throw new FloeError(
      'malformed',
      `Expected a committee of ${SHARDS_MIN}…${SHARDS_MAX} shards, got ${shards}.`,
    )
  }
  members.forEach((member, i) => {
    const before = members[i - 1]
    if (member.shards < 1 || (before !== undefined && before.signer >= member.signer)) {
      throw new FloeError(
        'malformed',
        'Expected members with at least one shard each, in strictly ascending order of signer.',
      )
    }
  })
  const memberOfShard = members.flatMap((member, i) => Array.from({ length: member.shards }, () => i))
  return { epoch, members, geometry: geometryOf(shards), memberOfShard }
}

/** abi.encode(Member[]), which leaves out the endpoints. */
export function encodeMembers(members: readonly Member[]): Uint8Array {
  const words = members.flatMap((member) => [BigInt(member.signer), BigInt(member.shards), member.stake])
  return concatBytes(...[32n, BigInt(members.length), ...words].map(wordBytes))
}

/** keccak(abi.encode(Member[])), 32 bytes: what L1 stores of a committee. */
export function committeeRoot(members: readonly Member[]): Uint8Array {
  return keccak_256(encodeMembers(members))
}

/** Index of the member that holds pair `pair` of the batch with `root`. */
export function memberOfPair(committee: Committee, root: Hex, pair: number): number {
  return committee.memberOfShard[shardOfPair(fromHex(root), pair, committee.geometry.shards)] as number
}

/** The pairs of the batch with `root` that a member holds, in the order of its shards, as in a dispersal. */
export function pairsOfMember(committee: Committee, root: Hex, member: number): number[] {
  const bytes = fromHex(root)
  const pairs: number[] = []
  committee.memberOfShard.forEach((owner, shard) => {
    if (owner === member) pairs.push(pairOfShard(bytes, shard, committee.geometry.shards))
  })
  return pairs
}

/** Number of shards whose members must have signed a certificate: n − f. */
export function quorumOf(geometry: Geometry): number {
  return geometry.shards - geometry.faults
}

/** Index of the member with the address `signer`, or −1. */
export function memberIndexOf(committee: Committee, signer: Hex): number {
  return committee.members.findIndex((member) => member.signer === signer)
}
