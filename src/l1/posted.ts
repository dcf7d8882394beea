// Reads the headers that the Ledger has recorded, with nothing but an L1 endpoint: every header is in a Posted event.
//
// An event is accepted only if its headers hash to the headersRoot in its topics, so an endpoint cannot change a header. It can
// hide one; a reader that follows the accumulator without a gap detects that. The caller handles reorgs: headers read near the
// tip may be undone.
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import {
  HEADER_BYTES,
  type Domain,
  type Header,
  decodeSignedHeader,
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
  /** Root of all headers of the post. */
  readonly headersRoot: Hex
  readonly accumulator: Hex
  readonly transactionHash: Hex
  readonly blockNumber: number
}

export type PostedOptions = {
  readonly l1: L1
  readonly domain: Domain
  readonly fromBlock?: bigint
  /** Included; the latest block when left out. */
  readonly toBlock?: bigint
  /** Blocks of one request; an endpoint that refuses is asked for fewer. */
  readonly spanBlocks?: bigint
  readonly order?: BlockRange['order']
  /** Only posts of this epoch. */
  readonly epoch?: number
}

export const SPAN_BLOCKS_DEFAULT = 10_000n

/**
 * Every header in the range, oldest or newest post first.
 * @yields headers; those of one post follow each other, in its order
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

/** The first header in the range that `matches`. @throws FloeError `unavailable` */
export async function findPosted(
  options: PostedOptions,
  matches: (posted: PostedHeader) => boolean,
): Promise<PostedHeader | undefined> {
  for await (const posted of postedHeaders(options)) if (matches(posted)) return posted
  return undefined
}

/** The headers packed in one event; empty when they do not hash to the headers root. */
export function headersOfPost(
  domain: Domain,
  headersRoot: Hex,
  packed: Uint8Array,
): { header: Header; digest: Hex }[] {
  const count = packed.length / HEADER_BYTES
  if (!Number.isInteger(count) || count < 1 || count > POST_HEADERS_MAX) return []
  const headers: { header: Header; digest: Uint8Array }[] = []
  for (let i = 0; i < count; i++) {
    const header = decodeSignedHeader(packed.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES))
    // The Ledger accepts any 100 bytes that a quorum signed; an honest quorum signs only valid headers.
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
