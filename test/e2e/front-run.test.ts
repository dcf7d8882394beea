// A stranger sees the post of a sidecar before it is mined, and posts one of its headers under the same headersRoot first, with the
// signatures of that post. Then all headers under the headersRoot stand posted (docs/protocol.md §6.2), and the sidecar must know it.
import {
  createTestClient,
  decodeFunctionData,
  http,
  parseTransaction,
  publicActions,
  walletActions,
} from 'viem'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Status } from '../../src/client/sidecar-status.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { postOneCall } from '../../src/l1/poster.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import { HEADER_BYTES, decodeHeader, encodedHeaderDigest, headersTree } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type RpcBehaviour, type RpcCall, RpcProxy } from '../support/rpc-proxy.ts'
import { until, within } from '../support/until.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit } from './rollup.ts'

const NEVER_MS = 3_600_000
const GUARD_MS = 60_000
const SIGNATURE_BYTES = 64

let network: Network
let proxy: RpcProxy
/** Of the batches that wait for a post. */
let digests: Hex[]

beforeEach(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1], sidecar: { postingIntervalMs: NEVER_MS } })
  proxy = await RpcProxy.start(network.rpcUrl)
  digests = []
  for (let i = 0; i < 3; i++)
    digests.push(digestOf(network, await commit(network.url, seededBytes(`front-run ${i}`, 2_000))))
})

afterEach(async () => {
  await using stack = new AsyncDisposableStack()
  stack.use(proxy)
  stack.use(network)
})

function chain() {
  return createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
}

/** The certificate that the calldata of a post has of the header at `index`. */
function certificateIn(data: Hex, index: number): Certificate {
  const { functionName, args } = decodeFunctionData({ abi: ledgerAbi, data })
  if (functionName !== 'post') throw new Error(`Expected a call of post, got ${functionName}.`)
  const [headers, , signers, packed] = args
  const encoded = chunksOf(headers, HEADER_BYTES)
  const tree = headersTree(
    encoded.map((header) => encodedHeaderDigest(network.deployment.domain, header)),
    index,
  )
  const members = network.deployment.members.members.flatMap((_, i) =>
    (signers >> BigInt(i)) & 1n ? [i] : [],
  )
  const signatures = chunksOf(packed, SIGNATURE_BYTES)
  return {
    header: decodeHeader(encoded[index] as Uint8Array),
    index,
    path: tree.path.map(toHex),
    signatures: members.map((member, i) => ({ member, signature: toHex(signatures[i] as Uint8Array) })),
  }
}

function chunksOf(packed: Hex, size: number): Uint8Array[] {
  const bytes = fromHex(packed)
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

/** Posts one header of a post from another account; resolves when it is mined. */
async function postOneAsStranger(data: Hex): Promise<void> {
  const { deployment } = network
  const client = chain()
  const [, stranger] = await client.getAddresses()
  if (stranger === undefined) throw new Error('Expected a chain with development accounts, got none.')
  const call = postOneCall(deployment.ledger, certificateIn(data, 1), deployment.members)
  const hash = await client.sendTransaction({ ...call, account: stranger, chain: null, gas: 1_000_000n })
  const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 })
  if (status !== 'success') throw new Error(`Expected ${hash} to succeed, but it was reverted.`)
}

/** Runs `act` once with the first calldata that `dataOf` finds in a call, before the call is forwarded. */
function onceBefore(dataOf: (call: RpcCall) => Hex | undefined): {
  readonly behaviour: RpcBehaviour
  readonly done: Promise<void>
} {
  const done = Promise.withResolvers<void>()
  let acting: Promise<void> | undefined
  const behaviour: RpcBehaviour = async (call, forward) => {
    const data = dataOf(call)
    if (data !== undefined) {
      acting ??= postOneAsStranger(data)
      await acting.then(done.resolve, done.reject)
    }
    return forward()
  }
  return { behaviour, done: done.promise }
}

/** Restarts the sidecar behind an endpoint with this behaviour, and waits until all of its batches are final. */
async function postBehind({ behaviour, done }: ReturnType<typeof onceBefore>): Promise<void> {
  proxy.behave(behaviour)
  await network.restartSidecar({ postingIntervalMs: 300, rpcUrls: [proxy.url] })
  await within(done, GUARD_MS, () => 'the stranger posts')
  await until('all batches are final', async () => {
    const { batches } = (await (await fetch(`${network.url}/v1/status`)).json()) as Status
    return batches.final === digests.length ? true : undefined
  })
}

/** The number of transactions of the account that posts. */
async function transactions(): Promise<number> {
  return chain().getTransactionCount({ address: addressOfSecretKey(network.disperserKey) })
}

async function headersRoots(): Promise<Set<Hex>> {
  return new Set((await allPosted(network)).map(({ headersRoot }) => headersRoot))
}

test('a sidecar whose group was posted by a stranger before it signed counts all its headers as posted and pays for no post', async () => {
  const before = await transactions()
  await postBehind(
    onceBefore(({ method, params }) => {
      const [call] = params as readonly { readonly to?: Hex; readonly data?: Hex; readonly input?: Hex }[]
      return method === 'eth_estimateGas' ? (call?.data ?? call?.input) : undefined
    }),
  )
  expect(await transactions()).toBe(before)
  expect((await headersRoots()).size).toBe(1)
})

test('a sidecar whose signed post was front-run counts all its headers as posted and sends nothing else', async () => {
  const before = await transactions()
  await postBehind(
    onceBefore(({ method, params }) =>
      method === 'eth_sendRawTransaction' ? parseTransaction(params[0] as Hex).data : undefined,
    ),
  )
  expect(await transactions()).toBe(before + 1)
  expect((await headersRoots()).size).toBe(1)
})
