// A flood of challenges on a chain whose blocks are full: an operator that holds what it signed and answers in the window loses
// nothing, within the default budget. The terms are the least that the contracts accept, so that an answer earns as little as it can.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { answerFields } from '../../src/config/shared-fields.ts'
import type { AnswerOutcome } from '../../src/disputes/responder.ts'
import { ResponderService } from '../../src/disputes/responder-service.ts'
import { challengeCall } from '../../src/l1/dispute-calls.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { chunkCount, geometryOf, symbolBytesOf } from '../../src/protocol/geometry.ts'
import { decodeOpening } from '../../src/protocol/opening.ts'
import { sliverWidth } from '../../src/protocol/sliver.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { testHeader, testKey, testOperators } from '../support/deploy.ts'
import { openingAt } from '../support/dispute-evidence.ts'
import { DisputedChain } from '../support/disputed-chain.ts'
import { evilEncode } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { StrictMempool } from '../support/strict-mempool.ts'
import { until } from '../support/until.ts'

const GWEI = 10n ** 9n
const ETHER = 10n ** 18n
const CHALLENGERS = 50
const WINDOW = 3_600
const BLOCK_SECONDS = 12
const BOND = 35_000_000n * GWEI
const OPERATOR_FINE = 100_000_000n * GWEI
/** Room for eight answers a block. */
const BLOCK_GAS = 8n * 160_000n
const PAIR = 1
const LENGTH = 250_001
const HEADERS = 2

const geometry = geometryOf(4)
const encoding = evilEncode(geometry, seededBytes('flood', LENGTH), 'none')
const answerKey = testKey('answers in a flood')

/** Every chunk of the pair. */
function positions(): Position[] {
  const chunks = chunkCount(symbolBytesOf(geometry, LENGTH))
  return (['row', 'column'] as const).flatMap((side) =>
    range(0, sliverWidth(geometry, side)).flatMap((symbol) =>
      range(0, chunks).map((chunk) => ({ pair: PAIR, side, symbol, chunk })),
    ),
  )
}

type Challenged = { readonly posted: PostedHeader; readonly position: Position }

/** Opens the challenges from all accounts in as few blocks as they fit. */
async function flood(chain: DisputedChain, count: number): Promise<Challenged[]> {
  const headers = range(0, HEADERS).map((i) =>
    testHeader('flood', { root: toHex(encoding.root), length: LENGTH, expiry: 2_000_000_000 + i }),
  )
  const posted = await chain.post(headers)
  const all = posted.flatMap((one) => positions().map((position) => ({ posted: one, position })))
  const challenged = all.slice(0, count)
  expect(challenged).toHaveLength(count)
  const accounts = range(0, CHALLENGERS).map((i) => addressOfSecretKey(testKey(`challenger ${i}`)))
  await chain.request('anvil_autoImpersonateAccount', [true])
  for (const account of accounts)
    await chain.request('anvil_setBalance', [account, `0x${(10n * ETHER).toString(16)}`])
  await chain.request('evm_setAutomine', [false])
  for (const [i, { posted: one, position }] of challenged.entries()) {
    const { to, data, value } = challengeCall(chain.disputes.address, one, position, BOND)
    const from = accounts[i % CHALLENGERS]
    await chain.request('eth_sendTransaction', [
      { from, to, data, value: `0x${value.toString(16)}`, gas: '0x30d40' },
    ])
  }
  for (let block = 0; block < 5; block++) await chain.mine(1)
  await chain.request('anvil_autoImpersonateAccount', [false])
  for (const { posted: one, position } of challenged)
    expect(await chain.disputes.challengeOf(one.digest, position)).toMatchObject({ status: 'open' })
  return challenged
}

/** A responder that holds the pair, with the settings that an operator who sets none has. */
async function startResponder(
  chain: DisputedChain,
  rpcUrl: string,
  onOutcome: (outcome: AnswerOutcome) => void,
): Promise<ResponderService> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-flood-'))
  await writeFile(join(dir, 'key'), toHex(answerKey))
  const gweiOf = (ether: string | undefined): number => Number(ether) * 1e9
  const responder = await ResponderService.start({
    l1: connectL1([rpcUrl]),
    config: {
      finality: 64,
      answerKeyFile: join(dir, 'key'),
      answerGweiMax: gweiOf(answerFields.answerGweiMax.default),
      answerGweiDayMax: gweiOf(answerFields.answerGweiDayMax.default),
    },
    disputes: chain.disputes.address,
    terms: await chain.disputes.terms(),
    domain: chain.deployment.domain,
    dir: join(dir, 'answers'),
    shareBeforeAnswer: () => 0,
    fineWei: () => OPERATOR_FINE,
    openings: async (challenges) =>
      challenges.map(({ header, position }) =>
        decodeOpening(header, geometry, fromHex(openingAt(encoding, position))),
      ),
    onOutcome,
    clock: systemClock,
    logger: createLogger('node', 'silent'),
  })
  onTestFinished(async () => {
    await responder.close()
    await rm(dir, { recursive: true })
  })
  return responder
}

