// Posting to a real anvil, through endpoints that lose answers and processes that end at the worst moment.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, parseTransaction, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { findPosted } from '../../src/l1/posted.ts'
import { type Poster, createPoster } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type Journal, openJournal } from '../../src/store/journal.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, attest, deployFloe, testHeader, testKey, testOperators } from '../support/deploy.ts'
import { type RpcBehaviour, RpcSilence, startRpcProxy } from '../support/rpc-proxy.ts'

const secretKey = testKey('poster')
const account = addressOfSecretKey(secretKey)
const operators = testOperators([1, 1, 1, 1])
const quickly = { pollMs: 10, rebroadcastMs: 100 }

let anvil: TestAnvil
let deployment: Deployment
let dir: string
let journal: Journal

beforeAll(async () => {
  anvil = await startTestAnvil()
  deployment = await deployFloe(anvil.url, operators, { address: account, quotaBytes: 1n })
})
afterAll(async () => anvil.stop())
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-poster-'))
  journal = await openJournal(dir)
})
afterEach(async () => {
  await journal.close()
  await rm(dir, { recursive: true })
})

function chain() {
  return createTestClient({ mode: 'anvil', transport: http(anvil.url) })
    .extend(publicActions)
    .extend(walletActions)
}

function open(rpcUrls: string[], policy = {}): Poster {
  const poster = createPoster({
    rpcUrls,
    ledger: deployment.ledger,
    secretKey,
    journal,
    clock: systemClock,
    policy: { ...quickly, ...policy },
  })
  onTestFinished(async () => poster.close())
  return poster
}

function postOf(names: string[], signers?: number[]) {
  const headers = names.map((name) => testHeader(name))
  const { headers: packed, signatures } = attest(deployment.domain, operators, headers, signers)
  return { headers: packed, committee: deployment.members, signatures }
}

/** What a process that ends leaves behind: the journal, and nothing else. */
async function restartJournal(): Promise<void> {
  await journal.close()
  journal = await openJournal(dir)
}

const unsendable: RpcBehaviour = ({ method }, forward) => {
  if (method === 'eth_sendRawTransaction') throw new RpcSilence()
  return forward()
}

async function refusalOf(promise: Promise<unknown>): Promise<FloeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FloeError) return error
  throw new Error('expected a FloeError', { cause: error })
}

describe('a post', () => {
  it('is mined, and found with an L1 endpoint alone by digest and by root', async () => {
    const [name, other] = [randomUUID(), randomUUID()]
    const result = await open([anvil.url]).post(postOf([name, other]))
    const receipt = await chain().getTransactionReceipt({ hash: result.transactionHash })
    expect(result).toEqual({
      transactionHash: receipt.transactionHash,
      blockNumber: Number(receipt.blockNumber),
      gasUsed: Number(receipt.gasUsed),
    })
    const l1 = connectL1([anvil.url])
    const digest = toHex(headerDigest(deployment.domain, testHeader(other)))
    const posted = await findPosted({ l1, domain: deployment.domain }, (found) => found.digest === digest)
    expect(posted).toMatchObject({ header: testHeader(other), transactionHash: result.transactionHash })
    const { root } = testHeader(name)
    const byRoot = await findPosted({ l1, domain: deployment.domain }, ({ header }) => header.root === root)
    expect(byRoot?.header).toEqual(testHeader(name))
  })

  it('that is asked for again is answered with the same transaction', async () => {
    const post = postOf([randomUUID()])
    const first = await open([anvil.url]).post(post)
    await restartJournal()
    expect(await open([anvil.url]).post(post)).toMatchObject(first)
  })

  it('that L1 has lost is made again', async () => {
    const snapshot = await chain().snapshot()
    const post = postOf([randomUUID()])
    const first = await open([anvil.url]).post(post)
    await chain().revert({ id: snapshot })
    await chain().mine({ blocks: 2 })
    const second = await open([anvil.url]).post(post)
    expect(second.blockNumber).toBeGreaterThan(first.blockNumber)
    expect(journal.unfinished()).toEqual([])
  })

  it('follows the one before, in order', async () => {
    const poster = open([anvil.url])
    const before = await chain().getTransactionCount({ address: account })
    const results = await Promise.all(
      Array.from({ length: 3 }, async () => poster.post(postOf([randomUUID()]))),
    )
    const blocks = results.map(({ blockNumber }) => blockNumber)
    expect([...blocks].sort((a, b) => a - b)).toEqual(blocks)
    expect(await chain().getTransactionCount({ address: account })).toBe(before + 3)
  })

  it('goes to every endpoint', async () => {
    await using one = await startRpcProxy(anvil.url)
    await using two = await startRpcProxy(anvil.url)
    await open(['http://127.0.0.1:1', one.url, two.url]).post(postOf([randomUUID()]))
    expect(one.calls).toContain('eth_sendRawTransaction')
    expect(two.calls).toContain('eth_sendRawTransaction')
  })
})

