// The fines that a challenger brings, over faults that the test records on L1.
import { expect, test } from 'vitest'
import { FineBringer } from '../../src/challenger/fine-bringer.ts'
import { RecordedFaults } from '../../src/disputes/recorded-faults.ts'
import type { Fine } from '../../src/disputes/fines.ts'
import type { ChainDispute } from '../../src/l1/chain.ts'
import type { Intent } from '../../src/l1/tx-manager/calls.ts'
import type { SendResult } from '../../src/l1/tx-manager/tx-manager.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { createWorld } from './world.ts'

const WINDOW = 3_600
const AT = 1_900_000_000
const account: Hex = `0x${'11'.repeat(20)}`
const other: Hex = `0x${'22'.repeat(20)}`
const guilty: Hex = `0x${'33'.repeat(20)}`
const hash: Hex = `0x${'00'.repeat(32)}`
const mined: SendResult = { outcome: 'mined', transactionHash: hash, blockNumber: 1, gasUsed: 1, feeWei: 1n }
const intent = { id: hash } as Intent

type Bringing = {
  /** Brings what is due so many seconds after the fault. */
  readonly bringAt: (seconds: number) => Promise<void>
  /** How each fine was sent. */
  readonly sent: ('directly' | 'within the budget')[]
  readonly faults: RecordedFaults
  readonly errors: unknown[]
}

/** @param beneficiary of the fine over the one fault, which happened at AT */
function bringing(beneficiary: Hex, kind: 'pair' | 'proof' = 'pair', fine?: () => Fine): Bringing {
  const { certified, committee, posted } = createWorld()
  const { digest, header } = certified
  const faults = new RecordedFaults()
  const place = { digest, blockNumber: 1, blockHash: hash, logIndex: 0 }
  const position = { pair: 2, side: 'row' as const, symbol: 0, chunk: 0 }
  const event: ChainDispute =
    kind === 'pair'
      ? { kind: 'expired', challenger: beneficiary, position, header, ...place }
      : { kind: 'invalidated', faults: { withheld: false, inconsistent: true }, ...place }
  faults.apply({ undoAbove: undefined, disputes: [event] })
  const sent: Bringing['sent'] = []
  const errors: unknown[] = []
  const due = async (): Promise<Fine> => fine?.() ?? { due: 'holder', account: guilty, beneficiary, intent }
  const bringer = new FineBringer({
    faults,
    posts: { get: () => posted },
    committees: { ofEpoch: async () => committee },
    disputes: {
      expiredPairOf: async () => ({ challenger: beneficiary, expiredAt: AT, fined: false }),
      proofOf: async () => ({
        proven: { prover: beneficiary, provedAt: AT },
        finedOverWithheld: false,
        finedOverInconsistent: false,
      }),
    },
    fines: { overPair: due, overProof: due },
    windowSeconds: WINDOW,
    sender: {
      account: {
        address: account,
        send: async () => {
          sent.push('directly')
          return mined
        },
        funds: () => undefined,
      },
      send: async () => {
        sent.push('within the budget')
        return mined
      },
    },
    logger: { warn: () => undefined },
    onEvent: () => undefined,
  })
  const { signal } = new AbortController()
  const onError = (error: unknown): void => void errors.push(error)
  const bringAt = async (seconds: number): Promise<void> =>
    bringer.bring({ timestamp: AT + seconds, onError, signal })
  return { bringAt, sent, faults, errors }
}

test.each(['pair', 'proof'] as const)(
  'a fine over a %s that pays this account is sent immediately',
  async (kind) => {
    const { bringAt, sent } = bringing(account, kind)
    await bringAt(0)
    expect(sent).toEqual(['directly'])
  },
)

test.each(['pair', 'proof'] as const)(
  'a fine over a %s that pays another account is sent within the budget after half of the time',
  async (kind) => {
    const { bringAt, sent } = bringing(other, kind)
    await bringAt(WINDOW / 2)
    expect(sent).toEqual([])
    await bringAt(WINDOW / 2 + 1)
    expect(sent).toEqual(['within the budget'])
  },
)

test('another account has half of the time of the disperser for its fine as well', async () => {
  const { bringAt, sent } = bringing(other)
  await bringAt(WINDOW + 1)
  expect(sent).toEqual([])
  await bringAt(WINDOW * 1.5 + 1)
  expect(sent).toEqual(['within the budget'])
})

test('a fault is forgotten when no fine over it can be due any more', async () => {
  const { bringAt, sent, faults } = bringing(account, 'pair', () => ({ due: 'later' }))
  await bringAt(2 * WINDOW)
  expect([sent, faults.all().length]).toEqual([[], 1])
  await bringAt(2 * WINDOW + 1)
  expect([sent, faults.all().length]).toEqual([[], 0])
})

test('a fault whose fine cannot be sent now is tried again', async () => {
  let isDown = true
  const { bringAt, sent, errors } = bringing(account, 'pair', () => {
    if (isDown) throw new FloeError('unavailable', 'L1 is down.')
    return { due: 'holder', account: guilty, beneficiary: account, intent }
  })
  await bringAt(1)
  expect([sent, errors.length]).toEqual([[], 1])
  isDown = false
  await bringAt(2)
  expect(sent).toEqual(['directly'])
})
