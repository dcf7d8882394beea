// Posts to a real anvil: through endpoints that lie, lose answers or are unreachable, with processes that end between any two
// steps, and on a chain with reorgs. (mempool.test.ts tests a strict pool.)
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, parseTransaction, publicActions, walletActions } from 'viem'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Finality } from '../../../src/l1/finality-rule.ts'
import { LedgerReader } from '../../../src/l1/ledger-reader.ts'
import { type Post, type Poster, LedgerPoster } from '../../../src/l1/poster.ts'
import { TxManager } from '../../../src/l1/tx-manager/tx-manager.ts'
import { findPosted } from '../../../src/l1/posted.ts'
import { connectL1 } from '../../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../../src/protocol/bytes.ts'
import { headerDigest } from '../../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { Journal } from '../../../src/store/journal.ts'
import { attest, testHeader, testKey } from '../../support/deploy.ts'
import {
  ETHER,
  type TestLedger,
  namesOnChain,
  postOf,
  refusalOf,
  startTestLedger,
} from '../../support/poster-harness.ts'
import { type RpcBehaviour, RpcRefusal, RpcSilence, RpcProxy } from '../../support/rpc-proxy.ts'
import { until } from '../../support/until.ts'

const secretKey = testKey('poster')
const account = addressOfSecretKey(secretKey)
const quickly = { pollMs: 10, watchMs: 10, rebroadcastMs: 100 }

let ledger: TestLedger
let dir: string
let journal: Journal

beforeAll(async () => {
  ledger = await startTestLedger()
  await chain().setBalance({ address: account, value: ETHER })
})
afterAll(async () => ledger[Symbol.asyncDispose]())
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-poster-'))
  journal = await Journal.open(dir)
})
afterEach(async () => {
  await journal.close()
  await rm(dir, { recursive: true })
})

