// Random inputs of property tests: geometries, batches, headers, committees with the keys of their members, certificates.
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { type Hex, fromHex, toHex, uintBytes } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import { type Committee, type Member, committeeOf } from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { type Geometry, geometryOf } from '../../src/protocol/geometry.ts'
import {
  type Domain,
  type Header,
  attestationDigest,
  headerDigest,
  headersRootOfPath,
} from '../../src/protocol/header.ts'
import { BATCH_BYTES_MAX, HASH_BYTES, HEADER_PATH_MAX, SHARDS_MIN } from '../../src/protocol/limits.ts'
import { type Secp256k1, addressOfSecretKey } from '../../src/protocol/signature.ts'
import { loadSecp256k1 } from '../../src/runtime/secp256k1.ts'
import { seededBytes } from './random-bytes.ts'
import { dealShards } from './shard-sets.ts'

export const curve: Secp256k1 = loadSecp256k1()

export const shardCounts: fc.Arbitrary<number> = fc.integer({ min: 4, max: 255 })
export const geometries: fc.Arbitrary<Geometry> = shardCounts.map(geometryOf)

/** Batches of 1 … max bytes: uniform lengths, and those around the bounds of a word and of a chunk. */
export function batches(max: number): fc.Arbitrary<Uint8Array> {
  const edges = [1, 31, 32, 33, 2047, 2048, 2049].filter((length) => length <= max)
  const lengths = fc.oneof(fc.integer({ min: 1, max }), fc.constantFrom(...edges))
  return fc.tuple(lengths, fc.integer()).map(([length, seed]) => seededBytes(`batch ${seed}`, length))
}

/** `count` different elements of `items`, in any order. */
export function picks<T>(items: readonly T[], count: number): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: count, maxLength: count })
}

function hexes(bytes: number): fc.Arbitrary<Hex> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex)
}

export const hashes: fc.Arbitrary<Hex> = hexes(32)
export const addresses: fc.Arbitrary<Hex> = hexes(20)
const uint32s = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** Headers of batches with valid lengths, of any epoch unless one is given. */
export function headers(epoch?: number): fc.Arbitrary<Header> {
  return fc.record({
    root: hashes,
    length: fc.integer({ min: 1, max: BATCH_BYTES_MAX }),
    epoch: epoch === undefined ? uint32s : fc.constant(epoch),
    expiry: fc.maxSafeNat(),
    disperser: addresses,
    contentHash: hashes,
  })
}

export const domains: fc.Arbitrary<Domain> = fc.record({
  chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  ledger: addresses,
})

/** A header of a batch with `root`, everything else fixed. */
export function headerOf(root: Uint8Array, length: number): Header {
  return {
    root: toHex(root),
    length,
    epoch: 1,
    expiry: 1_800_000_000,
    disperser: `0x${'d1'.repeat(20)}`,
    contentHash: `0x${'00'.repeat(32)}`,
  }
}

/** A committee and the secret key of each member. */
export type KeyedCommittee = { readonly committee: Committee; readonly keys: readonly Uint8Array[] }

const keyPool = Array.from({ length: 255 }, (_, i) =>
  keccak_256(Uint8Array.from([...Buffer.from('test key '), ...uintBytes(i, 4)])),
)
  .map((key) => ({ key, signer: addressOfSecretKey(key) }))
  .sort((a, b) => (a.signer < b.signer ? -1 : 1))

/** The committee of epoch `epoch`; `counts` has the number of shards of each member, which are dealt in rounds. */
export function keyedCommittee(counts: readonly number[], epoch = 1): KeyedCommittee {
  return committeeOfSets(dealShards(counts), epoch)
}

function committeeOfSets(sets: readonly (readonly number[])[], epoch: number): KeyedCommittee {
  const owners = keyPool.slice(0, sets.length)
  const members = owners.map(({ signer }, i): Member => ({
    signer,
    shards: sets[i] as readonly number[],
    endpoint: `http://127.0.0.1:${10_000 + i}`,
  }))
  const seed = toHex(seededBytes(`seed of epoch ${epoch}`, HASH_BYTES))
  return { committee: committeeOf(epoch, seed, members), keys: owners.map(({ key }) => key) }
}

/** Committees of up to `membersMax` members that hold 1 … 9 shards each, whichever they are. */
export function committees(membersMax: number): fc.Arbitrary<KeyedCommittee> {
  return fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: membersMax })
    .filter((counts) => sum(counts) >= SHARDS_MIN)
    .chain((counts) =>
      picks(range(0, sum(counts)), sum(counts)).map((shuffled) => {
        const ends = counts.map((_, i) => sum(counts.slice(0, i + 1)))
        const sets = counts.map((count, i) => shuffled.slice((ends[i] as number) - count, ends[i]))
        return committeeOfSets(
          sets.map((set) => set.sort((a, b) => a - b)),
          1,
        )
      }),
    )
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** What a certificate is about: a header with its place under a headersRoot, which is the first one unless `index` says otherwise. */
type Statement = { readonly header: Header; readonly index?: number; readonly path: readonly Hex[] }

/** The certificate of a header and its place, with the signatures of `signers`. */
export function certify(
  domain: Domain,
  { committee, keys }: KeyedCommittee,
  { header, index = 0, path }: Statement,
  signers: readonly number[],
): Certificate {
  const headersRoot = headersRootOfPath(headerDigest(domain, header), index, path.map(fromHex))
  const digest = attestationDigest(domain, headersRoot, fromHex(committee.root))
  const signatures = [...signers]
    .sort((a, b) => a - b)
    .map((member) => ({ member, signature: toHex(curve.sign(digest, keys[member] as Uint8Array)) }))
  return { header, index, path, signatures }
}

/** Indexes with paths of up to `pathMax` hashes. */
export function places(pathMax: number = HEADER_PATH_MAX): fc.Arbitrary<{ index: number; path: Hex[] }> {
  return fc
    .array(hashes, { maxLength: pathMax })
    .chain((path) => fc.record({ index: fc.nat(2 ** path.length - 1), path: fc.constant(path) }))
}

/** Certificates by any non-empty set of members, whether a quorum or not. */
export function certificates(domain: Domain, keyed: KeyedCommittee, pathMax = 4): fc.Arbitrary<Certificate> {
  const members = keyed.keys.map((_, i) => i)
  return fc
    .record({
      header: headers(keyed.committee.epoch),
      place: places(pathMax),
      signers: fc.shuffledSubarray(members, { minLength: 1 }),
    })
    .map(({ header, place, signers }) => certify(domain, keyed, { header, ...place }, signers))
}
