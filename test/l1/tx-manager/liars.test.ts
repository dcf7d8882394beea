// Endpoints that lie about what is mined: the word of one leads neither to a second transaction nor to none.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, publicActions } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { LedgerReader } from '../../../src/l1/ledger-reader.ts'
import { LedgerPoster, idOf } from '../../../src/l1/poster.ts'
import { connectL1 } from '../../../src/l1/rpc.ts'
import { L1Account } from '../../../src/l1/tx-manager/l1-account.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { testKey } from '../../support/deploy.ts'
import {
  ETHER,
  type TestLedger,
  namesOnChain,
  postOf,
  refusalOf,
  startTestLedger,
} from '../../support/poster-harness.ts'
import { type RpcBehaviour, RpcProxy, RpcRefusal, RpcSilence } from '../../support/rpc-proxy.ts'
import { until } from '../../support/until.ts'

let ledger: TestLedger
let secretKey: Uint8Array
let journalDir: string

beforeAll(async () => {
  ledger = await startTestLedger()
})
afterAll(async () => ledger[Symbol.asyncDispose]())
beforeEach(async () => {
  secretKey = testKey(randomUUID())
  await chain().setBalance({ address: addressOfSecretKey(secretKey), value: ETHER })
  journalDir = await mkdtemp(join(tmpdir(), 'floe-liars-'))
  onTestFinished(async () => rm(journalDir, { recursive: true }))
})

function chain() {
  const transport = http(ledger.anvil.url, { retryCount: 0 })
  return createTestClient({ mode: 'anvil', transport, cacheTime: 0 }).extend(publicActions)
}

type Opening = {
  readonly poster: LedgerPoster
  readonly account: L1Account
  readonly close: () => Promise<void>
}

async function open(rpcUrls: readonly string[], finality = 0): Promise<Opening> {
  const l1 = connectL1(rpcUrls)
  const { domain } = ledger.deployment
  const account = await L1Account.open({
    l1,
    chainId: domain.chainId,
    key: secretKey,
    journalDir,
    clock: systemClock,
    finality,
    policy: { pollMs: 10, watchMs: 10, rebroadcastMs: 100 },
  })
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => (closed ??= account.close())
  onTestFinished(close)
  return {
    account,
    close,
    poster: new LedgerPoster({ sender: account, domain, reader: new LedgerReader({ l1, domain }) }),
  }
}

async function transactions(): Promise<number> {
  return chain().getTransactionCount({ address: addressOfSecretKey(secretKey) })
}

async function proxy(behaviour: RpcBehaviour): Promise<RpcProxy> {
  const started = await RpcProxy.start(ledger.anvil.url, behaviour)
  onTestFinished(async () => started[Symbol.asyncDispose]())
  return started
}

/** `Ledger.postOf` answers two words; a liar says that there is no post. */
const denies: RpcBehaviour = async ({ method }, forward) => {
  const result = await forward()
  return method === 'eth_call' && String(result).length === 2 + 128 ? `0x${'00'.repeat(64)}` : result
}

/** Says that every headersRoot was posted when the epoch began. */
const claims: RpcBehaviour = async ({ method }, forward) => {
  const result = await forward()
  if (method !== 'eth_call' || String(result).length !== 2 + 128) return result
  return `0x${'1'.padStart(64, '0')}${'1'.padStart(64, '0')}`
}

const down: RpcBehaviour = () => {
  throw new RpcSilence()
}

it('a post that is final is not made again when an endpoint says that it is not there, before and after a restart, with an honest endpoint up or down', async () => {
  const liar = await proxy(denies)
  const other = await proxy(async (_call, forward) => forward())
  const name = randomUUID()
  // The follower is blind: it hides every post from the caller's precondition.
  const post = postOf(ledger, [name])
  const first = await open([liar.url, other.url])
  expect((await first.poster.post(post)).outcome).toBe('posted')
  await until('the post is final', () => (first.account.succeeded(idOf(post)) ? true : undefined))
  expect(first.account.pendingIds()).toEqual([])
  const refusals: string[] = []
  const again = async ({ poster }: Opening): Promise<void> => {
    other.behave(async (_call, forward) => forward())
    refusals.push((await refusalOf(poster.post(post))).message)
    other.behave(down)
    refusals.push((await refusalOf(poster.post(post))).message)
  }
  await again(first)
  await first.close()
  await again(await open([liar.url, other.url]))
  expect(refusals).toEqual([
    expect.stringMatching(/^Expected L1 endpoints that agree about the post/),
    expect.stringMatching(/^Expected all 2 L1 endpoints to show/),
    expect.stringMatching(/^Expected L1 endpoints that agree about the post/),
    expect.stringMatching(/^Expected all 2 L1 endpoints to show/),
  ])
  expect(await transactions()).toBe(1)
  expect(await namesOnChain(ledger, [name])).toEqual([name])
})

it('a post that an endpoint claims to be there already is made once another endpoint has denied it for two minutes', async () => {
  const liar = await proxy(claims)
  const { poster } = await open([liar.url, ledger.anvil.url])
  const name = randomUUID()
  const post = postOf(ledger, [name])
  expect((await refusalOf(poster.post(post))).message).toMatch(/^Expected L1 endpoints that agree/)
  expect(await transactions()).toBe(0)
  await chain().increaseTime({ seconds: 120 })
  await chain().mine({ blocks: 1 })
  expect((await poster.post(post)).outcome).toBe('posted')
  expect(await namesOnChain(ledger, [name])).toEqual([name])
})

it('a post that one endpoint refuses in a simulation is made when another endpoint accepts it', async () => {
  const liar = await proxy(async ({ method }, forward) => {
    if (method === 'eth_estimateGas')
      throw new RpcRefusal('execution reverted', { code: 3, message: 'execution reverted', data: '0x' })
    return forward()
  })
  const { poster } = await open([liar.url, ledger.anvil.url])
  const name = randomUUID()
  expect((await poster.post(postOf(ledger, [name]))).outcome).toBe('posted')
  expect(await namesOnChain(ledger, [name])).toEqual([name])
})

it('a post whose nonce one endpoint calls used is not signed again while no other endpoint answers', async () => {
  const liar = await proxy(async ({ method, params }, forward) => {
    if (method === 'eth_sendRawTransaction') throw new RpcRefusal('the pool is full')
    return method === 'eth_getTransactionCount' && params[1] !== 'pending' && isLying ? '0x1' : forward()
  })
  let isLying = false
  const other = await proxy(async ({ method }, forward) => {
    if (method === 'eth_sendRawTransaction') throw new RpcRefusal('the pool is full')
    return forward()
  })
  const { poster, account, close } = await open([liar.url, other.url])
  const name = randomUUID()
  const post = postOf(ledger, [name])
  const waiting = refusalOf(poster.post(post))
  await until('a signed post', () => (account.pendingIds().length > 0 ? true : undefined))
  isLying = true
  other.behave(down)
  expect((await waiting).message).toMatch(/was used by a foreign transaction, which is not final yet/)
  const asked = liar.calls.length
  await until('further snapshots', () => (liar.calls.length > asked + 60 ? true : undefined))
  expect(account.pendingIds()).toEqual([idOf(post)])
  isLying = false
  await close()
  const honest = await open([ledger.anvil.url])
  expect((await honest.poster.post(post)).outcome).toBe('posted')
  expect(await transactions()).toBe(1)
  expect(await namesOnChain(ledger, [name])).toEqual([name])
})
