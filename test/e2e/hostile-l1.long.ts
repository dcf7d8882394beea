// Services whose three L1 endpoints have every fault that providers have, two of them at any time, while batches are put and blocks
// are replaced. Everything that was answered is posted once and can be read, and the log stays short. FLOE_SEED draws the schedule;
// FLOE_HOSTILE_SECONDS is its length.
import { createTestClient, http, numberToHex } from 'viem'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { Fleet } from '../support/fleet.ts'
import {
  batchesNotHeldBySigners,
  batchesNotServed,
  headersNotPostedOnce,
  untilPosted,
} from '../support/invariants.ts'
import { L1Faults } from '../support/l1-faults.ts'
import { ENDPOINTS, type Phase, faultSchedule } from '../support/l1-schedule.ts'
import { Load } from '../support/load.ts'
import { LogCounts } from '../support/log-counts.ts'

const SEED = process.env['FLOE_SEED'] ?? '1'
const SECONDS = Number(process.env['FLOE_HOSTILE_SECONDS'] ?? '120')
const KEY = '5ec2e7ba5eba11'
/** More than the depth of any reorg, so that no final block is undone. */
const FINALITY = 12
/** anvil loses the code of contracts after about a thousand blocks with many reorgs (seen with 1.7.1). */
const REORGS_MAX = 60
const SETTLED_MS = 240_000
/** Of one service. */
const LINES_OF_HOUR_MAX = 500
/** In a short run as well: posts, reorgs, and the first line of each lasting state. */
const LINES_MIN = 250
/** So many posts as an hour has with the default interval. */
const POSTING_INTERVAL = `${Math.max(1, Math.round(SECONDS / 60))}s`

test('while any two of three L1 endpoints are bad, every answered batch is posted once and can be read, and the log stays short', async () => {
  const logs = new Map<string, LogCounts>()
  const leaks: string[] = []
  await using stack = new AsyncDisposableStack()
  const endpoints: L1Faults[] = []
  const fleet = stack.use(
    await Fleet.start({
      finality: FINALITY,
      nodeFlags: ['--chain-id', '31337'],
      sidecarFlags: ['--chain-id', '31337', '--posting-interval', POSTING_INTERVAL, '--put-timeout', '5s'],
      rpcUrls: async (rpcUrl) => {
        for (let i = 0; i < ENDPOINTS; i++) endpoints.push(stack.use(await L1Faults.start(rpcUrl)))
        return endpoints.map((endpoint) => endpoint.urlWithKey(KEY))
      },
      onLine: (service, line) => {
        logsOf(logs, service).add(service, line)
        if (line.includes(KEY)) leaks.push(line)
      },
    }),
  )
  const load = new Load({
    domain: fleet.deployment.domain,
    urls: fleet.sidecars.map(({ url }) => url),
    seed: SEED,
    workers: 2,
    pauseMs: 400,
  })
  stack.defer(async () => load.stop())
  await play(fleet, endpoints)
  for (const endpoint of endpoints) await endpoint.inject()
  await load.stop()
  console.log(summaryOf(endpoints, load, logs))
  expect(load.unexpected).toEqual([])
  await untilPosted(fleet, load.answered, { ms: SETTLED_MS })
  expect(await headersNotPostedOnce(fleet, load.answered)).toEqual([])
  expect(await batchesNotServed(fleet, load.answered)).toEqual([])
  expect(await batchesNotHeldBySigners(fleet, load.answered)).toEqual([])
  expect(leaks).toEqual([])
  const linesMax = Math.max(LINES_MIN, (LINES_OF_HOUR_MAX * SECONDS) / 3600)
  for (const counts of logs.values()) counts.requireAtMost(linesMax)
})

/** Plays the schedule of the seed. */
async function play(fleet: Fleet, endpoints: readonly L1Faults[]): Promise<void> {
  const end = systemClock.monotonic() + SECONDS * 1000
  let reorgs = 0
  for (const phase of faultSchedule(SEED, SECONDS)) {
    if (systemClock.monotonic() >= end) return
    // The endpoint that becomes honest does so first: at no time are all three bad.
    const order = [...endpoints.keys()].toSorted((a, b) => faultsOf(phase, a) - faultsOf(phase, b))
    for (const i of order) await endpoints[i]?.inject(...(phase.faults[i] ?? []))
    await systemClock.sleep(phase.seconds * 500)
    if (phase.reorgDepth > 0 && reorgs < REORGS_MAX) await reorg(fleet, phase.reorgDepth, ++reorgs)
    await systemClock.sleep(phase.seconds * 500)
  }
}

function faultsOf({ faults }: Phase, endpoint: number): number {
  return faults[endpoint]?.length ?? 0
}

async function reorg({ rpcUrl }: Fleet, depth: number, number: number): Promise<void> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) })
  // A new coinbase makes a different block: empty blocks of the same second would have the same hash.
  const coinbase = [numberToHex(number, { size: 20 })]
  await client.request({ method: 'anvil_setCoinbase', params: coinbase } as never)
  await client.request({ method: 'anvil_reorg', params: [depth, []] } as never)
}

function logsOf(logs: Map<string, LogCounts>, service: string): LogCounts {
  const counts = logs.get(service) ?? new LogCounts()
  logs.set(service, counts)
  return counts
}

function summaryOf(endpoints: readonly L1Faults[], load: Load, logs: Map<string, LogCounts>): string {
  const spoiled = new Map<string, number>()
  for (const endpoint of endpoints)
    for (const [kind, count] of endpoint.spoiled) spoiled.set(kind, (spoiled.get(kind) ?? 0) + count)
  const faults = [...spoiled].map(([kind, count]) => `${kind} ${count}`).join(', ')
  const lines = [...logs].map(
    ([service, counts]) => `${service}: ${counts.total} lines\n${counts.toString()}`,
  )
  return [`${SECONDS} s: ${load.answered.length} batches, spoiled: ${faults}`, ...lines].join('\n')
}
