// The header of a batch, which operators and dispersers sign, and its EIP-712 digest (docs/protocol.md §4).
import { keccak_256 } from '@noble/hashes/sha3.js'
import {
  ByteReader,
  type Hex,
  concatBytes,
  fromHex,
  toHex,
  uint64Bytes,
  uintBytes,
  wordBytes,
} from './bytes.ts'
import { FloeError, assert } from './errors.ts'
import { BATCH_BYTES_MAX, HASH_BYTES, HEADER_PATH_MAX, POST_HEADERS_MAX } from './limits.ts'
import { rootOfPath, treeWithPath, treeWithPaths } from './tree.ts'

export type Header = {
  readonly root: Hex
  /** Number of bytes of the batch. */
  readonly length: number
  readonly epoch: number
  /** Unix seconds until which the signers serve the batch. */
  readonly expiry: number
  /** Address of the key that requested the dispersal. */
  readonly disperser: Hex
  /** Keccak-256 of the batch if the rollup identifies batches by it, otherwise zero. */
  readonly contentHash: Hex
}

/** The EIP-712 domain of signatures: one Ledger contract on one chain. */
export type Domain = { readonly chainId: number; readonly ledger: Hex }

export const HEADER_BYTES = 100
/** The content hash of a batch that is not identified by one. */
export const NO_CONTENT_HASH: Hex = `0x${'00'.repeat(HASH_BYTES)}`

/** The 100 bytes of a header. */
export function encodeHeader(header: Header): Uint8Array {
  return concatBytes(
    fromHex(header.root),
    uintBytes(header.length, 4),
    uintBytes(header.epoch, 4),
    uint64Bytes(BigInt(header.expiry)),
    fromHex(header.disperser),
    fromHex(header.contentHash),
  )
}

/** @throws FloeError `malformed` unless `bytes` are a header within the limits of the protocol */
export function decodeHeader(bytes: Uint8Array): Header {
  const input = new ByteReader(bytes, 'a header')
  const root = toHex(input.bytes(32, 'root'))
  const length = input.uint(4, 'length')
  const epoch = input.uint(4, 'epoch')
  const expiry = input.uint64('expiry')
  const disperser = toHex(input.bytes(20, 'disperser'))
  const contentHash = toHex(input.bytes(32, 'content hash'))
  input.end()
  if (length < 1 || length > BATCH_BYTES_MAX) {
    throw new FloeError('malformed', `Expected a header's length in 1…${BATCH_BYTES_MAX}, got ${length}.`)
  }
  if (expiry > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new FloeError('malformed', `Expected a header's expiry in unix seconds below 2^53, got ${expiry}.`)
  }
  return { root, length, epoch, expiry: Number(expiry), disperser, contentHash }
}

/** As `decodeHeader`, for bytes that a quorum signed: it may sign any, so undefined when they are not a valid header. */
export function decodeSignedHeader(bytes: Uint8Array): Header | undefined {
  try {
    return decodeHeader(bytes)
  } catch {
    return undefined
  }
}

const text = new TextEncoder()
const DOMAIN_TYPE = keccak_256(
  text.encode('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
)
const HEADER_TYPE = keccak_256(
  text.encode(
    'Header(bytes32 root,uint32 length,uint32 epoch,uint64 expiry,address disperser,bytes32 contentHash)',
  ),
)
const ATTESTATION_TYPE = keccak_256(text.encode('Attestation(bytes32 headersRoot,bytes32 committeeRoot)'))
const NAME = keccak_256(text.encode('Floe'))
const VERSION = keccak_256(text.encode('1'))

/** A process uses few domains, and every put computes digests. */
const separators = new WeakMap<Domain, Uint8Array>()

function domainSeparator(domain: Domain): Uint8Array {
  const known = separators.get(domain)
  if (known !== undefined) return known
  const { chainId, ledger } = domain
  const separator = keccak_256(
    concatBytes(DOMAIN_TYPE, NAME, VERSION, wordBytes(BigInt(chainId)), wordBytes(BigInt(ledger))),
  )
  separators.set(domain, separator)
  return separator
}

function typedDigest(domain: Domain, ...struct: Uint8Array[]): Uint8Array {
  const structHash = keccak_256(concatBytes(...struct))
  return keccak_256(concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain), structHash))
}

