// Certificates: exactly a quorum, of exactly one committee, epoch, chain and ledger.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import {
  COMMITMENT_BYTES_MAX,
  type Certificate,
  checkCertificate,
  decodeCertificate,
  encodeCertificate,
} from '../../src/protocol/certificate.ts'
import { type Member, committeeOf, quorumOf } from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { type Domain, headerDigest, headersTree } from '../../src/protocol/header.ts'
import { HEADER_PATH_MAX } from '../../src/protocol/limits.ts'
import {
  type KeyedCommittee,
  certificates,
  certify,
  committees,
  curve,
  hashes,
  headerOf,
  headers,
  keyedCommittee,
} from '../support/arbitraries.ts'
import { codeThrownBy, flipped, passes } from './support.ts'

type Signed = Certificate['signatures'][number]

const domain: Domain = { chainId: 31337, ledger: `0x${'1e'.repeat(20)}` }
const keyed = keyedCommittee([1, 1, 1, 1, 1, 1, 1])
const header = headerOf(new Uint8Array(32).fill(7), 1000)

function holds(keys: KeyedCommittee, certificate: Certificate, where: Domain = domain): boolean {
  return passes('commitment-invalid', () =>
    checkCertificate({ curve, domain: where }, keys.committee, certificate),
  )
}

/** Whether a reader accepts these bytes as the commitment of an available batch. */
function accepted(keys: KeyedCommittee, bytes: Uint8Array): boolean {
  return passes('commitment-invalid', () =>
    checkCertificate({ curve, domain }, keys.committee, decodeCertificate(bytes)),
  )
}

