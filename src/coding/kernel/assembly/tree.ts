// Chunk leaves, trees and pair leaves, four hashes at a time. Trees are computed level by level in LEVELS,
// several trees together, so that the four lanes stay full. A subtree that consists of padding is never
// hashed: its root is in ZEROS.

import { DIGESTS, LEVELS, NODES, RUNS, ZEROS } from './layout'
import { hash4 } from './sha256'

/** Bytes of leaves whose trees are computed together, so that they stay in the first-level cache. */
const BATCH_BYTES: u32 = 16384

/** Fills the table of the roots of zero trees. Called once. */
export function prepareZeros(): void {
  v128.store(ZEROS, i64x2.splat(0))
  v128.store(ZEROS, i64x2.splat(0), 16)
  for (let height: u32 = 0; height < 15; height++) {
    const zero = ZEROS + (height << 5)
    move(NODES, zero)
    move(NODES + 32, zero)
    hash4(1, 64, NODES, NODES, NODES, NODES)
    move(zero + 32, DIGESTS)
  }
}

// @ts-ignore: decorator
@inline
function move(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
}

/** Assigns a message to a lane: its source, and the target of its digest. */
// @ts-ignore: decorator
@inline
function take(lane: u32, source: usize, target: usize): void {
  store<u32>(RUNS + (lane << 4), source)
  store<u32>(RUNS + (lane << 4), target, 4)
  store<u32>(RUNS + (lane << 4), 1, 8)
}

/** Notes that the next message equals the one of lane `lane`: its digest gets one more target. */
// @ts-ignore: decorator
@inline
function repeat(lane: u32): void {
  store<u32>(RUNS + (lane << 4), load<u32>(RUNS + (lane << 4), 8) + 1, 8)
}

/** Hashes the messages of the first `lanes` lanes, and writes each digest to all its targets, `stride` apart. */
function flush(lanes: u32, prefix: u8, length: u32, stride: u32): void {
  const first = load<u32>(RUNS)
  hash4(
    prefix,
    length,
    first,
    lanes > 1 ? load<u32>(RUNS, 16) : first,
    lanes > 2 ? load<u32>(RUNS, 32) : first,
    lanes > 3 ? load<u32>(RUNS, 48) : first,
  )
  for (let lane: u32 = 0; lane < lanes; lane++) {
    let target: usize = load<u32>(RUNS + (lane << 4), 4)
    for (let left = load<u32>(RUNS + (lane << 4), 8); left; left--, target += stride) {
      move(target, DIGESTS + (lane << 5))
    }
  }
}

/** Whether the `length` bytes (a multiple of 32) at a and b are equal. The first word nearly always decides. */
// @ts-ignore: decorator
@inline
function same(a: usize, b: usize, length: u32): bool {
  if (load<u64>(a) !== load<u64>(b)) return false
  for (let at: usize = 0; at < length; at += 16) {
    if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false
  }
  return true
}

/**
 * Hashes the chunks of a span of symbols: chunk k of symbol i is the `length` bytes at source + i·symbolBytes
 * + 2048k, for k < chunks, and H(0x00 ‖ chunk) is written to target + i·targetStride + 32k. A symbol of one
 * chunk that equals the previous one is not hashed again: a small batch is mostly padding.
 */
export function chunkLeaves(
  source: usize,
  symbols: u32,
  symbolBytes: u32,
  chunks: u32,
  length: u32,
  target: usize,
  targetStride: u32,
): void {
  let lanes: u32 = 0
  let before: usize = 0
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    for (let chunk: u32 = 0; chunk < chunks; chunk++) {
      const from = source + symbol * symbolBytes + (chunk << 11)
      if (chunks === 1 && lanes && same(before, from, length)) {
        repeat(lanes - 1)
        continue
      }
      if (lanes === 4) {
        flush(4, 0, length, targetStride)
        lanes = 0
      }
      take(lanes++, from, target + symbol * targetStride + (chunk << 5))
      before = from
    }
  }
  if (lanes) flush(lanes, 0, length, targetStride)
}

/** Computes the roots of `count` trees. TreeSpan in src/protocol/kernel.ts describes their shape. */
export function treeRoots(
  source: usize,
  count: u32,
  width: u32,
  leafStride: u32,
  treeStride: u32,
  out: usize,
): void {
  if (width === 1) {
    for (let t: u32 = 0; t < count; t++) move(out + (t << 5), source + t * treeStride)
    return
  }
  const together = max<u32>(BATCH_BYTES / (width << 5), 1)
  for (let from: u32 = 0; from < count; from += together) {
    const batch = min(together, count - from)
    climb(source + from * treeStride, batch, width, leafStride, treeStride)
    for (let t: u32 = 0; t < batch; t++) move(out + ((from + t) << 5), LEVELS + (t << 5))
  }
}

/**
 * Computes all levels of a batch of trees; the roots are then at LEVELS. It works in place: a hash is written
 * at or before the place of its children, after all hashes of its group of lanes are computed.
 */
function climb(source: usize, count: u32, width: u32, leafStride: u32, treeStride: u32): void {
  let height: u32 = 0
  while (width > 1) {
    const nodes = (width + 1) >> 1
    level(source, count, width, leafStride, treeStride, ZEROS + (height << 5))
    source = LEVELS
    width = nodes
    leafStride = 32
    treeStride = nodes << 5
    height++
  }
}

/** Computes one level of a batch of trees. A node with the same children as the previous one is not hashed again. */
function level(source: usize, count: u32, width: u32, leafStride: u32, treeStride: u32, zero: usize): void {
  const total = count * ((width + 1) >> 1)
  let tree = source
  let leaf: u32 = 0
  let target = LEVELS
  let lanes: u32 = 0
  let leftBefore: usize = 0
  let rightBefore: usize = 0
  for (let done: u32 = 0; done < total; done++, target += 32) {
    const left = tree + leaf * leafStride
    const right = leaf + 1 === width ? zero : left + leafStride
    leaf += 2
    if (leaf >= width) {
      leaf = 0
      tree += treeStride
    }
    if (lanes && same(leftBefore, left, 32) && same(rightBefore, right, 32)) {
      repeat(lanes - 1)
      continue
    }
    if (lanes === 4) {
      flush(4, 1, 64, 32)
      lanes = 0
    }
    let children = left
    if (right !== left + 32) {
      children = NODES + (lanes << 6)
      move(children, left)
      move(children + 32, right)
    }
    take(lanes++, children, target)
    leftBefore = left
    rightBefore = right
  }
  if (lanes) flush(lanes, 1, 64, 32)
}

/** Writes H(0x02 ‖ row root i ‖ column root i) to out + 32i. */
export function pairLeaves(rows: usize, columns: usize, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i += 4) {
    const lanes = min<u32>(4, count - i)
    for (let lane: u32 = 0; lane < lanes; lane++) {
      move(NODES + (lane << 6), rows + ((i + lane) << 5))
      move(NODES + (lane << 6) + 32, columns + ((i + lane) << 5))
    }
    hash4(2, 64, NODES, NODES + 64, NODES + 128, NODES + 192)
    for (let lane: u32 = 0; lane < lanes; lane++) move(out + ((i + lane) << 5), DIGESTS + (lane << 5))
  }
}
