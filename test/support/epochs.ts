// Moves the chain of a test on: new epochs of its committee, and time.
import { createTestClient, http, publicActions, walletActions } from 'viem'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { type Member, packMembers } from '../../src/protocol/committee.ts'

function chainOf(rpcUrl: string) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
}

/** Starts an epoch in a block of its own. @returns the timestamp of that block, in unix seconds */
export async function startEpoch(
  rpcUrl: string,
  committee: Hex,
  members: readonly Member[],
): Promise<number> {
  const chain = chainOf(rpcUrl)
  const [account] = await chain.getAddresses()
  if (account === undefined) throw new Error('Expected a chain with development accounts, got none.')
  const endpoints = members.map(({ endpoint }) => endpoint)
  const hash = await chain.writeContract({
    address: committee,
    abi: committeeAbi,
    functionName: 'startEpoch',
    args: [packMembers(members), endpoints],
    account,
    chain: null,
  })
  await chain.mine({ blocks: 1 })
  const { blockNumber } = await chain.getTransactionReceipt({ hash })
  const { timestamp } = await chain.getBlock({ blockNumber })
  return Number(timestamp)
}

/** Mines `blocks` blocks. */
export async function mineBlocks(rpcUrl: string, blocks: number): Promise<void> {
  await chainOf(rpcUrl).mine({ blocks })
}

/** Mines a block at `timestamp`, in unix seconds; later blocks go on from there. */
export async function moveTime(rpcUrl: string, timestamp: number): Promise<void> {
  const chain = chainOf(rpcUrl)
  await chain.setNextBlockTimestamp({ timestamp: BigInt(timestamp) })
  await chain.mine({ blocks: 1 })
}
