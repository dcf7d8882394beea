// What `verify` says about a commitment, with the real contracts: the post, disputes, the validity for Nitro, and what fails.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { checkText } from '../../src/client/check-text.ts'
import { type Reader, createReader } from '../../src/client/reader.ts'
import { type Verification, type VerifyOptions, verify } from '../../src/client/verify.ts'
import { challengeCall, expireCall } from '../../src/l1/dispute-calls.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { systemClock, timeText } from '../../src/runtime/clock.ts'
import { CertifiedWorld, DAY_SECONDS } from '../support/certified-world.ts'
import { attest, committeeOnL1 } from '../support/deploy.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { RpcProxy, askRpc } from '../support/rpc-proxy.ts'
import { until } from '../support/until.ts'

const NOTICE_DAYS = 7

let world: CertifiedWorld

beforeAll(async () => {
  world = await CertifiedWorld.start()
})
afterAll(async () => world[Symbol.asyncDispose]())

type Subject = { readonly batch: Uint8Array; readonly commitment: Hex }

async function verified(
  { batch, commitment }: Subject,
  changes: Partial<VerifyOptions> = {},
): Promise<Verification> {
  const { committee, ledger, disputes } = world.deployment
  const deployment = { rpcUrls: [world.rpcUrl], committee, ledger, disputes, finality: 0 }
  return verify(commitment, { ...deployment, fetchBatch: async () => batch, ...changes })
}

function resultsOf({ checks }: Verification): string[] {
  return checks.map(({ name, result }) => `${name} ${result}`)
}

function textOf({ checks }: Verification, name: string): string | undefined {
  const check = checks.find((each) => each.name === name)
  return check && checkText(check, 0)
}

/** Between two looks at L1 for a block that is younger than the question. */
const PAUSE_MS = 6_000

/** A reader of batches that no node has. */
async function readerOf(finality: number): Promise<Reader> {
  const { committee, ledger, disputes } = world.deployment
  const reader = await createReader({ rpcUrls: [world.rpcUrl], committee, ledger, disputes, finality })
  onTestFinished(() => reader.close())
  return reader
}

/** A reader does not wait for L1 longer than a few seconds, which a busy machine may take. */
async function untilInvalid(reader: Reader, commitment: Hex): Promise<void> {
  await until('the batch is invalid', async () => {
    const error: unknown = await reader.get(commitment).catch((thrown: unknown) => thrown)
    return error instanceof FloeError && error.code === 'batch-invalid' ? true : undefined
  })
}

const holding = ['certificate ok', 'committee ok', 'signatures ok', 'contract ok']

describe('a commitment that holds', () => {
  test('before its post a header is postable until the notice before its expiry, and not decided for Nitro', async () => {
    const subject = await world.batch('postable', 10)
    const { expiry } = decodeCertificate(fromHex(subject.commitment)).header
    const verification = await verified(subject)
    expect(resultsOf(verification)).toEqual([
      ...holding,
      'posted pending',
      'disputes ok',
      'nitro pending',
      'batch ok',
    ])
    const postableUntil = expiry - NOTICE_DAYS * DAY_SECONDS
    expect(verification).toMatchObject({
      valid: true,
      posting: { status: 'postable', postableUntil },
      nitro: 'not-decided',
    })
    expect(textOf(verification, 'posted')).toBe(
      `not on L1 yet: any account can post it until ${timeText(postableUntil)}`,
    )
  })

  test('a posted header stands, its transaction is found, and its certificate is valid for Nitro', async () => {
    const subject = await world.batch('posted', 10)
    await world.post(subject.commitment)
    const verification = await verified(subject)
    expect(resultsOf(verification)).toEqual([...holding, 'posted ok', 'disputes ok', 'nitro ok', 'batch ok'])
    expect(verification).toMatchObject({
      valid: true,
      posting: { status: 'stands', postedAt: expect.any(Number) },
      post: { transactionHash: expect.stringMatching(/^0x/), blockNumber: expect.any(Number) },
      nitro: 'valid',
    })
    expect(textOf(verification, 'posted')).toMatch(/^stands posted since .*Z, in block \d+, transaction 0x/)
  })

  test('a header that can no longer be posted is never valid for Nitro, and its batch is', async () => {
    const subject = await world.batch('late', NOTICE_DAYS - 1)
    const verification = await verified(subject)
    expect(resultsOf(verification)).toEqual([
      ...holding,
      'posted warning',
      'disputes ok',
      'nitro warning',
      'batch ok',
    ])
    expect(verification).toMatchObject({ valid: true, posting: { status: 'never' }, nitro: 'invalid' })
    expect(textOf(verification, 'posted')).toBe('not on L1, and too late to post: it never stands posted')
  })

  test('a header that is posted beside one with more time, and too late itself, never stands', async () => {
    const [on, late] = [await world.batch('on time', 10), await world.batch('too late', NOTICE_DAYS - 1)]
    const headers = [on, late].map(({ commitment }) => decodeCertificate(fromHex(commitment)).header)
    const [first = '0x', second = '0x'] = world.certify(headers)
    await world.post(first)
    expect((await verified({ batch: on.batch, commitment: first })).nitro).toBe('valid')
    const verification = await verified({ batch: late.batch, commitment: second })
    expect(verification).toMatchObject({ valid: true, posting: { status: 'never' }, nitro: 'invalid' })
    expect(textOf(verification, 'posted')).toMatch(
      /^posted at .*Z, which is too late or too early for its expiry/,
    )
  })

  test('a certificate of a length that is a multiple of 32 is not valid for Nitro, although it stands posted', async () => {
    const subject = await world.batch('multiple', 10, 1_024)
    await world.post(subject.commitment)
    const verification = await verified(subject)
    expect(verification).toMatchObject({ valid: true, posting: { status: 'stands' }, nitro: 'invalid' })
  })

  test('without a Disputes contract nothing is said about Nitro', async () => {
    const verification = await verified(await world.batch('no disputes', 10), { disputes: undefined })
    expect(resultsOf(verification)).toEqual([...holding, 'posted pending', 'batch ok'])
    expect(verification.nitro).toBeUndefined()
  })
})

