// Batches for a sliver store, made from a name: the store does not check the bytes that it stores.
import { createHash } from 'node:crypto'
import { geometryOf, sliverBytesOf, symbolBytesOf } from '../../src/protocol/geometry.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import type { CheckedPair, StoredBatch } from '../../src/store/stored-batch.ts'
import type { SliverStore } from '../../src/store/sliver-store.ts'

export const OPERATOR: Hex = `0x${'0a'.repeat(20)}`
export const DISPERSER: Hex = `0x${'d1'.repeat(20)}`
export const QUOTA: bigint = 1n << 50n

export type Fixture = { readonly batch: StoredBatch; readonly pairs: readonly CheckedPair[] }

export type FixtureOptions = {
  bytes?: number
  shards?: number
  pairs?: readonly number[]
  expiry?: number
  disperser?: Hex
  operator?: Hex
}

/** Reproducible bytes. Those of `seededBytes` take most of the time of a test that stores many megabytes. */
function bytesOf(label: string, length: number): Uint8Array {
  return Uint8Array.from(createHash('shake256', { outputLength: length }).update(label).digest())
}

function hashes(label: string, count: number): Uint8Array[] {
  const bytes = bytesOf(label, 32 * count)
  return Array.from({ length: count }, (_, i) => bytes.slice(32 * i, 32 * (i + 1)))
}

export function fixture(name: string, options: FixtureOptions = {}): Fixture {
  const geometry = geometryOf(options.shards ?? 4)
  const length = options.bytes ?? 1_000
  const numbers = options.pairs ?? [2]
  const { row, column } = sliverBytesOf(geometry, symbolBytesOf(geometry, length))
  const batch: StoredBatch = {
    digest: toHex(bytesOf(`${name} digest`, 32)),
    header: {
      root: toHex(bytesOf(`${name} root`, 32)),
      length,
      epoch: 3,
      expiry: options.expiry ?? 2_000_000_000,
      disperser: options.disperser ?? DISPERSER,
      contentHash: `0x${'00'.repeat(32)}`,
    },
    geometry,
    signature: toHex(bytesOf(`${name} signature`, 64)),
    operator: options.operator ?? OPERATOR,
    pairs: numbers,
    leaves: bytesOf(`${name} leaves`, 32 * geometry.shards),
  }
  const [root] = hashes(`${name} root`, 1) as [Uint8Array]
  const pairs = numbers.map((pair) => ({
    pair,
    bytes: {
      row: bytesOf(`${name} row ${pair}`, row),
      column: bytesOf(`${name} column ${pair}`, column),
    },
    hashes: {
      row: { root, symbolRoots: hashes(`${name} row roots ${pair}`, geometry.columns) },
      column: { root, symbolRoots: hashes(`${name} column roots ${pair}`, geometry.rows) },
    },
  }))
  return { batch, pairs }
}

/** Reserves room and stores. */
export async function store(
  sliverStore: SliverStore,
  { batch, pairs }: Fixture,
  quota: bigint = QUOTA,
): Promise<void> {
  const reservation = sliverStore.reserve(batch, quota)
  try {
    await sliverStore.put(batch, pairs, reservation)
  } finally {
    reservation.release()
  }
}

/** Whether a store has all of a fixture, to the byte, or nothing of it. @throws Error for anything between */
export async function presence(
  sliverStore: SliverStore,
  { batch, pairs }: Fixture,
): Promise<'whole' | 'absent'> {
  const found = sliverStore.batch(batch.digest)
  const parts: string[] = []
  for (const { pair, bytes, hashes: expected } of pairs) {
    for (const side of ['row', 'column'] as const) {
      const sliver = await sliverStore.sliver(batch.digest, pair, side)
      const exact = sliver !== undefined && Buffer.compare(sliver, bytes[side]) === 0
      parts.push(sliver === undefined ? 'absent' : exact ? 'whole' : 'wrong')
    }
    const stored = sliverStore.hashes(batch, pair)
    parts.push(stored === undefined ? 'absent' : same(stored, expected) ? 'whole' : 'wrong')
  }
  parts.push(found === undefined ? 'absent' : same(found, batch) ? 'whole' : 'wrong')
  const [first] = parts
  if (first === 'wrong' || first === undefined || parts.some((part) => part !== first)) {
    throw new Error(`${batch.digest} is stored in part: ${parts.join(', ')}`)
  }
  return first as 'whole' | 'absent'
}

function same(a: unknown, b: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_key, field: unknown) => (field instanceof Uint8Array ? toHex(field) : field))
  return text(a) === text(b)
}
