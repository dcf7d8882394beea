// What the last commit of a database left in it, in a file of its own beside it. LMDB keeps no checksums: a flipped bit in a meta page
// takes it back to an earlier commit, and one in the name of a table makes that table empty. A start compares both.
//
//     two places of 4,096 bytes, written in turn: crc32 u32 ‖ length u32 ‖ JSON { transaction, tables: { name: entries } }
//
// It is written after each commit and not synced, which costs some tens of µs. After a power cut it may be older than the database, never newer.
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

export type CommitSummary = {
  /** LMDB's number of the newest transaction. */
  readonly transaction: number
  /** Number of entries by table. */
  readonly tables: Readonly<Record<string, number>>
}

const PLACE_BYTES = 4096
const HEAD_BYTES = 8
const FILE_MODE = 0o600

/** @returns what is written; `damaged` when there is a file, and no place of it can be read; undefined without a file */
export function readCommitRecord(file: string): CommitSummary | 'damaged' | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return 'damaged'
  }
  const found = [0, PLACE_BYTES].flatMap((at) => summaryAt(bytes, at) ?? [])
  if (found.length === 0) return 'damaged'
  return found.reduce((newest, each) => (each.transaction > newest.transaction ? each : newest))
}

function summaryAt(bytes: Buffer, at: number): CommitSummary | undefined {
  const place = bytes.subarray(at, at + PLACE_BYTES)
  if (place.length < HEAD_BYTES) return undefined
  const json = place.subarray(HEAD_BYTES, HEAD_BYTES + place.readUInt32LE(4))
  if (json.length === 0 || crc32(json) !== place.readUInt32LE(0)) return undefined
  return JSON.parse(json.toString()) as CommitSummary
}

/** The file while its database is open. */
export class CommitRecord {
  readonly #descriptor: number
  #writes = 0

  constructor(file: string) {
    this.#descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT, FILE_MODE)
  }

  /** A record that cannot be written stays older than the database, as after a power cut. */
  write(summary: CommitSummary): void {
    const json = Buffer.from(JSON.stringify(summary))
    const place = Buffer.alloc(HEAD_BYTES + json.length)
    place.writeUInt32LE(crc32(json), 0)
    place.writeUInt32LE(json.length, 4)
    json.copy(place, HEAD_BYTES)
    try {
      writeSync(this.#descriptor, place, 0, place.length, (this.#writes % 2) * PLACE_BYTES)
      this.#writes += 1
    } catch {
      // The next commit writes it again.
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
