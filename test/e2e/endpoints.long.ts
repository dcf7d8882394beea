// A sidecar in a new folder in front of one L1 endpoint that has a fault of real providers, each as processes of their own: what it
// takes is posted, or it says clearly why it takes nothing. `hostile-l1` has all faults together, on three endpoints.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Status } from '../../src/client/sidecar-status.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Program } from '../support/child-process.ts'
import { Fleet } from '../support/fleet.ts'
import { headersNotPostedOnce, untilPosted } from '../support/invariants.ts'
import { type L1Fault, L1Faults } from '../support/l1-faults.ts'
import { type AnsweredBatch, Load } from '../support/load.ts'
import { LogCounts } from '../support/log-counts.ts'
import { until } from '../support/until.ts'

const CHAIN_ID = '31337'
const BATCHES = 5
const GUARD_MS = 180_000
const SILENT_MS = 35_000
/** A start, a stop, a line for a lasting state, and the lines of a few posts. */
const LINES_MAX = 60
/** Blocks after which a block is final. */
const FINALITY = 6

let fleet: Fleet
let sidecars = 0

beforeAll(async () => {
  fleet = await Fleet.start({ sidecars: 0, finality: FINALITY, nodeFlags: ['--chain-id', CHAIN_ID] })
})
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
})

type Sidecar = AsyncDisposable & {
  readonly l1: L1Faults
  readonly program: Program
  readonly logs: LogCounts
}

/** A sidecar that has not started, in a new folder, in front of an endpoint of its own. */
async function newSidecar(flags: readonly string[] = []): Promise<Sidecar> {
  const l1 = await L1Faults.start(fleet.rpcUrl)
  const logs = new LogCounts()
  const keyFile = await fleet.writeKey('disperser', fleet.disperserKey)
  const own = [
    '--chain-id',
    CHAIN_ID,
    '--key-file',
    keyFile,
    '--posting-interval',
    '1s',
    '--put-timeout',
    '5s',
  ]
  const program = await fleet.add('sidecar', `new-sidecar-${++sidecars}`, {
    flags: [...own, ...flags],
    rpcUrl: l1.url,
    onLine: (line) => logs.add('sidecar', line),
  })
  const end = async (): Promise<void> => {
    await program.kill()
    await l1[Symbol.asyncDispose]()
  }
  return { l1, program, logs, [Symbol.asyncDispose]: end }
}

function loadOn({ program }: Sidecar, onRefusal: () => void = () => undefined): Load {
  return new Load({
    domain: fleet.deployment.domain,
    urls: [program.url],
    seed: program.name,
    workers: 1,
    pauseMs: 200,
    onAnswer: ({ status }) => void (status === 503 && onRefusal()),
  })
}

/** Puts batches until some are answered with 200, and waits until they are posted. */
async function putAndPost(sidecar: Sidecar): Promise<readonly AnsweredBatch[]> {
  const load = loadOn(sidecar)
  try {
    await until(`${BATCHES} batches`, () => (load.answered.length >= BATCHES ? true : undefined), GUARD_MS)
  } finally {
    await load.stop()
  }
  expect(load.unexpected).toEqual([])
  await posted(sidecar, load)
  return load.answered
}

/** Waits until everything that was answered is posted, as the sidecar sees it as well, and nothing twice. */
async function posted({ program, logs }: Sidecar, { answered }: Load): Promise<void> {
  await untilPosted(fleet, answered, { ms: GUARD_MS })
  expect(await headersNotPostedOnce(fleet, answered)).toEqual([])
  await until(
    'the sidecar sees that its batches are posted',
    async () => {
      const { batches } = (await (await fetch(`${program.url}/v1/status`)).json()) as Status
      return batches.posted + batches.final >= answered.length || undefined
    },
    GUARD_MS,
  )
  logs.requireAtMost(LINES_MAX)
}

