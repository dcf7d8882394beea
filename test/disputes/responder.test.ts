// The guarantees of the responder, on a manual clock and with a follower, a store and a sender that the test controls.
import { expect, onTestFinished, test } from 'vitest'
import type { Challenge } from '../../src/disputes/open-challenges.ts'
import { type AnswerOutcome, Responder, type ResponderOptions } from '../../src/disputes/responder.ts'
import type { Intent } from '../../src/l1/tx-manager/calls.ts'
import type { SendResult } from '../../src/l1/tx-manager/tx-manager.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { type Opening, openSliver } from '../../src/protocol/opening.ts'
import { checkProvenSliver } from '../../src/protocol/sliver.ts'
import { kernel, placeOf, sliverAnswer, stored } from '../protocol/support.ts'
import { LogCapture } from '../support/log-capture.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const NOW = 1_900_000_000
const WINDOW = 3_600
const INCOME = 50n
const USUAL = 1_000n
const FINE = 10_000n
const address: Hex = `0x${'11'.repeat(20)}`
const store = stored(geometryOf(4), seededBytes('challenged', 5_000))
const sliver = checkProvenSliver(kernel, placeOf(store, 'row', 0), sliverAnswer(store, 'row', 0))
const opening = openSliver(geometryOf(4), sliver, { symbol: 0, chunk: 0 })
const mined: SendResult = {
  outcome: 'mined',
  transactionHash: toHex(new Uint8Array(32)),
  blockNumber: 1,
  gasUsed: 1,
  feeWei: 1n,
}

function challengeOf(number: number, deadline: number, changes: Partial<Challenge> = {}): Challenge {
  return {
    id: toHex(new Uint8Array(32).fill(number)),
    digest: toHex(new Uint8Array(32)),
    header: store.header,
    challenger: address,
    position: { pair: 0, side: 'row', symbol: 0, chunk: 0 },
    deadline,
    ...changes,
  }
}

/** Lets every promise that can settle do so; the clock stands still meanwhile. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

type World = {
  readonly clock: ManualClock
  readonly open: Map<Hex, Challenge>
  readonly intents: Intent[]
  readonly incomes: bigint[]
  readonly outcomes: AnswerOutcome[]
  /** The timestamp of the newest block, in unix seconds. */
  timestamp: number
  /** Moves the clock on by a step of the responder. */
  step(): Promise<void>
}

async function runWith(
  challenges: readonly Challenge[],
  options: Partial<
    Pick<ResponderOptions, 'openings' | 'shareBeforeAnswer' | 'fineWei' | 'sender' | 'follower' | 'logger'>
  > = {},
): Promise<World> {
  const clock = manualClock(NOW)
  const open = new Map(challenges.map((challenge) => [challenge.id, challenge]))
  const world: World = {
    clock,
    open,
    intents: [],
    incomes: [],
    outcomes: [],
    timestamp: NOW,
    step: async () => {
      clock.advance(1_000)
      await settled()
    },
  }
  const tip = async () => ({ blockNumber: 1, timestamp: world.timestamp })
  const responder = new Responder({
    follower: { sync: tip, syncTo: tip },
    challenges: {
      all: () => [...open.values()].sort((a, b) => a.deadline - b.deadline),
      get: (id) => open.get(id),
    },
    disputes: address,
    windowSeconds: WINDOW,
    incomeWei: INCOME,
    usualWeiMax: USUAL,
    sender: {
      send: async (intent, income) => {
        world.intents.push(intent)
        world.incomes.push(income ?? 0n)
        open.delete(challenges[world.intents.length - 1]?.id ?? '0x')
        return mined
      },
    },
    shareBeforeAnswer: () => 0,
    fineWei: () => 0n,
    openings: async (challenged) => challenged.map(() => opening),
    clock,
    logger: { info: () => undefined, warn: () => undefined },
    onOutcome: (outcome) => world.outcomes.push(outcome),
    ...options,
  })
  const stop = new AbortController()
  const stopped = responder.run(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await stopped
  })
  await settled()
  return world
}

