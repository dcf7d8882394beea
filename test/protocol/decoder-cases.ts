// All decoders of the protocol, with valid encodings to start from, and their three properties: hostile bytes are refused with a
// FloeError of a closed list, decode(encode(x)) is x, and encode(decode(b)) is b.
import fc from 'fast-check'
import { concatBytes, parseHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { decodeDispersalHead, encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { type ErrorCode, FloeError } from '../../src/protocol/errors.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { decodeHeader, encodeHeader } from '../../src/protocol/header.ts'
import { decodeOpening, encodeOpening, openChunk } from '../../src/protocol/opening.ts'
import { checkSliver, checkSymbol } from '../../src/protocol/sliver.ts'
import { certificates, headers, keyedCommittee } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type Stored, kernel, placeOf, sliverAnswer, stored, symbolAnswer } from './support.ts'

export type DecoderCase = {
  readonly name: string
  /** The only codes with which bytes from outside may be refused. */
  readonly refusals: readonly ErrorCode[]
  readonly valid: fc.Arbitrary<Uint8Array>
  /** Decodes and encodes again. Throws the error of the decoder. */
  readonly recode: (bytes: Uint8Array) => Uint8Array
}

/** A message may quote a short part of the bytes, but not all of them. */
const messageCharactersMax = 700

const domain = { chainId: 1, ledger: `0x${'1e'.repeat(20)}` } as const
const committee = keyedCommittee(Array.from({ length: 12 }, () => 1))

// A batch whose symbols have one full chunk and a short one.
const geometry = geometryOf(4)
const store: Stored = stored(geometry, seededBytes('decoders', 6 * 2080))
const pairs = fc.nat(3)
const sides = fc.constantFrom('row' as const, 'column' as const)
const places = fc.record({ side: sides, pair: pairs, symbol: fc.nat(1), chunk: fc.nat(1) })

const openings = places.map(({ side, pair, symbol, chunk }) => {
  const { rows, columns, leaves } = store.encoding
  const held = { pair, row: rows[pair] as Uint8Array, column: columns[pair] as Uint8Array, leaves }
  return encodeOpening(openChunk(geometry, held, { side, symbol, chunk }))
})

/** The place for which answers are checked. Everything before the sliver is proof, of which the check fixes every byte. */
const rowPlace = placeOf(store, 'row', 1)

export const decoderCases: readonly DecoderCase[] = [
  {
    name: 'header',
    refusals: ['malformed'],
    valid: headers().map(encodeHeader),
    recode: (bytes) => encodeHeader(decodeHeader(bytes)),
  },
  {
    name: 'certificate',
    refusals: ['commitment-invalid'],
    valid: certificates(domain, committee).map(encodeCertificate),
    recode: (bytes) => encodeCertificate(decodeCertificate(bytes)),
  },
  {
    name: 'dispersal head',
    refusals: ['malformed'],
    valid: fc
      .tuple(headers(), fc.uint8Array({ minLength: 64, maxLength: 64 }).map(toHex))
      .map(([header, signature]) => encodeDispersalHead({ header, signature })),
    recode: (bytes) => encodeDispersalHead(decodeDispersalHead(bytes)),
  },
  {
    name: 'opening',
    refusals: ['malformed'],
    valid: openings,
    recode: (bytes) => encodeOpening(decodeOpening(store.header, geometry, bytes)),
  },
  {
    name: 'sliver answer',
    refusals: ['sliver-mismatch'],
    valid: fc.constant(sliverAnswer(store, 'row', 1)),
    recode: (bytes) => {
      const sliver = checkSliver(kernel, rowPlace, bytes)
      return concatBytes(bytes.subarray(0, bytes.length - sliver.length), sliver)
    },
  },
  {
    name: 'symbol answer',
    refusals: ['sliver-mismatch'],
    valid: fc.constant(symbolAnswer(store, rowPlace, 2)),
    recode: (bytes) => {
      const symbol = checkSymbol(kernel, rowPlace, 2, bytes)
      return concatBytes(bytes.subarray(0, bytes.length - symbol.length), symbol)
    },
  },
  {
    name: 'hexadecimal text',
    refusals: ['malformed'],
    valid: fc
      .uint8Array({ maxLength: 64 })
      .map((bytes) => Buffer.from(bytes.length === 0 ? '0x' : toHex(bytes))),
    recode: (bytes) => {
      const text = Buffer.from(bytes).toString('latin1')
      const value = parseHex(text, 100)
      // Text from outside may use either case and leave out the prefix. Nothing else is free.
      const digits = toHex(value).slice(2)
      return digits === text.replace(/^0x/i, '').toLowerCase() ? bytes : Buffer.from(digits)
    },
  },
]

/**
 * How a decoder violates its properties on `bytes`; undefined if it refuses them with an allowed code, or if they are the canonical
 * encoding of the decoded value.
 */
export function violation({ refusals, recode }: DecoderCase, bytes: Uint8Array): string | undefined {
  const before = toHex(bytes)
  let again: Uint8Array
  try {
    again = recode(bytes)
  } catch (error) {
    if (!(error instanceof FloeError)) throw error
    if (error.message.length > messageCharactersMax)
      return `its message has ${error.message.length} characters`
    return refusals.includes(error.code) ? undefined : `it is refused with ${error.code}`
  }
  return toHex(again) === before ? undefined : `it decodes to what encodes to ${toHex(again)}`
}

/** Valid bytes after a few edits: bits flipped, and bytes set, cut, repeated or inserted. */
export function mutations(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(
    fc.record({
      kind: fc.nat(4),
      at: fc.nat(),
      value: fc.constantFrom(0, 1, 2, 9, 10, 32, 33, 127, 128, 255),
    }),
    { minLength: 1, maxLength: 3 },
  )
  return fc.tuple(valid, edits).map(([bytes, all]) => all.reduce(edited, bytes))
}

function edited(
  bytes: Uint8Array,
  { kind, at, value }: { kind: number; at: number; value: number },
): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(value)
  const place = at % bytes.length
  const copy = bytes.slice()
  if (kind === 0) copy[place] = (copy[place] as number) ^ (1 << (value % 8))
  if (kind === 1) copy[place] = value
  if (kind === 2) return bytes.subarray(0, place)
  if (kind === 3) return concatBytes(bytes.subarray(0, place), Uint8Array.of(value), bytes.subarray(place))
  if (kind === 4) return concatBytes(bytes, bytes.subarray(place))
  return copy
}
