// Matrix products over GF(2^8) with x^8+x^4+x^3+x^2+1. A product by a coefficient is two table look-ups, one
// for each nibble of a byte; a swizzle does sixteen look-ups in one instruction. The vectors are processed in
// tiles: a tile of all inputs is split into nibbles once, stored in the order in which it is read, and small
// enough to stay in the first-level cache whatever the distance between inputs. The sums of up to four
// outputs × 32 bytes stay in registers over all inputs, which uses the sixteen registers of x86-64 without
// spills.

import { INPUTS, MATRIX, NIBBLES, OUTPUTS, PLAN, SPLIT, SPLIT_BYTES } from './layout'

/** Bytes of a plan row: an entry of four 2-byte table offsets for each of up to 256 inputs. */
const PLAN_ROW: usize = 256 * 8

/** Fills the nibble tables. Called once. */
export function prepareNibbles(): void {
  for (let coefficient: u32 = 0; coefficient < 256; coefficient++) {
    const table = NIBBLES + (coefficient << 5)
    for (let nibble: u32 = 0; nibble < 16; nibble++) {
      store<u8>(table + nibble, times(coefficient, nibble))
      store<u8>(table + nibble, times(coefficient, nibble << 4), 16)
    }
  }
}

function times(a: u32, b: u32): u8 {
  let product: u32 = 0
  for (; b; b >>= 1) {
    if (b & 1) product ^= a
    a <<= 1
    if (a & 0x100) a ^= 0x11d
  }
  return <u8>product
}

/**
 * Multiplies the matrix at MATRIX by the vectors whose offsets are at INPUTS, and writes the vectors whose
 * offsets are at OUTPUTS, for every group. Offsets are relative to `workspace`.
 */
export function multiply(
  workspace: usize,
  outputs: u32,
  inputs: u32,
  length: u32,
  groups: u32,
  inputStride: u32,
  outputStride: u32,
): void {
  plan(outputs, inputs)
  const fitting = (SPLIT_BYTES / (inputs << 6)) << 5
  for (let group: u32 = 0; group < groups; group++) {
    for (let from: u32 = 0; from < length; from += fitting) {
      const tile = min(fitting, length - from)
      split(inputs, workspace + from + group * inputStride, tile)
      const target = workspace + from + group * outputStride
      for (let o: u32 = 0; o < outputs; o += 4) block(o, outputs - o, inputs, target, tile)
    }
  }
}

/** Stores the matrix in the order in which it is read: the coefficients of four outputs together, as offsets into NIBBLES. */
function plan(outputs: u32, inputs: u32): void {
  for (let o: u32 = 0; o < outputs; o++) {
    const row = MATRIX + o * inputs
    const entries = PLAN + <usize>(o >> 2) * PLAN_ROW + ((o & 3) << 1)
    for (let i: u32 = 0; i < inputs; i++) store<u16>(entries + (i << 3), <u16>load<u8>(row + i) << 5)
  }
}

/** Splits a tile of all inputs: for every 32 bytes of the tile, 32 low and 32 high nibbles of each input. */
function split(inputs: u32, source: usize, tile: u32): void {
  const step: usize = inputs << 6
  for (let i: u32 = 0; i < inputs; i++) {
    const input = source + load<u32>(INPUTS + (i << 2))
    let nibbles = SPLIT + (i << 6)
    for (let at: usize = 0; at < tile; at += 32, nibbles += step) {
      const x0 = v128.load(input + at)
      const x1 = v128.load(input + at, 16)
      v128.store(nibbles, low(x0))
      v128.store(nibbles, low(x1), 16)
      v128.store(nibbles, high(x0), 32)
      v128.store(nibbles, high(x1), 48)
    }
  }
}

function block(o: u32, count: u32, inputs: u32, target: usize, tile: u32): void {
  const entries = PLAN + <usize>(o >> 2) * PLAN_ROW
  const first = OUTPUTS + (o << 2)
  if (count >= 4) walk(4, entries, first, inputs, target, tile)
  else if (count === 3) walk(3, entries, first, inputs, target, tile)
  else if (count === 2) walk(2, entries, first, inputs, target, tile)
  else walk(1, entries, first, inputs, target, tile)
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return v128.and(x, i8x16.splat(15))
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return v128.and(i16x8.shr_u(x, 4), i8x16.splat(15))
}

// For indices below 16 both swizzles give the same result; the relaxed one is a single instruction on x86-64.
// @ts-ignore: decorator
@inline
function lookUp(table: v128, indices: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, indices)
  return i8x16.swizzle(table, indices)
}

// Inlined for each count, so that the compiler removes the tests of count and the sums stay in registers.
// @ts-ignore: decorator
@inline
function walk(
  count: i32,
  entries: usize,
  outputs: usize,
  inputs: u32,
  target: usize,
  tile: u32,
): void {
  const end = entries + (inputs << 3)
  let input = SPLIT
  for (let at: usize = 0; at < tile; at += 32) {
    let a0 = i64x2.splat(0)
    let a1 = a0
    let b0 = a0
    let b1 = a0
    let c0 = a0
    let c1 = a0
    let d0 = a0
    let d1 = a0
    for (let entry = entries; entry < end; entry += 8, input += 64) {
      const l0 = v128.load(input)
      const l1 = v128.load(input, 16)
      const h0 = v128.load(input, 32)
      const h1 = v128.load(input, 48)
      let table = NIBBLES + load<u16>(entry)
      let nibbles = v128.load(table)
      a0 = v128.xor(a0, lookUp(nibbles, l0))
      a1 = v128.xor(a1, lookUp(nibbles, l1))
      nibbles = v128.load(table, 16)
      a0 = v128.xor(a0, lookUp(nibbles, h0))
      a1 = v128.xor(a1, lookUp(nibbles, h1))
      if (count > 1) {
        table = NIBBLES + load<u16>(entry, 2)
        nibbles = v128.load(table)
        b0 = v128.xor(b0, lookUp(nibbles, l0))
        b1 = v128.xor(b1, lookUp(nibbles, l1))
        nibbles = v128.load(table, 16)
        b0 = v128.xor(b0, lookUp(nibbles, h0))
        b1 = v128.xor(b1, lookUp(nibbles, h1))
      }
      if (count > 2) {
        table = NIBBLES + load<u16>(entry, 4)
        nibbles = v128.load(table)
        c0 = v128.xor(c0, lookUp(nibbles, l0))
        c1 = v128.xor(c1, lookUp(nibbles, l1))
        nibbles = v128.load(table, 16)
        c0 = v128.xor(c0, lookUp(nibbles, h0))
        c1 = v128.xor(c1, lookUp(nibbles, h1))
      }
      if (count > 3) {
        table = NIBBLES + load<u16>(entry, 6)
        nibbles = v128.load(table)
        d0 = v128.xor(d0, lookUp(nibbles, l0))
        d1 = v128.xor(d1, lookUp(nibbles, l1))
        nibbles = v128.load(table, 16)
        d0 = v128.xor(d0, lookUp(nibbles, h0))
        d1 = v128.xor(d1, lookUp(nibbles, h1))
      }
    }
    put(target + load<u32>(outputs) + at, a0, a1)
    if (count > 1) put(target + load<u32>(outputs, 4) + at, b0, b1)
    if (count > 2) put(target + load<u32>(outputs, 8) + at, c0, c1)
    if (count > 3) put(target + load<u32>(outputs, 12) + at, d0, d1)
  }
}

// @ts-ignore: decorator
@inline
function put(target: usize, first: v128, second: v128): void {
  v128.store(target, first)
  v128.store(target, second, 16)
}
