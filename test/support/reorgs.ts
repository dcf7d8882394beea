// An L1 with reorgs: a real anvil with the contracts, and moves that add blocks, remove them, and post headers. Reorgs never remove
// the deployment.
import fc from 'fast-check'
import { createTestClient, encodeFunctionData, http, numberToHex, publicActions, walletActions } from 'viem'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { type PostedHeader, postedHeaders } from '../../src/l1/posted.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import type { Header } from '../../src/protocol/header.ts'
import { type Deployment, type Operator, attest, testHeader } from './deploy.ts'

export type ChainMove =
  | { readonly kind: 'post'; readonly headers: number }
  | { readonly kind: 'mine'; readonly blocks: number }
  /** The newest blocks are replaced by as many others, without their transactions. */
  | { readonly kind: 'reorg'; readonly depth: number }
  /** The newest blocks are removed, and one more than their number is added. */
  | { readonly kind: 'rollback'; readonly depth: number }

export type ReorgingChain = {
  play(move: ChainMove): Promise<void>
  height(): Promise<number>
  /** Every posted header on the current chain, read in one request. */
  posted(): Promise<PostedHeader[]>
}

const GAS = 5_000_000n
export const REORG_DEPTH_MAX = 10

/** Random moves, each short enough that a test plays many. */
export const chainMoves: fc.Arbitrary<ChainMove> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('post'), headers: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mine'), blocks: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reorg'), depth: depths() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback'), depth: depths() }) },
)

function depths(): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: REORG_DEPTH_MAX })
}

/** @param label distinguishes the headers of this chain from those of other chains */
export async function reorgingChain(
  rpcUrl: string,
  { deployment, operators, label }: { deployment: Deployment; operators: readonly Operator[]; label: string },
): Promise<ReorgingChain> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) })
    .extend(publicActions)
    .extend(walletActions)
  const height = async (): Promise<number> => Number(await client.getBlockNumber({ cacheTime: 0 }))
  const base = await height()
  const [account = '0x'] = await client.getAddresses()
  let [posted, forks] = [0, 0]
  const post = async (count: number): Promise<void> => {
    const headers = Array.from({ length: count }, () => testHeader(`${label} ${posted++}`))
    const data = postCall(deployment, operators, headers)
    const call = { from: account, to: deployment.ledger, data, gas: numberToHex(GAS) }
    // This call answers when the transaction is mined.
    await client.request({ method: 'eth_sendTransactionSync' as never, params: [call] as never })
  }
  const reach = async (depth: number): Promise<number> => Math.min(depth, (await height()) - base)
  const play = async (move: ChainMove): Promise<void> => {
    if (move.kind === 'post') return post(move.headers)
    if (move.kind === 'mine') return client.mine({ blocks: move.blocks })
    const depth = await reach(move.depth)
    if (depth === 0) return undefined
    // A new coinbase makes a different block: empty blocks of the same second would have the same hash.
    forks += 1
    await client.request({
      method: 'anvil_setCoinbase' as never,
      params: [numberToHex(forks, { size: 20 })] as never,
    })
    if (move.kind === 'reorg') {
      await client.request({ method: 'anvil_reorg' as never, params: [depth, []] as never })
      return undefined
    }
    await client.request({ method: 'anvil_rollback' as never, params: [depth] as never })
    return client.mine({ blocks: depth + 1 })
  }
  return {
    play,
    height,
    posted: async () => {
      const headers: PostedHeader[] = []
      const source = { l1: connectL1([rpcUrl]), domain: deployment.domain }
      for await (const header of postedHeaders(source)) headers.push(header)
      return headers
    },
  }
}

/** The calldata of a post that the Ledger accepts from any account. */
function postCall(
  { domain, members }: Deployment,
  operators: readonly Operator[],
  headers: readonly Header[],
): Hex {
  const { headers: packed, signatures } = attest(domain, operators, headers)
  const signers = signatures.reduce((bits, { member }) => bits | (1n << BigInt(member)), 0n)
  return encodeFunctionData({
    abi: ledgerAbi,
    functionName: 'post',
    args: [
      toHex(concatBytes(...packed)),
      members.members.map(({ signer, shards, stake }) => ({ signer, shards, stake })),
      signers,
      toHex(concatBytes(...signatures.map(({ signature }) => fromHex(signature)))),
    ],
  })
}
