// Encoding, decoding and repair on one thread, beside Walrus's official WebAssembly encoder doing the same work in the same
// process, alternating with it, and beside the hash floor: OpenSSL's SHA-256 over as many bytes as the protocol hashes, in
// inputs of 2 KiB. Encode: every sliver of both dimensions in memory of its own, and the root. Decode: from the last r rows, so
// that every systematic row that can be missing is, and the validity check. Repair: one pair from single symbols.
//
// Then the same encoding on threads of the coding pool, whole dispersals in memory of their own, back to back: milliseconds a
// batch with one thread and with two, and how long the event loop was held up meanwhile.
import { hash, randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { BlobEncoder } from '@mysten/walrus-wasm'
import { type IndexedRow, decodeBatch, encodeBatch } from '../../src/protocol/batch.ts'
import { equalBytes } from '../../src/protocol/bytes.ts'
import { type Member, committeeOf } from '../../src/protocol/committee.ts'
import { type Geometry, geometryOf, symbolBytesOf } from '../../src/protocol/geometry.ts'
import { sliverRoot } from '../../src/protocol/hashing.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import { type Point, extendSliver, repairSliver } from '../../src/protocol/repair.ts'
import { createCodingPool } from '../../src/runtime/coding-pool.ts'
import { nodeKernel } from '../../src/runtime/node-kernel.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const SHARDS = [10, 31, 100] as const
const SIZES = [1024, 119_823, 1_048_576, 16_777_216] as const
/** Milliseconds that one operation at one size is measured, after a warm-up that V8 needs to compile what is hot. */
const TIME_MS = 2_000
const WARM_UP_MS = 400
const RUNS_MIN = 7
const RUNS_MAX = 2_000
const POOL_BYTES = 16_777_216
const POOL_THREADS = [1, 2] as const
const POOL_ROUNDS = 5
const POOL_BATCHES = 6

export type CodingRow = {
  operation: 'encode' | 'decode' | 'repair'
  shards: number
  bytes: number
  floeMs: number
  floeSpreadMs: string
  walrusMs: number | null
  walrusSpreadMs: string | null
  floorMs: number | null
  /** Threads of the pool, or 1 where the calling thread did the work. */
  threads: number
  pool: boolean
  /** 99th percentile of the event loop's delay while the pool worked. */
  loopP99Ms: number | null
  /** Processor time of the whole process for a batch: what wall time tends to where nothing else runs, over threads. */
  cpuMs: number | null
}

type Subject = { floe: () => void; walrus?: () => void; floor?: () => void }

export async function benchCoding(json: boolean): Promise<void> {
  const kernel = nodeKernel()
  const rows: CodingRow[] = []
  for (const shards of SHARDS) {
    for (const bytes of SIZES) rows.push(...measureSize(kernel, geometryOf(shards), bytes))
  }
  for (const shards of SHARDS) rows.push(...(await measurePool(kernel, shards)))
  if (json) console.log(JSON.stringify(rows))
  else console.log(table(rows.map(withRatios)))
}

function withRatios(row: CodingRow): Record<string, string | number | null> {
  const { floeMs, walrusMs, floorMs, pool, ...rest } = row
  return {
    ...rest,
    floeMs,
    walrusMs,
    floorMs,
    pool: pool ? 'yes' : 'no',
    'MB/s': rounded(row.bytes / 1000 / floeMs, 0),
    '× walrus': walrusMs === null ? null : rounded(walrusMs / floeMs, 1),
    '/ floor': floorMs === null ? null : rounded(floeMs / floorMs),
  }
}

function measureSize(kernel: Kernel, geometry: Geometry, bytes: number): CodingRow[] {
  const batch = new Uint8Array(randomBytes(bytes))
  const walrus = walrusSubject(geometry, batch)
  const slivers = allocateSlivers(geometry, bytes)
  const root = encodeInto(kernel, geometry, batch, slivers)
  const rows: IndexedRow[] = slivers.rows
    .map((row, index) => ({ index, row }))
    .slice(geometry.shards - geometry.rows)
  const decode = (): void => {
    const decoded = decodeBatch(kernel, geometry, { root, length: bytes }, rows)
    if (decoded === undefined || decoded.length !== bytes) throw new Error('the batch did not decode')
  }
  const floor = hashFloor(geometry, bytes)
  const encode = (): void => void encodeInto(kernel, geometry, batch, slivers)
  return [
    measure('encode', geometry, bytes, { floe: encode, floor, ...(walrus && { walrus: walrus.encode }) }),
    measure('decode', geometry, bytes, { floe: decode, floor, ...(walrus && { walrus: walrus.decode }) }),
    measure('repair', geometry, bytes, { floe: repairSubject(kernel, geometry, slivers) }),
  ]
}

type Times = Record<keyof Subject, number[]>

/** Runs the subjects in turn until `ms` have passed, at least RUNS_MIN and at most RUNS_MAX times. */
function runFor(ms: number, subject: Subject): Times {
  const times: Times = { floe: [], walrus: [], floor: [] }
  const started = performance.now()
  for (let run = 0; run < RUNS_MAX; run++) {
    for (const name of ['floe', 'walrus', 'floor'] as const) {
      const work = subject[name]
      if (work === undefined) continue
      const begun = performance.now()
      work()
      times[name].push(performance.now() - begun)
    }
    if (run >= RUNS_MIN && performance.now() - started > ms) break
  }
  return times
}

function spread(values: readonly number[]): string {
  return `${rounded(percentile(values, 0.1), 3)}–${rounded(percentile(values, 0.9), 3)}`
}

function measure(
  operation: CodingRow['operation'],
  geometry: Geometry,
  bytes: number,
  subject: Subject,
): CodingRow {
  runFor(WARM_UP_MS, subject)
  const times = runFor(TIME_MS, subject)
  const figure = (values: number[]): number | null =>
    values.length === 0 ? null : rounded(median(values), 3)
  return {
    operation,
    shards: geometry.shards,
    bytes,
    floeMs: figure(times.floe) ?? Number.NaN,
    floeSpreadMs: spread(times.floe),
    walrusMs: figure(times.walrus),
    walrusSpreadMs: times.walrus.length === 0 ? null : spread(times.walrus),
    floorMs: figure(times.floor),
    threads: 1,
    pool: false,
    loopP99Ms: null,
    cpuMs: null,
  }
}

/** Encodings on one thread and on two, in turns, with as many in flight as keep every thread busy. */
async function measurePool(kernel: Kernel, shards: number): Promise<CodingRow[]> {
  const committee = committeeOf(1, membersWithOneShard(shards))
  const batch = new Uint8Array(randomBytes(POOL_BYTES))
  const pools = POOL_THREADS.map((threads) => ({
    threads,
    pool: createCodingPool({ kernel, threads }),
    perBatch: [] as number[],
    delays: [] as number[],
    cpu: [] as number[],
  }))
  for (let round = -1; round < POOL_ROUNDS; round++) {
    for (const { threads, pool, perBatch, delays, cpu } of pools) {
      const delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      const begun = performance.now()
      const before = process.cpuUsage()
      let left = POOL_BATCHES
      const keepBusy = async (): Promise<void> => {
        while (left-- > 0) await pool.disperse(committee, batch)
      }
      await Promise.all(Array.from({ length: threads + 1 }, keepBusy))
      if (round < 0) continue
      perBatch.push((performance.now() - begun) / POOL_BATCHES)
      delays.push(delay.percentile(99) / 1e6)
      const { user, system } = process.cpuUsage(before)
      cpu.push((user + system) / 1000 / POOL_BATCHES)
    }
  }
  for (const { pool } of pools) await pool.close()
  return pools.map(({ threads, perBatch, delays, cpu }) => ({
    operation: 'encode',
    shards,
    bytes: POOL_BYTES,
    floeMs: rounded(median(perBatch), 3),
    floeSpreadMs: spread(perBatch),
    walrusMs: null,
    walrusSpreadMs: null,
    floorMs: null,
    threads,
    pool: true,
    loopP99Ms: rounded(median(delays)),
    cpuMs: rounded(median(cpu), 1),
  }))
}

function membersWithOneShard(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    signer: `0x${(i + 1).toString(16).padStart(40, '0')}`,
    shards: 1,
    stake: 1n,
    endpoint: 'http://127.0.0.1',
  }))
}

