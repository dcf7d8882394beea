// A table whose values carry a checksum, so that a bit that flipped on the disk is noticed when the value is read.
//
//     stored: value ‖ crc32(key ‖ value) u32
//
// The key is part of the checksum, so a value that is found under another key does not count either. CRC-32 finds every damage of up
// to 32 neighbouring bits and all but one in four thousand million others. It guards against disks, not against people: what a
// reader is given is checked again by the reader, against the root. Its cost is 0.7 µs a value, and 16 µs for 40 KB (measured).
import { crc32 } from 'node:zlib'
import { uintBytes } from '../protocol/bytes.ts'
import type { LmdbTable } from './lmdb-folder.ts'

export const CHECKSUM_BYTES = 4

/** A stored value that does not match its checksum. */
export type DamagedValue = { readonly table: string; readonly key: Uint8Array }

/** Called for each read of a damaged value. What it throws, the read throws; otherwise the read goes on without the value. */
export type OnDamaged = (damaged: DamagedValue) => void

/** `value` is undefined when it is damaged. */
export type CheckedEntry = { readonly key: Uint8Array; readonly value: Uint8Array | undefined }

export function checksumOf(key: Uint8Array, value: Uint8Array): Uint8Array {
  return uintBytes(crc32(value, crc32(key)), CHECKSUM_BYTES)
}

/** The value of a stored entry without its checksum; undefined when it does not match. */
function checkedValue(key: Uint8Array, stored: Uint8Array): Uint8Array | undefined {
  const at = stored.length - CHECKSUM_BYTES
  if (at < 0) return undefined
  const value = stored.subarray(0, at)
  const expected = new DataView(stored.buffer, stored.byteOffset + at).getUint32(0)
  return crc32(value, crc32(key)) === expected ? value : undefined
}

export function isWhole(key: Uint8Array, stored: Uint8Array): boolean {
  return checkedValue(key, stored) !== undefined
}

export class CheckedTable {
  readonly #name: string
  readonly #table: LmdbTable
  readonly #onDamaged: OnDamaged

  constructor(options: { readonly name: string; readonly table: LmdbTable; readonly onDamaged: OnDamaged }) {
    this.#name = options.name
    this.#table = options.table
    this.#onDamaged = options.onDamaged
  }

  /** The value at `key`; undefined when there is none, or when it is damaged. */
  get(key: Uint8Array): Uint8Array | undefined {
    const stored = this.#table.get(key)
    return stored && this.#check(key, stored)
  }

  /** The first `limit` entries whose keys are not below `start`, damaged ones too. */
  range(start: Uint8Array, limit: number): CheckedEntry[] {
    return this.#table.range(start, limit).map(({ key, value }) => ({ key, value: this.#check(key, value) }))
  }

  /** The first `limit` keys that are not below `start`, and below `end` if it is given. */
  keys(start: Uint8Array, limit: number, end?: Uint8Array): Uint8Array[] {
    return this.#table.keys(start, limit, end)
  }

  count(): number {
    return this.#table.count()
  }

  /** Only within a change that `LmdbFolder.write` runs. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#table.put(key, Buffer.concat([value, checksumOf(key, value)]))
  }

  /** Only within a change that `LmdbFolder.write` runs. */
  remove(key: Uint8Array): void {
    this.#table.remove(key)
  }

  #check(key: Uint8Array, stored: Uint8Array): Uint8Array | undefined {
    const value = checkedValue(key, stored)
    if (value === undefined) this.#onDamaged({ table: this.#name, key })
    return value
  }
}
