// The defence of a disperser over expired pairs, with an L1 that records what the test says.
import { expect, test } from 'vitest'
import type { Fine } from '../../src/disputes/fines.ts'
import { RecordedFaults } from '../../src/disputes/recorded-faults.ts'
import type { ChainDispute } from '../../src/l1/chain.ts'
import type { Intent } from '../../src/l1/tx-manager/calls.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { type DefenceOutcome, DisperserDefence } from '../../src/sidecar/fraud-prover-defence.ts'
import { testHeader, testOperators } from '../support/deploy.ts'
import { manualClock } from '../support/manual-clock.ts'

const NOW = 1_900_000_000
const disperser: Hex = `0x${'11'.repeat(20)}`
const other: Hex = `0x${'22'.repeat(20)}`
const hash: Hex = `0x${'00'.repeat(32)}`
const committee = committeeOf(
  1,
  hash,
  testOperators([1, 1, 1, 1]).map(({ member }) => member),
)
const intent = { id: hash } as Intent
const ofHolder: Fine = { due: 'holder', account: other, beneficiary: other, intent }
const mined = { outcome: 'mined', transactionHash: hash, blockNumber: 1, gasUsed: 1, feeWei: 1n } as const

type Defended = {
  readonly outcomes: readonly DefenceOutcome[]
  readonly sends: number
  /** Pairs of which L1 was asked for a fine. */
  readonly asked: readonly number[]
}

/** Runs a defence over one expired pair of each disperser, for three of its steps. */
async function defend(dispersers: readonly Hex[], fine: Fine, pays = true): Promise<Defended> {
  const clock = manualClock(NOW)
  const faults = new RecordedFaults()
  const expired = dispersers.map((one, pair): ChainDispute => {
    const header = testHeader(`pair ${pair}`, { disperser: one })
    const position = { pair, side: 'row' as const, symbol: 0, chunk: 0 }
    const place = { blockNumber: 1, blockHash: hash, logIndex: pair }
    return { kind: 'expired', digest: header.root, challenger: other, position, header, ...place }
  })
  faults.apply({ undoAbove: undefined, disputes: expired })
  const outcomes: DefenceOutcome[] = []
  const asked: number[] = []
  let sends = 0
  const send = async (): Promise<typeof mined> => {
    sends += 1
    return mined
  }
  const defence = new DisperserDefence({
    disperser,
    follower: { sync: async () => ({ blockNumber: 1, timestamp: NOW }) },
    faults,
    committees: { ofEpoch: async () => committee },
    fines: {
      overPair: async (_certified, pair) => {
        asked.push(pair)
        return fine
      },
    },
    account: pays ? { send } : undefined,
    clock,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onOutcome: (outcome) => outcomes.push(outcome),
  })
  const stop = new AbortController()
  const ended = defence.run(stop.signal)
  for (let step = 0; step < 3; step++) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(10_000)
  }
  stop.abort()
  await ended
  return { outcomes, sends, asked }
}

test('the holder of an expired pair is fined once, in place of the disperser', async () => {
  expect(await defend([disperser], ofHolder)).toEqual({ outcomes: ['defended'], sends: 1, asked: [0] })
})

test('Own headers only: a pair of a header of another disperser is left to others.', async () => {
  const { asked, sends } = await defend([other, disperser], ofHolder)
  expect([asked, sends]).toEqual([[1], 1])
})

test('Never against itself: only a fine of a holder is sent.', async () => {
  const ofDisperser: Fine = { due: 'disperser', account: disperser, beneficiary: other, intent }
  const { outcomes, sends } = await defend([disperser], ofDisperser)
  expect([outcomes, sends]).toEqual([['undefended'], 0])
})

test('a pair whose holder never attested is reported once, and looked at again', async () => {
  const { outcomes, sends, asked } = await defend([disperser], { due: 'later' })
  expect([outcomes, sends, asked.length]).toEqual([['undefended'], 0, 3])
})

test('an expired pair is reported where no account pays', async () => {
  const { outcomes, sends } = await defend([disperser], ofHolder, false)
  expect([outcomes, sends]).toEqual([['undefended'], 0])
})
