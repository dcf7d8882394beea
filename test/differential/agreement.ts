// TypeScript and Solidity give the same answers. solidity.test.ts tests the properties over a few cases, solidity.fuzz.ts over many.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import { checkCertificate, decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import type { Committee } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { range } from '../../src/protocol/field.ts'
import { chunkCount, geometryOf } from '../../src/protocol/geometry.ts'
import {
  attestationDigest,
  encodeHeader,
  encodedHeaderDigest,
  headerDigest,
} from '../../src/protocol/header.ts'
import { decodeOpening, encodeOpening, openChunk, verifyOpening } from '../../src/protocol/opening.ts'
import type { PostingTerms } from '../../src/protocol/posting.ts'
import { sliverWidth } from '../../src/protocol/sliver.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import {
  certify,
  curve,
  hashes,
  headerOf,
  headers,
  keyedCommittee,
  type KeyedCommittee,
  places,
} from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { mutations } from '../protocol/decoder-cases.ts'
import { type Stored, passes, stored } from '../protocol/support.ts'
import { DifferentialChain } from './chain.ts'
import { SHARDS, committeesAgree } from './committee-agreement.ts'
import { first } from './first.ts'
import { postsAgree } from './post-agreement.ts'

/** Number of questions to L1 in each case: a round trip costs more than the answers. */
const batch = 20

function batchesOf<T>(cases: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(cases, { minLength: 1, maxLength: batch })
}

/** Compares the answers of the two implementations, a batch of cases at a time. @returns the answers that occurred */
async function agree<T, A>(
  cases: fc.Arbitrary<T>,
  ours: (given: T) => A,
  theirs: (given: T) => Promise<A>,
): Promise<Set<A>> {
  const seen = new Set<A>()
  await fc.assert(
    fc.asyncProperty(batchesOf(cases), async (all) => {
      const answers = await Promise.all(all.map(async (given) => theirs(given)))
      expect(all.map(ours)).toEqual(answers)
      for (const answer of answers) seen.add(answer)
    }),
  )
  return seen
}

/** Committees of a deployment: members change, and the number of shards does not. */
const planned: readonly KeyedCommittee[] = [
  keyedCommittee([3, 1, 1, 2, 1, 1, 2, 1, 2], 1),
  keyedCommittee(
    range(0, SHARDS).map(() => 1),
    2,
  ),
  keyedCommittee([4, 3, 7], 3),
]

/** The planned committees, as L1 has them. */
let committees: KeyedCommittee[]
/** Every committee that L1 knows, by its epoch. A test may start further ones. */
const started = new Map<number, Committee>()

const terms: PostingTerms = { noticeSeconds: 7 * 86_400, promiseSeconds: 15 * 86_400 }

let anvil: TestAnvil
let chain: DifferentialChain

/** Starts anvil and the contracts for the tests of the file, with the committees in epochs 1, 2, 3. */
function useChain(): void {
  beforeAll(async () => {
    anvil = await startTestAnvil()
    const { noticeSeconds, promiseSeconds } = terms
    chain = await DifferentialChain.deploy(anvil.url, first(planned), {
      noticeSeconds: BigInt(noticeSeconds),
      promiseSeconds: BigInt(promiseSeconds),
    })
    for (const { committee } of planned.slice(1)) {
      expect(await chain.startEpoch(committee.members)).toBe(committee.epoch)
    }
    committees = await Promise.all(planned.map(async (keyed) => chain.keyedOnL1(keyed)))
    for (const { committee } of committees) started.set(committee.epoch, committee)
  })
  afterAll(async () => {
    await anvil.stop()
  })
}

