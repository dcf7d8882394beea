// When a certificate of an unknown epoch is invalid, and when that is not known yet: decided from views, and read from a real chain
// through endpoints that lag.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import {
  EpochHorizon,
  type EpochView,
  FINALITY_LAG_SECONDS_MAX,
  decides,
  isUndecided,
} from '../../src/l1/epoch-horizon.ts'
import type { Finality } from '../../src/l1/finality-rule.ts'
import { CertifiedWorld } from '../support/certified-world.ts'
import { L1Faults } from '../support/l1-faults.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const ASKED = 1_900_000_000
const certificate = Uint8Array.of(1)

describe('views of L1', () => {
  test.each([
    ['a block of the second of the question decides nothing', ASKED, ASKED - 800, false],
    [
      'a block that is younger decides, with a final block 13 minutes behind it',
      ASKED + 1,
      ASKED - 799,
      true,
    ],
    ['a fork that is not finalized decides nothing', ASKED + 1, ASKED - FINALITY_LAG_SECONDS_MAX, false],
    ['a final block that is younger decides, however far behind it is', ASKED + 9_000, ASKED + 1, true],
    ['an endpoint that lags by a second less than a minute decides nothing', ASKED - 59, ASKED - 59, false],
  ] as const)('Recent and final: %s', (_title, time, finalTime, expected) => {
    expect(decides({ time, finalTime }, ASKED)).toBe(expected)
  })

  let clock: ManualClock
  let views: EpochView[]
  let reads: number
  function horizonOf(...first: EpochView[]): EpochHorizon {
    clock = manualClock(ASKED)
    views = first
    reads = 0
    const readViews = async (): Promise<EpochView[]> => {
      reads++
      return views
    }
    return new EpochHorizon({ readViews, clock, refreshMs: 2_000 })
  }

  test('Asked once: a question is decided by a block after it, and another certificate of the epoch is another question', async () => {
    const horizon = horizonOf({ newestEpoch: 4, time: ASKED, finalTime: ASKED - 30 })
    const error: unknown = await horizon.isBeyond(5, certificate).catch((thrown: unknown) => thrown)
    expect(isUndecided(error)).toBe(true)
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 12, facts: { newestEpoch: 4 } })
    clock.advance(12_000)
    views = [{ newestEpoch: 4, time: ASKED + 12, finalTime: ASKED - 18 }]
    await expect(horizon.isBeyond(5, Uint8Array.of(2))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await horizon.isBeyond(5, certificate)).toBe(true)
    await expect(horizon.isBeyond(5, undefined)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('Recent: an epoch that any endpoint shows has started, and an endpoint that falls back decides nothing', async () => {
    const horizon = horizonOf(
      { newestEpoch: 4, time: ASKED + 24, finalTime: ASKED },
      { newestEpoch: 5, time: ASKED, finalTime: ASKED - 30 },
    )
    expect(await horizon.isBeyond(5, certificate)).toBe(false)
    expect(await horizon.isBeyond(6, certificate)).toBe(true)
    clock.advance(2_000)
    views = [{ newestEpoch: 3, time: ASKED + 12, finalTime: ASKED - 18 }]
    await expect(horizon.isBeyond(5, certificate)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('Cheap: questions about any number of epochs share one read of L1 in a refresh interval', async () => {
    const horizon = horizonOf({ newestEpoch: 4, time: ASKED, finalTime: ASKED - 30 })
    const ask = async (): Promise<void> => {
      for (let epoch = 5; epoch < 500; epoch++)
        await horizon.isBeyond(epoch, Uint8Array.of(epoch)).catch(() => undefined)
    }
    await Promise.all([ask(), ask()])
    expect(reads).toBe(1)
    clock.advance(2_000)
    await ask()
    expect(reads).toBe(2)
  })
})

describe('a real chain behind one endpoint that lags', () => {
  let world: CertifiedWorld
  let endpoint: L1Faults
  beforeAll(async () => {
    world = await CertifiedWorld.start()
    endpoint = await L1Faults.start(world.rpcUrl)
  })
  afterAll(async () => {
    await endpoint[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })

  /** Committees as a process with this clock reads them. */
  async function committeesAt(clock: ManualClock, finality: Finality): Promise<CommitteeReader> {
    const { committee, ledger } = world.deployment
    const deployment = { rpcUrls: [endpoint.url], committee, ledger, finality, refreshMs: 1 }
    return (await CommitteeReader.connect({ ...deployment, clock })).committees
  }

  test.each([0, 1, 12, 'finalized'] as const)(
    'a certificate of an epoch that an endpoint does not know, because it lags by two epochs and half a minute, is never invalid (--finality %s)',
    async (finality) => {
      await endpoint.inject()
      const before = (await (await committeesAt(manualClock(0), 0)).current()).epoch
      // Two epochs start and become final within half a minute, and the endpoint has not seen any of it.
      for (let started = 0; started < 2; started++) {
        await world.startEpoch()
        for (let i = 0; i < 16; i++) await world.advance(1)
      }
      const epoch = before + 2
      const clock = manualClock(await world.now(), 1_000)
      await endpoint.inject({ kind: 'lag', blocks: 34 })
      const committees = await committeesAt(clock, finality)
      for (let i = 0; i < 5; i++) {
        await expect(committees.ofEpoch(epoch, certificate)).rejects.toMatchObject({
          code: 'unavailable',
          facts: { undecided: true, epoch },
        })
        // The endpoint goes on, and lags as before.
        await world.advance(2)
        clock.advance(2_000)
      }
      await endpoint.inject()
      expect((await committees.ofEpoch(epoch, certificate))?.epoch).toBe(epoch)
    },
  )

  test('a certificate of an epoch that does not exist is invalid once a block is younger than the question', async () => {
    await endpoint.inject()
    const clock = manualClock(await world.now())
    const committees = await committeesAt(clock, 2)
    await expect(committees.ofEpoch(1_000, certificate)).rejects.toMatchObject({ code: 'unavailable' })
    await world.advance(12)
    clock.advance(12_000)
    expect(await committees.ofEpoch(1_000, certificate)).toBeUndefined()
  })
})
