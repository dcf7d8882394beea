// Killing the processes of a fleet again and again while it is under load: at named points, at random moments, several at once.
import { type CrashPoint, crashPoints } from '../../src/runtime/crash-points.ts'
import { until } from '../support/until.ts'
import type { Fleet } from '../support/fleet.ts'
import { within } from '../support/within.ts'
import { KILLED, type Part } from '../support/child-process.ts'
import { seededChoice, seededFraction } from '../support/random-bytes.ts'

export type Campaign = {
  /** What was killed and where, in order. */
  readonly kills: readonly string[]
  /** Points that no process passed though it was given time under load. */
  readonly unreached: readonly string[]
}

export type CampaignOptions = {
  readonly seed: string
  /** In total, over all processes. */
  readonly kills: number
  /** How many batches of the load have been answered for. */
  readonly answered: () => number
}

type Named = Pick<Part, 'name'>
type Record = (part: Named, where: string) => void
type Run = {
  readonly seed: string
  readonly record: Record
  readonly unreached: string[]
  /** How much of the sidecar's deaths is over, 0…1: everybody else's are spread over them. */
  progress: number
  /** Work on nodes, one after another. */
  readonly nodesInTurn: (work: () => Promise<void>) => Promise<void>
  /** How many batches have been answered for. */
  readonly answered: () => number
}

/** Under load every point is passed many times a posting interval, or once an interval. */
const REACHED_MS = 45_000
const START_MS = 60_000
/** What a process is given to live after it is ready. */
const LIFE_MS_MAX = 700
const LOOK_MS = 20
/** Every so many node kills all of them at once, as when the power fails. */
const POWER_CUT_EVERY = 12

/** Expiry is not a matter of load: it has a test of its own. */
const nodePoints = crashPoints.filter((point) => point.startsWith('node.') && point !== 'node.expired')
const sidecarPoints = crashPoints.filter((point) => !point.startsWith('node.'))

/** Kills everything in turn, each kind beside the others, and leaves everything running. */
export async function runCampaign(fleet: Fleet, options: CampaignOptions): Promise<Campaign> {
  const { seed } = options
  const kills: string[] = []
  const unreached: string[] = []
  const startedAt = performance.now()
  const record: Record = ({ name }, where) => {
    kills.push(`${((performance.now() - startedAt) / 1000).toFixed(1)} s ${name} ${where}`)
  }
  let lastTurn: Promise<unknown> = Promise.resolve()
  const nodesInTurn: Run['nodesInTurn'] = async (work) => {
    const turn = lastTurn.then(work)
    lastTurn = turn.catch(() => undefined)
    return turn
  }
  const run: Run = { seed, record, unreached, progress: 0, nodesInTurn, answered: options.answered }
  const others = fleet.redis === undefined ? 0.08 : 0.2
  await Promise.all([
    killSidecars(fleet, Math.ceil(options.kills * 0.3), run),
    killNodes(fleet, Math.ceil(options.kills * (0.7 - others)), run),
    killInBetween(fleet.anvil, Math.ceil(options.kills * 0.08), run),
    ...(fleet.redis === undefined
      ? []
      : [killInBetween({ ...fleet.redis, name: 'redis' }, Math.ceil(options.kills * 0.12), run)]),
  ])
  return { kills, unreached }
}

/** Each point of a sidecar at least once, then points and random moments by turns. */
async function killSidecars(fleet: Fleet, count: number, run: Run): Promise<void> {
  const [sidecar] = fleet.sidecars
  if (sidecar === undefined) throw new Error('a fleet has a sidecar')
  await sidecar.kill()
  run.record(sidecar, 'at a random moment')
  const total = Math.max(count, 1 + sidecarPoints.length)
  for (let i = 1; i < total; i++) {
    run.progress = i / total
    const label = `${run.seed} sidecar kill ${i}`
    const first = sidecarPoints[i - 1]
    const again = seededChoice(`${label} point`, [undefined, ...sidecarPoints])
    const at = first ?? again
    const completing = at?.startsWith('backfill.') === true
    if (completing) await leaveIncomplete(fleet, sidecar, run)
    const often = first === undefined && !completing
    await liveAndDie(sidecar, { label, at, count: often ? countOf(label) : 1 }, run)
  }
  run.progress = 1
  await startAgain(sidecar)
}