describe('a post whose', () => {
  it('process ends between the journal and the broadcast goes out as the same bytes', async () => {
    await using proxy = await startRpcProxy(anvil.url, unsendable)
    const post = postOf([randomUUID()])
    const poster = open([proxy.url])
    const lost = refusalOf(poster.post(post))
    await expect.poll(() => proxy.calls).toContain('eth_sendRawTransaction')
    await poster.close()
    expect((await lost).code).toBe('unavailable')
    await restartJournal()
    const [entry] = journal.unfinished()
    const result = await open([anvil.url]).post(post)
    expect(entry?.attempts.map(({ hash }) => hash)).toEqual([result.transactionHash])
    expect(journal.unfinished()).toEqual([])
  })

  it('process ends is settled before the next one is signed', async () => {
    await using proxy = await startRpcProxy(anvil.url, unsendable)
    const poster = open([proxy.url])
    const lost = refusalOf(poster.post(postOf([randomUUID()])))
    await expect.poll(() => proxy.calls).toContain('eth_sendRawTransaction')
    await poster.close()
    await lost
    const [entry] = journal.unfinished()
    const next = await open([anvil.url]).post(postOf([randomUUID()]))
    const hash = entry?.attempts[0]?.hash ?? '0x'
    const receipt = await chain().getTransactionReceipt({ hash })
    expect(Number(receipt.blockNumber)).toBeLessThan(next.blockNumber)
  })

  it('answer is lost after it was taken is sent once', async () => {
    const before = await chain().getTransactionCount({ address: account })
    let lost = 0
    await using proxy = await startRpcProxy(anvil.url, async ({ method }, forward) => {
      const result = await forward()
      if (method === 'eth_sendRawTransaction' && lost++ === 0) throw new RpcSilence()
      return result
    })
    const result = await open([proxy.url]).post(postOf([randomUUID()]))
    expect(lost).toBe(1)
    expect((await chain().getTransaction({ hash: result.transactionHash })).nonce).toBe(before)
    expect(await chain().getTransactionCount({ address: account })).toBe(before + 1)
  })

  it('nonce went to another transaction fails, and the next one goes', async () => {
    await using proxy = await startRpcProxy(anvil.url, unsendable)
    const post = postOf([randomUUID()])
    const poster = open([proxy.url], { settleMs: 50 })
    expect((await refusalOf(poster.post(post))).message).toMatch(/is not on L1 yet/)
    const foreign = privateKeyToAccount(toHex(secretKey))
    const hash = await chain().sendTransaction({ account: foreign, chain: null, to: account, value: 1n })
    expect((await chain().getTransactionReceipt({ hash })).status).toBe('success')
    const result = await open([anvil.url]).post(post)
    expect(result.transactionHash).not.toBe(journal.unfinished()[0]?.attempts[0]?.hash)
    expect(journal.unfinished()).toEqual([])
  })
})

describe('a post that is not mined', () => {
  beforeEach(async () => chain().setAutomine(false))
  afterEach(async () => chain().setAutomine(true))

  it('pays more until it is, under one nonce', async () => {
    const posting = open([anvil.url], { bumpMs: 30 }).post(postOf([randomUUID()]))
    await expect.poll(() => journal.unfinished()[0]?.attempts.length).toBeGreaterThanOrEqual(3)
    const attempts = journal.unfinished()[0]?.attempts ?? []
    await chain().mine({ blocks: 1 })
    const { transactionHash } = await posting
    const signed = attempts.map(({ raw }) => parseTransaction(raw))
    expect(new Set(signed.map(({ nonce }) => nonce)).size).toBe(1)
    signed.slice(1).forEach((next, i) => {
      const last = signed[i]
      expect(next.maxFeePerGas ?? 0n).toBeGreaterThanOrEqual(((last?.maxFeePerGas ?? 0n) * 11n) / 10n)
      expect(next.data).toBe(last?.data)
    })
    expect(await chain().getTransactionReceipt({ hash: transactionHash })).toMatchObject({
      status: 'success',
    })
  })

  it('stays as it is at the ceiling', async () => {
    const poster = open([anvil.url], {
      bumpMs: 10,
      settleMs: 200,
      feeCapWeiMax: 3_000_000_000n,
      tipWeiMin: 1n,
    })
    const refusal = await refusalOf(poster.post(postOf([randomUUID()])))
    expect(refusal).toMatchObject({ code: 'unavailable', retryable: true })
    const attempts = journal.unfinished()[0]?.attempts ?? []
    expect(attempts.length).toBeGreaterThan(0)
    for (const { raw } of attempts) {
      expect(parseTransaction(raw).maxFeePerGas).toBeLessThanOrEqual(3_000_000_000n)
    }
  })
})

describe('a post that the Ledger refuses', () => {
  it('is told with its error before anything is signed', async () => {
    const refusal = await refusalOf(open([anvil.url]).post(postOf([randomUUID()], [0, 1])))
    expect(refusal.code).toBe('commitment-invalid')
    expect(refusal.message).toMatchInlineSnapshot(`"The Ledger refuses the post: QuorumMissing(4, 2)."`)
    expect(refusal.facts['error']).toBe('QuorumMissing')
    expect(journal.unfinished()).toEqual([])
  })

  it('when it is mined is told with its error, and not tried again', async () => {
    await using proxy = await startRpcProxy(anvil.url, async ({ method }, forward) =>
      method === 'eth_estimateGas' ? '0x493e0' : forward(),
    )
    const refusal = await refusalOf(open([proxy.url]).post(postOf([randomUUID()], [0])))
    expect(refusal.message).toMatchInlineSnapshot(`"The Ledger refuses the post: QuorumMissing(4, 1)."`)
    expect(journal.unfinished()).toEqual([])
  })
})
