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
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const NOW = 1_900_000_000
const WINDOW = 600
const address: Hex = `0x${'11'.repeat(20)}`
const store = stored(geometryOf(4), seededBytes('challenged', 5_000))
const sliver = checkProvenSliver(kernel, placeOf(store, 'row', 0), sliverAnswer(store, 'row', 0))
const opening = openSliver(geometryOf(4), sliver, { symbol: 0, chunk: 0 })
const mined: SendResult = {
  outcome: 'mined',
  transactionHash: toHex(new Uint8Array(32)),
  blockNumber: 1,
  gasUsed: 1,
}

function challengeOf(number: number, deadline: number): Challenge {
  return {
    id: toHex(new Uint8Array(32).fill(number)),
    digest: toHex(new Uint8Array(32)),
    header: store.header,
    challenger: address,
    position: { pair: 0, side: 'row', symbol: 0, chunk: 0 },
    deadline,
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
  readonly outcomes: AnswerOutcome[]
  /** The timestamp of the newest block, in unix seconds. */
  timestamp: number
  /** Moves the clock on by a step of the responder. */
  step(): Promise<void>
}

async function runWith(
  challenges: readonly Challenge[],
  options: Partial<Pick<ResponderOptions, 'opening' | 'shareBeforeAnswer'>> = {},
): Promise<World> {
  const clock = manualClock(NOW)
  const open = new Map(challenges.map((challenge) => [challenge.id, challenge]))
  const world: World = {
    clock,
    open,
    intents: [],
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
    challenges: { all: () => [...open.values()], get: (id) => open.get(id) },
    disputes: address,
    windowSeconds: WINDOW,
    sender: {
      send: async (intent) => {
        world.intents.push(intent)
        open.delete(challenges[world.intents.length - 1]?.id ?? '0x')
        return mined
      },
    },
    shareBeforeAnswer: () => 0,
    opening: async () => opening,
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

test('Open only: no answer is sent to a challenge that is closed or past its deadline.', async () => {
  const late = challengeOf(1, NOW - 1)
  const challenge = challengeOf(2, NOW + WINDOW)
  const { intents, open, outcomes, ...rest } = await runWith([challenge])
  expect(outcomes).toEqual(['answered'])
  const [intent] = intents
  const precondition = async (): Promise<boolean | undefined> => intent?.precondition(1)
  expect(await precondition()).toBe(false)
  open.set(challenge.id, challenge)
  expect(await precondition()).toBe(true)
  // The same challenge, opened again, is another one.
  open.set(challenge.id, { ...challenge, deadline: NOW + WINDOW + 1 })
  expect(await precondition()).toBe(false)
  open.clear()
  open.set(late.id, late)
  await rest.step()
  expect(intents).toHaveLength(1)
})

test('an answer whose deadline passes before it is signed is not sent', async () => {
  const challenge = challengeOf(1, NOW + 10)
  const world = await runWith([challenge])
  world.timestamp = NOW + 11
  await expect(world.intents[0]?.precondition(1)).rejects.toMatchObject({ code: 'unavailable' })
})

test('One attempt at a time: a challenge has one attempt in flight; a failed one is repeated until the challenge is closed or late.', async () => {
  const attempts: { resolve(value: Opening): void; reject(error: Error): void }[] = []
  const world = await runWith([challengeOf(1, NOW + WINDOW)], {
    opening: async () => new Promise<Opening>((resolve, reject) => attempts.push({ resolve, reject })),
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
  attempts[1]?.resolve(opening)
  await settled()
  expect(world.outcomes).toEqual(['unavailable', 'answered'])
  // The answer closed the challenge.
  for (let second = 0; second < 10; second++) await world.step()
  expect(attempts).toHaveLength(2)
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

test('Bounded: at most IN_FLIGHT_MAX challenges are worked on concurrently.', async () => {
  let inFlight = 0
  const challenges = [1, 2, 3, 4, 5, 6].map((number) => challengeOf(number, NOW + WINDOW))
  const world = await runWith(challenges, {
    opening: async (_challenge, signal) =>
      new Promise<Opening>((_resolve, reject) => {
        inFlight += 1
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  })
  await world.step()
  expect(inFlight).toBe(4)
})