type Slivers = { readonly rows: Uint8Array[]; readonly columns: Uint8Array[] }

function allocateSlivers(geometry: Geometry, bytes: number): Slivers {
  const symbolBytes = symbolBytesOf(geometry, bytes)
  const make = (width: number): Uint8Array[] =>
    Array.from({ length: geometry.shards }, () => new Uint8Array(width * symbolBytes))
  return { rows: make(geometry.columns), columns: make(geometry.rows) }
}

function encodeInto(kernel: Kernel, geometry: Geometry, batch: Uint8Array, slivers: Slivers): Uint8Array {
  return encodeBatch(kernel, geometry, batch, (encoding) => {
    slivers.rows.forEach((row, i) => row.set(encoding.row(i)))
    slivers.columns.forEach((column, j) => encoding.copyColumn(j, column))
    return encoding.root
  })
}

/** Lost pair 0, from the symbols of the last rows and columns, which all have to extend theirs: the dearest case. */
function repairSubject(kernel: Kernel, geometry: Geometry, slivers: Slivers): () => void {
  const helpers = (side: 'row' | 'column', width: number): Point[] =>
    Array.from({ length: width }, (_, k) => {
      const at = geometry.shards - 1 - k
      const bytes = (side === 'row' ? slivers.rows : slivers.columns)[at] as Uint8Array
      return { at, symbol: extendSliver(kernel, geometry, side, { bytes, at: 0 }) }
    })
  const forColumn = helpers('row', geometry.rows)
  const forRow = helpers('column', geometry.columns)
  return () => {
    const column = repairSliver(kernel, geometry, 'column', forColumn)
    const row = repairSliver(kernel, geometry, 'row', forRow)
    sliverRoot(kernel, column, geometry.rows)
    sliverRoot(kernel, row, geometry.columns)
    if (!equalBytes(row, slivers.rows[0] as Uint8Array)) throw new Error('the row did not repair')
  }
}

