import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isNitroLength } from '../../../src/protocol/nitro.ts'
import { storableMessage } from '../../../src/sidecar/nitro/storable-message.ts'
import { seededBytes } from '../../support/random-bytes.ts'

test('every stored message has a length whose reads Nitro can prove, and only a multiple of 32 is made longer', () => {
  for (let length = 1; length <= 200; length++) {
    const message = seededBytes('message', length)
    const stored = storableMessage(message)
    expect(isNitroLength({ length: stored.length }), `length ${length}`).toBe(true)
    expect(stored.length - length).toBe(length % 32 === 0 ? 1 : 0)
    expect(Buffer.from(stored.subarray(0, length)).equals(Buffer.from(message))).toBe(true)
  }
})

test('the decoder that Nitro uses reads the same bytes from a brotli stream with the padding behind it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
      const compressed = brotliCompressSync(bytes)
      const message = Buffer.concat([Buffer.of(0), compressed])
      const stored = storableMessage(message)
      const padded = Buffer.concat([compressed, Buffer.of(0xff)])
      expect(brotliDecompressSync(stored.subarray(1)).equals(bytes)).toBe(true)
      expect(brotliDecompressSync(padded).equals(bytes)).toBe(true)
    }),
    { numRuns: 100 },
  )
})
