// Transactions of anvil's own accounts, for tests in which another account acts.
import { createPublicClient, createTestClient, http, walletActions } from 'viem'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import type { Hex } from '../../src/protocol/bytes.ts'

const GAS = 5_000_000n

/**
 * Sends a call, which creates a contract if it has no `to`, and resolves with its hash when it is in a block.
 * @param account one of anvil's; left out: the last one, which no service uses
 */
export async function sendFrom(
  rpcUrl: string,
  { to, data, value }: Omit<Call, 'to'> & { readonly to?: Hex },
  account?: Hex,
): Promise<Hex> {
  const transport = http(rpcUrl, { retryCount: 0 })
  const wallet = createTestClient({ mode: 'anvil', transport }).extend(walletActions)
  const from = account ?? (await wallet.getAddresses()).at(-1) ?? '0x'
  const call = { ...(to === undefined ? {} : { to }), data, value, gas: GAS }
  const hash = await wallet.sendTransaction({ ...call, account: from, chain: null })
  const reader = createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 })
  const { status } = await reader.waitForTransactionReceipt({ hash })
  if (status !== 'success') throw new Error(`the call ${data.slice(0, 10)} reverted`)
  return hash
}

/** The timestamp of the newest block, in unix seconds. */
export async function newestTimestamp(rpcUrl: string): Promise<number> {
  const reader = createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }), cacheTime: 0 })
  return Number((await reader.getBlock()).timestamp)
}