/** Batches that a node lacks, known to nobody but the disk of a sidecar that does not run: work for its next start. */
async function leaveIncomplete(fleet: Fleet, sidecar: Part, run: Run): Promise<void> {
  const [node] = fleet.nodes
  if (node === undefined) throw new Error('a fleet has nodes')
  // Runs first: a node that is to die of a dispersal needs one before it is our turn.
  await startAgain(sidecar)
  await run.nodesInTurn(async () => {
    await node.kill()
    run.record(node, 'before puts that it is to miss')
    const enough = run.answered() + 3
    await until('puts without a node', () => (run.answered() >= enough ? true : undefined), START_MS)
    await sidecar.kill()
    run.record(sidecar, 'with a node that lacks batches')
    await startAgain(node)
  })
}

/** One node at a time, so that there is a quorum, and now and then all of them. */
async function killNodes(fleet: Fleet, count: number, run: Run): Promise<void> {
  const choices = [...nodePoints, undefined, undefined]
  for (let i = 0, killed = 0; killed < count; i++) {
    while (run.progress < killed / count) await pause(LOOK_MS)
    const label = `${run.seed} node kill ${i}`
    const node = fleet.nodes[i % fleet.nodes.length]
    if (node === undefined) throw new Error('a fleet has nodes')
    await run.nodesInTurn(async () => {
      await node.kill()
      run.record(node, 'at a random moment')
      await liveAndDie(node, { label, at: choices[i % choices.length], count: countOf(label) }, run)
      await startAgain(node)
    })
    killed += 2
    if (i % POWER_CUT_EVERY !== POWER_CUT_EVERY - 1) continue
    await run.nodesInTurn(async () => cutPower(fleet.nodes, run))
    killed += fleet.nodes.length
  }
}

async function cutPower(nodes: readonly Part[], run: Run): Promise<void> {
  await Promise.all(nodes.map(async (node) => node.kill()))
  for (const node of nodes) run.record(node, 'with all the others')
  await Promise.all(nodes.map(async (node) => startAgain(node)))
}

async function killInBetween(
  part: Named & { kill(): Promise<void>; start(): Promise<unknown> },
  count: number,
  run: Run,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const moment = seededFraction(`${run.seed} ${part.name} kill ${i}`)
    while (run.progress < (i + moment) / count) await pause(LOOK_MS)
    await part.kill()
    run.record(part, 'at a random moment')
    await part.start()
  }
}

type Death = {
  readonly label: string
  /** The point at which it is to die, counted from its start; undefined: a random moment. */
  readonly at: CrashPoint | undefined
  readonly count: number
}

/** Starts `part`, which does not run, and has it die. Its start after that is the recovery, and may be a next death. */
async function liveAndDie(part: Part, { label, at, count }: Death, run: Run): Promise<void> {
  if (at !== undefined) {
    const armed = `${at}:${count}`
    await startAgain(part, { FLOE_CRASH_AT: armed })
    const ending = await within(part.ended(), REACHED_MS, () => armed).catch(() => undefined)
    if (ending === KILLED) run.record(part, `at ${armed}`)
    else run.unreached.push(`${part.name} did not die at ${armed}: ${ending ?? 'it lives'}`)
    await part.kill()
    return
  }
  const moment = seededFraction(`${label} moment`) * LIFE_MS_MAX
  const starting = seededFraction(`${label} starting`) < 0.25
  const started = startAgain(part)
  if (!starting) await started
  await pause(moment)
  await part.kill()
  await started
  run.record(part, starting ? 'while it started' : 'at a random moment')
}

/** As a service manager would: one that ends because L1 is away is started again. */
async function startAgain(part: Part, env: { readonly [name: string]: string } = {}): Promise<void> {
  const deadline = performance.now() + START_MS
  for (;;) {
    try {
      await part.start(env)
      return
    } catch (error) {
      if (!String(error).includes('ended with code 4') || performance.now() > deadline) throw error
    }
  }
}

function countOf(label: string): number {
  return 1 + Math.floor(3 * seededFraction(`${label} count`))
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
