// Real transactions for the demonstration: anvil's development accounts sign them, and anvil mines them.
import {
  getChainId,
  getTransactionCount,
  getTransactionReceipt,
  sendRawTransaction,
  waitForTransactionReceipt,
} from 'viem/actions'
import { type Client, createTestClient, fromRlp, http, keccak256, parseGwei, toRlp } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { type Hex, fromHex } from '../../protocol/bytes.ts'
import { connectL1 } from '../../l1/rpc.ts'

/** Of anvil's development accounts; it is public. */
const MNEMONIC = 'test test test test test test test test test test test junk'
const ACCOUNTS = 10
const GAS_TRANSFER = 21_000n

export type SentTransactions = {
  /** The signed transactions. */
  readonly raw: readonly Hex[]
  readonly hashes: readonly Hex[]
  readonly blockNumber: bigint
}

/** Signs `count` transfers, sends them, and resolves when all are mined. */
export async function sendTransactions(rpcUrl: string, count: number): Promise<SentTransactions> {
  const { client } = connectL1([rpcUrl])
  const accounts = Array.from({ length: Math.min(ACCOUNTS, count) }, (_, addressIndex) =>
    mnemonicToAccount(MNEMONIC, { addressIndex }),
  )
  const chainId = await getChainId(client)
  const raw: Hex[] = []
  for (const [i, account] of accounts.entries()) {
    const to = accounts[(i + 1) % accounts.length]?.address ?? account.address
    const first = await getTransactionCount(client, { address: account.address })
    for (let nonce = first, left = shareOf(count, accounts.length, i); left > 0; nonce++, left--) {
      const fees = { maxFeePerGas: parseGwei('20'), maxPriorityFeePerGas: parseGwei('1') }
      const call = { to, value: BigInt(nonce + 1), gas: GAS_TRANSFER }
      raw.push(await account.signTransaction({ type: 'eip1559', chainId, nonce, ...call, ...fees }))
    }
  }
  const hashes: Hex[] = []
  for (const serializedTransaction of raw) {
    hashes.push(await sendRawTransaction(client, { serializedTransaction }))
  }
  return { raw, hashes, blockNumber: await mineAll(rpcUrl, client, hashes) }
}

function shareOf(count: number, parts: number, index: number): number {
  return Math.floor(count / parts) + (index < count % parts ? 1 : 0)
}

/** Mines until every transaction is in a block, instead of waiting two seconds for the next block. */
async function mineAll(rpcUrl: string, client: Client, hashes: readonly Hex[]): Promise<bigint> {
  const anvil = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
  let blockNumber = 0n
  for (const hash of hashes) {
    const receipt = await getTransactionReceipt(client, { hash }).catch(async () => {
      await anvil.mine({ blocks: 1 })
      return waitForTransactionReceipt(client, { hash, pollingInterval: 50 })
    })
    if (receipt.blockNumber > blockNumber) blockNumber = receipt.blockNumber
  }
  return blockNumber
}

/** The batch: an RLP list of the signed transactions, as in a block. */
export function batchOf(raw: readonly Hex[]): Uint8Array {
  return fromHex(toRlp([...raw]))
}

/** The hashes of the transactions in a batch. */
export function hashesOfBatch(batch: Uint8Array): Hex[] {
  const list = fromRlp(batch, 'hex')
  return (Array.isArray(list) ? list : []).map((item) => keccak256(item as Hex))
}