describe('a certificate', () => {
  test('a certificate holds exactly if its signers have n − f shards, however these are spread over members', () => {
    const cases = committees(12).chain((keys) =>
      fc.tuple(
        fc.constant(keys),
        fc.shuffledSubarray(range(0, keys.keys.length), { minLength: 1 }),
        headers(1),
      ),
    )
    fc.assert(
      fc.property(cases, ([keys, signers, anyHeader]) => {
        const { members, geometry } = keys.committee
        const shards = signers.reduce((sum, member) => sum + (members[member]?.shards.length ?? 0), 0)
        const certificate = certify(domain, keys, { header: anyHeader, path: [] }, signers)
        expect(holds(keys, certificate)).toBe(shards >= quorumOf(geometry))
      }),
    )
  })

  test('a certificate with one shard less than a quorum does not hold, one with a quorum does', () => {
    for (const n of [4, 5, 6, 7, 10, 31, 100, 255]) {
      const keys = keyedCommittee(Array.from({ length: n }, () => 1))
      const quorum = quorumOf(keys.committee.geometry)
      const of = (count: number) => holds(keys, certify(domain, keys, { header, path: [] }, range(0, count)))
      expect([of(quorum - 1), of(quorum), of(n)], `n = ${n}`).toEqual([false, true, true])
    }
  })

  test('a certificate round-trips through its encoding and fits the limit', () => {
    fc.assert(
      fc.property(
        certificates(domain, keyedCommittee(Array.from({ length: 20 }, () => 1)), HEADER_PATH_MAX),
        (certificate) => {
          const bytes = encodeCertificate(certificate)
          expect(bytes.length).toBeLessThanOrEqual(COMMITMENT_BYTES_MAX)
          expect(decodeCertificate(bytes)).toEqual(certificate)
        },
      ),
    )
  })

  test('a certificate of 255 members with the longest path has exactly COMMITMENT_BYTES_MAX bytes', () => {
    const keys = keyedCommittee(Array.from({ length: 255 }, () => 1))
    const path = range(0, 9).map((i) => toHex(new Uint8Array(32).fill(i)))
    const certificate = certify(domain, keys, { header, index: 300, path }, range(0, 255))
    expect(encodeCertificate(certificate)).toHaveLength(COMMITMENT_BYTES_MAX)
    expect(holds(keys, decodeCertificate(encodeCertificate(certificate)))).toBe(true)
  })

  test('a certificate does not hold with any single bit of header, index, path, signers or signatures changed', () => {
    const other = headersTree([headerDigest(domain, header), new Uint8Array(32).fill(9)], 0)
    // Exactly a quorum, so that the loss of one signer has an effect.
    const certificate = certify(domain, keyed, { header, path: other.path.map(toHex) }, range(0, 5))
    const bytes = encodeCertificate(certificate)
    expect(holds(keyed, decodeCertificate(bytes))).toBe(true)
    // The epoch selects the committee, so a changed epoch has no committee here.
    const [epochStart, epochEnd] = [8 * 39, 8 * 43]
    const bits = range(0, 8 * bytes.length).filter((bit) => bit < epochStart || bit >= epochEnd)
    expect(bits.filter((bit) => accepted(keyed, flipped(bytes, bit)))).toEqual([])
  })

  test('a certificate that names a member which did not sign does not hold', () => {
    const honest = certify(domain, keyed, { header, path: [] }, range(0, 5))
    const moved = honest.signatures.map(({ member, signature }) => ({
      member: member === 4 ? 5 : member,
      signature,
    }))
    expect(holds(keyed, { ...honest, signatures: moved })).toBe(false)
  })

  test('a certificate with a repeated signature, or with signatures out of order, does not hold', () => {
    const [first, second, third, fourth] = certify(domain, keyed, { header, path: [] }, range(0, 4))
      .signatures as [Signed, Signed, Signed, Signed]
    const repeated = { header, index: 0, path: [], signatures: [first, second, third, fourth, fourth] }
    const shuffled = { header, index: 0, path: [], signatures: [second, first, third, fourth] }
    for (const certificate of [repeated, shuffled]) {
      expect(holds(keyed, certificate)).toBe(false)
      expect(() => encodeCertificate(certificate)).toThrow('assertion failed: signers ascend')
    }
  })

  test('a certificate with a signer outside the committee does not hold', () => {
    const larger = keyedCommittee([1, 1, 1, 1, 1, 1, 1, 1])
    const certificate = certify(domain, larger, { header, path: [] }, range(0, 8))
    expect(holds(larger, certificate)).toBe(true)
    expect(holds(keyed, certificate)).toBe(false)
  })

  test('a certificate holds for one chain and one ledger only', () => {
    const certificate = certify(domain, keyed, { header, path: [] }, range(0, 7))
    expect(holds(keyed, certificate)).toBe(true)
    expect(holds(keyed, certificate, { ...domain, chainId: 1 })).toBe(false)
    expect(holds(keyed, certificate, { ...domain, ledger: `0x${'1f'.repeat(20)}` })).toBe(false)
  })

  test('a certificate of the same members with another seed does not hold', () => {
    const certificate = certify(domain, keyed, { header, path: [] }, range(0, 7))
    const { epoch, members } = keyed.committee
    const seed = toHex(new Uint8Array(32).fill(9))
    expect(holds({ ...keyed, committee: committeeOf(epoch, seed, members) }, certificate)).toBe(false)
  })

  test('a certificate does not hold when two members have exchanged a shard since they signed', () => {
    const before = keyedCommittee([2, 2, 2, 1])
    const certificate = certify(domain, before, { header, path: [] }, range(0, 4))
    const { epoch, seed, members } = before.committee
    const [first, second, ...rest] = members as [Member, Member, ...Member[]]
    const moved = [{ ...first, shards: second.shards }, { ...second, shards: first.shards }, ...rest]
    expect(holds(before, certificate)).toBe(true)
    expect(holds({ ...before, committee: committeeOf(epoch, seed, moved) }, certificate)).toBe(false)
  })

  test('a certificate with signatures for another epoch does not hold', () => {
    const certificate = certify(domain, keyed, { header, path: [] }, range(0, 7))
    const later = keyedCommittee([1, 1, 1, 1, 1, 1, 1], 2)
    expect(holds(later, { ...certificate, header: { ...header, epoch: 2 } })).toBe(false)
  })

  test('checking a certificate against the committee of another epoch fails an assertion', () => {
    const certificate = certify(domain, keyed, { header, path: [] }, range(0, 7))
    const later = keyedCommittee([1, 1, 1, 1, 1, 1, 1], 2)
    expect(() => holds(later, certificate)).toThrow('assertion failed: committee of epoch 1, got 2')
  })

  test('a headersRoot that is attested again gives a certificate for every header under it', () => {
    const cases = fc.array(headers(1), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(cases, (all) => {
        const digests = all.map((each) => headerDigest(domain, each))
        const paths = digests.map((_, index) => headersTree(digests, index).path.map(toHex))
        const [first] = all.map((each, i) =>
          certify(domain, keyed, { header: each, index: i, path: paths[i] ?? [] }, range(0, 5)),
        )
        all.forEach((each, i) => {
          const mine = { header: each, index: i, path: paths[i] ?? [], signatures: first?.signatures ?? [] }
          expect(holds(keyed, mine)).toBe(true)
        })
      }),
    )
  })

  test('a certificate with the path of another header does not hold', () => {
    fc.assert(
      fc.property(headers(1), hashes, hashes, (anyHeader, path, other) => {
        fc.pre(path !== other)
        const certificate = certify(domain, keyed, { header: anyHeader, path: [path] }, range(0, 5))
        expect(holds(keyed, { ...certificate, path: [other] })).toBe(false)
        expect(holds(keyed, { ...certificate, path: [] })).toBe(false)
      }),
    )
  })

  test('a certificate with any other index does not hold', () => {
    const cases = certificates(domain, keyed, HEADER_PATH_MAX).filter(({ path }) => path.length > 0)
    fc.assert(
      fc.property(cases, fc.nat(2 ** HEADER_PATH_MAX), (certificate, index) => {
        fc.pre(index !== certificate.index)
        const all = certify(domain, keyed, certificate, range(0, 7))
        expect(holds(keyed, all)).toBe(true)
        expect(holds(keyed, { ...all, index })).toBe(false)
      }),
    )
  })
})