/** What the protocol hashes of a batch: every stored symbol once. Trees are left out, so the floor is a little low. */
function hashFloor(geometry: Geometry, bytes: number): () => void {
  const { shards, rows, columns } = geometry
  const symbols = shards * columns + (shards - columns) * rows
  const total = symbols * symbolBytesOf(geometry, bytes)
  const chunk = randomBytes(2048)
  const rest = randomBytes(total % 2048)
  return () => {
    for (let done = 2048; done <= total; done += 2048) hash('sha256', chunk, 'buffer')
    if (rest.length > 0) hash('sha256', rest, 'buffer')
  }
}

/** Symbols of Walrus have at most 65,534 bytes, which bounds a blob for small committees. */
const WALRUS_SYMBOL_BYTES_MAX = 65_534

function walrusSubject(
  geometry: Geometry,
  batch: Uint8Array,
): { encode: () => void; decode: () => void } | undefined {
  const { shards, rows, columns } = geometry
  const symbolBytes = 2 * Math.ceil(Math.ceil(batch.length / (rows * columns)) / 2)
  if (symbolBytes > WALRUS_SYMBOL_BYTES_MAX) return undefined
  const encoder = new BlobEncoder(shards)
  // BCS: a ULEB128 length, the sliver, two u16.
  const buffer = (bytes: number): Uint8Array =>
    new Uint8Array(Math.ceil(Math.log2(bytes + 1) / 7) + bytes + 4)
  const primary = Array.from({ length: shards }, () => buffer(columns * symbolBytes))
  const secondary = Array.from({ length: shards }, () => buffer(rows * symbolBytes))
  const encode = (): { blob_id: unknown } =>
    (encoder.encode(batch, primary, secondary) as [{ blob_id: unknown }])[0]
  const { blob_id: blobId } = encode()
  const decoded = new Uint8Array(batch.length)
  return {
    encode: () => void encode(),
    decode: () => {
      encoder.decode(blobId, BigInt(batch.length), primary.slice(shards - rows), decoded)
      encoder.compute_metadata(decoded)
    },
  }
}
