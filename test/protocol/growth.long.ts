// The work that bytes from outside cause grows no faster than their number. This measures not speed but the slope of log(time) over
// log(size) while the size doubles. Each time is the best of several, because noise only adds. A quadratic decoder has slope 2.
import { describe, expect, test } from 'vitest'
import { hashPairs } from '../../src/coding/coder.ts'
import { decodeBatch } from '../../src/protocol/batch.ts'
import { concatBytes, parseHex, toHex } from '../../src/protocol/bytes.ts'
import { checkCertificate, decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { range } from '../../src/protocol/field.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { type Domain, headersTree } from '../../src/protocol/header.ts'
import { decodeOpening, encodeOpening, openChunk, verifyOpening } from '../../src/protocol/opening.ts'
import { checkSliver, checkSymbol } from '../../src/protocol/sliver.ts'
import { certify, curve, headerOf, keyedCommittee } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { codeThrownBy, kernel, placeOf, sliverAnswer, stored, symbolAnswer } from './support.ts'

const slopeMax = 1.3
const rounds = 9
/** Each measurement repeats its call for at least this long, so that the resolution of the clock has no effect. */
const sampleMs = 4

function timeOnce(call: () => unknown): number {
  const start = performance.now()
  let calls = 0
  do {
    call()
    calls++
  } while (performance.now() - start < sampleMs)
  return (performance.now() - start) / calls
}

/** The least-squares slope of log(best time) over log(size). */
function slopeOf(points: readonly { size: number; call: () => unknown }[]): number {
  const best = points.map(() => Infinity)
  // The outer loop is over rounds: a slow period of the machine affects all sizes alike.
  for (let round = 0; round < rounds; round++) {
    points.forEach(({ call }, i) => (best[i] = Math.min(best[i] as number, timeOnce(call))))
  }
  const xs = points.map(({ size }) => Math.log(size))
  const ys = best.map((time) => Math.log(time))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(xs), mean(ys)]
  const above = xs.reduce((sum, value, i) => sum + (value - x) * ((ys[i] as number) - y), 0)
  return above / xs.reduce((sum, value) => sum + (value - x) ** 2, 0)
}

/** `count` sizes, each twice the previous one. */
function doubling(first: number, count: number): number[] {
  return range(0, count).map((i) => first * 2 ** i)
}

const domain: Domain = { chainId: 1, ledger: `0x${'1e'.repeat(20)}` }
const geometry = geometryOf(10)

const batchesOf = doubling(128 * 1024, 6).map((size) => ({
  size,
  store: stored(geometry, seededBytes('growth', size)),
}))

const certificatesOf = doubling(8, 5).map((size) => {
  const keyed = keyedCommittee(Array.from({ length: size }, () => 1))
  const header = headerOf(new Uint8Array(32), 1)
  const certificate = certify(domain, keyed, { header, path: [] }, range(0, size))
  return { size, keyed, certificate, bytes: encodeCertificate(certificate) }
})

const measured: Record<string, () => { size: number; call: () => unknown }[]> = {
  'decoding a batch from parity rows': () =>
    batchesOf.map(({ size, store: { encoding, header } }) => {
      const indices = range(10 - geometry.rows, 10)
      const rows = indices.map((index) => ({ index, row: encoding.rows[index] as Uint8Array }))
      const commitment = { root: encoding.root, length: header.length }
      return { size, call: () => decodeBatch(kernel, geometry, commitment, rows) }
    }),
  'checking the pairs of a dispersal': () =>
    batchesOf.map(({ size, store: { encoding } }) => {
      const bytes = concatBytes(encoding.rows[3] as Uint8Array, encoding.columns[3] as Uint8Array)
      return { size, call: () => hashPairs(kernel, geometry, { bytes, start: 0, count: 1 }) }
    }),
  'checking a sliver answer': () =>
    batchesOf.map(({ size, store }) => {
      const answer = sliverAnswer(store, 'row', 3)
      return { size, call: () => checkSliver(kernel, placeOf(store, 'row', 3), answer) }
    }),
  'checking a symbol answer': () =>
    batchesOf.map(({ size, store }) => {
      const answer = symbolAnswer(store, { side: 'column', pair: 3 }, 1)
      return { size, call: () => checkSymbol(kernel, placeOf(store, 'column', 3), 1, answer) }
    }),
  'decoding and verifying an opening': () =>
    batchesOf.map(({ size, store: { encoding, header } }) => {
      const { rows, columns, leaves } = encoding
      const held = { pair: 3, row: rows[3] as Uint8Array, column: columns[3] as Uint8Array, leaves }
      const bytes = encodeOpening(openChunk(geometry, held, { side: 'row', symbol: 1, chunk: 0 }))
      return { size, call: () => verifyOpening(header, decodeOpening(header, geometry, bytes)) }
    }),
  'decoding a certificate': () =>
    certificatesOf.map(({ size, bytes }) => ({ size, call: () => decodeCertificate(bytes) })),
  'checking a certificate': () =>
    certificatesOf.map(({ size, keyed, certificate }) => ({
      size,
      call: () => checkCertificate({ curve, domain }, keyed.committee, certificate),
    })),
  'refusing a commitment that is too long': () =>
    doubling(64 * 1024, 6).map((size) => {
      const bytes = Uint8Array.from([...(certificatesOf[0]?.bytes ?? []), ...new Uint8Array(size)])
      return { size, call: () => codeThrownBy(() => decodeCertificate(bytes)) }
    }),
  'parsing hexadecimal text': () =>
    doubling(64 * 1024, 6).map((size) => {
      const text = toHex(seededBytes('text', size))
      return { size, call: () => parseHex(text, size) }
    }),
  'the root over many headers': () =>
    doubling(16, 6).map((size) => {
      const digests = range(0, size).map((i) => seededBytes(`digest ${i}`, 32))
      return { size, call: () => headersTree(digests, 0) }
    }),
}

describe.each(Object.keys(measured))('%s', (what) => {
  test(`the time of this decoder grows with an exponent of at most ${slopeMax}`, () => {
    const points = measured[what]?.() ?? []
    const slope = slopeOf(points)
    console.log(`${what}: exponent ${slope.toFixed(2)}`)
    expect(slope).toBeLessThan(slopeMax)
  })
})