describe('commitments', () => {
  const certificate = certify(domain, keyed, { header, path: [] }, [0, 1, 2, 3, 5])
  const bytes = encodeCertificate(certificate)
  /** Offset of signersLength when the path is empty. */
  const signersAt = 3 + 100 + 2 + 1

  test('the bytes of a commitment are those of docs/protocol.md §5', () => {
    expect(toHex(bytes.subarray(0, 3))).toBe('0x016601')
    expect([...bytes.subarray(signersAt - 3, signersAt + 2)]).toEqual([0, 0, 0, 1, 0b101111])
    expect(bytes).toHaveLength(signersAt + 2 + 5 * 64)
  })

  test.each([
    { what: 'no bytes', wrong: new Uint8Array(0) },
    { what: 'another type', wrong: replaced(bytes, 0, [0x00]) },
    { what: 'another provider', wrong: replaced(bytes, 1, [0x67]) },
    { what: 'the kind for L1 blobs, which is not served yet', wrong: replaced(bytes, 2, [0x02]) },
    { what: 'an unknown kind', wrong: replaced(bytes, 2, [0x03]) },
    { what: 'a header without length', wrong: replaced(bytes, 35, [0, 0, 0, 0]) },
    { what: 'an index of 1 without a path', wrong: replaced(bytes, signersAt - 2, [1]) },
    { what: 'an index of 256 without a path', wrong: replaced(bytes, signersAt - 3, [1]) },
    { what: 'a path of 10', wrong: replaced(bytes, signersAt - 1, [10]) },
    { what: 'no signers', wrong: replaced(bytes, signersAt, [0]) },
    { what: 'signers of 33 bytes', wrong: replaced(bytes, signersAt, [33]) },
    {
      what: 'signers with a leading zero',
      wrong: inserted(replaced(bytes, signersAt, [2]), signersAt + 1, [0]),
    },
    { what: 'a signer without a signature', wrong: replaced(bytes, signersAt + 1, [0b111111]) },
    { what: 'a signature without a signer', wrong: replaced(bytes, signersAt + 1, [0b1111]) },
    { what: 'no signatures', wrong: bytes.subarray(0, signersAt + 2) },
    { what: 'a byte more', wrong: concatBytes(bytes, Uint8Array.of(0)) },
    { what: 'a garbage tail', wrong: concatBytes(bytes, new Uint8Array(640).fill(0xee)) },
  ])('bytes with $what are not a commitment', ({ wrong }) => {
    expect(codeThrownBy(() => decodeCertificate(wrong))).toBe('commitment-invalid')
  })

  test('a commitment that is truncated at any byte is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(
        codeThrownBy(() => decodeCertificate(bytes.subarray(0, length))),
        `${length} bytes`,
      ).toBe('commitment-invalid')
    }
  })

  test('the index in a commitment is one that its path can have', () => {
    for (const pathLength of range(0, HEADER_PATH_MAX + 1)) {
      const path = range(0, pathLength).map((i) => toHex(new Uint8Array(32).fill(i)))
      const last = certify(domain, keyed, { header, index: 2 ** pathLength - 1, path }, [0])
      const encoded = encodeCertificate(last)
      expect(decodeCertificate(encoded)).toEqual(last)
      const beyond = replaced(encoded, 103, [(2 ** pathLength) >> 8, (2 ** pathLength) & 0xff])
      expect(
        codeThrownBy(() => decodeCertificate(beyond)),
        `${pathLength} hashes`,
      ).toBe('commitment-invalid')
      expect(() => encodeCertificate({ ...last, index: 2 ** pathLength })).toThrow('assertion failed: index')
    }
  })

  test('a commitment encodes every member index up to 254', () => {
    for (const member of [0, 7, 8, 63, 64, 128, 254]) {
      const lone = {
        header,
        index: 0,
        path: [],
        signatures: [{ member, signature: toHex(new Uint8Array(64).fill(member)) }],
      }
      const encoded = encodeCertificate(lone)
      expect(encoded[signersAt], `member ${member}`).toBe(1 + (member >> 3))
      expect(decodeCertificate(encoded)).toEqual(lone)
      expect(fromHex(toHex(encoded))).toEqual(encoded)
    }
  })
})

function replaced(bytes: Uint8Array, at: number, by: readonly number[]): Uint8Array {
  const copy = bytes.slice()
  copy.set(by, at)
  return copy
}

function inserted(bytes: Uint8Array, at: number, more: readonly number[]): Uint8Array {
  return concatBytes(bytes.subarray(0, at), Uint8Array.from(more), bytes.subarray(at))
}
