// Asks the Ledger about single headers, through honest endpoints and through endpoints that lag or lie.
import { createTestClient, http, toHex as textToHex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import type { ShownHeader } from '../../src/l1/posted.ts'
import { postCall } from '../../src/l1/poster.ts'
import { readPostingTerms } from '../../src/l1/posting-terms.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { type Header, headerDigest, headersTree } from '../../src/protocol/header.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, attest, deployFloe, testHeader, testOperators } from '../support/deploy.ts'
import { type RpcBehaviour, RpcProxy, askRpc } from '../support/rpc-proxy.ts'
import { newestTimestamp, sendFrom } from '../support/transactions.ts'

const operators = testOperators([2, 1, 1])
const DAY = 86_400
const NOTICE = 7 * DAY
const PROMISE = 15 * DAY

let anvil: TestAnvil
let deployment: Deployment
/** Headers of one post: the first stands, the second is posted too late, and the third expires beyond the promise. */
let headers: Header[]
let postedAt: number

beforeAll(async () => {
  anvil = await startTestAnvil()
  const disperser = { address: testHeader('').disperser, quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser, { promiseSeconds: BigInt(PROMISE) })
  const now = await newestTimestamp(anvil.url)
  headers = [NOTICE + 3_600, NOTICE - 3_600, PROMISE + 3_600].map((seconds, i) =>
    testHeader(`header ${i}`, { expiry: now + seconds }),
  )
  await post(headers)
  postedAt = await newestTimestamp(anvil.url)
})
afterAll(async () => anvil.stop())

async function post(list: readonly Header[]): Promise<void> {
  const content = { ...attest(deployment, operators, list), committee: deployment.members }
  await sendFrom(anvil.url, postCall(deployment.ledger, content))
}

function shown(index: number, list: readonly Header[] = headers): ShownHeader {
  const digests = list.map((header) => headerDigest(deployment.domain, header))
  const path = headersTree(digests, index).path.map(toHex)
  return { header: list[index] as Header, index, path }
}

function open(...rpcUrls: string[]): LedgerReader {
  return new LedgerReader({ l1: connectL1(rpcUrls), domain: deployment.domain })
}

/** An endpoint that has nothing after block `height`. */
function laggingAt(height: number): RpcBehaviour {
  return async ({ method, params }, forward) => {
    if (method === 'eth_blockNumber') return textToHex(height)
    if (method === 'eth_getBlockByNumber' && params[0] === 'latest')
      return askRpc(anvil.url, { method, params: [textToHex(height), false] })
    return forward()
  }
}

describe('a header', () => {
  it('a header stands posted by its expiry and its place, and no other header does', async () => {
    const reader = open(anvil.url)
    const root = attest(deployment, operators, headers).headersRoot
    expect(await Promise.all([0, 1, 2].map(async (i) => reader.statusOf(shown(i))))).toEqual([
      'stands',
      'never',
      'never',
    ])
    expect(await reader.standsPosted(shown(0))).toBe(true)
    expect(await reader.standsPosted({ ...shown(0), index: 1 })).toBe(false)
    expect(await reader.postedAt(root)).toBe(postedAt)
    expect(await reader.postedAt(`0x${'77'.repeat(32)}`)).toBeUndefined()
    expect(await reader.retiredAt(1)).toBeUndefined()
  })

  it('a header that is not posted is postable until its notice, and never after', async () => {
    const reader = open(anvil.url)
    const now = await newestTimestamp(anvil.url)
    const inTime = testHeader('in time', { expiry: now + NOTICE + 600 })
    const late = testHeader('late', { expiry: now + NOTICE - 1 })
    expect(await reader.statusOf(shown(0, [inTime]))).toBe('postable')
    expect(await reader.statusOf(shown(0, [late]))).toBe('never')
  })

  it('the terms of the Ledger are read once', async () => {
    await using proxy = await RpcProxy.start(anvil.url)
    const reader = open(proxy.url)
    const terms = { noticeSeconds: NOTICE, promiseSeconds: PROMISE, shards: 4 }
    expect(await reader.terms()).toEqual(terms)
    const asked = proxy.calls.length
    expect(await reader.terms()).toEqual(terms)
    expect(proxy.calls.length).toBe(asked)
    expect(await readPostingTerms(connectL1([anvil.url]), deployment.ledger)).toEqual(terms)
  })
})

describe('endpoints that differ', () => {
  it('Lagging decides nothing: the newest view decides, and a post that only it has counts', async () => {
    await using behind = await RpcProxy.start(anvil.url, laggingAt(1))
    expect(await open(behind.url, anvil.url).statusOf(shown(0))).toBe('stands')
    expect(await open('http://127.0.0.1:1', anvil.url).statusOf(shown(0))).toBe('stands')
  })

  it('One view: an endpoint that lags does not make a post that it has not seen impossible', async () => {
    const now = await newestTimestamp(anvil.url)
    const list = [testHeader('soon', { expiry: now + NOTICE + 60 })]
    const client = createTestClient({ mode: 'anvil', transport: http(anvil.url) })
    const before = Number(await client.request({ method: 'eth_blockNumber' } as never))
    await post(list)
    await client.increaseTime({ seconds: 3_600 })
    await client.mine({ blocks: 1 })
    await using behind = await RpcProxy.start(anvil.url, laggingAt(before))
    expect(await open(behind.url).statusOf(shown(0, list))).toBe('postable')
    expect(await open(anvil.url).statusOf(shown(0, list))).toBe('stands')
  })

  it('Contradictions are errors: a post that the newest view lacks is not decided', async () => {
    // One endpoint denies every post: its result of postOf is zeros. The other lags and has the post.
    const height = 1_000
    await using denying = await RpcProxy.start(anvil.url, async ({ method }, forward) => {
      const result = await forward()
      if (method === 'eth_getBlockByNumber')
        return { ...(result as object), timestamp: textToHex((await newestTimestamp(anvil.url)) + height) }
      return method === 'eth_call' && String(result).length === 2 + 128 ? `0x${'00'.repeat(64)}` : result
    })
    await expect(open(denying.url, anvil.url).statusOf(shown(0))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^The L1 endpoints disagree about the post of 0x/) as string,
    })
  })

  it('endpoints that differ about the terms of the Ledger are an error', async () => {
    await using lying = await RpcProxy.start(anvil.url, async ({ method }, forward) => {
      const result = String(await forward())
      return method === 'eth_call' && BigInt(result) === BigInt(NOTICE) ? `${result.slice(0, -1)}1` : result
    })
    await expect(open(lying.url, anvil.url).terms()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('no endpoint that answers is an error and not a header that is not posted', async () => {
    await expect(open('http://127.0.0.1:1').standsPosted(shown(0))).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
