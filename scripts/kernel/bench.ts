// Measures the throughput of the kernel, with node:crypto in the same run for comparison. Rounds alternate
// between the candidates and the best round counts, so that other work on the machine affects all candidates
// alike, and mostly not at all.
//
// Use: node scripts/kernel/bench.ts [rounds]

import { hash } from 'node:crypto'
import { loadKernel } from '../../src/coding/kernel/load.ts'
import type { Kernel, Product } from '../../src/protocol/kernel.ts'

const rounds = Number(process.argv[2] ?? 7)
const roundMs = 40
const mebibyte = 2 ** 20

/** node:crypto's one-shot hash, once with a new Buffer for each digest and once, which is fastest, without. */
const toBuffer = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const digest = new Uint8Array(32)
function toShared(bytes: Uint8Array): Uint8Array {
  const characters = hash('sha256', bytes, 'binary')
  for (let i = 0; i < 32; i++) digest[i] = characters.charCodeAt(i)
  return digest
}

/** Validates as an engine without relaxed SIMD, which is tried first. */
function onlySimd(): () => boolean {
  let asked = 0
  return () => asked++ > 0
}

type Kernels = Record<string, Kernel>
type Action = { readonly run: () => void; best: number }

/** Best time of each action in milliseconds. */
function race(actions: Record<string, () => void>): Record<string, number> {
  const candidates = Object.entries(actions).map(([name, run]): [string, Action] => [
    name,
    { run, best: Infinity },
  ])
  for (let round = 0; round < rounds; round++) {
    for (const [, candidate] of candidates) {
      const end = performance.now() + roundMs
      do {
        const start = performance.now()
        candidate.run()
        candidate.best = Math.min(candidate.best, performance.now() - start)
      } while (performance.now() < end)
    }
  }
  return Object.fromEntries(candidates.map(([name, { best }]) => [name, best]))
}

function raceKernels(kernels: Kernels, action: (kernel: Kernel) => void): Record<string, number> {
  return race(
    Object.fromEntries(Object.entries(kernels).map(([name, kernel]) => [name, () => action(kernel)])),
  )
}

function print(title: string, times: Record<string, number>, show: (ms: number) => string): void {
  const columns = Object.entries(times).map(([name, ms]) => `${name} ${show(ms)}`.padEnd(26))
  console.log(`${title.padEnd(44)}${columns.join('')}`)
}

const perSecond =
  (bytes: number) =>
  (ms: number): string =>
    `${(bytes / ms / 1e6).toFixed(2)} GB/s`
const each =
  (count: number) =>
  (ms: number): string =>
    `${((ms * 1000) / count).toFixed(3)} µs`

function offsets(count: number, stride: number, start: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => start + i * stride)
}

function matrix(cells: number): Uint8Array {
  return Uint8Array.from({ length: cells }, (_, cell) => (cell * 37 + 11) & 0xff)
}

/** Row parity of a committee (rows data, others parity rows of rowBytes), and column parity of its rows. */
function benchProducts(
  kernels: Kernels,
  committee: string,
  [rows, columns, shards]: number[],
  s: number,
): void {
  if (rows === undefined || columns === undefined || shards === undefined) return
  const parity = { rows: shards - rows, columns: shards - columns }
  const rowBytes = columns * s
  const rowParity: Product = {
    matrix: matrix(parity.rows * rows),
    inputs: offsets(rows, rowBytes, 0),
    outputs: offsets(parity.rows, rowBytes, rows * rowBytes),
    length: rowBytes,
  }
  const columnParity: Product = {
    matrix: matrix(parity.columns * columns),
    inputs: offsets(columns, s, 0),
    outputs: offsets(parity.columns, rows * s, shards * rowBytes),
    length: s,
    groups: { count: rows, inputStride: rowBytes, outputStride: s },
  }
  const rowWork = parity.rows * rows * rowBytes
  const columnWork = parity.columns * columns * rows * s
  print(
    `multiply-accumulate ${committee}, row parity`,
    raceKernels(kernels, (kernel) => kernel.multiply(rowParity)),
    perSecond(rowWork),
  )
  print(
    `multiply-accumulate ${committee}, column parity`,
    raceKernels(kernels, (kernel) => kernel.multiply(columnParity)),
    perSecond(columnWork),
  )
}

function benchSymbols(kernels: Kernels, symbolBytes: number): void {
  const count = Math.max(64, Math.floor(mebibyte / 8 / symbolBytes))
  const span = { offset: 0, count, symbolBytes, out: 32 * mebibyte }
  const input = new Uint8Array(symbolBytes + 1)
  const times = raceKernels(kernels, (kernel) => kernel.symbolRoots(span))
  const crypto = race({
    'node:crypto': () => {
      for (let i = 0; i < count; i++) hash('sha256', input, 'buffer')
    },
  })
  print(`symbol roots, ${symbolBytes} B a symbol`, { ...times, ...crypto }, perSecond(count * symbolBytes))
}

function benchTrees(kernels: Kernels, width: number): void {
  const count = 100
  let nodes = 0
  for (let level = width; level > 1; level = Math.ceil(level / 2)) nodes += count * Math.ceil(level / 2)
  const input = new Uint8Array(65)
  const times = raceKernels(kernels, (kernel) =>
    kernel.treeRoots({ offset: 0, count, width, out: 32 * mebibyte }),
  )
  const crypto = race({
    'node:crypto': () => {
      for (let i = 0; i < nodes; i++) hash('sha256', input, 'buffer')
    },
  })
  print(`inner node, trees of ${width} leaves`, { ...times, ...crypto }, each(nodes))
}

/** Shows the length from which the one-shot hash is faster than the lanes: sha256MinBytesDefault. */
function benchThreshold(bytes: number): void {
  const span = { offset: 0, count: 64, symbolBytes: bytes, out: mebibyte }
  const kernels = {
    lanes: loadKernel(),
    'to Buffer': loadKernel({ sha256: toBuffer, sha256MinBytes: 0 }),
    'to shared array': loadKernel({ sha256: toShared, sha256MinBytes: 0 }),
  }
  for (const kernel of Object.values(kernels)) kernel.reserve(2 * mebibyte)
  print(
    `chunk of ${bytes} B`,
    raceKernels(kernels, (kernel) => kernel.symbolRoots(span)),
    each(64),
  )
}

function main(): void {
  const start = performance.now()
  const first = loadKernel()
  console.log(
    `load ${(performance.now() - start).toFixed(2)} ms for the first kernel; a round takes ${roundMs} ms, the best round counts\n`,
  )
  const builds: Kernels = { relaxed: first, simd: loadKernel({ validate: onlySimd() }) }
  const hashers: Kernels = { ...builds, 'with crypto': loadKernel({ sha256: toShared }) }
  for (const kernel of Object.values(hashers)) kernel.reserve(33 * mebibyte)
  benchProducts(builds, 'n = 10, 1 MiB', [4, 7, 10], 37472)
  benchProducts(builds, 'n = 31, 1 MiB', [11, 21, 31], 4544)
  benchProducts(builds, 'n = 100, 1 MiB', [34, 67, 100], 480)
  benchProducts(builds, 'n = 100, 1 KiB', [34, 67, 100], 32)
  for (const bytes of [32, 480, 2048, 4544, 37472]) benchSymbols(hashers, bytes)
  for (const width of [4, 34, 67, 100]) benchTrees(builds, width)
  for (const bytes of [256, 384, 512, 768, 1024, 2048]) benchThreshold(bytes)
}

main()
