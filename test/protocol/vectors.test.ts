// src/protocol, compared with the committed vectors, which scripts/vectors/generate.ts computes with other implementations. A changed
// vector is a changed format.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type BatchVector, type BatchVectors, batchLabel } from '../../scripts/vectors/batches.ts'
import type { CommitteeVectors, MemberVector } from '../../scripts/vectors/committees.ts'
import { errorVectors } from '../../scripts/vectors/errors.ts'
import type { FieldVectors } from '../../scripts/vectors/field.ts'
import type { GeometryVectors } from '../../scripts/vectors/geometry.ts'
import type { OpeningVector, OpeningVectors } from '../../scripts/vectors/openings.ts'
import {
  type CertificateVectors,
  type DispersalVectors,
  type TypedDataVectors,
  digestLabel,
} from '../../scripts/vectors/signed.ts'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import { checkCertificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import { type Member, committeeOf, encodeEpochMembers, shardsOfBits } from '../../src/protocol/committee.ts'
import { decodeDispersalHead, encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { lagrangeMatrix, invert, multiply, parityWeights, range } from '../../src/protocol/field.ts'
import { geometryOf, symbolBytesOf } from '../../src/protocol/geometry.ts'
import {
  attestationDigest,
  decodeHeader,
  encodeHeader,
  headerDigest,
  headersRootOfPath,
  headersTree,
} from '../../src/protocol/header.ts'
import { decodeOpening, verifyOpening } from '../../src/protocol/opening.ts'
import { recoverSigner } from '../../src/protocol/signature.ts'
import { curve, headerOf } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { codeThrownBy, encodedCopy, passes } from './support.ts'

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T
}

function withEndpoints(members: readonly MemberVector[]): Member[] {
  return members.map(({ signer, shards }, i) => ({ signer, shards, endpoint: `http://127.0.0.1:${i}` }))
}

function sha256Hex(parts: readonly Uint8Array[]): string {
  return `0x${hash('sha256', Buffer.concat(parts))}`
}

describe('vectors', () => {
  test('the vectors of the geometry hold for every committee', () => {
    const { committees, symbols } = vectors<GeometryVectors>('geometry')
    expect(committees).toHaveLength(252)
    for (const committee of committees) expect(geometryOf(committee.shards)).toEqual(committee)
    for (const { shards, length, symbolBytes } of symbols) {
      expect(symbolBytesOf(geometryOf(shards), length), `n = ${shards}, ${length} bytes`).toBe(symbolBytes)
    }
  })

  test('the vectors of the field hold', () => {
    const { powersOfTwo, inverses, lagrange, parity } = vectors<FieldVectors>('field')
    const powers = range(0, 254).reduce((all, i) => [...all, multiply(all[i] as number, 2)], [1])
    expect(toHex(Uint8Array.from(powers))).toBe(powersOfTwo)
    expect(toHex(Uint8Array.from(range(1, 256), invert))).toBe(inverses)
    for (const { points, targets, matrix } of lagrange)
      expect(toHex(lagrangeMatrix(points, targets))).toBe(matrix)
    for (const { points, weights } of parity) expect(toHex(parityWeights(points))).toBe(weights)
  })

  test('the vectors of typed data hold', () => {
    const { headers, attestations, headersRoots } = vectors<TypedDataVectors>('typed-data')
    for (const { domain, header, packed, digest } of headers) {
      expect(toHex(encodeHeader(header))).toBe(packed)
      expect(decodeHeader(fromHex(packed as `0x${string}`))).toEqual(header)
      expect(toHex(headerDigest(domain, header))).toBe(digest)
    }
    for (const { domain, seed, members, committeeRoot, headersRoot, digest } of attestations) {
      const committee = committeeOf(1, seed, withEndpoints(members))
      expect(committee.root).toBe(committeeRoot)
      expect(toHex(attestationDigest(domain, fromHex(headersRoot), fromHex(committee.root)))).toBe(digest)
    }
    expect(headersRoots.map(({ count }) => count)).toEqual([1, 2, 3, 4, 5, 7, 8, 9, 257, 512])
    for (const { count, root, places } of headersRoots) {
      const digests = range(0, count).map((i) => seededBytes(digestLabel(count, i), 32))
      for (const { index, path } of places) {
        const tree = headersTree(digests, index)
        expect({ root: toHex(tree.root), path: tree.path.map(toHex) }).toEqual({ root, path })
        const leaf = digests[index] as Uint8Array
        expect(toHex(headersRootOfPath(leaf, index, path.map(fromHex)))).toBe(root)
      }
    }
  })

  test('the vectors of committees hold', () => {
    const { committees, refused } = vectors<CommitteeVectors>('committees')
    for (const { what, seed, members, ...expected } of committees) {
      const { root, memberOfShard, members: all } = committeeOf(1, seed, withEndpoints(members))
      const encoded = toHex(encodeEpochMembers(seed, all))
      expect({ what, encoded, root, memberOfShard }).toEqual({ what, ...expected })
      for (const { shards, bits } of members) expect(shardsOfBits(BigInt(bits))).toEqual(shards)
    }
    for (const { what, seed, members } of refused) {
      const code = codeThrownBy(() => committeeOf(1, seed, withEndpoints(members)))
      expect({ what, code }).toEqual({ what, code: 'malformed' })
    }
  })

  test('the vectors of dispersals hold, signed by their dispersers', () => {
    const { domain } = vectors<CertificateVectors>('certificates')
    for (const { header, signature, head } of vectors<DispersalVectors>('dispersal').heads) {
      expect(decodeDispersalHead(fromHex(head))).toEqual({ header, signature })
      expect(toHex(encodeDispersalHead({ header, signature }))).toBe(head)
      expect(recoverSigner(curve, headerDigest(domain, header), fromHex(signature))).toBe(header.disperser)
    }
  })

  test('the vectors of error messages hold', () => {
    expect(errorVectors()).toEqual(vectors('errors'))
  })
})

const { batches } = vectors<BatchVectors>('batches')
test.each(batches)('the batch of $length bytes over $shards shards has its root', (vector: BatchVector) => {
  const { shards, length } = vector
  const encoding = encodedCopy(geometryOf(shards), seededBytes(batchLabel(shards, length), length))
  expect({
    shards,
    length,
    symbolBytes: encoding.symbolBytes,
    root: toHex(encoding.root),
    leaves: sha256Hex([encoding.leaves]),
    rows: sha256Hex(encoding.rows),
    columns: sha256Hex(encoding.columns),
  }).toEqual(vector)
})

describe('certificates', () => {
  const { domain, epoch, seed, members, certificates } = vectors<CertificateVectors>('certificates')
  const committee = committeeOf(epoch, seed, withEndpoints(members))

  test.each(certificates)(
    'a certificate of $what decodes: $decodes, and holds: $holds',
    ({ commitment, decodes, holds }) => {
      const decode = () => decodeCertificate(fromHex(commitment))
      const check = () => checkCertificate({ curve, domain }, committee, decode())
      expect(passes('commitment-invalid', () => void decode())).toBe(decodes)
      expect(passes('commitment-invalid', check)).toBe(holds)
    },
  )
})

describe('openings', () => {
  const { openings } = vectors<OpeningVectors>('openings')

  function holds({ shards, length, root, opening }: OpeningVector): boolean {
    const header = headerOf(fromHex(root), length)
    let verified = false
    const decoded = passes('malformed', () => {
      verified = verifyOpening(header, decodeOpening(header, geometryOf(shards), fromHex(opening)))
    })
    return decoded && verified
  }

  test('openings verify exactly if the vectors say so', () => {
    expect(openings.filter((vector) => vector.holds)).toHaveLength(16)
    for (const vector of openings) expect(holds(vector), `${vector.opening}`).toBe(vector.holds)
  })
})
