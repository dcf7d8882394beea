// Reads a long range of blocks in spans that an endpoint accepts: providers limit the blocks, the logs or the time of one
// eth_getLogs, each in its own way. A span that is refused is divided into smaller ones.
import { l1Unavailable, isRefusal } from './rpc.ts'

export type BlockRange = {
  readonly fromBlock: bigint
  /** Included. */
  readonly toBlock: bigint
  /** Blocks of the first request. */
  readonly spanBlocks: bigint
  readonly order: 'oldest-first' | 'newest-first'
}

/** A refusal of fewer blocks has another reason than the span. */
const SPAN_BLOCKS_MIN = 16n
const SHRINK_FACTOR = 8n

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
  let { fromBlock, toBlock, spanBlocks } = range
  const newestFirst = range.order === 'newest-first'
  while (fromBlock <= toBlock) {
    const span = spanBlocks < toBlock - fromBlock + 1n ? spanBlocks : toBlock - fromBlock + 1n
    const [start, end] = newestFirst ? [toBlock - span + 1n, toBlock] : [fromBlock, fromBlock + span - 1n]
    const found = await readOrShrink(read, start, end)
    if (found === undefined) {
      spanBlocks = span / SHRINK_FACTOR > SPAN_BLOCKS_MIN ? span / SHRINK_FACTOR : SPAN_BLOCKS_MIN
      continue
    }
    yield { fromBlock: start, toBlock: end, found }
    if (newestFirst) toBlock = start - 1n
    else fromBlock = end + 1n
  }
}

/** Undefined when the endpoint refuses and a smaller span may succeed. */
async function readOrShrink<T>(
  read: (fromBlock: bigint, toBlock: bigint) => Promise<readonly T[]>,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly T[] | undefined> {
  try {
    return await read(fromBlock, toBlock)
  } catch (error) {
    if (isRefusal(error) && toBlock - fromBlock + 1n > SPAN_BLOCKS_MIN) return undefined
    throw l1Unavailable(error, `read blocks ${fromBlock} to ${toBlock} of L1`)
  }
}
