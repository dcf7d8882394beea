// Room at the end of a database file, written with zeros before LMDB needs it: where the file cannot grow, the write fails here, and
// not within LMDB. LMDB prints its report of a write that failed into a buffer that is too short for it (mdb.c, `mdb_page_flush`,
// `last_error`), which damages the memory of the process; the process may end at any time after that.
//
// The check of free space does not suffice: other programs write too, and it knows of no quota and no limit on the size of a file.
// On a file system that copies on write (btrfs, ZFS) pages that exist may not be writable either, so there the check has to do.
//
// Nothing else may write to the file meanwhile, so this is synchronous. It costs one more write of each page that the file grows by.
import { fstatSync, ftruncateSync, writeSync } from 'node:fs'
import { FloeError } from '../protocol/errors.ts'

const PIECE = Buffer.alloc(1024 * 1024)
const RETRY_SECONDS = 10
/** What any change may need: pages copied on write, and the list of free pages. */
const BYTES_MIN = 256 * 1024
const BYTES_PER_WRITE = 64 * 1024

export class FileRoom {
  readonly #descriptor: number
  #usedBytes = 0

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Says how much of the file LMDB uses. */
  use(bytes: number): void {
    this.#usedBytes = bytes
  }

  /** Makes room for writes that add `bytes`. @throws FloeError `storage`, and the file is as it was */
  reserve(writes: number, bytes: number): void {
    const needed = this.#usedBytes + BYTES_MIN + writes * BYTES_PER_WRITE + Math.ceil(1.25 * bytes)
    const { size } = fstatSync(this.#descriptor)
    if (size >= needed) return
    try {
      for (let at = size; at < needed;) at += writeSync(this.#descriptor, PIECE, 0, PIECE.length, at)
    } catch (error) {
      this.#cutTo(size)
      throw cannotGrow(size, needed, error)
    }
  }

  #cutTo(size: number): void {
    try {
      ftruncateSync(this.#descriptor, size)
    } catch {
      // Then the file is longer, with zeros that the next call counts as room.
    }
  }
}

function cannotGrow(size: number, needed: number, cause: unknown): FloeError {
  return new FloeError(
    'storage',
    `The database file of ${size} bytes cannot grow to ${needed} bytes: ${String(cause)}.`,
    {
      facts: { size, needed },
      remedy: 'Free space on its disk, or raise the quota or limit on the size of files.',
      retryAfterSeconds: RETRY_SECONDS,
      cause,
    },
  )
}
