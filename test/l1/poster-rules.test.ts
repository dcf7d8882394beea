// Posts that another account made first, certificates that are posted alone, and posts that the Ledger would refuse or that would be
// useless (docs/protocol.md §6.2). How transactions are sent is tested with the transaction manager.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, encodeFunctionData, http, walletActions } from 'viem'
import { getTransactionCount } from 'viem/actions'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { findPosted } from '../../src/l1/posted.ts'
import { LedgerPoster, type Post, postCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { TxManager } from '../../src/l1/tx-manager/tx-manager.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import { packMembers } from '../../src/protocol/committee.ts'
import { type Header, headerDigest, headersTree } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { Journal } from '../../src/store/journal.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, attest, deployFloe, testHeader, testKey, testOperators } from '../support/deploy.ts'
import { ETHER, refusalOf } from '../support/poster-harness.ts'
import { RpcProxy } from '../support/rpc-proxy.ts'
import { newestTimestamp, sendFrom } from '../support/transactions.ts'

const operators = testOperators([1, 1, 1, 1])
const secretKey = testKey('poster of rules')
const account = addressOfSecretKey(secretKey)
const DAY = 86_400
const NOTICE = 7 * DAY
const PROMISE = 15 * DAY

let anvil: TestAnvil
let deployment: Deployment
let dir: string
let journal: Journal
let manager: TxManager
let poster: LedgerPoster

beforeAll(async () => {
  anvil = await startTestAnvil()
  const disperser = { address: account, quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser, { promiseSeconds: BigInt(PROMISE) })
  await chain().setBalance({ address: account, value: ETHER })
})
afterAll(async () => anvil.stop())

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-poster-rules-'))
  journal = await Journal.open(dir)
  const l1 = connectL1([anvil.url])
  const { domain } = deployment
  const policy = { pollMs: 10, watchMs: 10, rebroadcastMs: 100 }
  const { chainId } = domain
  manager = new TxManager({ l1, chainId, secretKey, journal, clock: systemClock, finality: 0, policy })
  poster = new LedgerPoster({ sender: manager, domain, reader: new LedgerReader({ l1, domain }) })
})
afterEach(async () => {
  await manager.close()
  await journal.close()
  await rm(dir, { recursive: true })
})

function chain() {
  const transport = http(anvil.url, { retryCount: 0 })
  return createTestClient({ mode: 'anvil', transport, cacheTime: 0 }).extend(walletActions)
}

/** Headers of the committee's epoch that expire so many seconds after the newest block. */
async function headersExpiring(name: string, ...seconds: number[]): Promise<Header[]> {
  const now = await newestTimestamp(anvil.url)
  return seconds.map((after, i) => testHeader(`${name} ${i}`, { expiry: now + after }))
}

function postOf(headers: readonly Header[]): Post {
  const content = attest(deployment, operators, headers)
  return { ...content, committee: deployment.members, precondition: async () => true }
}

function certificateOf(headers: readonly Header[], index: number): Certificate {
  const digests = headers.map((header) => headerDigest(deployment.domain, header))
  const path = headersTree(digests, index).path.map(toHex)
  const { signatures } = attest(deployment, operators, headers)
  return { header: headers[index] as Header, index, path, signatures }
}

async function nonce(): Promise<number> {
  const client = connectL1([anvil.url]).client
  return getTransactionCount(client, { address: account })
}

describe('a certificate', () => {
  it('a certificate is posted alone, by any account that has it', async () => {
    const headers = await headersExpiring('certificate', NOTICE + 3_600, NOTICE + 3_600)
    const certificate = certificateOf(headers, 1)
    const result = await poster.postOne(certificate, deployment.members)
    expect(result.outcome).toBe('posted')
    const source = { l1: connectL1([anvil.url]), domain: deployment.domain }
    const posted = await findPosted(source, ({ header }) => header.root === headers[1]?.root)
    expect(posted).toMatchObject({ index: 1, stands: true })
    expect(await new LedgerReader(source).standsPosted(certificateOf(headers, 0))).toBe(true)
  })

  it('a certificate of too few signers is refused before it is signed', async () => {
    const [header] = (await headersExpiring('few', NOTICE + 3_600)) as [Header]
    const { signatures } = attest(deployment, operators, [header], [0, 1])
    const certificate = { header, index: 0, path: [], signatures }
    const refusal = await refusalOf(poster.postOne(certificate, deployment.members))
    expect([refusal.code, refusal.facts['error']]).toEqual(['commitment-invalid', 'QuorumMissing'])
    expect(journal.pending()).toEqual([])
  })
})

