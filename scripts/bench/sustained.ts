// Minutes of mixed load on a fleet of processes: puts of all sizes, gets of recent batches, and storage nodes that are killed and
// restarted. The plot and the table show whether throughput, latency, memory and disk stay flat. Batches expire soon, so that disk
// usage can stay flat.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { Fleet } from '../../test/support/fleet.ts'
import { Load, type PutAnswer } from '../../test/support/load.ts'
import { seededBytes, seededChoice, seededFraction } from '../../test/support/random-bytes.ts'
import { type Point, type Vital, vitalsOf } from '../../test/support/vitals.ts'
import { type Panel, plotSvg, sparkline } from './plot.ts'
import { median, percentile, rounded, table } from './statistics.ts'

export type SustainedOptions = {
  readonly seconds: number
  /** Folder of the report. */
  readonly out: string
  readonly json: boolean
}

type Get = { readonly startedAt: number; readonly ms: number; readonly status: number }
type Sample = { readonly seconds: number; readonly vitals: readonly Vital[] }
type Run = {
  readonly seconds: number
  readonly startedAt: number
  readonly puts: PutAnswer[]
  readonly gets: Get[]
  readonly samples: Sample[]
  restarts: number
}

const NODES = 7
const MIB = 2 ** 20
const BYTES_MAX = MIB
const SAMPLE_MS = 1_000
const GET_EVERY_MS = 100
/** A get requests one of this many newest batches: none of them has expired. */
const GET_FROM = 50
const KILL_EVERY_MS = 20_000
const DOWN_MS = 2_000
const WINDOWS = 10
/** Short, so that batches can expire soon: the notice of the Ledger, and the shortest retention, which leaves time to post. */
const NOTICE_SECONDS = 5n
const RETENTION_SECONDS_MIN = 20

export async function benchSustained({ seconds, out, json }: SustainedOptions): Promise<void> {
  if (!(seconds >= 10)) throw new Error(`Expected at least 10 seconds, got ${seconds}.`)
  const retention = `${Math.max(RETENTION_SECONDS_MIN, Math.round(seconds / 10))}s`
  const sidecarFlags = ['--posting-interval', '2s', '--retention', retention]
  const posting = { noticeSeconds: NOTICE_SECONDS }
  await using fleet = await Fleet.start({ nodes: NODES, posting, sidecarFlags })
  const run: Run = { seconds, startedAt: performance.now(), puts: [], gets: [], samples: [], restarts: 0 }
  const load = new Load({
    domain: fleet.deployment.domain,
    urls: fleet.sidecars.map(({ url }) => url),
    seed: 'sustained',
    workers: 2,
    pauseMs: 40,
    bytesMax: BYTES_MAX,
    onAnswer: (answer) => run.puts.push(answer),
  })
  await Promise.all([sample(fleet, run), getAll(fleet, load, run), restartNodes(fleet, run)])
  await load.stop()
  if (load.unexpected.length > 0) throw new Error(`Unexpected answers: ${load.unexpected.join(', ')}`)
  await report(run, { out, json })
}

function secondsOf({ startedAt }: Run, at = performance.now()): number {
  return (at - startedAt) / 1000
}

