// Reading and writing of bytes with bounds: a Reader never reads past its end and ends only when nothing is left.
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { FloeError, assert } from './errors.ts'

/** Lower-case hexadecimal with 0x. */
export type Hex = `0x${string}`

export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** Bytes of a hexadecimal string with 0x in either case; for text from outside see `parseHex`. */
export function fromHex(hex: Hex): Uint8Array {
  return hexToBytes(hex.slice(2))
}

/**
 * Bytes of hexadecimal text from outside, with or without 0x.
 * @param bytesMax most bytes that it may stand for; checked before anything is allocated
 */
export function parseHex(text: string, bytesMax: number): Uint8Array {
  const digits = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text
  if (digits.length > 2 * bytesMax) {
    throw new FloeError(
      'malformed',
      `Expected at most ${bytesMax} bytes of hexadecimal, got ${digits.length} digits.`,
    )
  }
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new FloeError(
      'malformed',
      `Expected hexadecimal, two digits a byte, got ${JSON.stringify(text.slice(0, 40))}.`,
    )
  }
  return hexToBytes(digits)
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

export { concatBytes }

/** A cursor over bytes from outside; everything it returns is a view into them. */
export type Reader = {
  bytes(length: number, what: string): Uint8Array
  uint(byteLength: 1 | 2 | 4, what: string): number
  uint64(what: string): bigint
  /** Fails unless everything was read. */
  end(): void
}

export function reader(source: Uint8Array, what: string): Reader {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  let position = 0
  const take = (length: number, field: string): number => {
    if (length > source.length - position) {
      throw new FloeError(
        'malformed',
        `Expected ${length} bytes of ${field} at byte ${position} of ${what}, got ${source.length - position}.`,
      )
    }
    position += length
    return position - length
  }
  return {
    bytes: (length, field) => {
      const start = take(length, field)
      return source.subarray(start, start + length)
    },
    uint: (byteLength, field) => {
      const at = take(byteLength, field)
      return byteLength === 1 ? view.getUint8(at) : byteLength === 2 ? view.getUint16(at) : view.getUint32(at)
    },
    uint64: (field) => view.getBigUint64(take(8, field)),
    end: () => {
      if (position !== source.length) {
        throw new FloeError(
          'malformed',
          `Expected ${what} to end at byte ${position}, got ${source.length} bytes.`,
        )
      }
    },
  }
}

export function uintBytes(value: number, byteLength: 1 | 2 | 4): Uint8Array {
  assert(
    Number.isInteger(value) && value >= 0 && value < 2 ** (8 * byteLength),
    `${value} fits ${byteLength} bytes`,
  )
  const bytes = new Uint8Array(byteLength)
  for (let i = byteLength - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return bytes
}

export function uint64Bytes(value: bigint): Uint8Array {
  assert(value >= 0n && value < 2n ** 64n, `${value} fits 8 bytes`)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

/** The 32-byte word of an unsigned integer, as the EVM has it. */
export function wordBytes(value: bigint): Uint8Array {
  assert(value >= 0n && value < 2n ** 256n, `${value} fits a word`)
  return hexToBytes(value.toString(16).padStart(64, '0'))
}