async function balanceOf(chain: DisputedChain, account: Hex): Promise<bigint> {
  return BigInt((await chain.request('eth_getBalance', [account, 'latest'])) as string)
}

type Flood = {
  readonly chain: DisputedChain
  readonly pool: StrictMempool
  readonly responder: ResponderService
  readonly openedAt: number
  readonly outcomes: readonly AnswerOutcome[]
  /** Fails unless every position was answered in time, nothing was lost to fines, and the account's loss is within the budget of a day. */
  readonly checkNothingLost: () => Promise<void>
}

async function startFlood(count: number, baseFee: bigint): Promise<Flood> {
  const chain = await DisputedChain.start(testOperators([1, 1, 1, 1]), {
    window: BigInt(WINDOW),
    bond: BOND,
    operatorFine: OPERATOR_FINE,
    operatorDepositMin: OPERATOR_FINE,
  })
  onTestFinished(async () => chain[Symbol.asyncDispose]())
  const { members } = chain.deployment
  const holder = members.members[memberOfPair(members, toHex(encoding.root), PAIR)]?.signer ?? '0x'
  const deposit = await chain.disputes.depositOf(holder)
  const answerer = addressOfSecretKey(answerKey)
  await chain.request('anvil_setBalance', [answerer, `0x${(20n * ETHER).toString(16)}`])
  const challenged = await flood(chain, count)
  const openedAt = await chain.timestamp()
  const before = await balanceOf(chain, answerer)
  const pool = await StrictMempool.start(chain.anvil.url)
  onTestFinished(async () => pool[Symbol.asyncDispose]())
  pool.setBlockGas(BLOCK_GAS)
  pool.setBaseFee(baseFee)
  await pool.mine()
  const outcomes: AnswerOutcome[] = []
  const responder = await startResponder(chain, pool.url, (outcome) => outcomes.push(outcome))
  await until('the responder knows all challenges', () => responder.openCount() === count || undefined)
  const checkNothingLost = async (): Promise<void> => {
    for (const { posted, position } of challenged) {
      expect(await chain.disputes.challengeOf(posted.digest, position)).toEqual({ status: 'answered' })
      expect(await chain.disputes.isInvalid(posted.digest)).toBe(false)
    }
    expect(await chain.disputes.depositOf(holder)).toBe(deposit)
    const earned = (BigInt(count) * BOND) / 2n
    expect(await chain.disputes.creditOf(answerer)).toBe(earned)
    const lost = before - (await balanceOf(chain, answerer)) - earned
    // At this price an answer costs more than it earns.
    expect(lost).toBeGreaterThan(0n)
    expect(lost).toBeLessThan(ETHER)
  }
  return { chain, pool, responder, openedAt, outcomes, checkNothingLost }
}

/** Mines blocks that are twelve seconds apart, each once an answer waits, until every challenge is answered. */
async function mineAnswers({ chain, pool, responder }: Flood): Promise<void> {
  while (responder.openCount() > 0) {
    await until(
      'an answer waits in the pool',
      () => pool.pooled().length > 0 || responder.openCount() === 0 || undefined,
    )
    await chain.request('evm_increaseTime', [BLOCK_SECONDS])
    await pool.mine()
  }
}

test('a holder that answers 200 challenges of 50 accounts on a chain with full blocks loses nothing, within the default budget', async () => {
  const flooded = await startFlood(200, 175n * GWEI)
  await mineAnswers(flooded)
  await flooded.checkNothingLost()
  expect((await flooded.chain.timestamp()) - flooded.openedAt).toBeLessThan(WINDOW)
})

test('answers that cost more than the usual ceiling are sent when the deadline nears, and in time', async () => {
  const count = 8
  // An answer may then cost more than 0.05 ether, and less than the fine.
  const flooded = await startFlood(count, 400n * GWEI)
  const { chain, pool, outcomes } = flooded
  await until('no answer is worth its cost', () => outcomes.length >= count || undefined)
  expect([new Set(outcomes), pool.pooled()]).toEqual([new Set(['overloaded']), []])
  await chain.request('evm_increaseTime', [0.9 * WINDOW])
  await pool.mine()
  await mineAnswers(flooded)
  await flooded.checkNothingLost()
})
