// A fleet under a mixed load for FLOE_SOAK_SECONDS. Once it is warm, its memory, disk use and latency must not grow, and its throughput
// must not fall. Batches expire soon, so that the amount of stored data becomes constant.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { Fleet } from '../support/fleet.ts'
import { headersNotPostedOnce, untilPosted } from '../support/invariants.ts'
import { Load, type PutAnswer } from '../support/load.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type Point, type Vital, medianOf, medianSlope, vitalsOf } from '../support/vitals.ts'

const SECONDS = Number(process.env['FLOE_SOAK_SECONDS'] ?? 60)
const SEED = process.env['FLOE_SEED'] ?? '0'
const MIB = 2 ** 20
const SAMPLE_MS = 500
/** Short, so that batches can expire soon. */
const NOTICE_SECONDS = 5
/** With the notice, enough for a post on a busy machine: a batch that expires within the notice is not posted. */
const RETENTION_SECONDS_MIN = 20
/** The part of the time in which code is compiled, pools fill, and the first batches expire. */
const WARM_FRACTION = 0.4

type Sample = { readonly seconds: number; readonly vitals: readonly Vital[] }

let fleet: Fleet
let load: Load
const answers: PutAnswer[] = []
const samples: Sample[] = []
const wrongGets: string[] = []
let gets = 0
let startedAt: number

beforeAll(
  async () => {
    const retention = `${Math.max(RETENTION_SECONDS_MIN, Math.round(SECONDS / 10))}s`
    fleet = await Fleet.start({
      posting: { noticeSeconds: BigInt(NOTICE_SECONDS) },
      sidecarFlags: ['--posting-interval', '1s', '--retention', retention],
    })
    startedAt = systemClock.monotonic()
    load = new Load({
      domain: fleet.deployment.domain,
      urls: fleet.sidecars.map(({ url }) => url),
      seed: SEED,
      workers: 2,
      pauseMs: 30,
      bytesMax: 500_000,
      onAnswer: (answer) => answers.push(answer),
    })
    while (secondsNow() < SECONDS) {
      samples.push({ seconds: secondsNow(), vitals: vitalsOf(fleet) })
      await getNewest()
      await systemClock.sleep(SAMPLE_MS)
    }
    await load.stop()
  },
  (SECONDS + 120) * 1000,
)
afterAll(async () => fleet[Symbol.asyncDispose]())

function secondsNow(): number {
  return (systemClock.monotonic() - startedAt) / 1000
}

async function getNewest(): Promise<void> {
  const batch = load.answered.at(-1)
  const url = fleet.sidecars[0]?.url ?? ''
  if (batch === undefined) return
  const response = await fetch(`${url}/get/0x${batch.commitment.toString('hex')}`)
  const body = Buffer.from(await response.arrayBuffer())
  gets += 1
  if (response.status !== 200 || Buffer.compare(body, seededBytes(batch.label, batch.length)) !== 0)
    wrongGets.push(`${batch.label}: ${response.status}`)
}

/** The median of a series once it is warm, and its change over the whole time by its slope. */
function trend(points: readonly Point[]): { change: number; median: number } {
  const warm = points.filter(({ x }) => x > SECONDS * WARM_FRACTION)
  return { change: medianSlope(warm) * SECONDS, median: medianOf(warm.map(({ y }) => y)) }
}

function seriesOf(pick: (vital: Vital) => number): Map<string, Point[]> {
  const programs = [...fleet.nodes, ...fleet.sidecars].map(({ name }) => name)
  return new Map(
    programs.map((program) => [
      program,
      samples.flatMap(({ seconds, vitals }) => {
        const vital = vitals.find((each) => each.program === program)
        return vital === undefined ? [] : [{ x: seconds, y: pick(vital) }]
      }),
    ]),
  )
}

/** The programs whose series grows by more than half of its median and a floor, over the whole time. */
function growing(pick: (vital: Vital) => number, floor: number): string[] {
  return [...seriesOf(pick)].flatMap(([program, points]) => {
    const { change, median } = trend(points)
    return change > median / 2 + floor
      ? [
          `${program}: ${Math.round(median / MIB)} MiB, and ${Math.round(change / MIB)} MiB more over the time`,
        ]
      : []
  })
}

/** Seconds 0, 1, 2 … with the measure of the answers in each. */
function perSecond(measure: (answers: readonly PutAnswer[]) => number): Point[] {
  const bySecond = Map.groupBy(answers, (one) => Math.floor((one.startedAt + one.ms - startedAt) / 1000))
  return Array.from({ length: Math.floor(SECONDS) }, (_, x) => ({ x, y: measure(bySecond.get(x) ?? []) }))
}

test('a fleet under load answers every put and get, and posts every header once', async () => {
  expect(load.unexpected).toEqual([])
  expect(answers.filter(({ status }) => status !== 200).length).toBeLessThan(answers.length / 100)
  expect(wrongGets).toEqual([])
  expect(gets).toBeGreaterThan(SECONDS / 4)
  await untilPosted(fleet, load.answered, { ms: 60_000 })
  expect(await headersNotPostedOnce(fleet, load.answered)).toEqual([])
})

test('the memory of no process of a fleet grows under load', () => {
  expect(samples.length).toBeGreaterThan(10)
  expect(growing(({ rssBytes }) => rssBytes, 48 * MIB)).toEqual([])
})

test('the disk use of no process of a fleet grows under load', () => {
  expect(growing(({ diskBytes }) => diskBytes, 16 * MIB)).toEqual([])
})

test('the throughput of puts does not fall under load, and their latency does not grow', () => {
  const throughput = trend(perSecond((some) => some.filter(({ status }) => status === 200).length))
  const latency = trend(perSecond((some) => medianOf(some.map(({ ms }) => ms))))
  expect(throughput.median).toBeGreaterThan(1)
  expect(-throughput.change).toBeLessThan(throughput.median)
  expect(latency.change).toBeLessThan(2 * latency.median + 20)
})
