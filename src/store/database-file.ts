// Checks an LMDB file before LMDB maps it. LMDB ends the process with a signal and no message when a meta page is not valid, or
// when a tree's root lies beyond the end of the file. LMDB keeps no checksums, so other damage is found when it is read, if at
// all. A power cut causes no such damage, since LMDB writes a meta page after the pages that it names.
//
// Layout (LMDB's mdb.c, `MDB_page_header` and `MDB_meta`, format 2): a page starts with 24 bytes of header; the meta behind it is
// magic u32, version u32, address u64, map size u64, then 48 bytes for each of two trees (the first starts with the page size,
// each ends with its root), last page u64, transaction u64. All in the machine's order, which is little-endian wherever Node runs.
import { closeSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs'
import { FloeError } from '../protocol/errors.ts'

const META = 24
const MAGIC = 0xbeefc0de
const VERSION = 2
const TREES = META + 24
const TREE_BYTES = 48
const TRANSACTION = TREES + 2 * TREE_BYTES + 8
const META_BYTES = TRANSACTION + 8
const PAGE_BYTES_MIN = 4096
const NO_ROOT = 0xffff_ffff_ffff_ffffn

type Meta = { readonly pageBytes: number; readonly roots: readonly bigint[]; readonly transaction: bigint }

/**
 * Empties a file whose creation was interrupted before the first commit.
 * @throws FloeError `configuration` for a file that LMDB could not open
 */
export function checkDatabaseFile(file: string): void {
  const found = readFirstPages(file)
  if (found === undefined || found.bytes === 0) return
  const { bytes, head } = found
  const pageBytes = pageBytesOf(head)
  const metas = [0, pageBytes].map((at) => metaAt(head, at))
  const [first, second] = metas
  if (first === undefined || second === undefined) {
    // The first commit makes the file longer, and nothing is acknowledged before that commit is on disk.
    if (bytes <= 2 * pageBytes) truncateSync(file)
    else throw damaged(file, `its ${first === undefined ? 'first' : 'second'} meta page is not valid`)
    return
  }
  const newest = first.transaction > second.transaction ? first : second
  const pages = BigInt(Math.floor(bytes / newest.pageBytes))
  if (newest.roots.every((root) => root === NO_ROOT || root < pages)) return
  throw damaged(file, `it was cut off after ${bytes} bytes`)
}

/** The first pages of a file, and its length; undefined when the file cannot be read. */
function readFirstPages(file: string): { bytes: number; head: Buffer } | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    // LMDB reports a file that exists and cannot be read.
    return undefined
  }
  try {
    const head = Buffer.alloc(65_536 + META_BYTES)
    const length = readSync(descriptor, head, 0, head.length, 0)
    return { bytes: fstatSync(descriptor).size, head: head.subarray(0, length) }
  } finally {
    closeSync(descriptor)
  }
}

function pageBytesOf(head: Buffer): number {
  return metaAt(head, 0)?.pageBytes ?? PAGE_BYTES_MIN
}

function metaAt(head: Buffer, at: number): Meta | undefined {
  const page = head.subarray(at, at + META_BYTES)
  if (page.length < META_BYTES || page.readUInt32LE(META) !== MAGIC) return undefined
  if (page.readUInt32LE(META + 4) !== VERSION) return undefined
  const pageBytes = page.readUInt32LE(TREES)
  if (pageBytes < PAGE_BYTES_MIN || pageBytes > 65_536) return undefined
  const roots = [1, 2].map((tree) => page.readBigUInt64LE(TREES + tree * TREE_BYTES - 8))
  return { pageBytes, roots, transaction: page.readBigUInt64LE(TRANSACTION) }
}

function damaged(file: string, reason: string): FloeError {
  return new FloeError('configuration', `The database ${file} is damaged: ${reason}.`, {
    remedy:
      'Check the disk, and start with an empty folder: what was stored can be repaired from the committee.',
  })
}
