// Signatures are for the configured chain, and journalled transactions of another chain do not hold up the account.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, keccak256, parseTransaction, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { LedgerReader } from '../../../src/l1/ledger-reader.ts'
import { type Post, LedgerPoster, idOf } from '../../../src/l1/poster.ts'
import { connectL1 } from '../../../src/l1/rpc.ts'
import type { TransactionEvent } from '../../../src/l1/tx-manager/context.ts'
import { L1Account } from '../../../src/l1/tx-manager/l1-account.ts'
import { toHex } from '../../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { Journal, type JournalEntry } from '../../../src/store/journal.ts'
import { testKey } from '../../support/deploy.ts'
import {
  ETHER,
  type TestLedger,
  namesOnChain,
  postOf,
  refusalOf,
  startTestLedger,
} from '../../support/poster-harness.ts'
import { RpcProxy, RpcRefusal } from '../../support/rpc-proxy.ts'

const OTHER_CHAIN = 5

let ledger: TestLedger
let secretKey: Uint8Array
let journalDir: string
const events: TransactionEvent[] = []
const logged: { readonly message: string; readonly facts: object }[] = []

beforeAll(async () => {
  ledger = await startTestLedger()
})
afterAll(async () => ledger[Symbol.asyncDispose]())
beforeEach(async () => {
  secretKey = testKey(randomUUID())
  await chain().setBalance({ address: addressOfSecretKey(secretKey), value: ETHER })
  journalDir = await mkdtemp(join(tmpdir(), 'floe-other-chains-'))
  logged.length = 0
  events.length = 0
  onTestFinished(async () => rm(journalDir, { recursive: true }))
})

function chain() {
  const transport = http(ledger.anvil.url, { retryCount: 0 })
  return createTestClient({ mode: 'anvil', transport, cacheTime: 0 }).extend(publicActions)
}

type Opening = Pick<L1Account, 'pendingIds' | 'close'> & { readonly post: LedgerPoster['post'] }

async function open({
  url = ledger.anvil.url,
  policy = {},
  finality = 1_000,
  chainId = 0,
} = {}): Promise<Opening> {
  const l1 = connectL1([url])
  const { domain } = ledger.deployment
  const log = (facts: object, message: string): void => void logged.push({ facts, message })
  const account = await L1Account.open({
    l1,
    chainId: chainId === 0 ? domain.chainId : chainId,
    key: secretKey,
    journalDir,
    clock: systemClock,
    finality,
    policy: { pollMs: 10, watchMs: 10, rebroadcastMs: 100, ...policy },
    logger: { info: log, warn: log },
    onEvent: (event) => events.push(event),
  })
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => (closed ??= account.close())
  onTestFinished(close)
  const poster = new LedgerPoster({ sender: account, domain, reader: new LedgerReader({ l1, domain }) })
  return { close, pendingIds: () => account.pendingIds(), post: async (post) => poster.post(post) }
}

async function inJournal<T>(use: (journal: Journal) => T | Promise<T>): Promise<T> {
  const journal = await Journal.open(journalDir)
  try {
    return await use(journal)
  } finally {
    await journal.close()
  }
}

async function entryFor(post: Post, chainId: number, nonce: number): Promise<JournalEntry> {
  const raw = await privateKeyToAccount(toHex(secretKey)).signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: ledger.deployment.domain.ledger,
    gas: 500_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 10n ** 9n,
  })
  return {
    id: idOf(post),
    label: 'post',
    keys: post.headers.map(toHex),
    nonce,
    attempts: [{ raw, hash: keccak256(raw) }],
  }
}

function chainsOf({ attempts }: JournalEntry): (number | undefined)[] {
  return attempts.map(({ raw }) => parseTransaction(raw).chainId)
}

it('every attempt of a post is signed for the configured chain, whatever chain an endpoint names', async () => {
  await using liar = await RpcProxy.start(ledger.anvil.url, async ({ method }, forward) =>
    method === 'eth_chainId' ? toHex(Uint8Array.of(OTHER_CHAIN)) : forward(),
  )
  await chain().setAutomine(false)
  onTestFinished(async () => chain().setAutomine(true))
  const name = randomUUID()
  const { close, post } = await open({ url: liar.url, policy: { bumpMs: 30 } })
  const posting = refusalOf(post(postOf(ledger, [name])))
  await expect.poll(() => events).toContain('bumped')
  await close()
  const attempts = await inJournal((journal) => journal.pending().flatMap(chainsOf))
  expect((await posting).message).toBe('The transaction manager is closed.')
  expect(attempts.length).toBeGreaterThan(1)
  expect(new Set(attempts)).toEqual(new Set([ledger.deployment.domain.chainId]))
  await chain().mine({ blocks: 1 })
  expect(await namesOnChain(ledger, [name])).toEqual([name])
})

