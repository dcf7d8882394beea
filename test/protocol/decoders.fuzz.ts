// The promises of decoders.test.ts over as many bytes as FLOE_RUNS says.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decoderCases, mutations, violation } from './decoder-cases.ts'

describe.each(decoderCases)('the decoder of a $name', (decoder) => {
  test('refuses arbitrary bytes by name, or reads their one meaning', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
    )
  })

  test('refuses edited encodings by name, or reads their one meaning', () => {
    fc.assert(
      fc.property(mutations(decoder.valid), (bytes) => {
        expect(violation(decoder, bytes)).toBeUndefined()
      }),
    )
  })
})
