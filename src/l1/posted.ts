// Reads the headers that the Ledger has recorded, with nothing but an L1 endpoint: every header is shown in a Posted or a PostedOne
// event (docs/protocol.md §6.2).
//
// An event is accepted only if what it shows leads to the headersRoot in its topics, so an endpoint cannot change a header. It can
// hide an event, and make one up: `LedgerReader` asks the contract's state for one headersRoot, on every endpoint. The caller handles
// reorgs: headers read near the tip may be undone.
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import {
  HEADER_BYTES,
  type Domain,
  type Header,
  decodeSignedHeader,
  encodedHeaderDigest,
  headersRootOfPath,
  headersTreePaths,
} from '../protocol/header.ts'
import { HASH_BYTES, HEADER_PATH_MAX, POST_HEADERS_MAX } from '../protocol/limits.ts'
import { type PostingTerms, standsPosted } from '../protocol/posting.ts'
import { hashesOf } from '../protocol/tree.ts'
import { type BlockRange, scanBlocks } from './block-scan.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { readPostingTerms } from './posting-terms.ts'
import { type L1, l1Unavailable } from './rpc.ts'

/** A header as it is shown under a headersRoot. */
export type ShownHeader = {
  readonly header: Header
  /** Its position in the list under the headersRoot. */
  readonly index: number
  /** Sibling hashes from its digest up. */
  readonly path: readonly Hex[]
}

export type PostedHeader = ShownHeader & {
  readonly digest: Hex
  readonly headersRoot: Hex
  /** When the headersRoot was first posted, in unix seconds. */
  readonly postedAt: number
  /** Whether the header stands posted; permanent. */
  readonly stands: boolean
  /** The transaction that showed the header, which need not be the first post. */
  readonly transactionHash: Hex
  readonly blockNumber: number
}

export type PostedOptions = {
  readonly l1: L1
  readonly domain: Domain
  /** Of the Ledger; left out, they are read from it. */
  readonly terms?: PostingTerms
  /** The block that deployed the contracts when left out, or 0 where that is not configured. */
  readonly fromBlock?: bigint
  /** Included; the latest block when left out. */
  readonly toBlock?: bigint
  readonly order?: BlockRange['order']
  /** Only posts of this epoch. */
  readonly epoch?: number
}

/** The events that show headers. */
export const postEvents = ['Posted', 'PostedOne'] as const

/** The content of an event that shows headers. An endpoint may leave out any of it. */
export type PostEvent = {
  readonly eventName: (typeof postEvents)[number]
  readonly args: {
    readonly headersRoot?: Hex | undefined
    readonly epoch?: number | undefined
    readonly postedAt?: bigint | undefined
    readonly headers?: Hex | undefined
    readonly header?: Hex | undefined
    readonly index?: bigint | undefined
    readonly path?: Hex | undefined
  }
}

/**
 * Every header that is shown in the range, oldest or newest event first. A header that is shown again is yielded again.
 * @yields headers; those of one event follow each other, in its order
 * @throws FloeError `unavailable`
 */
export async function* postedHeaders(options: PostedOptions): AsyncGenerator<PostedHeader> {
  const { l1, domain } = options
  const terms = options.terms ?? (await readPostingTerms(l1, domain.ledger))
  const toBlock =
    options.toBlock ??
    (await getBlockNumber(l1.client).catch((error: unknown) => {
      throw l1Unavailable(error, 'read the height of L1')
    }))
  const read = async (fromBlock: bigint, to: bigint) =>
    getContractEvents(l1.client, {
      address: domain.ledger,
      abi: ledgerAbi,
      fromBlock,
      toBlock: to,
      strict: true,
    })
  const range = {
    fromBlock: options.fromBlock ?? BigInt(l1.logs.deploymentBlock ?? 0),
    toBlock,
    order: options.order ?? 'oldest-first',
    span: l1.logs.of(l1.client),
  } as const
  for await (const log of scanBlocks(read, range)) {
    if (log.eventName === 'EIP712DomainChanged') continue
    if (options.epoch !== undefined && log.args.epoch !== options.epoch) continue
    const { transactionHash } = log
    const place = { transactionHash, blockNumber: Number(log.blockNumber) }
    for (const shown of headersOfEvent(domain, terms, log)) yield { ...shown, ...place }
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

type HeaderOfEvent = Omit<PostedHeader, 'transactionHash' | 'blockNumber'>

/** The headers that an event shows; none when they do not lead to its headersRoot. */
export function headersOfEvent(
  domain: Domain,
  terms: PostingTerms,
  { eventName, args }: PostEvent,
): HeaderOfEvent[] {
  const { headersRoot, epoch, postedAt } = args
  const shown =
    eventName === 'Posted'
      ? headersOfPost(domain, fromHex(args.headers ?? '0x'))
      : headerOfPostOne(domain, args)
  if (shown === undefined || headersRoot === undefined || shown.headersRoot !== headersRoot) return []
  const time = Number(postedAt ?? 0n)
  return shown.headers.map((each) => ({
    ...each,
    headersRoot,
    postedAt: time,
    stands: each.header.epoch === epoch && standsPosted(each.header, time, terms),
  }))
}

type HeadersUnderRoot = {
  readonly headersRoot: Hex
  readonly headers: readonly (ShownHeader & { readonly digest: Hex })[]
}

/**
 * The packed headers of a post, with their places. A quorum may sign any bytes, and those that are not a valid header never stand: they
 * are left out, and have their place under the root.
 */
function headersOfPost(domain: Domain, packed: Uint8Array): HeadersUnderRoot | undefined {
  const count = packed.length / HEADER_BYTES
  if (!Number.isInteger(count) || count < 1 || count > POST_HEADERS_MAX) return undefined
  const encoded = Array.from({ length: count }, (_, i) =>
    packed.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES),
  )
  const digests = encoded.map((each) => encodedHeaderDigest(domain, each))
  const { root, paths } = headersTreePaths(digests)
  // The paths share their hashes, and should share the text as well.
  const texts = new Map<Uint8Array, Hex>()
  const textOf = (hash: Uint8Array): Hex => {
    const text = texts.get(hash) ?? toHex(hash)
    texts.set(hash, text)
    return text
  }
  const headers = encoded.flatMap((each, index) => {
    const header = decodeSignedHeader(each)
    if (header === undefined) return []
    const path = (paths[index] ?? []).map(textOf)
    return [{ header, index, path, digest: toHex(digests[index] ?? each) }]
  })
  return { headersRoot: toHex(root), headers }
}

function headerOfPostOne(domain: Domain, args: PostEvent['args']): HeadersUnderRoot | undefined {
  const encoded = fromHex(args.header ?? '0x')
  const path = fromHex(args.path ?? '0x')
  const hashes = path.length / HASH_BYTES
  if (encoded.length !== HEADER_BYTES || !Number.isInteger(hashes) || hashes > HEADER_PATH_MAX)
    return undefined
  const index = Number(args.index ?? 0n)
  if (index >= 2 ** hashes) return undefined
  const header = decodeSignedHeader(encoded)
  if (header === undefined) return undefined
  const digest = encodedHeaderDigest(domain, encoded)
  const headersRoot = toHex(headersRootOfPath(digest, index, hashesOf(path)))
  return {
    headersRoot,
    headers: [{ header, index, path: hashesOf(path).map(toHex), digest: toHex(digest) }],
  }
}
