// Checks an LMDB file before LMDB maps it. LMDB ends the process with a signal and no message when a page of a tree is not valid, and
// starts with less than was stored when a bit of the wrong place flipped. It keeps no checksums. A power cut causes no such damage, since
// LMDB writes a meta page after the pages that it names.
//
// Layout of a meta page (LMDB's mdb.c, `MDB_meta`, format 2): behind the head of the page (database-pages.ts) are magic u32, version u32,
// address u64, map size u64, then 48 bytes for each of two trees, the free list (it starts with the page size) and the main table; last
// page u64, transaction u64.
import { closeSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs'
import { FloeError } from '../protocol/errors.ts'
import { type CommitSummary, readCommitRecord } from './commit-record.ts'
import { DamagedPage, TABLE_BYTES, type Tree, leafEntries, treeAt } from './database-pages.ts'
import { type DatabaseFile, type OnValue, walkDatabase } from './database-walk.ts'

const META = 24
const META_FLAGS = 18
const META_PAGE = 8
const FREE_FLAGS = 8
const MAGIC = 0xbeefc0de
const VERSION = 2
const TREES = META + 24
const LAST_PAGE = TREES + 2 * TABLE_BYTES
const TRANSACTION = LAST_PAGE + 8
const META_BYTES = TRANSACTION + 8
const PAGE_BYTES_MIN = 4096
const PAGE_BYTES_MAX = 65_536
/** Both meta pages, for pages of any size. */
const FIRST_PAGES_BYTES = PAGE_BYTES_MAX + META_BYTES
/** The file may be shorter than LMDB says, where the last pages are free. More of them are not believed. */
const PAGES_BEYOND_MAX = 65_536

type Meta = {
  readonly pageBytes: number
  readonly free: Tree
  readonly main: Tree
  readonly pages: number
  readonly transaction: number
}

export type DatabaseFiles = {
  readonly database: string
  /** The record of the last commit. */
  readonly record: string
}

/**
 * Checks a database and compares it with the record of its last commit. Empties a file whose creation was interrupted before the first
 * commit.
 * @param onValue called for every value
 * @throws FloeError `configuration` for a file that LMDB could not open, or that has less than was stored
 */
export function checkDatabaseFile({ database, record }: DatabaseFiles, onValue?: OnValue): void {
  const expected = readCommitRecord(record)
  const meta = newestMeta(database)
  const found = meta && walk(database, meta, onValue)
  if (expected === undefined) return
  if (expected === 'damaged') throw damaged(record, 'neither of its two copies matches its checksum', record)
  compare(database, record, expected, found)
}

/** Tells what a database has after each commit, from its newest meta page and the page that has the heads of its tables. */
export class SummaryReader {
  readonly #descriptor: number
  readonly #page: Buffer

  constructor(descriptor: number) {
    this.#descriptor = descriptor
    this.#page = Buffer.alloc(PAGE_BYTES_MAX)
  }

  /** @returns the summary, and the bytes of the file that LMDB uses @throws DamagedPage */
  read(): { readonly summary: CommitSummary; readonly usedBytes: number } {
    const first = metaAt(this.#read(0, META_BYTES), 0)
    const second = metaAt(this.#read(first?.pageBytes ?? PAGE_BYTES_MIN, META_BYTES), 0)
    if (first === undefined || second === undefined) throw new DamagedPage('a meta page is not valid')
    const { pageBytes, main, transaction, pages } = first.transaction > second.transaction ? first : second
    const usedBytes = pages * pageBytes
    if (main.root === undefined) return { summary: { transaction, tables: {} }, usedBytes }
    // The tables of a folder fit one page (lmdb-folder.ts).
    const tables: Record<string, number> = {}
    for (const { key, value } of leafEntries(this.#read(main.root * pageBytes, pageBytes), main.root))
      if (value !== undefined) tables[nameOf(key.toString('latin1'))] = treeAt(value, 0).entries
    return { summary: { transaction, tables }, usedBytes }
  }

  #read(at: number, length: number): Buffer {
    const bytes = readSync(this.#descriptor, this.#page, 0, length, at)
    return this.#page.subarray(0, bytes)
  }
}

/** The newest meta page; undefined for a file that had no commit yet. */
function newestMeta(file: string): Meta | undefined {
  const found = readFirstPages(file)
  if (found === undefined || found.bytes === 0) return undefined
  const { bytes, head } = found
  const [first, second] = metasIn(head)
  if (first === undefined || second === undefined) {
    // The first commit makes the file longer, and nothing is acknowledged before that commit is on disk.
    if (bytes > 2 * pageBytesOf(head))
      throw damaged(file, `its ${first === undefined ? 'first' : 'second'} meta page is not valid`)
    truncateSync(file)
    return undefined
  }
  const newest = first.transaction > second.transaction ? first : second
  // They are written in turn: the first by transactions with an even number.
  const isInTurn = Math.abs(first.transaction - second.transaction) <= 1 && first.transaction % 2 === 0
  if (!isInTurn) throw damaged(file, 'its meta pages are not of transactions that followed each other')
  const filePages = Math.floor(bytes / newest.pageBytes)
  const roots = [newest.free.root, newest.main.root]
  if (roots.some((root) => root !== undefined && root >= filePages))
    throw damaged(file, `it was cut off after ${bytes} bytes`)
  if (newest.pages > filePages + PAGES_BEYOND_MAX || first.pageBytes !== second.pageBytes)
    throw damaged(file, 'its meta pages are not valid')
  return newest
}

function walk(file: string, meta: Meta, onValue: OnValue | undefined): CommitSummary {
  const descriptor = openSync(file, 'r')
  try {
    const filePages = Math.ceil(fstatSync(descriptor).size / meta.pageBytes)
    const walked: DatabaseFile = { descriptor, filePages, ...meta }
    const tables = [...walkDatabase(walked, onValue)].map(([name, entries]) => [nameOf(name), entries])
    return { transaction: meta.transaction, tables: Object.fromEntries(tables) as Record<string, number> }
  } catch (error) {
    if (error instanceof DamagedPage) throw damaged(file, error.message)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** A process that was killed may have made a commit that it did not record; after that, counts need not be equal. */
function compare(
  file: string,
  record: string,
  expected: CommitSummary,
  found: CommitSummary = { transaction: 0, tables: {} },
): void {
  const lost = (what: string): FloeError =>
    damaged(
      file,
      `${what} after transaction ${found.transaction}, it had transaction ${expected.transaction}`,
      record,
    )
  if (found.transaction < expected.transaction) throw lost('it ends')
  for (const [table, entries] of Object.entries(expected.tables)) {
    const count = found.tables[table]
    if (count === undefined) throw lost(`it has no table ${table}, which had ${entries} entries`)
    if (found.transaction === expected.transaction && count !== entries)
      throw lost(`it has ${count} of ${entries} entries of the table ${table}`)
  }
}

/** lmdb-js ends the names of tables with a zero. */
function nameOf(key: string): string {
  return key.replace(/\0$/, '')
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
    const head = Buffer.alloc(FIRST_PAGES_BYTES)
    const length = readSync(descriptor, head, 0, head.length, 0)
    return { bytes: fstatSync(descriptor).size, head: head.subarray(0, length) }
  } finally {
    closeSync(descriptor)
  }
}

function metasIn(head: Buffer): [Meta | undefined, Meta | undefined] {
  return [metaAt(head, 0), metaAt(head, pageBytesOf(head))]
}

function pageBytesOf(head: Buffer): number {
  return metaAt(head, 0)?.pageBytes ?? PAGE_BYTES_MIN
}

function metaAt(head: Buffer, at: number): Meta | undefined {
  const page = head.subarray(at, at + META_BYTES)
  if (page.length < META_BYTES || page.readUInt32LE(META) !== MAGIC) return undefined
  if (page.readUInt32LE(META + 4) !== VERSION || page.readUInt16LE(META_FLAGS) !== META_PAGE) return undefined
  const pageBytes = page.readUInt32LE(TREES)
  if (pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX || pageBytes % PAGE_BYTES_MIN !== 0)
    return undefined
  const [free, main] = [treeAt(page, TREES), treeAt(page, TREES + TABLE_BYTES)]
  // LMDB keeps the flags of the environment here: the keys of the free list are integers, and no other flag is set.
  if (free.flags !== FREE_FLAGS) return undefined
  const pages = Number(page.readBigUInt64LE(LAST_PAGE)) + 1
  return { pageBytes, free, main, pages, transaction: Number(page.readBigUInt64LE(TRANSACTION)) }
}

function damaged(file: string, reason: string, record?: string): FloeError {
  const accept = record === undefined ? '' : ` To go on with what is there, delete ${record}.`
  return new FloeError('configuration', `The database ${file} is damaged: ${reason}.`, {
    remedy:
      'Check the disk, and restore the folder from a copy or start with an empty one: what a node stored can be repaired from the committee.' +
      accept,
  })
}