it('a journalled transaction of another chain is set aside, logged once, and its work is signed again with its nonce', async () => {
  const name = randomUUID()
  const post = postOf(ledger, [name])
  const foreign = await entryFor(post, OTHER_CHAIN, 0)
  await inJournal(async (journal) => journal.record(foreign))
  const first = await open()
  expect(first.pendingIds()).toEqual([])
  expect(await first.post(post)).toMatchObject({ outcome: 'posted' })
  await first.close()
  const second = await open()
  await second.close()
  expect(await namesOnChain(ledger, [name])).toEqual([name])
  const [pending, aside] = await inJournal((journal) => [journal.pending(), journal.aside()])
  expect([pending.map(({ nonce }) => nonce), pending.flatMap(chainsOf)]).toEqual([
    [0],
    [ledger.deployment.domain.chainId],
  ])
  expect(aside).toEqual([foreign])
  expect(logged.filter(({ message }) => message === 'transactions of another chain set aside')).toMatchObject(
    [
      {
        facts: {
          chainId: ledger.deployment.domain.chainId,
          count: 1,
          transactions: [{ nonce: 0, chainId: OTHER_CHAIN, transactionHash: foreign.attempts[0]?.hash }],
        },
      },
    ],
  )
})

it('a replacement of another chain is set aside, and the attempts of the configured chain are sent', async () => {
  const post = postOf(ledger, [randomUUID()])
  const { chainId } = ledger.deployment.domain
  const [own, foreign] = [await entryFor(post, chainId, 0), await entryFor(post, OTHER_CHAIN, 0)]
  const both = { ...own, attempts: [...own.attempts, ...foreign.attempts] }
  await inJournal(async (journal) => journal.record(both))
  const { close, pendingIds } = await open()
  expect(pendingIds()).toEqual([own.id])
  const hash = own.attempts[0]?.hash ?? '0x'
  await expect
    .poll(async () =>
      chain()
        .getTransactionReceipt({ hash })
        .catch(() => undefined),
    )
    .toBeDefined()
  await close()
  const found = await inJournal((journal) => [journal.pending(), journal.aside()])
  expect(found).toEqual([[own], [foreign]])
})

it('a transaction that was set aside is pending again when the account is configured for its chain', async () => {
  const post = postOf(ledger, [randomUUID()])
  const { chainId } = ledger.deployment.domain
  // With a nonce that is not next, nothing is mined.
  const entry = await entryFor(post, chainId, 7)
  await inJournal(async (journal) => journal.record(entry))
  for (const [configured, pending] of [
    [OTHER_CHAIN, []],
    [OTHER_CHAIN, []],
    [chainId, [entry.id]],
  ] as const) {
    const { close, pendingIds } = await open({ chainId: configured })
    expect(pendingIds()).toEqual(pending)
    await close()
  }
  expect(await inJournal((journal) => journal.aside())).toEqual([])
  expect(logged.map(({ message }) => message)).toEqual([
    'transactions of another chain set aside',
    'transactions of this chain taken back',
  ])
})

it('a post that every endpoint rejects fails after the time of a replacement, and is mined once an endpoint accepts it', async () => {
  await using proxy = await RpcProxy.start(ledger.anvil.url, async ({ method }, forward) => {
    if (method === 'eth_sendRawTransaction') throw new RpcRefusal('invalid chain id for signer')
    return forward()
  })
  const name = randomUUID()
  const { post } = await open({ url: proxy.url, policy: { bumpMs: 50 } })
  const wanted: Post = postOf(ledger, [name])
  const refusal = await refusalOf(post(wanted))
  expect(refusal.message).toMatch(
    /^Every L1 endpoint rejects the post with nonce 0: .*invalid chain id for signer.*\. Check the L1 endpoints\.$/,
  )
  expect(refusal).toMatchObject({ code: 'unavailable', retryable: true })
  proxy.behave(async (_call, forward) => forward())
  expect(await post(wanted)).toMatchObject({ outcome: 'posted' })
  expect(await namesOnChain(ledger, [name])).toEqual([name])
})