function isOver(run: Run): boolean {
  return secondsOf(run) >= run.seconds
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

async function sample(fleet: Fleet, run: Run): Promise<void> {
  while (!isOver(run)) {
    run.samples.push({ seconds: secondsOf(run), vitals: vitalsOf(fleet) })
    await pause(SAMPLE_MS)
  }
}

async function getAll(fleet: Fleet, load: Load, run: Run): Promise<void> {
  const agent = new Agent({ connections: 1, pipelining: 1 })
  const url = fleet.sidecars[0]?.url ?? ''
  while (!isOver(run)) {
    await pause(GET_EVERY_MS)
    if (load.answered.length === 0) continue
    const batch = seededChoice(`get ${run.gets.length}`, load.answered.slice(-GET_FROM))
    const startedAt = performance.now()
    const response = await request(`${url}/get/0x${batch.commitment.toString('hex')}`, { dispatcher: agent })
    const body = Buffer.from(await response.body.arrayBuffer())
    run.gets.push({ startedAt, ms: performance.now() - startedAt, status: response.statusCode })
    const right = response.statusCode !== 200 || body.equals(seededBytes(batch.label, batch.length))
    if (!right) throw new Error(`Expected the bytes of ${batch.label}, got other bytes.`)
  }
  await agent.destroy()
}

async function restartNodes(fleet: Fleet, run: Run): Promise<void> {
  for (let i = 0; ; i++) {
    await pause(Math.min(KILL_EVERY_MS * (0.5 + seededFraction(`kill ${i}`)), 1000 * run.seconds * 0.2))
    if (isOver(run)) return
    const node = seededChoice(`node ${i}`, fleet.nodes)
    await node.kill()
    await pause(DOWN_MS)
    await node.start()
    run.restarts += 1
  }
}

async function report(run: Run, { out, json }: Omit<SustainedOptions, 'seconds'>): Promise<void> {
  const windows = windowsOf(run)
  const panels = panelsOf(run)
  await mkdir(out, { recursive: true })
  const file = (name: string): string => join(out, name)
  const puts = `${run.puts.length} puts, ${run.gets.length} gets, ${run.restarts} nodes killed`
  await writeFile(file('plot.svg'), plotSvg(`Floe under load for ${run.seconds} s: ${puts}`, panels))
  const facts = { seconds: run.seconds, nodes: NODES, bytesMax: BYTES_MAX, restarts: run.restarts }
  await writeFile(file('report.json'), `${JSON.stringify({ ...facts, windows, panels }, null, 1)}\n`)
  if (json) {
    console.log(JSON.stringify(windows))
    return
  }
  console.log(`${table(windows)}\n`)
  for (const { title, unit, series } of panels) {
    for (const each of series) {
      const values = each.points.map(({ y }) => y)
      const range = `median ${rounded(median(values))}, most ${rounded(Math.max(0, ...values))} ${unit}`
      console.log(`${`${title}, ${each.name}`.padEnd(34)} ${sparkline(each)}  ${range}`)
    }
  }
  console.log(`\n${puts}. Report: ${file('plot.svg')}, ${file('report.json')}`)
}

/** A row for each tenth of the time. */
function windowsOf(run: Run): Record<string, number | string>[] {
  const length = run.seconds / WINDOWS
  const inWindow = (i: number, at: number): boolean => Math.floor(secondsOf(run, at) / length) === i
  return Array.from({ length: WINDOWS }, (_, i) => {
    const puts = run.puts.filter(({ startedAt }) => inWindow(i, startedAt))
    const done = puts.filter(({ status }) => status === 200)
    const gets = run.gets.filter(({ startedAt }) => inWindow(i, startedAt))
    const got = gets.filter(({ status }) => status === 200).map(({ ms }) => ms)
    const vitals = run.samples.filter(({ seconds }) => Math.floor(seconds / length) === i)
    const most = (kind: string, pick: (vital: Vital) => number): number =>
      rounded(
        Math.max(
          ...vitals.flatMap((one) => one.vitals.filter(({ program }) => program.startsWith(kind)).map(pick)),
        ) / MIB,
        1,
      )
    return {
      'from s': rounded(i * length, 0),
      'puts/s': rounded(done.length / length, 1),
      'MB/s': rounded(done.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6 / length, 2),
      'put p50 ms': rounded(median(done.map(({ ms }) => ms)), 1),
      'put p99 ms': rounded(
        percentile(
          done.map(({ ms }) => ms),
          0.99,
        ),
        1,
      ),
      'get p50 ms': rounded(median(got), 1),
      'get p99 ms': rounded(percentile(got, 0.99), 1),
      refused: puts.length - done.length + gets.length - got.length,
      'sidecar MiB': most('sidecar', ({ rssBytes }) => rssBytes),
      'node MiB': most('node', ({ rssBytes }) => rssBytes),
      'sidecar disk MiB': most('sidecar', ({ diskBytes }) => diskBytes),
      'node disk MiB': most('node', ({ diskBytes }) => diskBytes),
    }
  })
}

function panelsOf(run: Run): Panel[] {
  const bySecond = <T extends { startedAt: number }>(
    all: readonly T[],
    measure: (some: readonly T[]) => number,
  ): Point[] => {
    const groups = Map.groupBy(all, ({ startedAt }) => Math.floor(secondsOf(run, startedAt)))
    return Array.from({ length: Math.floor(run.seconds) }, (_, x) => ({ x, y: measure(groups.get(x) ?? []) }))
  }
  const times = (fraction: number) => (some: readonly { ms: number; status: number }[]) => {
    const done = some.filter(({ status }) => status === 200).map(({ ms }) => ms)
    return done.length === 0 ? 0 : percentile(done, fraction)
  }
  const megabytes = (some: readonly PutAnswer[]): number =>
    some.reduce((sum, { bytes, status }) => sum + (status === 200 ? bytes : 0), 0) / 1e6
  const vital = (kind: string, pick: (vital: Vital) => number): Point[] =>
    run.samples.map(({ seconds, vitals }) => ({
      x: seconds,
      y: Math.max(0, ...vitals.filter(({ program }) => program.startsWith(kind)).map(pick)) / MIB,
    }))
  const each = (pick: (vital: Vital) => number) => [
    { name: 'sidecar', points: vital('sidecar', pick) },
    { name: 'largest node', points: vital('node', pick) },
  ]
  return [
    {
      title: 'Throughput of puts',
      unit: 'MB/s',
      series: [{ name: 'puts', points: bySecond(run.puts, megabytes) }],
    },
    {
      title: 'Latency',
      unit: 'ms',
      series: [
        { name: 'put p50', points: bySecond(run.puts, times(0.5)) },
        { name: 'put p99', points: bySecond(run.puts, times(0.99)) },
        { name: 'get p50', points: bySecond(run.gets, times(0.5)) },
      ],
    },
    { title: 'Memory', unit: 'MiB', series: each(({ rssBytes }) => rssBytes) },
    { title: 'Disk', unit: 'MiB', series: each(({ diskBytes }) => diskBytes) },
  ]
}
