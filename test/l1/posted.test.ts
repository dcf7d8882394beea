// Reads posted headers through honest endpoints and through endpoints that lie.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PostedHeader, type PostedOptions, postedHeaders } from '../../src/l1/posted.ts'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { LedgerPoster } from '../../src/l1/poster.ts'
import { L1Account } from '../../src/l1/tx-manager/l1-account.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, attest, deployFloe, testHeader, testKey, testOperators } from '../support/deploy.ts'
import { RpcRefusal, RpcProxy } from '../support/rpc-proxy.ts'

const secretKey = testKey('poster')
const operators = testOperators([1, 1, 1, 1])
const posts = [['a', 'b', 'c'], ['d'], ['e', 'f']]

let anvil: TestAnvil
let deployment: Deployment

beforeAll(async () => {
  anvil = await startTestAnvil()
  deployment = await deployFloe(anvil.url, operators, {
    address: addressOfSecretKey(secretKey),
    quotaBytes: 1n,
  })
  const dir = await mkdtemp(join(tmpdir(), 'floe-posted-'))
  const { domain, members } = deployment
  const l1 = connectL1([anvil.url])
  const account = await L1Account.open({
    l1,
    chainId: domain.chainId,
    key: secretKey,
    journalDir: dir,
    clock: systemClock,
    finality: 0,
    policy: { pollMs: 10 },
  })
  const poster = new LedgerPoster({ sender: account, domain, reader: new LedgerReader({ l1, domain }) })
  for (const names of posts) {
    const { headers, signatures } = attest(
      deployment,
      operators,
      names.map((name) => testHeader(name)),
    )
    await poster.post({ headers, committee: members, signatures, precondition: async () => true })
    await createTestClient({ mode: 'anvil', transport: http(anvil.url) }).mine({ blocks: 40 })
  }
  await account.close()
  await rm(dir, { recursive: true })
})
afterAll(async () => anvil.stop())

async function all(
  options: Partial<PostedOptions> & { url?: string; logBlocksMax?: number } = {},
): Promise<PostedHeader[]> {
  const l1 = connectL1([options.url ?? anvil.url], { logBlocksMax: options.logBlocksMax })
  const found: PostedHeader[] = []
  for await (const posted of postedHeaders({ l1, domain: deployment.domain, ...options })) found.push(posted)
  return found
}

function roots(found: readonly PostedHeader[]): string[] {
  return found.map(({ header }) => header.root)
}

const expected = posts.flat().map((name) => testHeader(name).root)

it('every header is found once in chain order with every span', async () => {
  for (const logBlocksMax of [1, 7, 10_000]) expect(roots(await all({ logBlocksMax }))).toEqual(expected)
})

it('the newest posts come first in the order newest-first', async () => {
  const found = await all({ logBlocksMax: 7, order: 'newest-first' })
  expect(found.map(({ blockNumber }) => blockNumber)).toEqual(
    (await all()).map(({ blockNumber }) => blockNumber).toReversed(),
  )
})

it('only headers of the given range and epoch are found', async () => {
  const [first, , , second] = await all()
  const between = {
    fromBlock: BigInt(first?.blockNumber ?? 0) + 1n,
    toBlock: BigInt(second?.blockNumber ?? 0),
  }
  expect(roots(await all(between))).toEqual([testHeader('d').root])
  expect(await all({ epoch: 2 })).toEqual([])
  expect(roots(await all({ epoch: 1 }))).toEqual(expected)
})

it('an endpoint that limits the blocks of a request is asked for fewer blocks, down to 1', async () => {
  for (const limit of [16n, 10n, 5n, 1n]) {
    await using proxy = await RpcProxy.start(anvil.url, async ({ method, params }, forward) => {
      const [filter] = params as { fromBlock: string; toBlock: string }[]
      if (method === 'eth_getLogs' && filter !== undefined) {
        const message = `You can make eth_getLogs requests with up to a ${limit} block range.`
        if (BigInt(filter.toBlock) - BigInt(filter.fromBlock) >= limit)
          throw new RpcRefusal(message, { code: -32600, message })
      }
      return forward()
    })
    expect(roots(await all({ url: proxy.url }))).toEqual(expected)
  }
})

it('a header that an endpoint changed is not found', async () => {
  const { root } = testHeader('d')
  await using proxy = await RpcProxy.start(anvil.url, async (_call, forward) => {
    const result = JSON.stringify(await forward())
    return JSON.parse(result.replaceAll(root.slice(2), '77'.repeat(32))) as unknown
  })
  expect(roots(await all({ url: proxy.url }))).toEqual(expected.filter((other) => other !== root))
})

it('an unreachable endpoint is an error and not the end of the headers', async () => {
  await expect(all({ url: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'unavailable' })
})