/** EIP-712 digest of a header, 32 bytes. It identifies the batch off chain, the disperser signs it, and it is a leaf of headersRoot. */
export function headerDigest(domain: Domain, header: Header): Uint8Array {
  return typedDigest(
    domain,
    HEADER_TYPE,
    fromHex(header.root),
    wordBytes(BigInt(header.length)),
    wordBytes(BigInt(header.epoch)),
    wordBytes(BigInt(header.expiry)),
    wordBytes(BigInt(header.disperser)),
    fromHex(header.contentHash),
  )
}

/** As `headerDigest`, from the encoding: also for 100 bytes that are not a valid header, which a quorum may sign too. */
export function encodedHeaderDigest(domain: Domain, encoded: Uint8Array): Uint8Array {
  assert(encoded.length === HEADER_BYTES, `a header of ${encoded.length} bytes`)
  const word = (start: number, end: number): Uint8Array =>
    concatBytes(new Uint8Array(32 - (end - start)), encoded.subarray(start, end))
  return typedDigest(
    domain,
    HEADER_TYPE,
    word(0, 32),
    word(32, 36),
    word(36, 40),
    word(40, 48),
    word(48, 68),
    word(68, 100),
  )
}

/**
 * EIP-712 digest, 32 bytes, that an operator signs to attest that it holds its pairs of every batch under `headersRoot`. `committeeRoot`
 * is that of the headers' epoch.
 */
export function attestationDigest(
  domain: Domain,
  headersRoot: Uint8Array,
  committeeRoot: Uint8Array,
): Uint8Array {
  return typedDigest(domain, ATTESTATION_TYPE, headersRoot, committeeRoot)
}

function hashDigests(left: Uint8Array, right: Uint8Array): Uint8Array {
  return keccak_256(concatBytes(left, right))
}

/** The headersRoot over 1 … 512 digests, and the path of the digest at `index`, from the digest up (docs/protocol.md §4). */
export function headersTree(
  digests: readonly Uint8Array[],
  index: number,
): { root: Uint8Array; path: Uint8Array[] } {
  assert(digests.length <= POST_HEADERS_MAX, `${digests.length} headers in 1…${POST_HEADERS_MAX}`)
  return treeWithPath(digests, index, hashDigests)
}

/** The headersRoot over 1 … 512 digests, and the path of each. */
export function headersTreePaths(digests: readonly Uint8Array[]): {
  root: Uint8Array
  paths: Uint8Array[][]
} {
  assert(digests.length <= POST_HEADERS_MAX, `${digests.length} headers in 1…${POST_HEADERS_MAX}`)
  return treeWithPaths(digests, hashDigests)
}

/**
 * The headersRoot to which `digest` leads from its position `index` with the sibling hashes `path`.
 * @throws FloeError `malformed` for an index that no tree with such a path has
 */
export function headersRootOfPath(
  digest: Uint8Array,
  index: number,
  path: readonly Uint8Array[],
): Uint8Array {
  checkPlace(index, path.length)
  return rootOfPath(digest, index, concatBytes(...path), hashDigests)
}

/** @throws FloeError `malformed` unless a header at position `index` can have a path of `pathLength` hashes */
export function checkPlace(index: number, pathLength: number): void {
  if (pathLength > HEADER_PATH_MAX) {
    throw new FloeError(
      'malformed',
      `Expected a path of at most ${HEADER_PATH_MAX} hashes, got ${pathLength}.`,
    )
  }
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** pathLength) {
    throw new FloeError(
      'malformed',
      `Expected an index below ${2 ** pathLength} for a path of length ${pathLength}, got ${index}.`,
    )
  }
}
