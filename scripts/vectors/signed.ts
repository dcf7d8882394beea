// Vectors of signed structures: digests, headersRoots, certificates, and heads of dispersals, computed by viem.
import {
  concat,
  encodePacked,
  hashTypedData,
  hexToBigInt,
  keccak256,
  numberToHex,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
} from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import type { Domain, Header } from '../../src/protocol/header.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'
import { floeTypes, typedDomain } from '../../test/support/typed-data.ts'

const domain: Domain = { chainId: 31337, ledger: `0x${'1e'.repeat(20)}` }
const zeroHash: Hex = `0x${'00'.repeat(32)}`

function seededHex(label: string, bytes: number): Hex {
  return toHex(seededBytes(label, bytes))
}

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

function attestationDigest(headersRoot: Hex, epoch: number, where = domain): Hex {
  const message = { headersRoot, epoch }
  return hashTypedData({ domain: typedDomain(where), types: floeTypes, primaryType: 'Attestation', message })
}

function sortedPair(a: Hex, b: Hex): Hex {
  return keccak256(hexToBigInt(a) <= hexToBigInt(b) ? concat([a, b]) : concat([b, a]))
}

/** The root of `level` and the path of the digest at `index`, level by level. */
function rootAndPath(level: readonly Hex[], index: number): { root: Hex; path: Hex[] } {
  if (level.length === 1) return { root: level[0] as Hex, path: [] }
  const above: Hex[] = []
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i] as Hex, level[i + 1]]
    above.push(right === undefined ? left : sortedPair(left, right))
  }
  const sibling = level[index ^ 1]
  const rest = rootAndPath(above, index >> 1)
  return { root: rest.root, path: sibling === undefined ? rest.path : [sibling, ...rest.path] }
}

export type TypedDataVectors = {
  readonly about: string
  readonly headers: readonly { domain: Domain; header: Header; packed: Hex; digest: Hex }[]
  readonly attestations: readonly { domain: Domain; headersRoot: Hex; epoch: number; digest: Hex }[]
  readonly headersRoots: readonly { digests: readonly Hex[]; root: Hex; paths: readonly (readonly Hex[])[] }[]
}

export function typedDataVectors(): TypedDataVectors {
  const domains: Domain[] = [domain, { chainId: 1, ledger: `0x${'ab'.repeat(20)}` }]
  const headers = [0, 1, 2, 3, 4].map(seededHeader)
  const counts = Array.from({ length: 9 }, (_, i) => i + 1)
  return {
    about:
      'Digests by EIP-712, domain name "Floe", version "1"; headersRoot of 1 … 9 digests (docs/protocol.md §4)',
    headers: domains.flatMap((where) =>
      headers.map((header) => ({
        domain: where,
        header,
        packed: packed(header),
        digest: headerDigest(header, where),
      })),
    ),
    attestations: domains.flatMap((where) =>
      [0, 1, 2 ** 32 - 1].map((epoch) => {
        const headersRoot = seededHex(`floe headersRoot ${epoch}`, 32)
        return { domain: where, headersRoot, epoch, digest: attestationDigest(headersRoot, epoch, where) }
      }),
    ),
    headersRoots: counts.map((count) => {
      const digests = Array.from({ length: count }, (_, i) => seededHex(`floe digest ${count} ${i}`, 32))
      const { root } = rootAndPath(digests, 0)
      return { digests, root, paths: digests.map((_, i) => rootAndPath(digests, i).path) }
    }),
  }
}

type MemberVector = { signer: Hex; shards: number; stake: string }

export type CertificateVector = {
  readonly what: string
  readonly commitment: Hex
  readonly holds: boolean
}

export type CertificateVectors = {
  readonly about: string
  readonly domain: Domain
  readonly epoch: number
  readonly members: readonly MemberVector[]
  readonly certificates: readonly CertificateVector[]
}

type Keyed = MemberVector & { key: Hex }

function keyedMembers(shards: readonly number[]): Keyed[] {
  const keys = shards.map((_, i) => seededHex(`floe member ${i}`, 32))
  const owners = keys.map((key) => ({ key, signer: privateKeyToAccount(key).address.toLowerCase() as Hex }))
  owners.sort((a, b) => (a.signer < b.signer ? -1 : 1))
  return owners.map((owner, i) => ({
    ...owner,
    shards: shards[i] as number,
    stake: `${i}000000000000000000`,
  }))
}

async function compactSignature(key: Hex, hash: Hex): Promise<Hex> {
  const signature = await sign({ hash, privateKey: key, to: 'hex' })
  return serializeCompactSignature(signatureToCompactSignature(parseSignature(signature)))
}

type Signed = { header: Header; path: readonly Hex[]; signers: readonly number[] }

async function commitmentOf(members: readonly Keyed[], { header, path, signers }: Signed): Promise<Hex> {
  const headersRoot = path.reduce(sortedPair, headerDigest(header))
  const digest = attestationDigest(headersRoot, header.epoch)
  const bits = signers.reduce((sum, member) => sum + 2n ** BigInt(member), 0n)
  const size = Math.ceil(bits.toString(2).length / 8)
  const signatures = await Promise.all(
    signers.map(async (member) => compactSignature(members[member]?.key as Hex, digest)),
  )
  return concat([
    '0x016601',
    packed(header),
    numberToHex(path.length, { size: 1 }),
    ...path,
    numberToHex(size, { size: 1 }),
    numberToHex(bits, { size }),
    ...signatures,
  ])
}

export async function certificateVectors(): Promise<CertificateVectors> {
  // 14 shards, f = 4, so a quorum is 10. The bit of the ninth member is in the second byte of signers.
  const members = keyedMembers([3, 1, 1, 2, 1, 1, 2, 1, 2])
  const header = seededHeader(0)
  const other = headerDigest(seededHeader(4))
  const all = members.map((_, i) => i)
  const make = async (what: string, holds: boolean, signed: Partial<Signed>): Promise<CertificateVector> => ({
    what,
    commitment: await commitmentOf(members, { header, path: [], signers: all, ...signed }),
    holds,
  })
  const full = await make('every member', true, {})
  const edited = (what: string, edit: (hex: string) => string): CertificateVector => ({
    what,
    commitment: edit(full.commitment) as Hex,
    holds: false,
  })
  return {
    about:
      'Commitments of kind 0x01 and whether they hold for these members in this domain (docs/protocol.md §5)',
    domain,
    epoch: header.epoch,
    members: members.map(({ signer, shards, stake }) => ({ signer, shards, stake })),
    certificates: [
      full,
      await make('exactly a quorum of shards', true, { signers: [0, 1, 2, 3, 4, 5, 7] }),
      await make('a quorum under a headersRoot of two', true, { path: [other] }),
      await make('one shard below the quorum', false, { signers: [0, 1, 2, 3, 4, 5] }),
      edited('a last signature that is cut', (hex) => hex.slice(0, -2)),
      edited('a byte more', (hex) => `${hex}00`),
      edited('another header', (hex) => `${hex.slice(0, 8)}ff${hex.slice(10)}`),
      edited('another kind', (hex) => hex.replace('0x016601', '0x016603')),
    ],
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