test('Open only: no answer is sent to a position that is answered or past its deadline.', async () => {
  const late = challengeOf(1, NOW - 1)
  const challenge = challengeOf(2, NOW + WINDOW)
  const { intents, open, outcomes, ...rest } = await runWith([challenge])
  expect(outcomes).toEqual(['answered'])
  const [intent] = intents
  const precondition = async (): Promise<boolean | undefined> => intent?.precondition(1, { succeeded: false })
  expect(await precondition()).toBe(false)
  open.set(challenge.id, challenge)
  expect(await precondition()).toBe(true)
  // The same position, challenged again after the challenge lapsed, is another one.
  open.set(challenge.id, { ...challenge, deadline: NOW + WINDOW + 1 })
  expect(await precondition()).toBe(false)
  open.clear()
  open.set(late.id, late)
  await rest.step()
  expect(intents).toHaveLength(1)
})

test('an answer whose deadline passes before it is mined is given up', async () => {
  const challenge = challengeOf(1, NOW + 10)
  const world: { run?: World } = {}
  world.run = await runWith([challenge], {
    sender: {
      send: async (intent) => {
        if (world.run === undefined) throw new FloeError('unavailable', 'The test has not started.')
        world.run.intents.push(intent)
        world.run.timestamp = NOW + 11
        return (await intent.precondition(1, { succeeded: false })) ? mined : { outcome: 'not-wanted' }
      },
    },
  })
  // The first attempt failed before the world was there.
  for (let second = 0; second < 5; second++) await world.run.step()
  expect(world.run.intents).toHaveLength(1)
  expect(world.run.outcomes).toEqual(['unavailable', 'unavailable'])
})

test('One attempt at a time: a position has one attempt in flight; a failed one is repeated until the position is answered or late.', async () => {
  const attempts: { resolve(value: readonly Opening[]): void; reject(error: Error): void }[] = []
  const world = await runWith([challengeOf(1, NOW + WINDOW)], {
    openings: async () =>
      new Promise<readonly Opening[]>((resolve, reject) => attempts.push({ resolve, reject })),
  })
  await world.step()
  await world.step()
  expect(attempts).toHaveLength(1)
  attempts[0]?.reject(new FloeError('unavailable', 'No node answers.'))
  await settled()
  expect(world.outcomes).toEqual(['unavailable'])
  // A failed attempt is repeated after five seconds.
  for (let second = 1; second < 5; second++) await world.step()
  expect(attempts).toHaveLength(1)
  await world.step()
  expect(attempts).toHaveLength(2)
  attempts[1]?.resolve([opening])
  await settled()
  expect(world.outcomes).toEqual(['unavailable', 'answered'])
  // The answer closed the challenge.
  for (let second = 0; second < 10; second++) await world.step()
  expect(attempts).toHaveLength(2)
})

test('First deadline first: what is due is worked on in the order of the deadlines, several positions at a time.', async () => {
  const deadlines = [30, 10, 20].map((seconds) => NOW + seconds)
  const asked: number[][] = []
  await runWith(
    deadlines.map((deadline, i) => challengeOf(i, deadline)),
    {
      openings: async (challenged) => {
        asked.push(challenged.map(({ deadline }) => deadline))
        return challenged.map(() => opening)
      },
    },
  )
  expect(asked).toEqual([[10, 20, 30].map((seconds) => NOW + seconds)])
})

test('a chunk that cannot be opened does not delay the others of its batch', async () => {
  const world = await runWith([challengeOf(1, NOW + WINDOW), challengeOf(2, NOW + WINDOW)], {
    openings: async () => [new FloeError('unavailable', 'No node answers.'), opening],
  })
  expect(world.outcomes.toSorted()).toEqual(['answered', 'unavailable'])
})

test('In turn: a responder waits for its share of the window, so that several responders do not pay for one answer.', async () => {
  const challenge = challengeOf(1, NOW + WINDOW)
  const world = await runWith([challenge], { shareBeforeAnswer: () => 0.5 })
  world.timestamp = NOW + WINDOW / 2 - 1
  await world.step()
  expect(world.outcomes).toEqual([])
  world.timestamp = NOW + WINDOW / 2
  await world.step()
  expect(world.outcomes).toEqual(['answered'])
})

