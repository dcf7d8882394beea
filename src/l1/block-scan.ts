// Reading a long range of blocks in pieces that an endpoint will answer: providers bound the blocks, the logs or the time
// of one eth_getLogs, each differently. Starts with the span it is given and takes smaller ones when it is refused.
import { l1Unavailable, isRefusal } from './rpc.ts'

export type BlockRange = {
  readonly fromBlock: bigint
  /** Included. */
  readonly toBlock: bigint
  /** Blocks of the first question. */
  readonly spanBlocks: bigint
  readonly order: 'oldest-first' | 'newest-first'
}

/** Below this, a refusal is not about the span. */
const SPAN_BLOCKS_MIN = 16n
const SHRINK_FACTOR = 8n

/**
 * What `read` finds in the range; it returns its finds oldest first.
 * @yields finds in the order asked for
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

/** A piece of a range, and what is in it, oldest first. */
export type Span<T> = { readonly fromBlock: bigint; readonly toBlock: bigint; readonly found: readonly T[] }

/**
 * The same piece by piece, for who remembers how far he got.
 * @yields pieces in the order asked for, those without finds too
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

/** Undefined: ask for less. */
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
