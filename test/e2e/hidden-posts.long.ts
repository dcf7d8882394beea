// A sidecar on L1 endpoints that hide its posts: it posts every batch once, and notices its posts when an endpoint shows them.
import { encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type RpcBehaviour, RpcProxy } from '../support/rpc-proxy.ts'
import { until } from '../support/until.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit } from './rollup.ts'

const ROOT: Hex = `0x${'00'.repeat(32)}`
const POST_OF = encodeFunctionData({ abi: ledgerAbi, functionName: 'postOf', args: [ROOT] }).slice(0, 10)
/** Requests in which a sidecar that posts every 200 ms has asked for its posts several times. */
const REQUESTS = 120

let network: Network
let liar: RpcProxy

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
  liar = await RpcProxy.start(network.rpcUrl)
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await liar[Symbol.asyncDispose]()
})

const honest: RpcBehaviour = async (_call, forward) => forward()

/** Leaves out the logs of the Ledger. */
const hides: RpcBehaviour = async ({ method, params }, forward) => {
  const [{ address } = {}] = params as [{ address?: unknown }?]
  // One address, or several.
  const isHidden =
    method === 'eth_getLogs' && String(address).toLowerCase().includes(network.deployment.ledger)
  return isHidden ? [] : forward()
}

/** And says that the Ledger has no post. */
const denies: RpcBehaviour = async (call, forward) => {
  const [{ data = '' } = {}] = call.params as [{ data?: string }?]
  if (call.method === 'eth_call' && data.startsWith(POST_OF)) return `0x${'00'.repeat(64)}`
  return hides(call, forward)
}

type Status = { batches: { waiting: number }; pipeline: { poster: { live: number } } }

async function statusWith(what: string, test: (status: Status) => boolean): Promise<void> {
  await until(what, async () => {
    const response = await fetch(`${network.url}/v1/status`)
    return test((await response.json()) as Status) ? true : undefined
  })
}

/** How often a header is on L1. */
async function times(digest: Hex): Promise<number> {
  return (await allPosted(network)).filter((posted) => posted.digest === digest).length
}

async function furtherRequests(): Promise<void> {
  const before = liar.calls.length
  await until('further requests', () => (liar.calls.length >= before + REQUESTS ? true : undefined))
}

describe.each([
  ['leaves out logs, alone', hides, (): string[] => [liar.url]],
  ['leaves out logs, beside an honest one', hides, (): string[] => [liar.url, network.rpcUrl]],
  [
    'leaves out logs and denies posts, beside an honest one',
    denies,
    (): string[] => [liar.url, network.rpcUrl],
  ],
] as const)('an endpoint that %s', (name, lies, rpcUrls) => {
  test(`a sidecar on an endpoint that ${name}, posts a batch once, before and after a restart`, async () => {
    liar.behave(honest)
    const config = { rpcUrls: rpcUrls(), postingIntervalMs: 200 }
    await network.restartSidecar(config)
    liar.behave(lies)
    const digest = digestOf(network, await commit(network.url, seededBytes(name, 500)))
    await until('the post', async () => ((await times(digest)) > 0 ? true : undefined))
    await statusWith('the transaction is final', ({ pipeline }) => pipeline.poster.live === 0)
    await furtherRequests()
    await network.restartSidecar(config)
    await furtherRequests()
    expect(await times(digest)).toBe(1)
    liar.behave(honest)
    await statusWith('the post is noticed', ({ batches }) => batches.waiting === 0)
    expect(await times(digest)).toBe(1)
  })
})
