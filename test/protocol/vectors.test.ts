// src/protocol, compared with the committed vectors, which scripts/vectors/generate.ts computes with other implementations. A changed
// vector is a changed format.
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type BatchVector, type BatchVectors, batchLabel } from '../../scripts/vectors/batches.ts'
import { errorVectors } from '../../scripts/vectors/errors.ts'
import type { FieldVectors } from '../../scripts/vectors/field.ts'
import type { GeometryVectors } from '../../scripts/vectors/geometry.ts'
import type { OpeningVector, OpeningVectors } from '../../scripts/vectors/openings.ts'
import type { CertificateVectors, DispersalVectors, TypedDataVectors } from '../../scripts/vectors/signed.ts'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import { checkCertificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
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
import { encodedCopy, passes } from './support.ts'

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T
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
    for (const { domain, headersRoot, epoch, digest } of attestations) {
      expect(toHex(attestationDigest(domain, fromHex(headersRoot), epoch))).toBe(digest)
    }
    expect(headersRoots.map(({ digests }) => digests.length)).toEqual(range(1, 10))
    for (const { digests, root, paths } of headersRoots) {
      paths.forEach((path, i) => {
        const tree = headersTree(digests.map(fromHex), i)
        expect({ root: toHex(tree.root), path: tree.path.map(toHex) }).toEqual({ root, path })
        expect(toHex(headersRootOfPath(fromHex(digests[i] ?? '0x'), path.map(fromHex)))).toBe(root)
      })
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
  const { domain, epoch, members, certificates } = vectors<CertificateVectors>('certificates')
  const committee = committeeOf(
    epoch,
    members.map((member, i) => ({
      ...member,
      stake: BigInt(member.stake),
      endpoint: `http://127.0.0.1:${i}`,
    })),
  )

  test.each(certificates)('a certificate of $what holds: $holds', ({ commitment, holds }) => {
    const check = () => checkCertificate({ curve, domain }, committee, decodeCertificate(fromHex(commitment)))
    expect(passes('commitment-invalid', check)).toBe(holds)
  })
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