describe('a commitment that does not hold', () => {
  test('other bytes, and signatures of another key, are invalid for every reader and for Nitro', async () => {
    const { batch, commitment } = await world.batch('forged', 10)
    const garbage = await verified({ batch, commitment: `${commitment}00` })
    expect(resultsOf(garbage)).toEqual(['certificate failed'])
    const certificate = decodeCertificate(fromHex(commitment))
    const [first, ...others] = certificate.signatures
    const signature = others[0]?.signature ?? '0x'
    const forged = { ...certificate, signatures: [{ member: 0, ...first, signature }, ...others] }
    const unsigned = await verified({ batch, commitment: toHex(encodeCertificate(forged)) })
    expect(resultsOf(unsigned)).toEqual(['certificate ok', 'committee ok', 'signatures failed'])
    for (const verification of [garbage, unsigned])
      expect(verification).toMatchObject({ valid: false, nitro: 'invalid', batch: undefined })
  })

  test('an epoch that has not started is invalid, and unavailable where L1 seems to lag', async () => {
    const { batch, commitment } = await world.batch('future', 10)
    const certificate = decodeCertificate(fromHex(commitment))
    const header = { ...certificate.header, epoch: 2 }
    const future = { batch, commitment: toHex(encodeCertificate({ ...certificate, header })) }
    // A block that is younger than the question.
    await world.advance(600)
    const verification = await verified(future)
    expect(resultsOf(verification)).toEqual(['certificate ok', 'committee failed'])
    expect(verification.nitro).toBe('invalid')
    const now = (await world.now()) * 1000 + 120_000
    const sleep = async (ms: number, signal?: AbortSignal): Promise<void> =>
      systemClock.sleep(ms === PAUSE_MS ? 0 : ms, signal)
    const error = await verified(future, { clock: { ...systemClock, now: () => now, sleep } }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(FloeError)
    expect((error as FloeError).code).toBe('unavailable')
  })
})

test('a header that L1 has made invalid is invalid for every reader, and for Nitro', async () => {
  const subject = await world.batch('withheld', 30)
  await world.post(subject.commitment)
  const { disputes: address } = world.deployment
  const { bond, window } = await new DisputesContract(connectL1([world.rpcUrl]), address).terms()
  const { header, index, path } = decodeCertificate(fromHex(subject.commitment))
  const position = { pair: 0, side: 'row', symbol: 0, chunk: 0 } as const
  await world.send(challengeCall(address, { header, index, path }, position, bond))
  expect((await verified(subject)).nitro).toBe('valid')
  await world.advance(window + 1)
  await world.send(expireCall(address, header, position))
  await expect(verified(subject, { finality: 2 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('in a block that is not final: withheld'),
  })
  const [reader, early] = await Promise.all([readerOf(0), readerOf(2)])
  await untilInvalid(reader, subject.commitment)
  await expect(early.get(subject.commitment)).rejects.toMatchObject({ code: 'unavailable' })
  for (let i = 0; i < 2; i++) await world.advance(12)
  await untilInvalid(early, subject.commitment)
  const verification = await verified(subject, { finality: 2 })
  expect(resultsOf(verification)).toEqual([...holding, 'posted ok', 'disputes failed'])
  expect(verification).toMatchObject({ valid: false, nitro: 'invalid' })
})

test('an endpoint that falls behind the start of the epoch is unavailable, and makes no certificate invalid', async () => {
  const height = await askRpc(world.rpcUrl, { method: 'eth_blockNumber', params: [] })
  await world.startEpoch()
  let hasCommittee = false
  let behind = false
  await using endpoint = await RpcProxy.start(world.rpcUrl, async ({ method }, forward) => {
    if (method === 'eth_getLogs') hasCommittee = true
    if (method !== 'eth_blockNumber') return forward()
    if (behind) return height
    // After the last read of finality, another machine answers, which has not seen the epoch.
    behind = hasCommittee
    return forward()
  })
  const { rpcUrl, deployment, operators } = world
  const batch = seededBytes('fresh', 1_001)
  const header = { ...(await world.headerOf(batch, 10)), epoch: 2 }
  const members = await committeeOnL1(rpcUrl, deployment, 2)
  const { signatures } = attest({ domain: deployment.domain, members }, operators, [header])
  const commitment = toHex(encodeCertificate({ header, index: 0, path: [], signatures }))
  await expect(verified({ batch, commitment }, { rpcUrls: [endpoint.url] })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('got only some that lag'),
  })
  expect((await verified({ batch, commitment })).checks).toContainEqual({ name: 'contract', result: 'ok' })
})
