// Measures encoding, decoding and repair on one thread, in the same process as Walrus's official WebAssembly encoder, which does the
// same work in alternation, and as the hash floor: OpenSSL's SHA-256 over as many bytes as the protocol hashes, in inputs of 2 KiB.
// Encode: every sliver of both dimensions, in its own memory, and the root. Decode: from the last r rows, so that as many systematic
// rows as possible are missing, with the validity check. Repair: one pair from single symbols.
//
// Also measures whole dispersals on the threads of the worker pool, as a sidecar does them: back to back, two in flight for each
// thread, with bodies returned as operators receive them. This runs first, in a process that has done nothing else. The result is
// milliseconds for each batch with one thread and with two, in alternation. The bench `health` measures whether the event loop stays
// responsive meanwhile: a timer here would compete for two busy cores. In the JSON, the row for 16 MiB and one thread is that of the
// pool, so that the rows for one and two threads measure the same work.
import { hash, randomBytes } from 'node:crypto'
import { BlobEncoder } from '@mysten/walrus-wasm'
import { type IndexedRow, decodeBatch, encodePairs, hashRow } from '../../src/protocol/batch.ts'
import { equalBytes } from '../../src/protocol/bytes.ts'
import { type Member, committeeOf } from '../../src/protocol/committee.ts'
import { type Geometry, geometryOf, sliverBytesOf, symbolBytesOf } from '../../src/protocol/geometry.ts'
import { sliverRoot } from '../../src/protocol/hashing.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import { type Point, extendSliver, repairSliver } from '../../src/protocol/repair.ts'
import { WorkerPool } from '../../src/coding/worker-pool.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const SHARDS = [10, 31, 100] as const
const SIZES = [1024, 119_823, 1_048_576, 16_777_216] as const
/** Milliseconds for which one operation at one size is measured, after a warm-up in which V8 compiles hot functions. */
const TIME_MS = 2_000
const WARM_UP_MS = 400
const RUNS_MIN = 7
const RUNS_MAX = 2_000
/** No attestation is made, so the root of the committee does not matter. */
const NO_SEED = `0x${'00'.repeat(32)}` as const
const POOL_BYTES = 16_777_216
const POOL_THREADS = [1, 2] as const
const POOL_ROUNDS = 7
/** Batches of a round for each thread, and how many of them are in flight concurrently. */
const POOL_BATCHES = 8
const POOL_DEPTH = 2

/** A row of the `--json` output: unique by operation, shards, bytes and threads. */
type CodingRow = {
  operation: 'encode' | 'decode' | 'repair'
  shards: number
  bytes: number
  floeMs: number
  walrusMs: number | null
  floorMs: number | null
  threads: number
}

/** A row of the table. */
type Measured = CodingRow & {
  spreadMs: string
  walrusSpreadMs: string | null
  /** What distinguishes this row from others of the same operation. */
  note: '' | 'hashed on arrival' | 'pool'
  /** Processor time of the whole process for each batch. Divided by the threads, it approximates the wall time on an idle machine. */
  cpuMs: number | null
}

type Subject = { floe: () => void; walrus?: () => void; floor?: () => void }

export async function benchCoding(json: boolean): Promise<void> {
  const kernel = nodeKernel()
  const pools: Measured[] = []
  for (const shards of SHARDS) pools.push(...(await measurePool(kernel, shards)))
  const rows = SHARDS.flatMap((shards) =>
    SIZES.flatMap((bytes) => measureSize(kernel, geometryOf(shards), bytes)),
  )
  rows.push(...pools)
  if (json) console.log(JSON.stringify(jsonRows(rows)))
  else console.log(table(rows.map(withRatios)))
}

function jsonRows(rows: readonly Measured[]): CodingRow[] {
  const unique = new Map<string, CodingRow>()
  for (const { note, operation, shards, bytes, floeMs, walrusMs, floorMs, threads } of rows) {
    if (note === 'hashed on arrival') continue
    const key = [operation, shards, bytes, threads].join()
    const before = unique.get(key)
    const peers = {
      walrusMs: walrusMs ?? before?.walrusMs ?? null,
      floorMs: floorMs ?? before?.floorMs ?? null,
    }
    unique.set(key, { operation, shards, bytes, floeMs, ...peers, threads })
  }
  return [...unique.values()]
}

function withRatios(row: Measured): Record<string, string | number | null> {
  const { bytes, floeMs, walrusMs, floorMs } = row
  return {
    ...row,
    'MB/s': rounded(bytes / 1000 / floeMs, 0),
    '× walrus': walrusMs === null ? null : rounded(walrusMs / floeMs, 1),
    '/ floor': floorMs === null ? null : rounded(floeMs / floorMs),
  }
}

