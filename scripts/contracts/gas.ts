// Measures the gas of the contracts, as whole transactions on anvil, and writes the numbers to a snapshot. All data is derived from
// names, so the snapshot is exact. `--check` writes nothing and fails if a number has changed. For the largest committee it also fails
// if a call is larger than pools accept, or takes more gas than a transaction may.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GasBench, type Measured } from './gas-bench.ts'
import { measureDisputes } from './gas-disputes.ts'
import { measureLargest } from './gas-largest.ts'
import { measurePosts } from './gas-posts.ts'

const snapshotFile = join(import.meta.dirname, '../../contracts/snapshots/gas.json')
const SIZES = [7, 10, 31, 100]
const LARGEST = 255
/** Of a pool, and of EIP-7825. */
const TRANSACTION_BYTES_MAX = 128 * 1024
const TRANSACTION_GAS_MAX = 2 ** 24

type Results = { transactions: Record<string, Measured>; views: Record<string, number> }

function gasByName(shards: number, { transactions, views }: Results): Record<string, number> {
  const gas = Object.entries(transactions).map(([name, measured]) => [name, measured.gas] as const)
  return Object.fromEntries(
    [...gas, ...Object.entries(views)].map(([name, amount]) => [`${shards} shards: ${name}`, amount]),
  )
}

async function measure(shards: number): Promise<Record<string, number>> {
  await using disputes = await GasBench.start(shards)
  await using posts = await GasBench.start(shards)
  return {
    ...gasByName(shards, await measurePosts(posts)),
    ...gasByName(shards, await measureDisputes(disputes)),
  }
}

async function measureLargestCommittee(): Promise<Record<string, number>> {
  await using bench = await GasBench.start(LARGEST)
  const others = await measureLargest(bench)
  const posts = await measurePosts(bench)
  const transactions = { ...posts.transactions, ...others }
  for (const [name, { gas, bytes }] of Object.entries(transactions)) {
    if (gas <= TRANSACTION_GAS_MAX && bytes <= TRANSACTION_BYTES_MAX) continue
    throw new Error(
      `Expected at most ${TRANSACTION_BYTES_MAX} bytes and ${TRANSACTION_GAS_MAX} gas for ${name}, got ${bytes} and ${gas}.`,
    )
  }
  return gasByName(LARGEST, { transactions, views: posts.views })
}

function compare(expected: Record<string, number>, received: Record<string, number>): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(received)])]
  return names
    .filter((name) => expected[name] !== received[name])
    .map(
      (name) => `${name}: expected ${expected[name] ?? 'nothing'}, measured ${received[name] ?? 'nothing'}`,
    )
}

async function main(check: boolean): Promise<void> {
  const gas: Record<string, number> = {}
  for (const shards of SIZES) Object.assign(gas, await measure(shards))
  Object.assign(gas, await measureLargestCommittee())
  for (const [name, amount] of Object.entries(gas)) console.log(`${String(amount).padStart(9)}  ${name}`)

  if (!check) {
    writeFileSync(snapshotFile, `${JSON.stringify(gas, null, 2)}\n`)
    return
  }
  const changes = compare(JSON.parse(readFileSync(snapshotFile, 'utf8')) as Record<string, number>, gas)
  if (changes.length === 0) return
  console.error(
    `Gas has changed. If that is intended, run node scripts/contracts/gas.ts and commit the snapshot.\n${changes.join('\n')}`,
  )
  process.exitCode = 1
}

await main(process.argv.includes('--check'))
