// Hostile bytes at every decoder (decoder-cases.ts says what each promises). decoders.fuzz.ts tries many more.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { decoderCases, mutations, violation } from './decoder-cases.ts'

describe.each(decoderCases)('the decoder of a $name', (decoder) => {
  test('gives back every valid encoding', () => {
    fc.assert(
      fc.property(decoder.valid, (bytes) => {
        expect(toHex(decoder.recode(bytes))).toBe(toHex(bytes))
      }),
    )
  })

  test('refuses arbitrary bytes by name, or reads their one meaning', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
    )
  })

  test('refuses edited encodings by name, or reads their one meaning', () => {
    fc.assert(
      fc.property(mutations(decoder.valid), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  test('survives every truncation', () => {
    const [bytes] = fc.sample(decoder.valid, { numRuns: 1, seed: 1 }) as [Uint8Array]
    for (let length = 0; length < bytes.length; length++) {
      expect(violation(decoder, bytes.subarray(0, length))).toBeUndefined()
    }
  })
})

const fixedLength = decoderCases.filter(({ name }) => name !== 'hexadecimal text')
test.each(fixedLength)('no byte can follow a $name', (decoder) => {
  fc.assert(
    fc.property(decoder.valid, fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes, more) => {
      expect(() => decoder.recode(concatBytes(bytes, more))).toThrow(FloeError)
    }),
  )
})
