// A flood of challenges on a chain whose blocks are full: whoever holds what it signed and answers in the window loses nothing, within
// the default budget. The terms are the least that the contracts accept, so that an answer earns as little as it can.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { answerFields } from '../../src/config/shared-fields.ts'
import { ResponderService } from '../../src/disputes/responder-service.ts'
import { challengeCall } from '../../src/l1/dispute-calls.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
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
const CHALLENGES = 200
const CHALLENGERS = 50
const WINDOW = 3_600
const BLOCK_SECONDS = 12
const BOND = 30_000_000n * GWEI
const OPERATOR_FINE = 100_000_000n * GWEI
/** Room for eight answers a block. */
const BLOCK_GAS = 8n * 160_000n
/** Above the price at which a bond pays for its answer. */
const BASE_FEE = 150n * GWEI
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
async function flood(chain: DisputedChain): Promise<Challenged[]> {
  const headers = range(0, HEADERS).map((i) =>
    testHeader('flood', { root: toHex(encoding.root), length: LENGTH, expiry: 2_000_000_000 + i }),
  )
  const posted = await chain.post(headers)
  const all = posted.flatMap((one) => positions().map((position) => ({ posted: one, position })))
  const challenged = all.slice(0, CHALLENGES)
  expect(challenged).toHaveLength(CHALLENGES)
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
async function startResponder(chain: DisputedChain, rpcUrl: string): Promise<ResponderService> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-flood-'))
  await writeFile(join(dir, 'key'), toHex(answerKey))
  const gweiOf = (ether: string | undefined): number => Number(ether) * 1e9
  const responder = await ResponderService.start({
    config: {
      rpcUrls: [rpcUrl],
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
    onOutcome: () => undefined,
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

test('a holder that answers 200 challenges of 50 accounts on a chain with full blocks loses nothing, within the default budget', async () => {
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
  const challenged = await flood(chain)
  const floodedAt = await chain.timestamp()
  const before = await balanceOf(chain, answerer)

  const pool = await StrictMempool.start(chain.anvil.url)
  onTestFinished(async () => pool[Symbol.asyncDispose]())
  pool.setBlockGas(BLOCK_GAS)
  pool.setBaseFee(BASE_FEE)
  await pool.mine()
  const responder = await startResponder(chain, pool.url)
  await until('the responder knows all challenges', () => responder.openCount() === CHALLENGES || undefined)
  while (responder.openCount() > 0) {
    await until(
      'an answer waits in the pool',
      () => pool.pooled().length > 0 || responder.openCount() === 0 || undefined,
    )
    await chain.request('evm_increaseTime', [BLOCK_SECONDS])
    await pool.mine()
  }

  for (const { posted, position } of challenged)
    expect(await chain.disputes.challengeOf(posted.digest, position)).toEqual({ status: 'answered' })
  expect((await chain.timestamp()) - floodedAt).toBeLessThan(WINDOW)
  for (const { posted } of challenged) {
    expect(await chain.disputes.isInvalid(posted.digest)).toBe(false)
    expect(await chain.disputes.expiredPairOf(posted.digest, PAIR)).toBe(undefined)
  }
  expect(await chain.disputes.depositOf(holder)).toBe(deposit)
  const earned = (BigInt(CHALLENGES) * BOND) / 2n
  expect(await chain.disputes.creditOf(answerer)).toBe(earned)
  const lost = before - (await balanceOf(chain, answerer)) - earned
  // Each answer costs more than it earns at this price.
  expect(lost).toBeGreaterThan(0n)
  expect(lost).toBeLessThan(ETHER)
})
