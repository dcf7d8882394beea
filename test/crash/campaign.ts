// Kills the processes of a fleet repeatedly under load: at crash points, at random moments, and several at the same time.
import { KeyedMutex } from '../../src/runtime/async/keyed-mutex.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type CrashPoint, crashPoints } from '../../src/runtime/crash-points.ts'
import { KILLED, type Program } from '../support/child-process.ts'
import type { Fleet } from '../support/fleet.ts'
import { seededChoice, seededFraction } from '../support/random-bytes.ts'
import { until, within } from '../support/until.ts'

export type Campaign = {
  /** The kills in order: the time, the program, and the place. */
  readonly kills: readonly string[]
  /** Crash points that a process did not reach in time under load. */
  readonly unreached: readonly string[]
}

export type CampaignOptions = {
  readonly seed: string
  /** In total, over all processes. */
  readonly kills: number
  /** The number of batches of the load that were answered with 200. */
  readonly answered: () => number
}

type Run = {
  readonly seed: string
  readonly record: (program: string, where: string) => void
  readonly unreached: string[]
  /** The fraction of the sidecar's kills that is done, 0…1: the kills of all other programs are spread over them. */
  progress: number
  /** Runs work on nodes, one after another: at most one node is down, so that there is a quorum. */
  readonly withNodes: (work: () => Promise<void>) => Promise<void>
  /** The number of batches that were answered with 200. */
  readonly answered: () => number
}

/** Under load a process passes every crash point at least once a posting interval. */
const REACHED_MS = 45_000
const START_MS = 60_000
/** The longest time between the start of a process and a kill at a random moment. */
const LIFE_MS_MAX = 700
const POLL_MS = 20
/** After this number of rounds all nodes are killed together, as in a power cut. */
const POWER_CUT_EVERY = 12

/** Expiry does not depend on the load: it has a test of its own. */
const nodePoints = crashPoints.filter((point) => point.startsWith('node.') && point !== 'node.expired')
const sidecarPoints = crashPoints.filter((point) => !point.startsWith('node.'))

/** Kills sidecars, nodes, L1 and Redis concurrently, each kind in turn. At the end all of them run. */
export async function runCampaign(fleet: Fleet, options: CampaignOptions): Promise<Campaign> {
  const { seed, kills: total, answered } = options
  const kills: string[] = []
  const unreached: string[] = []
  const startedAt = systemClock.monotonic()
  const mutex = new KeyedMutex<'nodes'>()
  const run: Run = {
    seed,
    record: (program, where) => {
      const seconds = (systemClock.monotonic() - startedAt) / 1000
      kills.push(`${seconds.toFixed(1)} s ${program} ${where}`)
    },
    unreached,
    progress: 0,
    withNodes: async (work) => mutex.run(['nodes'], work),
    answered,
  }
  const { anvil, redis } = fleet
  const share = (fraction: number): number => Math.ceil(total * fraction)
  await Promise.all([
    killSidecars(fleet, share(0.3), run),
    killNodes(fleet, share(redis === undefined ? 0.62 : 0.5), run),
    killInBetween('anvil', anvil, { count: share(0.08), run }),
    ...(redis === undefined ? [] : [killInBetween('redis', redis, { count: share(0.12), run })]),
  ])
  return { kills, unreached }
}

/** Kills a sidecar at each of its crash points, then at random ones and at random moments. */
async function killSidecars(fleet: Fleet, count: number, run: Run): Promise<void> {
  const [sidecar] = fleet.sidecars
  if (sidecar === undefined) throw new Error('Expected a fleet with a sidecar.')
  await sidecar.kill()
  run.record(sidecar.name, 'at a random moment')
  const total = Math.max(count, 1 + sidecarPoints.length)
  for (let i = 1; i < total; i++) {
    run.progress = i / total
    const label = `${run.seed} sidecar kill ${i}`
    const first = sidecarPoints[i - 1]
    const at = first ?? seededChoice(`${label} point`, [undefined, ...sidecarPoints])
    const isBackfill = at?.startsWith('backfill.') === true
    if (isBackfill) await leaveIncomplete(fleet, sidecar, run)
    const count = first === undefined && !isBackfill ? countOf(label) : 1
    await startAndKill(sidecar, { label, at, count }, run)
  }
  run.progress = 1
  await startAgain(sidecar)
}

