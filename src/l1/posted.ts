// What the Ledger has recorded, for somebody with nothing but an L1 endpoint: every header is in a Posted event.
//
// An event is taken only if its headers hash to the headersRoot in its topics, so an endpoint cannot change a header; it can
// hide one, which the accumulator shows to whoever follows it without a gap. Reorgs are the reader's to mind: what was read
// near the head may go away.
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import {
  HEADER_BYTES,
  type Domain,
  type Header,
  decodeHeader,
  headerDigest,
  headersTree,
} from '../protocol/header.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import { type BlockRange, scanBlocks } from './block-scan.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { type L1, l1Unavailable } from './rpc.ts'

export type PostedHeader = {
  readonly header: Header
  readonly digest: Hex
  /** Of all headers of the post. */
  readonly headersRoot: Hex
  readonly accumulator: Hex
  readonly transactionHash: Hex
  readonly blockNumber: number
}

export type PostedOptions = {
  readonly l1: L1
  readonly domain: Domain
  readonly fromBlock?: bigint
  /** Included; left out: the latest. */
  readonly toBlock?: bigint
  /** Blocks of one question; endpoints that refuse are asked for fewer. */
  readonly spanBlocks?: bigint
  readonly order?: BlockRange['order']
  /** Only posts of this epoch. */
  readonly epoch?: number
}

export const SPAN_BLOCKS_DEFAULT = 10_000n

/**
 * Every header in the range, in the order of the chain or against it.
 * @yields headers; those of one post stand together
 * @throws FloeError `unavailable`
 */
export async function* postedHeaders(options: PostedOptions): AsyncGenerator<PostedHeader> {
  const { client } = options.l1
  const toBlock =
    options.toBlock ??
    (await getBlockNumber(client).catch((error: unknown) => {
      throw l1Unavailable(error, 'read the height of L1')
    }))
  const read = async (from: bigint, to: bigint) =>
    getContractEvents(client, {
      address: options.domain.ledger,
      abi: ledgerAbi,
      eventName: 'Posted',
      ...(options.epoch === undefined ? {} : { args: { epoch: options.epoch } }),
      fromBlock: from,
      toBlock: to,
      strict: true,
    })
  const range = {
    fromBlock: options.fromBlock ?? 0n,
    toBlock,
    spanBlocks: options.spanBlocks ?? SPAN_BLOCKS_DEFAULT,
    order: options.order ?? 'oldest-first',
  } as const
  for await (const log of scanBlocks(read, range)) {
    const { headersRoot, accumulator, headers } = log.args
    const place = { headersRoot, accumulator, transactionHash: log.transactionHash }
    for (const { header, digest } of headersOfPost(options.domain, headersRoot, fromHex(headers))) {
      yield { header, digest, ...place, blockNumber: Number(log.blockNumber) }
    }
  }
}

/** The first header in the range that `wanted` accepts: by digest, by root, by whatever the reader knows. */
export async function findPosted(
  options: PostedOptions,
  wanted: (posted: PostedHeader) => boolean,
): Promise<PostedHeader | undefined> {
  for await (const posted of postedHeaders(options)) if (wanted(posted)) return posted
  return undefined
}

/** The headers packed in one event; none if they are not what its topic says. */
export function headersOfPost(
  domain: Domain,
  headersRoot: Hex,
  packed: Uint8Array,
): { header: Header; digest: Hex }[] {
  const count = packed.length / HEADER_BYTES
  if (!Number.isInteger(count) || count < 1 || count > POST_HEADERS_MAX) return []
  const headers: { header: Header; digest: Uint8Array }[] = []
  for (let i = 0; i < count; i++) {
    const header = headerOrNone(packed.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES))
    // The Ledger takes any 100 bytes that a quorum signed; an honest one signs no header that is none.
    if (header === undefined) return []
    headers.push({ header, digest: headerDigest(domain, header) })
  }
  const { root } = headersTree(
    headers.map(({ digest }) => digest),
    0,
  )
  if (toHex(root) !== headersRoot) return []
  return headers.map(({ header, digest }) => ({ header, digest: toHex(digest) }))
}

function headerOrNone(bytes: Uint8Array): Header | undefined {
  try {
    return decodeHeader(bytes)
  } catch {
    return undefined
  }
}
