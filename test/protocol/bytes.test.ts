// Bytes and hexadecimal text: every value has one text, and no read leaves the bounds.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  equalBytes,
  fromHex,
  parseHex,
  ByteReader,
  toHex,
  uint64Bytes,
  uintBytes,
  wordBytes,
} from '../../src/protocol/bytes.ts'
import { codeThrownBy } from './support.ts'

const anyBytes = fc.uint8Array({ maxLength: 300 })

describe('hexadecimal', () => {
  test('hexadecimal round-trips, with 0x or without, in either case', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const hex = toHex(bytes)
        expect(hex).toBe(`0x${Buffer.from(bytes).toString('hex')}`)
        expect(fromHex(hex)).toEqual(bytes)
        for (const text of [hex, hex.slice(2), hex.toUpperCase(), hex.slice(2).toUpperCase()]) {
          expect(parseHex(text, bytes.length)).toEqual(bytes)
        }
      }),
    )
  })

  test('text that is too long is refused before its digits are checked', () => {
    expect(codeThrownBy(() => parseHex(`0x${'g'.repeat(12)}`, 5))).toBe('malformed')
    expect(() => parseHex(`0x${'g'.repeat(12)}`, 5)).toThrow(
      'Expected at most 5 bytes of hexadecimal, got 12 digits.',
    )
  })

  test.each(['0x0', 'abc', '0xzz', '0x 1', '0x0x', '1_', '0x١٢', '\u0000\u0000', '0x-1'])(
    '%j is refused as hexadecimal',
    (text) => {
      expect(codeThrownBy(() => parseHex(text, 32))).toBe('malformed')
    },
  )

  test('an error about hexadecimal quotes only the start of the text', () => {
    expect(() => parseHex('z'.repeat(2000), 1000)).toThrow(/got "z{40}"\.$/)
  })
})

describe('ByteReader', () => {
  test('ByteReader returns the written fields and then is at its end', () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.nat(65535),
        fc.nat(2 ** 32 - 1),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (a, b, c, d) => {
          const source = [...uintBytes(a, 1), ...uintBytes(b, 2), ...uintBytes(c, 4), ...uint64Bytes(d)]
          const input = new ByteReader(Uint8Array.from(source), 'numbers')
          expect([input.uint(1, 'a'), input.uint(2, 'b'), input.uint(4, 'c')]).toEqual([a, b, c])
          expect(input.uint64('d')).toBe(d)
          input.end()
        },
      ),
    )
  })

  test('ByteReader reads from the middle of a larger buffer', () => {
    const source = Uint8Array.of(9, 9, 1, 2, 3, 4, 9).subarray(2, 6)
    expect(new ByteReader(source, 'a view').uint(4, 'number')).toBe(0x01020304)
    expect(codeThrownBy(() => new ByteReader(source, 'a view').uint64('number'))).toBe('malformed')
  })

  test('ByteReader refuses to read past the end, and to end before it', () => {
    const input = () => new ByteReader(new Uint8Array(3), 'three bytes')
    expect(codeThrownBy(() => input().bytes(4, 'field'))).toBe('malformed')
    expect(codeThrownBy(() => input().bytes(2 ** 32, 'field'))).toBe('malformed')
    expect(codeThrownBy(() => input().uint(4, 'field'))).toBe('malformed')
    expect(codeThrownBy(() => input().end())).toBe('malformed')
  })
})

describe('numbers', () => {
  test('numbers that do not fit their bytes fail an assertion', () => {
    expect(() => uintBytes(256, 1)).toThrow('assertion failed: 256 fits 1 bytes')
    expect(() => uintBytes(-1, 4)).toThrow('assertion failed')
    expect(() => uintBytes(1.5, 4)).toThrow('assertion failed')
    expect(() => uintBytes(2 ** 32, 4)).toThrow('assertion failed')
    expect(() => uint64Bytes(2n ** 64n)).toThrow('assertion failed')
    expect(() => uint64Bytes(-1n)).toThrow('assertion failed')
    expect(() => wordBytes(2n ** 256n)).toThrow('assertion failed')
    expect(() => wordBytes(-1n)).toThrow('assertion failed')
  })
})

test('byte strings are equal exactly when they have the same length and content', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      expect(equalBytes(a, a.slice())).toBe(true)
      expect(equalBytes(a, b)).toBe(Buffer.from(a).equals(b))
    }),
  )
})
