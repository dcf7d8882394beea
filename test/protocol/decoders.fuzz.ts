// The properties of decoders.test.ts over FLOE_RUNS random byte strings.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decoderCases, mutations, violation } from './decoder-cases.ts'

describe.each(decoderCases)('the decoder of a $name', (decoder) => {
  test('arbitrary bytes are refused with an allowed code or are canonical', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
    )
  })

  test('edited encodings are refused with an allowed code or are canonical', () => {
    fc.assert(
      fc.property(mutations(decoder.valid), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
    )
  })
})
