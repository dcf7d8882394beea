// SHA-256 of four messages of equal length, one in each 32-bit lane. A message is prefix ‖ bytes. The byte
// before the bytes is read in place of the prefix, so nothing is copied: a message of 1 + 32m bytes consists
// of whole blocks, loaded from one byte earlier, and exactly one last block with the remaining 1 or 33 bytes.

import { DIGESTS, NODE_TAILS, SCHEDULE, STATE, TAILS } from './layout'

/** The round constants and the initial chaining value, FIPS 180-4 §4.2.2 and §5.3.3. */
const ROUNDS: usize = memory.data<u32>(
  [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ],
  64,
)
const INITIAL: usize = memory.data<u32>(
  [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
  64,
)

/**
 * Writes to DIGESTS the hashes of prefix ‖ the `length` bytes at each of p0, p1, p2, p3. `length` is a
 * multiple of 32. The byte before each address must be readable.
 */
export function hash4(prefix: u8, length: u32, p0: usize, p1: usize, p2: usize, p3: usize): void {
  for (let i: usize = 0; i < 8; i++) v128.store(STATE + (i << 4), i32x4.splat(load<u32>(INITIAL + (i << 2))))
  const blocks = (1 + length) >> 6
  const ahead: usize = (<usize>blocks << 6) - 1
  for (let at: usize = 0; at < ahead + 1; at += 64) {
    schedule(at === 0 ? <i32>prefix : -1, p0 + at - 1, p1 + at - 1, p2 + at - 1, p3 + at - 1)
    compress(false)
  }
  if (length === 64) {
    nodeTails(load<u8>(p0, 63), load<u8>(p1, 63), load<u8>(p2, 63), load<u8>(p3, 63))
    compress(true)
    digest(0)
    digest(64)
    return
  }
  const rest = length & 32
  tail(0, p0 + ahead, prefix, blocks, rest, length)
  tail(1, p1 + ahead, prefix, blocks, rest, length)
  tail(2, p2 + ahead, prefix, blocks, rest, length)
  tail(3, p3 + ahead, prefix, blocks, rest, length)
  schedule(-1, TAILS, TAILS + 64, TAILS + 128, TAILS + 192)
  compress(false)
  digest(0)
  digest(64)
}

/** Fills NODE_TAILS. Called once. */
export function prepareNodeTails(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    const words = NODE_TAILS + (byte << 8)
    store<u32>(words, (byte << 24) | 0x800000)
    store<u32>(words, 65 << 3, 60)
    for (let at = words + 64; at < words + 256; at += 4) {
      const near = load<u32>(at - 60)
      const far = load<u32>(at - 8)
      const s0 = rotr<u32>(near, 7) ^ rotr<u32>(near, 18) ^ (near >> 3)
      const s1 = rotr<u32>(far, 17) ^ rotr<u32>(far, 19) ^ (far >> 10)
      store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1)
    }
  }
}

/** Interleaves the schedules of the last blocks of four 65-byte messages. */
// @ts-ignore: decorator
@inline
function nodeTails(b0: u32, b1: u32, b2: u32, b3: u32): void {
  const p0 = NODE_TAILS + (b0 << 8)
  const p1 = NODE_TAILS + (b1 << 8)
  const p2 = NODE_TAILS + (b2 << 8)
  const p3 = NODE_TAILS + (b3 << 8)
  for (let at: usize = 0; at < 256; at += 16) {
    const target = SCHEDULE + (at << 2)
    interleave(target, v128.load(p0 + at), v128.load(p1 + at), v128.load(p2 + at), v128.load(p3 + at))
  }
}

/** Stores word i of a, b, c, d as the i-th vector at target. */
// @ts-ignore: decorator
@inline
function interleave(target: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  v128.store(target, v128.shuffle<i64>(ab, cd, 0, 2))
  v128.store(target, v128.shuffle<i64>(ab, cd, 1, 3), 16)
  v128.store(target, v128.shuffle<i64>(ab2, cd2, 0, 2), 32)
  v128.store(target, v128.shuffle<i64>(ab2, cd2, 1, 3), 48)
}

/** Builds the last block of a lane: 1 + `rest` bytes, the end mark, zeros, the bit length. */
// @ts-ignore: decorator
@inline
function tail(lane: usize, from: usize, prefix: u8, blocks: u32, rest: u32, length: u32): void {
  const block = TAILS + (lane << 6)
  if (rest) {
    v128.store(block, v128.load(from))
    v128.store(block, v128.load(from, 16), 16)
    v128.store(block, i64x2.splat(0), 32)
    store<u8>(block, load<u8>(from, 32), 32)
    store<u8>(block, 0x80, 33)
  } else {
    v128.store(block, i64x2.splat(0))
    v128.store(block, i64x2.splat(0), 16)
    v128.store(block, i64x2.splat(0), 32)
    store<u8>(block, load<u8>(from))
    store<u8>(block, 0x80, 1)
  }
  if (!blocks) store<u8>(block, prefix)
  v128.store(block, i64x2.splat(0), 48)
  store<u32>(block, bswap<u32>((1 + length) << 3), 60)
}

