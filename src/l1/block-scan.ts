// Reads a long range of blocks in spans that an endpoint accepts: providers limit the blocks, the logs or the time of one
// eth_getLogs, each in its own way (log-spans.ts).
import { faultOf } from './endpoints/fault.ts'
import type { LogSpan } from './log-spans.ts'
import { l1Unavailable, isRefusal } from './rpc.ts'

export type BlockRange = {
  readonly fromBlock: bigint
  /** Included. */
  readonly toBlock: bigint
  readonly order: 'oldest-first' | 'newest-first'
  /** The blocks of one request, as the endpoint has accepted them so far. */
  readonly span: LogSpan
}

/**
 * Everything that `read` finds in the range.
 * @param read returns what it finds, oldest first
 * @yields in the order of the range
 * @throws FloeError `unavailable`
 */
export async function* scanBlocks<T>(
  read: (fromBlock: bigint, toBlock: bigint) => Promise<readonly T[]>,
  range: BlockRange,
): AsyncGenerator<T> {
  for await (const { found } of scanSpans(read, range)) {
    yield* range.order === 'newest-first' ? [...found].reverse() : found
  }
}

/** A part of a range, with what was found in it, oldest first. */
export type Span<T> = { readonly fromBlock: bigint; readonly toBlock: bigint; readonly found: readonly T[] }

/**
 * As `scanBlocks`, span by span, for a caller that stores its progress.
 * @yields spans in the order of the range, also those in which nothing was found
 * @throws FloeError `unavailable`
 */
export async function* scanSpans<T>(
  read: (fromBlock: bigint, toBlock: bigint) => Promise<readonly T[]>,
  range: BlockRange,
): AsyncGenerator<Span<T>> {
  const { order, span } = range
  let { fromBlock, toBlock } = range
  while (fromBlock <= toBlock) {
    const blocks = Math.min(span.blocks, Number(toBlock - fromBlock) + 1)
    const length = BigInt(blocks)
    const [start, end] =
      order === 'newest-first' ? [toBlock - length + 1n, toBlock] : [fromBlock, fromBlock + length - 1n]
    const found = await read(start, end).catch((error: unknown) => {
      if (isAboutRange(error) && span.refuse(blocks)) return undefined
      throw l1Unavailable(error, `read the logs of blocks ${start} to ${end} of L1`)
    })
    if (found === undefined) continue
    span.accept(blocks)
    yield { fromBlock: start, toBlock: end, found }
    if (order === 'newest-first') toBlock = start - 1n
    else fromBlock = end + 1n
  }
}

/** Logs that the endpoint has deleted are not in a smaller range either. */
function isAboutRange(error: unknown): boolean {
  return isRefusal(error) && faultOf(error) !== 'no-history'
}