test('a responder leaves the challenges without a share to others', async () => {
  const world = await runWith([challengeOf(1, NOW + WINDOW)], { shareBeforeAnswer: () => undefined })
  world.timestamp = NOW + WINDOW
  await world.step()
  expect(world.intents).toEqual([])
})

test('Worth it: an answer costs at most what it is worth, which rises towards the fine as the deadline nears.', async () => {
  const world = await runWith([challengeOf(1, NOW + WINDOW)], { fineWei: () => FINE })
  const worth = (): bigint | undefined => world.intents[0]?.feeWeiMax?.()
  expect(worth()).toBe(USUAL)
  world.timestamp = NOW + 0.7 * WINDOW
  await world.step()
  expect(worth()).toBe((USUAL + FINE) / 2n)
  world.timestamp = NOW + 0.9 * WINDOW
  await world.step()
  expect(worth()).toBe(FINE)
})

test('every answer earns half of the bond', async () => {
  const world = await runWith([challengeOf(1, NOW + WINDOW), challengeOf(2, NOW + WINDOW)])
  expect(world.incomes).toEqual([INCOME, INCOME])
})

test('Bounded: at most IN_FLIGHT_MAX positions are worked on concurrently, and at most OPENING_MAX batches are opened.', async () => {
  const calls: number[] = []
  // Ten positions of each of ten batches.
  const challenges = Array.from({ length: 100 }, (_, i) =>
    challengeOf(i, NOW + WINDOW, { digest: toHex(new Uint8Array(32).fill(i % 10)) }),
  )
  const world = await runWith(challenges, {
    openings: async (challenged, signal) => {
      calls.push(challenged.length)
      return new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    },
  })
  await world.step()
  expect(calls).toEqual([8, 8, 8, 8])
})

test('Bounded: at most IN_FLIGHT_MAX answers wait for L1.', async () => {
  const challenges = Array.from({ length: 100 }, (_, i) => challengeOf(i, NOW + WINDOW))
  const waiting: ((result: SendResult) => void)[] = []
  const world = await runWith(challenges, {
    sender: { send: async () => new Promise<SendResult>((resolve) => waiting.push(resolve)) },
  })
  for (let second = 0; second < 10; second++) await world.step()
  expect(waiting).toHaveLength(32)
  world.open.clear()
  for (const settle of waiting) settle(mined)
})

test('L1 that is away costs a responder one line, and one when it is back.', async () => {
  const logs = new LogCapture()
  let away = true
  const tip = async () => {
    if (away) throw new FloeError('unavailable', 'L1 is away.')
    return { blockNumber: 1, timestamp: NOW }
  }
  const world = await runWith([], { follower: { sync: tip, syncTo: tip }, logger: logs.logger })
  for (let second = 0; second < 100; second++) await world.step()
  away = false
  for (let second = 0; second < 100; second++) await world.step()
  expect(logs.lines()).toMatchObject([
    { level: 40, msg: 'disputes not followed', reason: 'L1 is away.' },
    { level: 30, msg: 'disputes followed again', seconds: 101 },
  ])
})

test('A spent budget costs one line for each challenge that it leaves unanswered, and one when the budget allows the answer.', async () => {
  const logs = new LogCapture()
  let spent = true
  const send = async (): Promise<SendResult> => {
    if (spent) throw new FloeError('overloaded', 'The budget of the day is spent.')
    return mined
  }
  const world = await runWith([challengeOf(1, NOW + WINDOW)], {
    sender: { send },
    logger: logs.logger,
  })
  for (let second = 0; second < 100; second++) await world.step()
  expect(world.outcomes.length).toBeGreaterThan(15)
  spent = false
  for (let second = 0; second < 10; second++) await world.step()
  expect(logs.lines().map(({ msg }) => msg)).toEqual([
    'challenge not answered',
    'challenge no longer unanswered',
    ...world.outcomes.filter((outcome) => outcome === 'answered').map(() => 'challenge closed'),
  ])
})
