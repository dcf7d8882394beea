// Chunk leaves, trees and pair leaves, four hashes at a time. Trees are climbed level by level in LEVELS,
// several trees of a batch together, so that the four lanes stay full. A subtree of nothing but padding is
// never hashed: its root is in ZEROS.

import { DIGESTS, LEVELS, NODES, ZEROS } from './layout'
import { hash4 } from './sha256'

/** Bytes of leaves that are climbed together: they stay in the first-level cache. */
const BATCH_BYTES: u32 = 16384

/** Fills the table of roots of zero trees; called once. */
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

/**
 * Hashes the chunks of a span of symbols: chunk k of symbol i is the `length` bytes at source + i·symbolBytes
 * + 2048k, for k < chunks, and H(0x00 ‖ chunk) goes to target + i·targetStride + 32k.
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
  const total = symbols * chunks
  const last = total - 1
  for (let i: u32 = 0; i < total; i += 4) {
    hash4(
      0,
      length,
      chunkAt(source, i, symbolBytes, chunks),
      chunkAt(source, min(i + 1, last), symbolBytes, chunks),
      chunkAt(source, min(i + 2, last), symbolBytes, chunks),
      chunkAt(source, min(i + 3, last), symbolBytes, chunks),
    )
    const lanes = min<u32>(4, total - i)
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const symbol = (i + lane) / chunks
      const chunk = (i + lane) % chunks
      move(target + symbol * targetStride + (chunk << 5), DIGESTS + (lane << 5))
    }
  }
}

// @ts-ignore: decorator
@inline
function chunkAt(source: usize, i: u32, symbolBytes: u32, chunks: u32): usize {
  return source + (i / chunks) * symbolBytes + ((i % chunks) << 11)
}

/** The roots of `count` trees; see TreeSpan of the port for the shape. */
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
 * Computes level after level of a batch of trees; the roots end up at LEVELS. It works in place: a hash is
 * written at or before its children, and after all four of its lane group are done.
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

function level(source: usize, count: u32, width: u32, leafStride: u32, treeStride: u32, zero: usize): void {
  const total = count * ((width + 1) >> 1)
  let tree = source
  let leaf: u32 = 0
  let target = LEVELS
  for (let done: u32 = 0; done < total; done += 4) {
    const lanes = min<u32>(4, total - done)
    let p0: usize = 0
    let p1: usize = 0
    let p2: usize = 0
    let p3: usize = 0
    for (let lane: u32 = 0; lane < lanes; lane++) {
      let children = tree + leaf * leafStride
      const lonely = leaf + 1 === width
      if (lonely || leafStride !== 32) {
        const node = NODES + (lane << 6)
        move(node, children)
        move(node + 32, lonely ? zero : children + leafStride)
        children = node
      }
      if (lane === 0) p0 = p1 = p2 = p3 = children
      else if (lane === 1) p1 = children
      else if (lane === 2) p2 = children
      else p3 = children
      leaf += 2
      if (leaf >= width) {
        leaf = 0
        tree += treeStride
      }
    }
    hash4(1, 64, p0, p1, p2, p3)
    for (let lane: u32 = 0; lane < lanes; lane++, target += 32) move(target, DIGESTS + (lane << 5))
  }
}

/** H(0x02 ‖ row root i ‖ column root i) goes to out + 32i. */
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
