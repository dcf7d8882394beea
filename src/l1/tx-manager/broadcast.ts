// Sends a signed transaction to every endpoint, and classifies the responses. A response decides when to send again and with
// which fees; only the chain tells whether a transaction is mined.
import { sendRawTransaction } from 'viem/actions'
import { RpcRequestError, BaseError } from 'viem'
import { assert } from '../../protocol/errors.ts'
import type { SignedTransaction } from '../../store/journal.ts'
import { type L1, rpcReason } from '../rpc.ts'
import { type BroadcastResult, broadcastResults } from './decisions.ts'

export type Broadcast = { readonly result: BroadcastResult; readonly reason: string | undefined }

/** Sends to every endpoint, and returns the best result. Takes as long as the slowest endpoint, which has a timeout. */
export async function broadcast(l1: L1, { raw }: SignedTransaction): Promise<Broadcast> {
  const broadcasts = await Promise.all(
    l1.endpoints.map(async (endpoint): Promise<Broadcast> => {
      try {
        await sendRawTransaction(endpoint, { serializedTransaction: raw })
        return { result: 'accepted', reason: undefined }
      } catch (error) {
        const refusal = refusalOf(error)
        const result = refusal === undefined ? 'unreachable' : classifyRefusal(refusal)
        return { result, reason: rpcReason(error) }
      }
    }),
  )
  const best = broadcastResults.flatMap((result) => broadcasts.filter((other) => other.result === result))[0]
  assert(best !== undefined, 'there is an endpoint')
  return best
}

/** The endpoint's own text of a refusal: viem has one class for `already known` and `nonce too low`. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof BaseError)) return undefined
  const refusal = error.walk((cause) => cause instanceof RpcRequestError)
  return refusal instanceof RpcRequestError ? refusal.details : undefined
}

/** The meaning of a pool's refusal, by its text: implementations share no codes. */
export function classifyRefusal(reason: string): BroadcastResult {
  const meaning = refusals.find(([pattern]) => pattern.test(reason))
  return meaning?.[1] ?? 'rejected'
}

const refusals: readonly (readonly [RegExp, BroadcastResult])[] = [
  [/already (known|imported|exists|in mempool)|AlreadyKnown|known transaction/i, 'known'],
  [/nonce (is )?too low|nonce has already been used|OldNonce/i, 'nonce-used'],
  [/insufficient (funds|balance)|InsufficientFunds/i, 'unfunded'],
  [/already reserved/i, 'reserved'],
  [
    /underpriced|fee ?too ?low|gas price below|below (configured )?minimum|less than block base fee|lower than the current base fee|ReplacementNotAllowed/i,
    'underpriced',
  ],
]
