// Hostile bytes for every decoder; decoder-cases.ts states the properties. decoders.fuzz.ts tries many more.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { decoderCases, mutations, violation } from './decoder-cases.ts'

describe.each(decoderCases)('the decoder of a $name', (decoder) => {
  test('every valid encoding is decoded and encoded to the same bytes', () => {
    fc.assert(
      fc.property(decoder.valid, (bytes) => {
        expect(toHex(decoder.recode(bytes))).toBe(toHex(bytes))
      }),
    )
  })

  test('arbitrary bytes are refused with an allowed code or are canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
    )
  })

  test('edited encodings are refused with an allowed code or are canonical', () => {
    fc.assert(
      fc.property(mutations(decoder.valid), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  test('every truncation of a valid encoding is refused with an allowed code or is canonical', () => {
    const [bytes] = fc.sample(decoder.valid, { numRuns: 1, seed: 1 }) as [Uint8Array]
    for (let length = 0; length < bytes.length; length++) {
      expect(violation(decoder, bytes.subarray(0, length))).toBeUndefined()
    }
  })
})

const fixedLength = decoderCases.filter(({ name }) => name !== 'hexadecimal text')
test.each(fixedLength)('a $name followed by more bytes is refused', (decoder) => {
  fc.assert(
    fc.property(decoder.valid, fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes, more) => {
      expect(() => decoder.recode(concatBytes(bytes, more))).toThrow(FloeError)
    }),
  )
})
