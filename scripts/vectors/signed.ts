// Vectors of signed structures: digests, headersRoots, certificates, and heads of dispersals, computed by viem.
import {
  concat,
  encodePacked,
  hashTypedData,
  keccak256,
  numberToHex,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
} from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { Domain, Header } from '../../src/protocol/header.ts'
import { POST_HEADERS_MAX } from '../../src/protocol/limits.ts'
import { dealShards } from '../../test/support/shard-sets.ts'
import { floeTypes, typedDomain } from '../../test/support/typed-data.ts'
import {
  type KeyedMember,
  type MemberVector,
  encodeMembersByViem,
  keyedMembers,
  withoutKeys,
} from './committees.ts'
import { seededHex } from './seeded.ts'

const domain: Domain = { chainId: 31337, ledger: `0x${'1e'.repeat(20)}` }
const zeroHash: Hex = `0x${'00'.repeat(32)}`

function seededHeader(i: number): Header {
  return {
    root: seededHex(`floe header ${i} root`, 32),
    length: [1, 119_823, 2 ** 20, 2 ** 27][i % 4] as number,
    epoch: i === 3 ? 2 ** 32 - 1 : 1,
    expiry: [1_800_000_000, 0, Number.MAX_SAFE_INTEGER][i % 3] as number,
    disperser: seededHex(`floe header ${i} disperser`, 20),
    contentHash: i % 2 === 0 ? zeroHash : seededHex(`floe header ${i} content`, 32),
  }
}

function packed(header: Header): Hex {
  return encodePacked(
    ['bytes32', 'uint32', 'uint32', 'uint64', 'address', 'bytes32'],
    [header.root, header.length, header.epoch, BigInt(header.expiry), header.disperser, header.contentHash],
  )
}

function headerDigest(header: Header, where = domain): Hex {
  const message = { ...header, expiry: BigInt(header.expiry) }
  return hashTypedData({ domain: typedDomain(where), types: floeTypes, primaryType: 'Header', message })
}

function attestationDigest(headersRoot: Hex, committeeRoot: Hex, where = domain): Hex {
  const message = { headersRoot, committeeRoot }
  return hashTypedData({ domain: typedDomain(where), types: floeTypes, primaryType: 'Attestation', message })
}

/** The root over a power of two of nodes, from its halves. */
function halvedRoot(nodes: readonly Hex[]): Hex {
  if (nodes.length === 1) return nodes[0] as Hex
  const half = nodes.length / 2
  return keccak256(concat([halvedRoot(nodes.slice(0, half)), halvedRoot(nodes.slice(half))]))
}

/** The siblings of the node at `index`, from the node up. */
function halvedPath(nodes: readonly Hex[], index: number): Hex[] {
  if (nodes.length === 1) return []
  const half = nodes.length / 2
  const [left, right] = [nodes.slice(0, half), nodes.slice(half)]
  return index < half
    ? [...halvedPath(left, index), halvedRoot(right)]
    : [...halvedPath(right, index - half), halvedRoot(left)]
}

function padded(digests: readonly Hex[]): Hex[] {
  const width = 2 ** Math.ceil(Math.log2(digests.length))
  return [...digests, ...Array.from({ length: width - digests.length }, () => zeroHash)]
}

export type TypedDataVectors = {
  readonly about: string
  readonly headers: readonly { domain: Domain; header: Header; packed: Hex; digest: Hex }[]
  readonly attestations: readonly {
    domain: Domain
    seed: Hex
    members: readonly MemberVector[]
    committeeRoot: Hex
    headersRoot: Hex
    digest: Hex
  }[]
  readonly headersRoots: readonly HeadersRootVector[]
}

export type HeadersRootVector = {
  readonly count: number
  readonly root: Hex
  readonly places: readonly { readonly index: number; readonly path: readonly Hex[] }[]
}

/** The label from which the digest at `index` of a headersRoot over `count` digests is derived. */
export function digestLabel(count: number, index: number): string {
  return `floe digest ${count} ${index}`
}

function headersRootVector(count: number): HeadersRootVector {
  const digests = padded(Array.from({ length: count }, (_, i) => seededHex(digestLabel(count, i), 32)))
  const edges = [0, 1, 2, 255, 256, 257, 510, 511]
  const indices = count < 10 ? Array.from({ length: count }, (_, i) => i) : edges.filter((i) => i < count)
  return {
    count,
    root: halvedRoot(digests),
    places: indices.map((index) => ({ index, path: halvedPath(digests, index) })),
  }
}

