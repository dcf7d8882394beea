// Signing a transaction with known nonce, fees and gas.
import { keccak256 } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Hex } from '../../protocol/bytes.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import type { SignedTransaction } from '../../store/journal.ts'
import type { Call } from './calls.ts'
import type { Fees } from './fees.ts'

/** Gas of a plain transfer. */
const TRANSFER_GAS = 21_000n

/** A call with its gas limit. */
export type CallWithGas = Call & { readonly gas: bigint }

/** A transfer of nothing to the account itself: it only uses a nonce. */
export function emptyCall(address: Hex): CallWithGas {
  return { to: address, data: '0x', value: 0n, gas: TRANSFER_GAS }
}

export async function signTransaction(
  account: PrivateKeyAccount,
  unsigned: Fees & CallWithGas & { readonly chainId: number; readonly nonce: number },
): Promise<SignedTransaction> {
  const raw = await account.signTransaction({ ...unsigned, type: 'eip1559' })
  crashPoint('post.signed')
  return { raw, hash: keccak256(raw) }
}