// @ts-ignore: decorator
@inline
function bigEndian(x: v128): v128 {
  const order = i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(x, order)
  return i8x16.swizzle(x, order)
}

/** Lays the first 16 words of four blocks side by side. `prefix` ≥ 0 replaces the first byte. */
// @ts-ignore: decorator
@inline
function schedule(prefix: i32, p0: usize, p1: usize, p2: usize, p3: usize): void {
  for (let at: usize = 0; at < 64; at += 16) {
    let a = v128.load(p0 + at)
    let b = v128.load(p1 + at)
    let c = v128.load(p2 + at)
    let d = v128.load(p3 + at)
    if (at === 0 && prefix >= 0) {
      a = i8x16.replace_lane(a, 0, <i8>prefix)
      b = i8x16.replace_lane(b, 0, <i8>prefix)
      c = i8x16.replace_lane(c, 0, <i8>prefix)
      d = i8x16.replace_lane(d, 0, <i8>prefix)
    }
    interleave(SCHEDULE + (at << 2), bigEndian(a), bigEndian(b), bigEndian(c), bigEndian(d))
  }
}

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b)
}

// @ts-ignore: decorator
@inline
function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b)
}

// @ts-ignore: decorator
@inline
function rotations(x: v128, p: i32, q: i32, r: i32): v128 {
  return xor(
    xor(xor(i32x4.shr_u(x, p), i32x4.shl(x, 32 - p)), xor(i32x4.shr_u(x, q), i32x4.shl(x, 32 - q))),
    xor(i32x4.shr_u(x, r), i32x4.shl(x, 32 - r)),
  )
}

// @ts-ignore: decorator
@inline
function smallSigma(x: v128, p: i32, q: i32, shift: i32): v128 {
  return xor(
    xor(xor(i32x4.shr_u(x, p), i32x4.shl(x, 32 - p)), xor(i32x4.shr_u(x, q), i32x4.shl(x, 32 - q))),
    i32x4.shr_u(x, shift),
  )
}

// @ts-ignore: decorator
@inline
function choose(e: v128, f: v128, g: v128): v128 {
  return xor(g, v128.and(e, xor(f, g)))
}

// @ts-ignore: decorator
@inline
function sum0(a: v128): v128 {
  return rotations(a, 2, 13, 22)
}

// @ts-ignore: decorator
@inline
function sum1(e: v128): v128 {
  return rotations(e, 6, 11, 25)
}

/** h + K + W of a round. If `extend`, also computes the word of the schedule 16 rounds later. */
// @ts-ignore: decorator
@inline
function next(extend: bool, h: v128, words: usize, constants: usize, round: usize): v128 {
  const word = v128.load(words + (round << 4))
  if (extend) {
    const near = smallSigma(v128.load(words + (round << 4), 1 << 4), 7, 18, 3)
    const far = smallSigma(v128.load(words + (round << 4), 14 << 4), 17, 19, 10)
    const later = add(add(word, near), add(v128.load(words + (round << 4), 9 << 4), far))
    v128.store(words + (round << 4), later, 16 << 4)
  }
  return add(h, add(word, v128.load32_splat(constants + (round << 2))))
}