function digestsAgree(): void {
  test('TypeScript and Solidity compute the same header digests', async () => {
    const digests = await agree(
      headers(),
      (header) => toHex(headerDigest(chain.domain, header)),
      async (header) => chain.headerDigest(encodeHeader(header)),
    )
    expect(digests.size).toBeGreaterThan(1)
  })

  test('TypeScript and Solidity compute the same digests of bytes that are not a valid header', async () => {
    const digests = await agree(
      fc.uint8Array({ minLength: 100, maxLength: 100 }),
      (bytes) => toHex(encodedHeaderDigest(chain.domain, bytes)),
      async (bytes) => chain.headerDigest(bytes),
    )
    expect(digests.size).toBeGreaterThan(1)
  })

  test('TypeScript and Solidity compute the same attestation digests', async () => {
    const digests = await agree(
      fc.record({ root: hashes.map(fromHex), committeeRoot: hashes.map(fromHex) }),
      ({ root, committeeRoot: named }) => toHex(attestationDigest(chain.domain, root, named)),
      async ({ root, committeeRoot: named }) => chain.attestationDigest(root, named),
    )
    expect(digests.size).toBeGreaterThan(1)
  })
}

function openingsOf({ encoding }: Stored): fc.Arbitrary<Uint8Array> {
  const { geometry, leaves, rows, columns, symbolBytes } = encoding
  const places = fc.record({
    pair: fc.nat(geometry.shards - 1),
    side: fc.constantFrom('row' as const, 'column' as const),
    symbol: fc.nat(),
    chunk: fc.nat(chunkCount(symbolBytes) - 1),
  })
  return places.map(({ pair, side, symbol, chunk }) => {
    const held = { pair, row: rows[pair] as Uint8Array, column: columns[pair] as Uint8Array, leaves }
    const at = { side, symbol: symbol % sliverWidth(geometry, side), chunk }
    return encodeOpening(openChunk(geometry, held, at))
  })
}

function openingsAgree(): void {
  const stores = [4, 7, 31, 255].flatMap((n) => {
    const { rows, columns } = geometryOf(n)
    return [1, 65].map((words) =>
      stored(geometryOf(n), seededBytes(`chain ${n}`, words * 32 * rows * columns - 7)),
    )
  })
  const anyStore = fc.constantFrom(...stores)

  function ours({ header, encoding }: Stored, bytes: Uint8Array): boolean {
    let verified = false
    const decoded = passes('malformed', () => {
      verified = verifyOpening(header, decodeOpening(header, encoding.geometry, bytes))
    })
    return decoded && verified
  }

  async function theirs({ header, encoding }: Stored, bytes: Uint8Array): Promise<boolean> {
    return chain.verifyOpening(bytes, header.root, encoding.geometry.shards, header.length)
  }

  test('openings that verify in TypeScript verify in Solidity', async () => {
    const cases = anyStore.chain((store) => fc.tuple(fc.constant(store), openingsOf(store)))
    const answers = await agree(
      cases,
      ([store, bytes]) => ours(store, bytes),
      async ([store, bytes]) => theirs(store, bytes),
    )
    expect(answers).toEqual(new Set([true]))
  })

  test('edited openings, and those of other batches, verify in both implementations or in neither', async () => {
    const cases = fc
      .tuple(anyStore, anyStore)
      .chain(([store, other]) => fc.tuple(fc.constantFrom(store, store, other), mutations(openingsOf(store))))
    const answers = await agree(
      cases,
      ([store, bytes]) => ours(store, bytes),
      async ([store, bytes]) => theirs(store, bytes),
    )
    expect(answers).toContain(false)
  })

  test('arbitrary bytes verify as an opening in neither implementation', async () => {
    const header = headerOf(new Uint8Array(32), 100)
    const small = { ...(stores[0] as Stored), header }
    const answers = await agree(
      fc.uint8Array({ maxLength: 400 }),
      (bytes) => ours(small, bytes),
      async (bytes) => theirs(small, bytes),
    )
    expect(answers).toEqual(new Set([false]))
  })
}

/** The committee whose members a caller would pass to L1 for these bytes: that of the epoch at its place in a certificate. */
function committeeFor(commitment: Uint8Array): Committee | undefined {
  const epoch =
    commitment.length < 43 ? 0 : new DataView(commitment.buffer, commitment.byteOffset).getUint32(39)
  return started.get(epoch)
}

function certificateHolds(commitment: Uint8Array): boolean {
  return passes('commitment-invalid', () => {
    const certificate = decodeCertificate(commitment)
    const committee = committeeFor(commitment)
    if (committee === undefined) throw new FloeError('commitment-invalid', 'L1 knows no such epoch.')
    checkCertificate({ curve, domain: chain.domain }, committee, certificate)
  })
}

