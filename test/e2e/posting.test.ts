// Certified headers are on L1 exactly once, whatever happens to the sidecar, and an L1 endpoint is enough to find them.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPosted } from '../../src/l1/posted.ts'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import { L1Follower } from '../../src/l1/follower.ts'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { expiryFor } from '../../src/sidecar/posted-alone.ts'
import { readPostingTerms } from '../../src/l1/posting-terms.ts'
import { LedgerPoster } from '../../src/l1/poster.ts'
import { L1Account } from '../../src/l1/tx-manager/l1-account.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { HttpClient } from '../../src/runtime/http-client.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { GroupPoster } from '../../src/sidecar/group-poster.ts'
import { Operators } from '../../src/sidecar/operators.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { evilEncode } from '../support/evil-encoder.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch, inTenDays } from './evil-sequencer.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit } from './rollup.ts'
import { until } from '../support/until.ts'

const INTERVAL_MS = 2_000
const NEVER_MS = 3_600_000
let network: Network

beforeAll(async () => {
  network = await Network.start({
    shards: [1, 1, 1, 1],
    sidecar: { postingIntervalMs: INTERVAL_MS },
  })
})

afterAll(async () => network[Symbol.asyncDispose]())

/** The digests of the headers of each post. */
async function posts(): Promise<Map<Hex, Hex[]>> {
  const byRoot = Map.groupBy(await allPosted(network), ({ transactionHash }) => transactionHash)
  return new Map([...byRoot].map(([hash, headers]) => [hash, headers.map(({ digest }) => digest)]))
}

async function postOf(digest: Hex): Promise<Hex[]> {
  return until(`a post of ${digest}`, async () =>
    [...(await posts()).values()].find((digests) => digests.includes(digest)),
  )
}

/** How often each of `digests` was posted. */
async function times(digests: readonly Hex[]): Promise<number[]> {
  const posted = (await allPosted(network)).map(({ digest }) => digest)
  return digests.map((digest) => posted.filter((other) => other === digest).length)
}

async function status(): Promise<{ batches: Record<string, number> }> {
  const response = await fetch(`${network.url}/v1/status`)
  return (await response.json()) as { batches: Record<string, number> }
}

describe('a sidecar', () => {
  test('a header that a sidecar posted is found with an L1 endpoint alone', async () => {
    const commitment = await commit(network.url, seededBytes('posting 0', 5000))
    const { header } = decodeCertificate(commitment)
    const source = { l1: connectL1([network.rpcUrl]), domain: network.deployment.domain }
    const found = await until('the header on L1', async () =>
      findPosted(source, ({ header: { root } }) => root === header.root),
    )
    expect(found.header).toEqual(header)
    expect(found.digest).toBe(digestOf(network, commitment))
  })

  test('a sidecar that was closed with unposted batches posts them once after its restart, all in one post', async () => {
    await network.restartSidecar({ postingIntervalMs: NEVER_MS })
    const digests: Hex[] = []
    for (let i = 1; i <= 5; i++)
      digests.push(digestOf(network, await commit(network.url, seededBytes(`posting ${i}`, 900 * i))))
    expect(await times(digests)).toEqual([0, 0, 0, 0, 0])
    expect((await status()).batches['waiting']).toBe(5)
    await network.restartSidecar({ postingIntervalMs: 100 })
    expect((await postOf(digests[0] as Hex)).toSorted()).toEqual(digests.toSorted())
    await until('a status without waiting batches', async () =>
      (await status()).batches['waiting'] === 0 ? true : undefined,
    )
    await network.restartSidecar({ postingIntervalMs: NEVER_MS })
    expect(await times(digests)).toEqual([1, 1, 1, 1, 1])
  })
})