/** Compresses the block at SCHEDULE into STATE. `extended` means that all 64 words are there, not only 16. */
function compress(extended: bool): void {
  let a = v128.load(STATE)
  let b = v128.load(STATE, 16)
  let c = v128.load(STATE, 32)
  let d = v128.load(STATE, 48)
  let e = v128.load(STATE, 64)
  let f = v128.load(STATE, 80)
  let g = v128.load(STATE, 96)
  let h = v128.load(STATE, 112)
  // majority(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and b ^ c is a ^ b of the previous round.
  let p: v128
  let q = xor(b, c)
  let word = SCHEDULE
  let constant = ROUNDS
  const toExtend = extended ? SCHEDULE : SCHEDULE + 48 * 16
  for (; word < toExtend; word += 128, constant += 32) {
    h = add(add(next(true, h, word, constant, 0), choose(e, f, g)), sum1(e))
    d = add(d, h)
    p = xor(a, b)
    h = add(add(h, xor(b, v128.and(p, q))), sum0(a))
    g = add(add(next(true, g, word, constant, 1), choose(d, e, f)), sum1(d))
    c = add(c, g)
    q = xor(h, a)
    g = add(add(g, xor(a, v128.and(q, p))), sum0(h))
    f = add(add(next(true, f, word, constant, 2), choose(c, d, e)), sum1(c))
    b = add(b, f)
    p = xor(g, h)
    f = add(add(f, xor(h, v128.and(p, q))), sum0(g))
    e = add(add(next(true, e, word, constant, 3), choose(b, c, d)), sum1(b))
    a = add(a, e)
    q = xor(f, g)
    e = add(add(e, xor(g, v128.and(q, p))), sum0(f))
    d = add(add(next(true, d, word, constant, 4), choose(a, b, c)), sum1(a))
    h = add(h, d)
    p = xor(e, f)
    d = add(add(d, xor(f, v128.and(p, q))), sum0(e))
    c = add(add(next(true, c, word, constant, 5), choose(h, a, b)), sum1(h))
    g = add(g, c)
    q = xor(d, e)
    c = add(add(c, xor(e, v128.and(q, p))), sum0(d))
    b = add(add(next(true, b, word, constant, 6), choose(g, h, a)), sum1(g))
    f = add(f, b)
    p = xor(c, d)
    b = add(add(b, xor(d, v128.and(p, q))), sum0(c))
    a = add(add(next(true, a, word, constant, 7), choose(f, g, h)), sum1(f))
    e = add(e, a)
    q = xor(b, c)
    a = add(add(a, xor(c, v128.and(q, p))), sum0(b))
  }
  // A round that does not extend the schedule is limited by the dependency of one e on the previous one. One
  // more addition, d + t before the sum, shortens it (measured: 3% of an inner node).
  let t: v128
  let s: v128
  for (; word < SCHEDULE + 64 * 16; word += 128, constant += 32) {
    t = add(next(false, h, word, constant, 0), choose(e, f, g))
    s = sum1(e)
    d = add(add(d, t), s)
    p = xor(a, b)
    h = add(add(add(t, s), xor(b, v128.and(p, q))), sum0(a))
    t = add(next(false, g, word, constant, 1), choose(d, e, f))
    s = sum1(d)
    c = add(add(c, t), s)
    q = xor(h, a)
    g = add(add(add(t, s), xor(a, v128.and(q, p))), sum0(h))
    t = add(next(false, f, word, constant, 2), choose(c, d, e))
    s = sum1(c)
    b = add(add(b, t), s)
    p = xor(g, h)
    f = add(add(add(t, s), xor(h, v128.and(p, q))), sum0(g))
    t = add(next(false, e, word, constant, 3), choose(b, c, d))
    s = sum1(b)
    a = add(add(a, t), s)
    q = xor(f, g)
    e = add(add(add(t, s), xor(g, v128.and(q, p))), sum0(f))
    t = add(next(false, d, word, constant, 4), choose(a, b, c))
    s = sum1(a)
    h = add(add(h, t), s)
    p = xor(e, f)
    d = add(add(add(t, s), xor(f, v128.and(p, q))), sum0(e))
    t = add(next(false, c, word, constant, 5), choose(h, a, b))
    s = sum1(h)
    g = add(add(g, t), s)
    q = xor(d, e)
    c = add(add(add(t, s), xor(e, v128.and(q, p))), sum0(d))
    t = add(next(false, b, word, constant, 6), choose(g, h, a))
    s = sum1(g)
    f = add(add(f, t), s)
    p = xor(c, d)
    b = add(add(add(t, s), xor(d, v128.and(p, q))), sum0(c))
    t = add(next(false, a, word, constant, 7), choose(f, g, h))
    s = sum1(f)
    e = add(add(e, t), s)
    q = xor(b, c)
    a = add(add(add(t, s), xor(c, v128.and(q, p))), sum0(b))
  }
  v128.store(STATE, add(a, v128.load(STATE)))
  v128.store(STATE, add(b, v128.load(STATE, 16)), 16)
  v128.store(STATE, add(c, v128.load(STATE, 32)), 32)
  v128.store(STATE, add(d, v128.load(STATE, 48)), 48)
  v128.store(STATE, add(e, v128.load(STATE, 64)), 64)
  v128.store(STATE, add(f, v128.load(STATE, 80)), 80)
  v128.store(STATE, add(g, v128.load(STATE, 96)), 96)
  v128.store(STATE, add(h, v128.load(STATE, 112)), 112)
}

/** Writes half of the digest of each lane, from the state words at byte `half` (0 or 64). */
// @ts-ignore: decorator
@inline
function digest(half: usize): void {
  const a = bigEndian(v128.load(STATE + half))
  const b = bigEndian(v128.load(STATE + half, 16))
  const c = bigEndian(v128.load(STATE + half, 32))
  const d = bigEndian(v128.load(STATE + half, 48))
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  const out = DIGESTS + (half >> 2)
  v128.store(out, v128.shuffle<i64>(ab, cd, 0, 2))
  v128.store(out, v128.shuffle<i64>(ab, cd, 1, 3), 32)
  v128.store(out, v128.shuffle<i64>(ab2, cd2, 0, 2), 64)
  v128.store(out, v128.shuffle<i64>(ab2, cd2, 1, 3), 96)
}
