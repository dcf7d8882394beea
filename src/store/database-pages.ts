// The pages of an LMDB file, read without LMDB: LMDB trusts what it maps, and a flipped bit in a page of a tree ends the process with a
// signal, or makes a table empty.
//
// Layout (LMDB's mdb.c, format 2; numbers are in the machine's order, which is little-endian wherever Node runs): a page starts with 24
// bytes: number u64, transaction u64, pad u16, flags u16, lower u16, upper u16. Behind them are offsets u16 of the entries, up to
// `lower`, and from `upper` on the entries, all relative to byte 24. An entry is lo u16, hi u16, flags u16, key length u16, the key, and
// the value. In a branch page lo, hi and flags are the number of the child; in a leaf lo and hi are the length of the value. A long
// value is in pages of its own, and the leaf has the number of the first, a transaction, and their count, each u64.
export const PAGE_HEAD = 24
const ENTRY_HEAD = 8
const BRANCH = 1
const LEAF = 2
const OVERFLOW = 4
const KIND_MASK = 0x2f
const LONG_VALUE = 1
const SUBTABLE = 2
const LONG_VALUE_BYTES = 24
export const TABLE_BYTES = 48
/** A tree has no root when it is empty. */
const NO_ROOT = 0xffff_ffff_ffff_ffffn

/** What LMDB keeps of a tree. */
export type Tree = {
  readonly flags: number
  readonly depth: number
  readonly branchPages: number
  readonly leafPages: number
  readonly longValuePages: number
  readonly entries: number
  /** Undefined: the tree is empty. */
  readonly root: number | undefined
}

export type BranchEntry = { readonly key: Buffer; readonly child: number }

export type LeafEntry = {
  readonly key: Buffer
  readonly length: number
  /** The value, where it is in the page. */
  readonly value: Buffer | undefined
  readonly isSubtable: boolean
  /** The pages of a long value. */
  readonly pages: { readonly first: number; readonly count: number } | undefined
}

/** A page, or a value, that LMDB could not have written. */
export class DamagedPage extends Error {}

export function treeAt(bytes: Buffer, at: number): Tree {
  const count = (offset: number): number => Number(bytes.readBigUInt64LE(at + offset))
  const root = bytes.readBigUInt64LE(at + 40)
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: count(8),
    leafPages: count(16),
    longValuePages: count(24),
    entries: count(32),
    root: root === NO_ROOT ? undefined : Number(root),
  }
}

/** @throws DamagedPage */
export function branchEntries(page: Buffer, number: number): BranchEntry[] {
  const entries: BranchEntry[] = []
  let bytes = 0
  for (const at of entryOffsets(page, number, BRANCH)) {
    const keyBytes = page.readUInt16LE(at + 6)
    const end = at + ENTRY_HEAD + keyBytes
    check(end <= page.length, number, 'an entry passes its end')
    const child = page.readUInt16LE(at + 4) * 2 ** 32 + page.readUInt32LE(at)
    entries.push({ key: page.subarray(at + ENTRY_HEAD, end), child })
    bytes += even(end - at)
  }
  check(bytes === page.length - PAGE_HEAD - page.readUInt16LE(22), number, 'its entries do not fill it')
  check(entries.length >= 2, number, 'it has one child')
  return entries
}

/** @throws DamagedPage */
export function leafEntries(page: Buffer, number: number): LeafEntry[] {
  const entries: LeafEntry[] = []
  let bytes = 0
  for (const at of entryOffsets(page, number, LEAF)) {
    const [flags, keyBytes] = [page.readUInt16LE(at + 4), page.readUInt16LE(at + 6)]
    const length = page.readUInt32LE(at)
    const isLong = flags === LONG_VALUE
    check(flags === 0 || isLong || flags === SUBTABLE, number, 'an entry has unknown flags')
    const valueAt = at + ENTRY_HEAD + keyBytes
    const end = valueAt + (isLong ? LONG_VALUE_BYTES : length)
    check(end <= page.length && keyBytes > 0, number, 'an entry passes its end')
    entries.push({
      key: page.subarray(at + ENTRY_HEAD, valueAt),
      length,
      value: isLong ? undefined : page.subarray(valueAt, end),
      isSubtable: flags === SUBTABLE,
      pages: isLong ? longValueAt(page, valueAt) : undefined,
    })
    bytes += even(end - at)
  }
  check(bytes === page.length - PAGE_HEAD - page.readUInt16LE(22), number, 'its entries do not fill it')
  return entries
}

function longValueAt(page: Buffer, at: number): { first: number; count: number } {
  return { first: Number(page.readBigUInt64LE(at)), count: Number(page.readBigUInt64LE(at + 16)) }
}

/** Checks the head of the pages of a long value, which LMDB believes when it frees them: their count is where others have `lower`. */
export function checkLongValue(page: Buffer, number: number, count: number): void {
  checkHead(page, number, OVERFLOW)
  check(page.readUInt32LE(20) === count, number, 'it has another length')
}

/** The transaction that wrote a page. */
export function transactionOf(page: Buffer): number {
  return Number(page.readBigUInt64LE(8))
}

function checkHead(page: Buffer, number: number, kind: number): void {
  check(Number(page.readBigUInt64LE(0)) === number, number, 'it has the number of another page')
  check((page.readUInt16LE(18) & KIND_MASK) === kind, number, 'it is of another kind')
}

/** Checks the head of a page. @returns the offsets of its entries */
function entryOffsets(page: Buffer, number: number, kind: number): number[] {
  checkHead(page, number, kind)
  const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)]
  const space = page.length - PAGE_HEAD
  check(
    lower % 2 === 0 && lower > 0 && lower <= upper && upper <= space,
    number,
    'its free space is not valid',
  )
  return Array.from({ length: lower / 2 }, (_, i) => {
    const at = page.readUInt16LE(PAGE_HEAD + 2 * i)
    check(at >= upper && at + ENTRY_HEAD <= space, number, 'an entry is outside of it')
    return PAGE_HEAD + at
  })
}

export function check(condition: boolean, number: number, reason: string): void {
  if (!condition) throw new DamagedPage(`page ${number}: ${reason}`)
}

function even(bytes: number): number {
  return bytes + (bytes % 2)
}
