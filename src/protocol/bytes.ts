// Reads and writes bytes within bounds.
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { FloeError, assert } from './errors.ts'

/** Lower-case hexadecimal with 0x. */
export type Hex = `0x${string}`

export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** The bytes of trusted hexadecimal, with 0x and in either case. Use `parseHex` for text from outside. */
export function fromHex(hex: Hex): Uint8Array {
  return hexToBytes(hex.slice(2))
}

/**
 * The bytes of hexadecimal text from outside, with or without 0x.
 * @param bytesMax most bytes of the result; checked before anything is allocated
 * @throws FloeError `malformed`
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

/**
 * Reads fields from the start of bytes that came from outside. Everything it returns is a view into them.
 * Every method throws FloeError `malformed` when the bytes do not fit.
 */
export class ByteReader {
  readonly #source: Uint8Array
  readonly #view: DataView
  readonly #what: string
  #position = 0

  /** @param what names the source in errors, with its article */
  constructor(source: Uint8Array, what: string) {
    this.#source = source
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength)
    this.#what = what
  }

  bytes(length: number, field: string): Uint8Array {
    const start = this.#advance(length, field)
    return this.#source.subarray(start, start + length)
  }

  uint(byteLength: 1 | 2 | 4, field: string): number {
    const at = this.#advance(byteLength, field)
    switch (byteLength) {
      case 1:
        return this.#view.getUint8(at)
      case 2:
        return this.#view.getUint16(at)
      case 4:
        return this.#view.getUint32(at)
    }
  }

  uint64(field: string): bigint {
    return this.#view.getBigUint64(this.#advance(8, field))
  }

  /** Fails unless all bytes were read. */
  end(): void {
    if (this.#position === this.#source.length) return
    throw new FloeError(
      'malformed',
      `Expected ${this.#what} to end at byte ${this.#position}, got ${this.#source.length} bytes.`,
    )
  }

  /** Moves past a field. @returns its offset */
  #advance(length: number, field: string): number {
    const left = this.#source.length - this.#position
    if (length > left) {
      throw new FloeError(
        'malformed',
        `Expected ${length} bytes of ${field} at byte ${this.#position} of ${this.#what}, got ${left}.`,
      )
    }
    this.#position += length
    return this.#position - length
  }
}

/** `value` as an unsigned integer, most significant byte first. */
export function uintBytes(value: number, byteLength: 1 | 2 | 4): Uint8Array {
  assert(
    Number.isInteger(value) && value >= 0 && value < 2 ** (8 * byteLength),
    `${value} fits ${byteLength} bytes`,
  )
  const bytes = new Uint8Array(byteLength)
  for (let i = byteLength - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return bytes
}

/** `value` as an unsigned integer of 8 bytes, most significant byte first. */
export function uint64Bytes(value: bigint): Uint8Array {
  assert(value >= 0n && value < 2n ** 64n, `${value} fits 8 bytes`)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

/** An unsigned integer as a 32-byte word of the EVM. */
export function wordBytes(value: bigint): Uint8Array {
  assert(value >= 0n && value < 2n ** 256n, `${value} fits a word`)
  return hexToBytes(value.toString(16).padStart(64, '0'))
}