async function certificateVerifies(commitment: Uint8Array): Promise<boolean> {
  return chain.verify(commitment, committeeFor(commitment) ?? first(committees).committee)
}

/** Commitments signed by any set of members, mostly by a quorum. */
function commitments(): fc.Arbitrary<Uint8Array> {
  return fc.constantFrom(...committees).chain((keyed) => {
    const members = range(0, keyed.keys.length)
    const most = fc.shuffledSubarray(members, { minLength: Math.ceil((2 * members.length) / 3) })
    return fc
      .record({
        header: headers(keyed.committee.epoch),
        place: places(),
        signers: fc.oneof({ weight: 3, arbitrary: most }, fc.shuffledSubarray(members, { minLength: 1 })),
      })
      .map(({ header, place, signers }) =>
        encodeCertificate(certify(chain.domain, keyed, { header, ...place }, signers)),
      )
  })
}

function certificatesAgree(): void {
  test('certificates by any set of members hold in both implementations or in neither', async () => {
    const answers = await agree(commitments(), certificateHolds, certificateVerifies)
    expect(answers).toEqual(new Set([true, false]))
  })

  test('edited certificates hold in both implementations or in neither', async () => {
    const answers = await agree(mutations(commitments()), certificateHolds, certificateVerifies)
    expect(answers).toContain(false)
  })

  test('certificates with moved, repeated or replaced signatures hold in both implementations or in neither', async () => {
    const spoiled = fc.tuple(commitments(), fc.nat(), fc.nat(), fc.nat(5)).map(([commitment, a, b, kind]) => {
      const { signatures, ...rest } = decodeCertificate(commitment)
      const at = (i: number) => signatures[i % signatures.length]?.signature ?? '0x'
      const noise = toHex(seededBytes(`noise ${b}`, 64))
      const replacement = [
        at(b),
        noise,
        `0x${'00'.repeat(64)}`,
        `0x${'ff'.repeat(64)}`,
        at(a),
        at(a),
      ] as const
      const place = a % signatures.length
      const changed = signatures.map((each, i) =>
        i === place ? { ...each, signature: replacement[kind] ?? at(a) } : each,
      )
      return encodeCertificate({ ...rest, signatures: changed })
    })
    const answers = await agree(spoiled, certificateHolds, certificateVerifies)
    expect(answers).toEqual(new Set([true, false]))
  })

  test('a truncated certificate holds in neither implementation', async () => {
    const keyed = first(committees)
    const header = headerOf(new Uint8Array(32).fill(3), 77)
    const whole = encodeCertificate(certify(chain.domain, keyed, { header, path: [] }, range(0, 9)))
    expect([certificateHolds(whole), await certificateVerifies(whole)]).toEqual([true, true])
    const cuts = range(0, whole.length).map((length) => whole.subarray(0, length))
    expect(cuts.map(certificateHolds)).not.toContain(true)
    expect(await Promise.all(cuts.map(certificateVerifies))).not.toContain(true)
  })

  test('a certificate for another chain or ledger holds in neither implementation', async () => {
    const keyed = first(committees)
    const header = headerOf(new Uint8Array(32).fill(3), 77)
    const { chainId, ledger } = chain.domain
    const elsewhere = [
      { chainId: chainId + 1, ledger },
      { chainId, ledger: `0x${'1e'.repeat(20)}` as const },
    ]
    for (const domain of elsewhere) {
      const bytes = encodeCertificate(certify(domain, keyed, { header, path: [] }, range(0, 9)))
      expect([certificateHolds(bytes), await certificateVerifies(bytes)]).toEqual([false, false])
    }
  })
}

/** The tests of every question that both implementations answer. */
export function solidityAgrees(): void {
  useChain()
  digestsAgree()
  postsAgree(() => ({ chain, keyed: first(committees), terms }))
  committeesAgree(() => ({ chain, committees, started }))
  openingsAgree()
  certificatesAgree()
}