function chain() {
  return createTestClient({ mode: 'anvil', transport: http(ledger.anvil.url), cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions)
}

type Opened = {
  rpcUrls?: string[]
  policy?: object
  finality?: Finality
  journal?: Pick<Journal, 'pending' | 'record' | 'finish' | 'succeeded'>
}

type Opening = Pick<Poster, 'post'> & Pick<TxManager, 'close'>

function open(opened: Opened = {}): Opening {
  const { rpcUrls = [ledger.anvil.url], policy = {}, finality = 1_000 } = opened
  const l1 = connectL1(rpcUrls)
  const { domain } = ledger.deployment
  const manager = new TxManager({
    l1,
    chainId: domain.chainId,
    secretKey,
    journal: opened.journal ?? journal,
    clock: systemClock,
    finality,
    policy: { ...quickly, ...policy },
  })
  onTestFinished(async () => manager.close())
  const poster = new LedgerPoster({ sender: manager, domain, reader: new LedgerReader({ l1, domain }) })
  return { post: async (post) => poster.post(post), close: async () => manager.close() }
}

/** Keeps only what a process leaves on disk: the journal. */
async function restart(poster: Opening): Promise<void> {
  await poster.close()
  await journal.close()
  journal = await Journal.open(dir)
}

const unsendable: RpcBehaviour = async ({ method }, forward) => {
  if (method === 'eth_sendRawTransaction') throw new RpcSilence()
  return forward()
}

/** A post with too few signers for a quorum. */
function badPost(signers: number[]): Post {
  const { deployment, operators } = ledger
  const { headers, signatures } = attest(deployment, operators, [testHeader(randomUUID())], signers)
  return { headers, committee: deployment.members, signatures, precondition: async () => true }
}

async function reorg(depth: number): Promise<void> {
  await chain().request({ method: 'anvil_reorg', params: [depth, []] } as never)
}

describe('a post', () => {
  it('a post is mined, and its headers are found by digest and by root', async () => {
    const [name, other] = [randomUUID(), randomUUID()]
    const result = await open().post(postOf(ledger, [name, other]))
    const hash = journal.pending()[0]?.attempts[0]?.hash ?? '0x'
    const receipt = await chain().getTransactionReceipt({ hash })
    expect(result).toEqual({
      outcome: 'posted',
      transactionHash: hash,
      blockNumber: Number(receipt.blockNumber),
      gasUsed: Number(receipt.gasUsed),
      feeWei: receipt.gasUsed * receipt.effectiveGasPrice,
    })
    const source = { l1: connectL1([ledger.anvil.url]), domain: ledger.deployment.domain }
    const digest = toHex(headerDigest(source.domain, testHeader(other)))
    const posted = await findPosted(source, (found) => found.digest === digest)
    expect(posted).toMatchObject({ header: testHeader(other), transactionHash: hash })
    const byRoot = await findPosted(source, ({ header }) => header.root === testHeader(name).root)
    expect(byRoot?.header).toEqual(testHeader(name))
  })

  it('a post that is requested again before it is final resolves with the same transaction', async () => {
    const post = postOf(ledger, [randomUUID()])
    const poster = open()
    const first = await poster.post(post)
    await restart(poster)
    expect(await open().post(post)).toEqual(first)
  })

  it('a post whose precondition is false is not signed', async () => {
    const seen: number[] = []
    const height = Number(await chain().getBlockNumber())
    const post = postOf(ledger, [randomUUID()], async (blockNumber) => {
      seen.push(blockNumber)
      return false
    })
    expect(await open().post(post)).toEqual({ outcome: 'already-there' })
    expect([seen, journal.pending()]).toEqual([[height], []])
  })

  it('a post whose precondition rejects is not signed', async () => {
    const post = postOf(ledger, [randomUUID()], async () => Promise.reject(new Error('blind')))
    expect((await refusalOf(open().post(post))).message).toMatch(/blind/)
    expect(journal.pending()).toEqual([])
  })

  it('a post without L1 is refused immediately', async () => {
    const poster = open({ rpcUrls: ['http://127.0.0.1:1'] })
    const refusal = await refusalOf(poster.post(postOf(ledger, [randomUUID()])))
    expect(refusal.message).toMatch(/^Cannot read the head of L1/)
    expect(refusal.code).toBe('unavailable')
  })

  it('One at a time: posts are mined in the order of their requests', async () => {
    const poster = open()
    const before = await chain().getTransactionCount({ address: account })
    const names = Array.from({ length: 3 }, () => randomUUID())
    await Promise.all(names.map(async (name) => poster.post(postOf(ledger, [name]))))
    expect(journal.pending().map(({ nonce }) => nonce - before)).toEqual([0, 1, 2])
    expect(await chain().getTransactionCount({ address: account })).toBe(before + 3)
    expect(await namesOnChain(ledger, names)).toEqual(names.toSorted())
  })

  it('a post is sent to every endpoint', async () => {
    await using one = await RpcProxy.start(ledger.anvil.url)
    await using two = await RpcProxy.start(ledger.anvil.url)
    const rpcUrls = ['http://127.0.0.1:1', one.url, two.url]
    await open({ rpcUrls }).post(postOf(ledger, [randomUUID()]))
    expect(one.calls).toContain('eth_sendRawTransaction')
    expect(two.calls).toContain('eth_sendRawTransaction')
  })

  it('a post is not signed while endpoints are on different chains', async () => {
    // The second endpoint has other block hashes and is one block behind, so that it never has the higher head.
    await using other = await RpcProxy.start(ledger.anvil.url, async ({ method, params }, forward) => {
      const block = (await forward()) as { number: string; hash: string }
      if (method !== 'eth_getBlockByNumber') return block
      const number = params[0] === 'latest' ? `0x${(Number(block.number) - 1).toString(16)}` : block.number
      return { ...block, number, hash: `0x${'77'.repeat(32)}` }
    })
    const poster = open({ rpcUrls: [ledger.anvil.url, other.url], policy: { settleMs: 500 } })
    const refusal = await refusalOf(poster.post(postOf(ledger, [randomUUID()])))
    expect(refusal.message).toMatch(/L1 endpoints contradict each other/)
    expect(journal.pending()).toEqual([])
  })

  it('a post whose status is unknown for a while does not delay later posts after that', async () => {
    await using proxy = await RpcProxy.start(ledger.anvil.url)
    const poster = open({ rpcUrls: [proxy.url], policy: { settleMs: 1_000 } })
    const post = postOf(ledger, [randomUUID()])
    await poster.post(post)
    proxy.behave(async ({ method }, forward) => {
      if (method === 'eth_getTransactionReceipt') throw new RpcRefusal('transaction indexing is in progress')
      return forward()
    })
    await poster.post(post)
    proxy.behave(async (_call, forward) => forward())
    const next = await poster.post(postOf(ledger, [randomUUID()]))
    expect(next.outcome).toBe('posted')
  })

  it('Until it is final: a post stays in the journal while one endpoint lacks its receipt', async () => {
    await using other = await RpcProxy.start(ledger.anvil.url, async ({ method }, forward) =>
      method === 'eth_getTransactionReceipt' ? null : forward(),
    )
    const poster = open({ rpcUrls: [ledger.anvil.url, other.url], finality: 0 })
    await poster.post(postOf(ledger, [randomUUID()]))
    const asked = other.calls.length
    await until('further snapshots', () => (other.calls.length > asked + 40 ? true : undefined))
    expect(journal.pending()).toHaveLength(1)
    other.behave(async (_call, forward) => forward())
    await until('an empty journal', () => (journal.pending().length === 0 ? true : undefined))
  })
})

describe('a process that ends', () => {
  it('Never twice by accident: a process that ends before the broadcast sends the same bytes later', async () => {
    await using proxy = await RpcProxy.start(ledger.anvil.url, unsendable)
    const post = postOf(ledger, [randomUUID()])
    const poster = open({ rpcUrls: [proxy.url] })
    const lost = refusalOf(poster.post(post))
    await expect.poll(() => proxy.calls).toContain('eth_sendRawTransaction')
    await restart(poster)
    expect((await lost).code).toBe('unavailable')
    const [entry] = journal.pending()
    const result = await open().post(post)
    expect(result).toMatchObject({ transactionHash: entry?.attempts[0]?.hash })
  })

  it('a journalled post is sent after a restart without a new request', async () => {
    await using proxy = await RpcProxy.start(ledger.anvil.url, unsendable)
    const name = randomUUID()
    const poster = open({ rpcUrls: [proxy.url] })
    const lost = refusalOf(poster.post(postOf(ledger, [name])))
    await expect.poll(() => proxy.calls).toContain('eth_sendRawTransaction')
    await restart(poster)
    await lost
    open({ finality: 0 })
    await until('an empty journal', () => (journal.pending().length === 0 ? true : undefined))
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('a journalled post is mined before the next post', async () => {
    await using proxy = await RpcProxy.start(ledger.anvil.url, unsendable)
    const poster = open({ rpcUrls: [proxy.url] })
    const lost = refusalOf(poster.post(postOf(ledger, [randomUUID()])))
    await expect.poll(() => proxy.calls).toContain('eth_sendRawTransaction')
    await restart(poster)
    await lost
    const [entry] = journal.pending()
    const next = await open().post(postOf(ledger, [randomUUID()]))
    const receipt = await chain().getTransactionReceipt({ hash: entry?.attempts[0]?.hash ?? '0x' })
    expect(next).toMatchObject({ outcome: 'posted', blockNumber: Number(receipt.blockNumber) + 1 })
  })

  it('a process that ends before the journal has sent nothing, and the nonce is signed again', async () => {
    const before = await chain().getTransactionCount({ address: account })
    await using proxy = await RpcProxy.start(ledger.anvil.url)
    const broken: Pick<Journal, 'pending' | 'record' | 'finish' | 'succeeded'> = {
      pending: () => journal.pending(),
      finish: async (id, succeeded) => journal.finish(id, succeeded),
      succeeded: (id) => journal.succeeded(id),
      record: async () => Promise.reject(new Error('the process ends here')),
    }
    const poster = open({ rpcUrls: [proxy.url], journal: broken, policy: { pollMs: 1_000 } })
    const name = randomUUID()
    expect((await refusalOf(poster.post(postOf(ledger, [name])))).message).toMatch(/the process ends here/)
    await restart(poster)
    expect(proxy.calls).not.toContain('eth_sendRawTransaction')
    await open().post(postOf(ledger, [name]))
    expect(journal.pending().map(({ nonce }) => nonce)).toEqual([before])
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })
})

describe('a reorg', () => {
  it.each([1, 2, 3, 5, 10])(
    'Until it is final: after a reorg of %i blocks the same bytes are mined again, once',
    async (depth) => {
      const poster = open()
      const names = Array.from({ length: Math.min(depth, 3) }, () => randomUUID())
      const results = []
      for (const name of names) results.push(await poster.post(postOf(ledger, [name])))
      // The oldest post is in the lowest block that the reorg removes.
      const below = depth - names.length
      if (below > 0) await chain().mine({ blocks: below })
      const entries = journal.pending()
      const blockOfOldest = async (): Promise<Hex> => {
        const hash = entries[0]?.attempts[0]?.hash ?? '0x'
        return (await chain().getTransactionReceipt({ hash })).blockHash
      }
      const before = await blockOfOldest()
      await reorg(depth)
      await until('every post is mined again', async () =>
        (await namesOnChain(ledger, names)).length === names.length ? true : undefined,
      )
      expect(await blockOfOldest()).not.toBe(before)
      expect(await namesOnChain(ledger, names)).toEqual(names.toSorted())
      const again = await Promise.all(names.map(async (name) => poster.post(postOf(ledger, [name]))))
      const hashOf = (result: object): unknown => 'transactionHash' in result && result.transactionHash
      expect(again.map(hashOf)).toEqual(results.map(hashOf))
      expect(journal.pending()).toEqual(entries)
    },
  )

  it('a reorg while the process is stopped leads to the same bytes', async () => {
    const name = randomUUID()
    const poster = open()
    const first = await poster.post(postOf(ledger, [name]))
    await restart(poster)
    await reorg(1)
    open()
    await until('the post back', async () =>
      (await namesOnChain(ledger, [name])).length > 0 ? true : undefined,
    )
    expect(journal.pending()[0]?.attempts.map(({ hash }) => hash)).toEqual([
      first.outcome === 'posted' && first.transactionHash,
    ])
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })
})

describe('a post that is not mined', () => {
  beforeEach(async () => chain().setAutomine(false))
  afterEach(async () => chain().setAutomine(true))

  it('a post that is not mined is replaced under one nonce until it is', async () => {
    const posting = open({ policy: { bumpMs: 30 } }).post(postOf(ledger, [randomUUID()]))
    await expect.poll(() => journal.pending()[0]?.attempts.length).toBeGreaterThanOrEqual(3)
    const attempts = journal.pending()[0]?.attempts ?? []
    await chain().mine({ blocks: 1 })
    await posting
    const signed = attempts.map(({ raw }) => parseTransaction(raw))
    expect(new Set(signed.map(({ nonce }) => nonce)).size).toBe(1)
    signed.slice(1).forEach((next, i) => {
      const last = signed[i]
      expect(next.maxFeePerGas ?? 0n).toBeGreaterThanOrEqual(((last?.maxFeePerGas ?? 0n) * 11n) / 10n)
      expect(next.data).toBe(last?.data)
    })
  })

  it('Bounded: a request ends in time, and its post continues', async () => {
    const name = randomUUID()
    const refusal = await refusalOf(open({ policy: { settleMs: 50 } }).post(postOf(ledger, [name])))
    expect(refusal).toMatchObject({ code: 'unavailable', retryable: true })
    expect(refusal.message).toMatch(/nonce \d+ is not on L1 yet/)
    await chain().mine({ blocks: 1 })
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })
})

describe('a post that the Ledger refuses', () => {
  it('the error of a post that the Ledger refuses comes before it is signed', async () => {
    const refusal = await refusalOf(open().post(badPost([0, 1])))
    expect(refusal.code).toBe('commitment-invalid')
    expect(refusal.message).toMatchInlineSnapshot(`"L1 refuses the post: QuorumMissing(4, 2)."`)
    expect(refusal.facts['error']).toBe('QuorumMissing')
    expect(journal.pending()).toEqual([])
  })

  it('the error of a post that reverted comes when its block is final', async () => {
    await using proxy = await RpcProxy.start(ledger.anvil.url, async ({ method }, forward) =>
      method === 'eth_estimateGas' ? '0x493e0' : forward(),
    )
    const poster = open({ rpcUrls: [proxy.url], finality: 2 })
    const post = badPost([0])
    expect((await refusalOf(poster.post(post))).message).toMatch(
      /was used by a transaction that reverted, which is not final yet/,
    )
    await chain().mine({ blocks: 1 })
    expect((await refusalOf(poster.post(post))).code).toBe('unavailable')
    proxy.behave(async (_call, forward) => forward())
    await chain().mine({ blocks: 1 })
    await until('an empty journal', () => (journal.pending().length === 0 ? true : undefined))
    expect((await refusalOf(poster.post(post))).message).toBe('L1 refuses the post: QuorumMissing(4, 1).')
  })

  it('the error of a post that reverted comes immediately in a final block', async () => {
    await using proxy = await RpcProxy.start(ledger.anvil.url, async ({ method }, forward) =>
      method === 'eth_estimateGas' ? '0x493e0' : forward(),
    )
    const refusal = await refusalOf(open({ rpcUrls: [proxy.url], finality: 0 }).post(badPost([0])))
    expect(refusal.message).toBe('L1 refuses the post: QuorumMissing(4, 1).')
    expect(refusal.code).toBe('commitment-invalid')
  })
})