function measureSize(kernel: Kernel, geometry: Geometry, bytes: number): Measured[] {
  const batch = new Uint8Array(randomBytes(bytes))
  const walrus = walrusSubject(geometry, batch)
  const pairs = allocatePairs(geometry, bytes)
  const { root } = encodePairs(kernel, geometry, batch, pairs)
  const rowBytes = sliverBytesOf(geometry, symbolBytesOf(geometry, bytes)).row
  const all = pairs.map((pair, index) => ({ index, row: pair.subarray(0, rowBytes) }))
  const systematic = all.slice(0, geometry.rows).map((row) => ({
    ...row,
    symbolRoots: hashRow(kernel, geometry, row.index, row.row),
  }))
  const decode = (rows: readonly IndexedRow[]) => (): void => {
    const decoded = decodeBatch(kernel, geometry, { root, length: bytes }, rows)
    if (decoded === undefined || decoded.length !== bytes) throw new Error('the batch did not decode')
  }
  const floor = hashFloor(geometry, bytes)
  const encode = (): void => void encodePairs(kernel, geometry, batch, pairs)
  const missing = decode(all.slice(geometry.shards - geometry.rows))
  return [
    measure('encode', geometry, bytes, { floe: encode, floor, ...(walrus && { walrus: walrus.encode }) }),
    measure('decode', geometry, bytes, { floe: missing, floor, ...(walrus && { walrus: walrus.decode }) }),
    {
      ...measure('decode', geometry, bytes, { floe: decode(systematic), floor }),
      note: 'hashed on arrival',
    },
    measure('repair', geometry, bytes, { floe: repairSubject(kernel, geometry, pairs) }),
  ]
}

type Times = Record<keyof Subject, number[]>

/** Runs the subjects in alternation for `ms`, at least RUNS_MIN and at most RUNS_MAX times. */
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
): Measured {
  runFor(WARM_UP_MS, subject)
  const times = runFor(TIME_MS, subject)
  const figure = (values: number[]): number | null =>
    values.length === 0 ? null : rounded(median(values), 3)
  return {
    operation,
    shards: geometry.shards,
    bytes,
    floeMs: figure(times.floe) ?? Number.NaN,
    spreadMs: spread(times.floe),
    walrusMs: figure(times.walrus),
    walrusSpreadMs: times.walrus.length === 0 ? null : spread(times.walrus),
    floorMs: figure(times.floor),
    threads: 1,
    note: '',
    cpuMs: null,
  }
}

/** Measures dispersals on one thread and on two, in alternation. */
async function measurePool(kernel: Kernel, shards: number): Promise<Measured[]> {
  const committee = committeeOf(1, NO_SEED, membersWithOneShard(shards))
  // In shared memory, like the body of a put in a sidecar.
  const batch = new Uint8Array(new SharedArrayBuffer(POOL_BYTES))
  batch.set(randomBytes(POOL_BYTES))
  const pools = POOL_THREADS.map((threads) => ({
    threads,
    pool: new WorkerPool({ kernel, threads }),
    perBatch: [] as number[],
    cpu: [] as number[],
  }))
  for (let round = -1; round < POOL_ROUNDS; round++) {
    for (const { threads, pool, perBatch, cpu } of pools) {
      const begun = performance.now()
      const before = process.cpuUsage()
      const batches = POOL_BATCHES * threads
      let left = batches
      const keepBusy = async (): Promise<void> => {
        while (left-- > 0) {
          const { bodies } = await pool.disperse(committee, batch)
          for (const { reuse } of bodies) reuse?.()
        }
      }
      await Promise.all(Array.from({ length: POOL_DEPTH * threads }, keepBusy))
      if (round < 0) continue
      perBatch.push((performance.now() - begun) / batches)
      const { user, system } = process.cpuUsage(before)
      cpu.push((user + system) / 1000 / batches)
    }
  }
  for (const { pool } of pools) await pool.close()
  return pools.map(({ threads, perBatch, cpu }) => ({
    operation: 'encode',
    shards,
    bytes: POOL_BYTES,
    floeMs: rounded(median(perBatch), 3),
    spreadMs: spread(perBatch),
    walrusMs: null,
    walrusSpreadMs: null,
    floorMs: null,
    threads,
    note: 'pool',
    cpuMs: rounded(median(cpu), 1),
  }))
}

function membersWithOneShard(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    signer: `0x${(i + 1).toString(16).padStart(40, '0')}`,
    shards: [i],
    endpoint: 'http://127.0.0.1',
  }))
}

function allocatePairs(geometry: Geometry, bytes: number): Uint8Array[] {
  const { pair } = sliverBytesOf(geometry, symbolBytesOf(geometry, bytes))
  return Array.from({ length: geometry.shards }, () => new Uint8Array(pair))
}

/** Repairs pair 0 from the symbols of the last rows and columns, whose holders all have to extend their slivers: the most expensive case. */
function repairSubject(kernel: Kernel, geometry: Geometry, pairs: readonly Uint8Array[]): () => void {
  const rowBytes = ((pairs[0]?.length ?? 0) * geometry.columns) / (geometry.columns + geometry.rows)
  const helpers = (side: 'row' | 'column', width: number): Point[] =>
    Array.from({ length: width }, (_, k) => {
      const at = geometry.shards - 1 - k
      const pair = pairs[at] as Uint8Array
      const bytes = side === 'row' ? pair.subarray(0, rowBytes) : pair.subarray(rowBytes)
      return { at, symbol: extendSliver(kernel, geometry, side, { bytes, at: 0 }) }
    })
  const forColumn = helpers('row', geometry.rows)
  const forRow = helpers('column', geometry.columns)
  return () => {
    const column = repairSliver(kernel, geometry, 'column', forColumn)
    const row = repairSliver(kernel, geometry, 'row', forRow)
    sliverRoot(kernel, column, geometry.rows)
    sliverRoot(kernel, row, geometry.columns)
    if (!equalBytes(row, (pairs[0] as Uint8Array).subarray(0, rowBytes)))
      throw new Error('the row did not repair')
  }
}

/** Hashes as many bytes as the protocol does for a batch: every stored symbol once. Without the trees, so the floor is slightly low. */
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

/** Symbols of Walrus have at most 65,534 bytes, which limits the size of a blob for small committees. */
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
