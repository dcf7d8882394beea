// The arguments of JSON-RPC calls, encoded as go-ethereum's clients encode them: numbers as 0x and hexadecimal without leading
// zeros, bytes as 0x and an even number of digits.
import type { Hex } from '../../protocol/bytes.ts'
import { INVALID_PARAMS, RpcError } from './rpc-error.ts'

const QUOTED_CHARACTERS_MAX = 40
const UINT64_DIGITS_MAX = 16

/** The positional arguments of one call. */
export class RpcArguments {
  readonly #values: readonly unknown[]

  constructor(values: readonly unknown[]) {
    this.#values = values
  }

  get length(): number {
    return this.#values.length
  }

  /** @throws RpcError unless there are exactly `count` */
  expectCount(count: number): void {
    if (this.length === count) return
    throw new RpcError(INVALID_PARAMS, `Expected ${count} positional arguments, got ${this.length}.`)
  }

  /** An unsigned integer of 64 bits. */
  uint64(index: number): bigint {
    const text = this.#values[index]
    if (
      typeof text === 'string' &&
      /^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$/.test(text) &&
      text.length <= 2 + UINT64_DIGITS_MAX
    )
      return BigInt(text)
    throw this.#invalid(index, 'a number of 64 bits as 0x and hexadecimal without leading zeros')
  }

  /** Bytes, of which there are at most `bytesMax`. */
  bytes(index: number, bytesMax: number): Uint8Array {
    const text = this.#values[index]
    if (typeof text === 'string' && text.startsWith('0x') && text.length % 2 === 0) {
      const length = (text.length - 2) / 2
      if (length > bytesMax)
        throw new RpcError(
          INVALID_PARAMS,
          `Expected at most ${bytesMax} bytes as argument ${index}, got ${length}.`,
        )
      // The decoder stops at the first character that is not a digit.
      const bytes = Buffer.from(text.slice(2), 'hex')
      if (bytes.length === length) return bytes
    }
    throw this.#invalid(index, 'bytes as 0x and an even number of hexadecimal digits')
  }

  /** A hash of 32 bytes. */
  hash(index: number): Hex {
    const text = this.#values[index]
    if (typeof text === 'string' && /^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex
    throw this.#invalid(index, 'a hash of 32 bytes as 0x and 64 hexadecimal digits')
  }

  #invalid(index: number, expected: string): RpcError {
    const value = this.#values[index]
    const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, QUOTED_CHARACTERS_MAX)
    return new RpcError(INVALID_PARAMS, `Expected ${expected} as argument ${index}, got ${got}.`)
  }
}