const works: [string, readonly L1Fault[]][] = [
  ['ranges of 10 blocks', [{ kind: 'log-range', blocks: 10, provider: 'alchemy' }]],
  ['ranges of 5 blocks', [{ kind: 'log-range', blocks: 5, provider: 'infura' }]],
  ['ranges of one block', [{ kind: 'log-range', blocks: 1, provider: 'quicknode' }]],
  ['20 requests a second', [{ kind: 'rate-limit', perSecond: 20, retryAfterSeconds: 1 }]],
  [
    '20 requests a second without Retry-After, told in a 200',
    [{ kind: 'rate-limit', perSecond: 20, as: 'rpc-32005' }],
  ],
  ['one 429 at the start', [{ kind: 'refused-first', requests: 1 }]],
  ['no batches of calls', [{ kind: 'no-batches' }]],
  ['calls of half a block', [{ kind: 'slow', ms: 400 }]],
]

test.each(works)('an endpoint with %s is good enough: every batch is posted once', async (_, faults) => {
  await using sidecar = await newSidecar()
  await sidecar.l1.inject(...faults)
  await sidecar.program.start()
  await putAndPost(sidecar)
  for (const { kind } of faults) expect(sidecar.l1.spoiled.get(kind) ?? 0).toBeGreaterThan(0)
})

test('an endpoint without old state is asked for none, where the block of the deployment is known', async () => {
  await using sidecar = await newSidecar()
  await sidecar.l1.inject({ kind: 'pruned', stateBlocks: 32 })
  await sidecar.program.start()
  await putAndPost(sidecar)
  expect(sidecar.l1.spoiled.get('pruned')).toBeUndefined()
})

test('an endpoint that has deleted the start of the epoch is refused at the start, with what to do', async () => {
  await using sidecar = await newSidecar()
  await sidecar.l1.inject({ kind: 'pruned', stateBlocks: 32, historyBlocks: 32 })
  const refusal = await refusalOf(sidecar)
  expect(refusal).toMatch(/ended with code 2: /)
  expect(refusal).toMatch(/pruned history unavailable/)
  expect(refusal).toMatch(/archive node/)
})

test('an endpoint that answers nothing for the first 35 seconds: the sidecar starts when it answers, and posts', async () => {
  await using sidecar = await newSidecar()
  await sidecar.l1.inject({ kind: 'silent' })
  const startedAt = systemClock.monotonic()
  const starting = until(
    'a start',
    async () => {
      const refusal = await refusalOf(sidecar)
      if (refusal === undefined) return true
      // A supervisor starts it again.
      expect(refusal).toMatch(/ended with code 4: [^]*no response in time/)
      await systemClock.sleep(1_000)
      return undefined
    },
    GUARD_MS,
  )
  await systemClock.sleep(Math.max(0, SILENT_MS - (systemClock.monotonic() - startedAt)))
  await sidecar.l1.inject()
  await starting
  await putAndPost(sidecar)
})

test('while the head of the only endpoint stands still puts are refused with the reason, and afterwards batches are posted', async () => {
  await using sidecar = await newSidecar(['--l1-age-max', '5s'])
  await sidecar.program.start()
  const before = await putAndPost(sidecar)
  await sidecar.l1.inject({ kind: 'standing-head' })
  let refusals = 0
  const load = loadOn(sidecar, () => (refusals += 1))
  await until('refused puts', () => (refusals >= BATCHES ? true : undefined), GUARD_MS)
  // The interface of the OP Stack has no body in an error.
  const answer = await fetch(`${sidecar.program.url}/v1/batches`, { method: 'POST', body: 'a batch' })
  expect(answer.status).toBe(503)
  expect(await answer.text()).toMatch(/--l1-age-max/)
  const ready = await fetch(`${sidecar.program.url}/ready`)
  expect(ready.status).toBe(503)
  const refused = load.answered.length
  await sidecar.l1.inject()
  await until('puts', () => (load.answered.length >= refused + BATCHES ? true : undefined), GUARD_MS)
  await load.stop()
  expect(load.unexpected).toEqual([])
  await posted(sidecar, load)
  expect(await headersNotPostedOnce(fleet, [...before, ...load.answered])).toEqual([])
})

/** Why the sidecar does not start; undefined when it starts. */
async function refusalOf({ program }: Sidecar): Promise<string | undefined> {
  return program.start().then(
    () => undefined,
    (error: unknown) => String(error),
  )
}