/** A group poster over a folder, with the real nodes and the real chain. */
async function groupPosterOver(
  dir: string,
  onPosted: () => void = () => undefined,
): Promise<AsyncDisposable & { readonly groupPoster: GroupPoster; readonly batchIndex: BatchIndex }> {
  const { rpcUrls, committee, ledger, finality } = network.sidecarConfig
  const { committees, domain } = await CommitteeReader.connect({
    rpcUrls,
    committee,
    ledger,
    clock: systemClock,
  })
  const l1 = connectL1(rpcUrls)
  const { noticeSeconds } = await readPostingTerms(l1, ledger)
  const logger = createLogger('sidecar', 'silent')
  const batchIndex = await BatchIndex.open(join(dir, 'batch-index'), { noticeSeconds })
  const http = new HttpClient()
  const operators = new Operators({
    http,
    checker: { curve: pureSecp256k1, domain },
    clock: systemClock,
    logger: createLogger('test', 'silent'),
  })
  const account = await L1Account.open({
    l1,
    chainId: domain.chainId,
    key: network.disperserKey,
    journalDir: join(dir, 'journal'),
    clock: systemClock,
    finality,
    policy: { pollMs: 50 },
  })
  const poster = new LedgerPoster({ sender: account, domain, reader: new LedgerReader({ l1, domain }) })
  const follower = new L1Follower({ l1, domain, finality, store: batchIndex })
  const post: typeof poster.post = async (request) => {
    const result = await poster.post(request)
    onPosted()
    return result
  }
  const groupPoster = new GroupPoster({
    batchIndex,
    committees,
    operators,
    poster: { post },
    follower,
    account,
    clock: systemClock,
    logger,
    groupHeadersMax: 512,
  })
  return {
    groupPoster,
    batchIndex,
    [Symbol.asyncDispose]: async () => {
      await account.close()
      await http.close()
      await batchIndex.close()
    },
  }
}

/**
 * Disperses a batch to `holders` only, and records its certificate in `batchIndex` as not posted. Each expires after the one before,
 * so that they are posted in this order; the expiries are even, so that they are posted together.
 */
async function certifiedAt(batchIndex: BatchIndex, label: string, holders: readonly number[]): Promise<Hex> {
  const order = batchIndex.counts().certified
  const batch = evilBatch(network, evilEncode(geometryOf(4), seededBytes(label, 500), 'none'), 500, {
    expiry: expiryFor(inTenDays() + 4 * order, false),
  })
  const commitment = toHex(await certify(network, batch, holders))
  const { header, digest, signature } = batch
  const now = systemClock.now()
  const content = toHex(seededBytes(`content ${label}`, 32))
  await batchIndex.save({
    header,
    digest,
    signature,
    content,
    receivedAt: now,
    commitment,
    certifiedAt: now + order,
  })
  return digest
}

describe('a checkpoint', () => {
  const { signal } = new AbortController()
  const dir = (name: string): string => join(network.sidecarConfig.dir, '..', name)

  // Only one process may use the account that posts.
  beforeAll(async () => network.restartSidecar({ postingIntervalMs: NEVER_MS, keyFile: undefined }))

  test('a group of batches that no quorum holds completely is posted in halves', async () => {
    await using opened = await groupPosterOver(dir('halves'))
    const { groupPoster, batchIndex } = opened
    // Three of four nodes, a quorum, hold each batch, but only two nodes hold all batches.
    const holders = [
      [0, 1, 2],
      [0, 1, 2],
      [0, 2, 3],
      [0, 2, 3],
    ]
    const digests: Hex[] = []
    for (const [i, members] of holders.entries())
      digests.push(await certifiedAt(batchIndex, `halves ${i}`, members))
    await groupPoster.postWaiting(signal)
    expect(batchIndex.counts().certified).toBe(0)
    const groups = [...(await posts()).values()].filter((group) => digests.includes(group[0] as Hex))
    expect(groups).toEqual([digests.slice(0, 2), digests.slice(2)])
  })

  test('a checkpoint that was interrupted after its transaction does not send a second one', async () => {
    let digests: Hex[]
    {
      await using interrupted = await groupPosterOver(dir('interrupted'), () => {
        stop.abort()
        throw new Error('the process ends here')
      })
      const { groupPoster, batchIndex } = interrupted
      const stop = new AbortController()
      digests = [
        await certifiedAt(batchIndex, 'interrupted 0', [0, 1, 2, 3]),
        await certifiedAt(batchIndex, 'interrupted 1', [0, 1, 2, 3]),
      ]
      await expect(groupPoster.postWaiting(stop.signal)).rejects.toBeDefined()
      expect(batchIndex.counts()).toMatchObject({ certified: 2, posted: 0 })
      expect(batchIndex.groups()).toHaveLength(1)
    }
    expect(await times(digests)).toEqual([1, 1])
    await using resumed = await groupPosterOver(dir('interrupted'))
    await resumed.groupPoster.postWaiting(signal)
    const { certified, posted, final } = resumed.batchIndex.counts()
    expect([certified, posted + final]).toEqual([0, 2])
    await resumed.groupPoster.postWaiting(signal)
    expect(await times(digests)).toEqual([1, 1])
    expect(await postOf(digests[0] as Hex)).toHaveLength(2)
  })
})