/** Leaves batches that a node lacks, and of which only the disk of the stopped sidecar knows: its next start must backfill them. */
async function leaveIncomplete(fleet: Fleet, sidecar: Program, run: Run): Promise<void> {
  const [node] = fleet.nodes
  if (node === undefined) throw new Error('Expected a fleet with nodes.')
  // The sidecar runs before the nodes are locked: a node that is to be killed at a dispersal holds the lock until one comes.
  await startAgain(sidecar)
  await run.withNodes(async () => {
    await node.kill()
    run.record(node.name, 'before puts that it must miss')
    const enough = run.answered() + 3
    await until('puts without a node', () => run.answered() >= enough || undefined)
    await sidecar.kill()
    run.record(sidecar.name, 'with a node that lacks batches')
    await startAgain(node)
  })
}

/** Kills one node at a time, and sometimes all of them. */
async function killNodes(fleet: Fleet, count: number, run: Run): Promise<void> {
  const choices = [...nodePoints, undefined, undefined]
  for (let i = 0, killed = 0; killed < count; i++) {
    while (run.progress < killed / count) await systemClock.sleep(POLL_MS)
    const label = `${run.seed} node kill ${i}`
    const node = fleet.nodes[i % fleet.nodes.length]
    if (node === undefined) throw new Error('Expected a fleet with nodes.')
    await run.withNodes(async () => {
      await node.kill()
      run.record(node.name, 'at a random moment')
      await startAndKill(node, { label, at: choices[i % choices.length], count: countOf(label) }, run)
      await startAgain(node)
    })
    killed += 2
    if (i % POWER_CUT_EVERY !== POWER_CUT_EVERY - 1) continue
    await run.withNodes(async () => cutPower(fleet.nodes, run))
    killed += fleet.nodes.length
  }
}

async function cutPower(nodes: readonly Program[], run: Run): Promise<void> {
  await Promise.all(nodes.map(async (node) => node.kill()))
  for (const { name } of nodes) run.record(name, 'with all other nodes')
  await Promise.all(nodes.map(async (node) => startAgain(node)))
}

/** Kills a program `count` times, at random moments of the kills of the sidecar. */
async function killInBetween(
  name: string,
  program: { kill(): Promise<void>; start(): Promise<void> },
  { count, run }: { readonly count: number; readonly run: Run },
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const moment = seededFraction(`${run.seed} ${name} kill ${i}`)
    while (run.progress < (i + moment) / count) await systemClock.sleep(POLL_MS)
    await program.kill()
    run.record(name, 'at a random moment')
    await program.start()
  }
}

type Kill = {
  readonly label: string
  /** The crash point of the kill; undefined: a random moment. */
  readonly at: CrashPoint | undefined
  /** How often the process passes the crash point, the last time included. */
  readonly count: number
}

/** Starts a program that does not run, and kills it. Its next start is the recovery, and may end in the next kill. */
async function startAndKill(program: Program, { label, at, count }: Kill, run: Run): Promise<void> {
  if (at !== undefined) return startAndKillAt(program, `${at}:${count}`, run)
  const moment = seededFraction(`${label} moment`) * LIFE_MS_MAX
  const isStarting = seededFraction(`${label} starting`) < 0.25
  const started = startAgain(program)
  if (isStarting) await Promise.all([started, killAfter(program, moment)])
  else {
    await started
    await killAfter(program, moment)
  }
  run.record(program.name, isStarting ? 'while it started' : 'at a random moment')
}

async function killAfter(program: Program, ms: number): Promise<void> {
  await systemClock.sleep(ms)
  await program.kill()
}

async function startAndKillAt(program: Program, crashAt: string, run: Run): Promise<void> {
  await startAgain(program, { FLOE_CRASH_AT: crashAt })
  const ending = await within(program.ended(), REACHED_MS, () => crashAt).catch(() => undefined)
  if (ending === KILLED) run.record(program.name, `at ${crashAt}`)
  else run.unreached.push(`${program.name} did not end at ${crashAt}: ${ending ?? 'it runs'}`)
  await program.kill()
}

/** Starts a program as a service manager does: again while it ends because L1 is unreachable. */
async function startAgain(program: Program, env: { readonly [name: string]: string } = {}): Promise<void> {
  const deadline = systemClock.monotonic() + START_MS
  for (;;) {
    try {
      await program.start(env)
      return
    } catch (error) {
      const isUnreachable = String(error).includes('ended with code 4')
      if (!isUnreachable || systemClock.monotonic() > deadline) throw error
    }
  }
}

function countOf(label: string): number {
  return 1 + Math.floor(3 * seededFraction(`${label} count`))
}