function attestationVector(where: Domain, seed: Hex): TypedDataVectors['attestations'][number] {
  const members = withoutKeys(keyedMembers(dealShards([2, 1, 1])))
  const committeeRoot = keccak256(encodeMembersByViem(seed, members))
  const headersRoot = seededHex(`floe headersRoot ${seed}`, 32)
  const digest = attestationDigest(headersRoot, committeeRoot, where)
  return { domain: where, seed, members, committeeRoot, headersRoot, digest }
}

export function typedDataVectors(): TypedDataVectors {
  const domains: Domain[] = [domain, { chainId: 1, ledger: `0x${'ab'.repeat(20)}` }]
  const headers = [0, 1, 2, 3, 4].map(seededHeader)
  return {
    about:
      'Digests by EIP-712, domain name "Floe", version "1"; headersRoot of `count` digests, each the SHA-256(label ‖ u32 0), label "floe digest COUNT INDEX" (docs/protocol.md §4)',
    headers: domains.flatMap((where) =>
      headers.map((header) => ({
        domain: where,
        header,
        packed: packed(header),
        digest: headerDigest(header, where),
      })),
    ),
    attestations: domains.flatMap((where) =>
      [zeroHash, seededHex('floe seed 1', 32)].map((seed) => attestationVector(where, seed)),
    ),
    headersRoots: [1, 2, 3, 4, 5, 7, 8, 9, 257, POST_HEADERS_MAX].map(headersRootVector),
  }
}

export type CertificateVector = {
  readonly what: string
  readonly commitment: Hex
  readonly decodes: boolean
  readonly holds: boolean
}

export type CertificateVectors = {
  readonly about: string
  readonly domain: Domain
  readonly epoch: number
  readonly seed: Hex
  readonly members: readonly MemberVector[]
  readonly certificates: readonly CertificateVector[]
}

async function compactSignature(key: Hex, hash: Hex): Promise<Hex> {
  const signature = await sign({ hash, privateKey: key, to: 'hex' })
  return serializeCompactSignature(signatureToCompactSignature(parseSignature(signature)))
}

type Signed = {
  readonly header: Header
  readonly index: number
  readonly path: readonly Hex[]
  readonly signers: readonly number[]
  readonly seed: Hex
  /** What the bytes claim instead of the index and path that were signed. */
  readonly shown: { readonly index?: number; readonly path?: readonly Hex[] }
}

function rootOf({ header, index, path }: Signed): Hex {
  return path.reduce((node, sibling, level) => {
    const isRight = Math.floor(index / 2 ** level) % 2 === 1
    return keccak256(concat(isRight ? [sibling, node] : [node, sibling]))
  }, headerDigest(header))
}

async function commitmentOf(members: readonly KeyedMember[], signed: Signed): Promise<Hex> {
  const { header, signers, seed } = signed
  const { index, path } = { ...signed, ...signed.shown }
  const digest = attestationDigest(rootOf(signed), keccak256(encodeMembersByViem(seed, members)))
  const bits = signers.reduce((sum, member) => sum + 2n ** BigInt(member), 0n)
  const size = Math.ceil(bits.toString(2).length / 8)
  const signatures = await Promise.all(
    signers.map(async (member) => compactSignature(members[member]?.key as Hex, digest)),
  )
  return concat([
    '0x016601',
    packed(header),
    numberToHex(index, { size: 2 }),
    numberToHex(path.length, { size: 1 }),
    ...path,
    numberToHex(size, { size: 1 }),
    numberToHex(bits, { size }),
    ...signatures,
  ])
}

// 14 shards in interleaved sets, f = 4, so a quorum is 10. The bit of the ninth member is in the second byte of signers.
const certifiers = keyedMembers(dealShards([3, 1, 1, 2, 1, 1, 2, 1, 2]))
const certifierSeed = seededHex('floe seed 1', 32)

async function certificateVector(
  what: string,
  { decodes, holds }: { decodes: boolean; holds: boolean },
  changes: Partial<Signed>,
): Promise<CertificateVector> {
  const signers = certifiers.map((_, i) => i)
  const defaults = { header: seededHeader(0), index: 0, path: [], signers, seed: certifierSeed, shown: {} }
  const commitment = await commitmentOf(certifiers, { ...defaults, ...changes })
  return { what, commitment, decodes, holds }
}