describe('a post of another account', () => {
  it('Once: a headersRoot that another account posted counts as posted, and costs nothing', async () => {
    const headers = await headersExpiring('foreign', NOTICE + 3_600, NOTICE + 3_600)
    await sendFrom(anvil.url, postCall(deployment.ledger, postOf(headers)))
    const before = await nonce()
    expect(await poster.post(postOf(headers))).toEqual({ outcome: 'already-there' })
    const certificate = certificateOf(headers, 0)
    expect(await poster.postOne(certificate, deployment.members)).toEqual({ outcome: 'already-there' })
    expect(await nonce()).toBe(before)
  })

  it('Once: a post that one endpoint hides is not made again while another endpoint shows it', async () => {
    const headers = await headersExpiring('hidden', NOTICE + 3_600)
    await sendFrom(anvil.url, postCall(deployment.ledger, postOf(headers)))
    await using hiding = await RpcProxy.start(anvil.url, async ({ method, params }, forward) => {
      const isOld = method === 'eth_getBlockByNumber' && params[0] === 'latest'
      const result = await forward()
      if (isOld) return { ...(result as object), timestamp: '0x1' }
      return method === 'eth_call' && String(result).length === 2 + 128 ? `0x${'00'.repeat(64)}` : result
    })
    const { domain } = deployment
    const reader = new LedgerReader({ l1: connectL1([hiding.url, anvil.url]), domain })
    const careful = new LedgerPoster({ sender: manager, domain, reader })
    expect(await careful.post(postOf(headers))).toEqual({ outcome: 'already-there' })
  })
})

describe('a post at the wrong time', () => {
  it('In time only: a post whose headers all expire too soon is never signed, and the error says what to do', async () => {
    const before = await nonce()
    const late = await headersExpiring('late', NOTICE - 60, NOTICE - 120)
    const refusal = await refusalOf(poster.post(postOf(late)))
    expect(refusal.code).toBe('commitment-invalid')
    expect(refusal.message).toMatch(
      /^Expected a post by 20\d\d-.*Z, 604800 seconds before expiry .*; L1 is at 20\d\d-.*Z\. .* Put the batches again\.$/,
    )
    const alone = refusalOf(poster.postOne(certificateOf(late, 0), deployment.members))
    expect((await alone).code).toBe('commitment-invalid')
    expect([await nonce(), journal.pending()]).toEqual([before, []])
  })

  it('a post of which one header is in time is made', async () => {
    const mixed = await headersExpiring('mixed', NOTICE - 60, NOTICE + 600)
    expect((await poster.post(postOf(mixed))).outcome).toBe('posted')
  })

  it('In time only: a post before its promise begins waits, because it would settle that the header never stands', async () => {
    const early = await headersExpiring('early', PROMISE + 1_800)
    const refusal = await refusalOf(poster.post(postOf(early)))
    expect([refusal.code, journal.pending()]).toEqual(['unavailable', []])
    expect(refusal.message).toMatch(/^Expected a post from 20\d\d-.*Z on, 1296000 seconds before expiry/)
    const wait = refusal.retryAfterSeconds ?? 0
    expect(wait).toBeGreaterThan(1_500)
    await chain().increaseTime({ seconds: wait })
    await chain().mine({ blocks: 1 })
    expect((await poster.post(postOf(early))).outcome).toBe('posted')
  })

  it('a certificate with an expiry far beyond the promise is posted, which settles that it never stands', async () => {
    const certificate = certificateOf(await headersExpiring('absurd', 100 * 365 * DAY), 0)
    const reader = new LedgerReader({ l1: connectL1([anvil.url]), domain: deployment.domain })
    expect(await reader.statusOf(certificate)).toBe('postable')
    expect((await poster.postOne(certificate, deployment.members)).outcome).toBe('posted')
    expect(await reader.statusOf(certificate)).toBe('never')
  })

  it('In time only: nothing of an epoch that closed is posted', async () => {
    const { members } = deployment.members
    const args = [packMembers(members), members.map(({ endpoint }) => endpoint)] as const
    const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
    const [owner] = await chain().getAddresses()
    for (let i = 0; i < 2; i++)
      await sendFrom(anvil.url, { to: deployment.committee, value: 0n, data }, owner)
    const stillOpen = await headersExpiring('open', NOTICE + 600)
    expect((await poster.post(postOf(stillOpen))).outcome).toBe('posted')
    await chain().increaseTime({ seconds: PROMISE - NOTICE + 60 })
    await chain().mine({ blocks: 1 })
    const closed = await headersExpiring('closed', NOTICE + 600)
    const refusal = await refusalOf(poster.post(postOf(closed)))
    expect([refusal.code, journal.pending()]).toEqual(['commitment-invalid', []])
  })
})
