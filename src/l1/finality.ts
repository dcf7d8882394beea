// The newest final block of L1. Everything that cannot be undone waits for it: a committee against which certificates are
// checked, a post that counts as done.
import { getBlock, getBlockNumber } from 'viem/actions'
import { BaseError, BlockNotFoundError, type Client, RpcRequestError } from 'viem'
import { FloeError } from '../protocol/errors.ts'
import type { Finality } from './finality-rule.ts'
import { type L1, l1Unavailable, preferredEndpoints } from './rpc.ts'

/** Error codes of endpoints that do not know a block tag. Some of them also mean limits or failures of the endpoint. */
const NO_TAG_CODES = new Set([-32000, -32001, -32602, -39001])

/**
 * The newest block that is final on every endpoint that answers; an endpoint that lags can only make it older.
 * @throws FloeError `configuration` when no endpoint knows the tag, `unavailable` when none answers
 */
export async function finalBlock(l1: L1, finality: Finality): Promise<number> {
  const results = await Promise.allSettled(
    preferredEndpoints(l1).map(async (endpoint) => finalOn(endpoint, finality)),
  )
  const numbers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (numbers.length > 0) return Math.min(...numbers)
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  if (reasons.every(lacksTag)) {
    throw new FloeError(
      'configuration',
      `Expected L1 endpoints that know a ${finality} block, got none that does.`,
      {
        remedy:
          'Count blocks instead, for example --finality 12, or use endpoints of a chain that has finality.',
        facts: { finality },
      },
    )
  }
  throw l1Unavailable(reasons[0], 'read the newest final block of L1')
}

/** The timestamp of the newest final block of an endpoint whose newest block is `tip`, in unix seconds. */
export async function finalTimeOn(endpoint: Client, finality: Finality, tip: bigint): Promise<number> {
  const id =
    typeof finality === 'number'
      ? { blockNumber: tip > BigInt(finality) ? tip - BigInt(finality) : 0n }
      : { blockTag: finality }
  return Number((await getBlock(endpoint, id)).timestamp)
}

async function finalOn(endpoint: Client, finality: Finality): Promise<number> {
  if (typeof finality === 'number') return Math.max(0, Number(await getBlockNumber(endpoint)) - finality)
  const { number } = await getBlock(endpoint, { blockTag: finality })
  return Number(number)
}

function lacksTag(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false
  const refusal = error.walk(
    (cause) =>
      cause instanceof BlockNotFoundError ||
      (cause instanceof RpcRequestError && NO_TAG_CODES.has(cause.code)),
  )
  return refusal !== null
}