const holds = { decodes: true, holds: true }
const fails = { decodes: true, holds: false }
const refused = { decodes: false, holds: false }

async function placeVectors(): Promise<CertificateVector[]> {
  const others = Array.from({ length: 10 }, (_, i) => seededHex(`floe sibling ${i}`, 32))
  const [two, nine] = [others.slice(0, 1), others.slice(0, 9)]
  const three = padded([
    seededHex('floe digest a', 32),
    seededHex('floe digest b', 32),
    headerDigest(seededHeader(0)),
  ])
  return Promise.all([
    certificateVector('the first of two headers', holds, { path: two }),
    certificateVector('the second of two headers', holds, { index: 1, path: two }),
    certificateVector('the third of three headers, next to padding', holds, {
      index: 2,
      path: halvedPath(three, 2),
    }),
    certificateVector('the last of 512 headers', holds, { index: 511, path: nine }),
    certificateVector('the second of two headers shown as the first', fails, {
      index: 1,
      path: two,
      shown: { index: 0 },
    }),
    certificateVector('the second of two headers without its path', fails, {
      index: 1,
      path: two,
      shown: { index: 0, path: [] },
    }),
    certificateVector('an index of 1 without a path', refused, { shown: { index: 1 } }),
    certificateVector('an index of 2 with a path of one hash', refused, { path: two, shown: { index: 2 } }),
    certificateVector('an index of 512 with a path of nine hashes', refused, {
      path: nine,
      shown: { index: 512 },
    }),
    certificateVector('a path of ten hashes', refused, { path: others }),
  ])
}

async function signerVectors(): Promise<CertificateVector[]> {
  return Promise.all([
    certificateVector('every member', holds, {}),
    certificateVector('exactly a quorum of shards', holds, { signers: [0, 1, 2, 3, 4, 5, 7] }),
    certificateVector('one shard below the quorum', fails, { signers: [0, 1, 2, 3, 4, 5] }),
    certificateVector('a committee with another seed', fails, { seed: seededHex('floe seed 2', 32) }),
  ])
}

async function editedVectors(): Promise<CertificateVector[]> {
  const { commitment } = await certificateVector('every member', holds, {})
  const tail = seededHex('floe tail', 64).slice(2)
  const edited = (
    what: string,
    edit: (hex: string) => string,
    outcome: typeof fails = refused,
  ): CertificateVector => ({ what, commitment: edit(commitment) as Hex, ...outcome })
  return [
    edited('another header', (hex) => `${hex.slice(0, 8)}ff${hex.slice(10)}`, fails),
    edited('another kind', (hex) => hex.replace('0x016601', '0x016603')),
    edited('a last signature that is cut', (hex) => hex.slice(0, -2)),
    edited('a signature missing', (hex) => hex.slice(0, -128)),
    edited('a signature more than it has signers', (hex) => `${hex}${tail}`),
    edited('a byte more', (hex) => `${hex}00`),
    edited('a garbage tail of 32 bytes', (hex) => `${hex}${tail.slice(0, 64)}`),
  ]
}

export async function certificateVectors(): Promise<CertificateVectors> {
  return {
    about:
      'Commitments of kind 0x01, whether they decode, and whether they hold for these members in this domain (docs/protocol.md §5)',
    domain,
    epoch: seededHeader(0).epoch,
    seed: certifierSeed,
    members: withoutKeys(certifiers),
    certificates: [...(await signerVectors()), ...(await placeVectors()), ...(await editedVectors())],
  }
}

export type DispersalVectors = {
  readonly about: string
  readonly heads: readonly { header: Header; signature: Hex; head: Hex }[]
}

export async function dispersalVectors(): Promise<DispersalVectors> {
  const heads = [0, 1, 2].map(async (i) => {
    const key = seededHex(`floe disperser ${i}`, 32)
    const disperser = privateKeyToAccount(key).address.toLowerCase() as Hex
    const header = { ...seededHeader(i), disperser }
    const signature = await compactSignature(key, headerDigest(header))
    return { header, signature, head: concat(['0x01', packed(header), signature]) }
  })
  return {
    about: 'Heads of dispersals, signed by their dispersers in the domain of certificates.json (design §5.2)',
    heads: await Promise.all(heads),
  }
}
