// The body of the request by which a sidecar disperses a batch to one operator (design §5.2): the header, and all pairs of the operator.
//
//     version u8 = 1 ‖ header 100 ‖ signature 64 ‖ leaves 32·n ‖ for each of the operator's shards in order: row c·s ‖ column r·s
//
// `signature` is the disperser's signature of the header's digest. `leaves` are the n pair leaves: a storage node needs them to prove
// its slivers to readers and to check slivers that it repairs. Every length follows from the header and the committee, so a body of
// any other length is refused unread.
import { ByteReader, type Hex, concatBytes, fromHex, toHex } from './bytes.ts'
import type { Committee } from './committee.ts'
import { FloeError, assert } from './errors.ts'
import { sliverBytesOf, symbolBytesOf } from './geometry.ts'
import { HEADER_BYTES, type Header, decodeHeader, encodeHeader } from './header.ts'
import { HASH_BYTES } from './limits.ts'
import { SIGNATURE_BYTES } from './signature.ts'

const VERSION = 1

/** Bytes of the head of a body, before leaves and pairs. */
export const DISPERSAL_HEAD_BYTES: number = 1 + HEADER_BYTES + SIGNATURE_BYTES

/** The head of a body: the header, and the disperser's signature of its digest. */
export type DispersalHead = { readonly header: Header; readonly signature: Hex }

export function encodeDispersalHead(head: DispersalHead): Uint8Array {
  return concatBytes(Uint8Array.of(VERSION), encodeHeader(head.header), fromHex(head.signature))
}

/** @param bytes the first DISPERSAL_HEAD_BYTES of a body. @throws FloeError `malformed` */
export function decodeDispersalHead(bytes: Uint8Array): DispersalHead {
  const input = new ByteReader(bytes, 'a dispersal')
  const version = input.uint(1, 'version')
  if (version !== VERSION)
    throw new FloeError('malformed', `Expected a dispersal of version ${VERSION}, got version ${version}.`)
  const header = decodeHeader(input.bytes(HEADER_BYTES, 'header'))
  const signature = toHex(input.bytes(SIGNATURE_BYTES, 'signature'))
  input.end()
  return { header, signature }
}

/** The offsets and lengths, in bytes, of the parts of a body for one member. */
export type DispersalLayout = {
  readonly total: number
  /** Offset of the pair leaves. */
  readonly leaves: number
  /** Offset of the k-th pair, which starts with its row sliver. */
  readonly pair: (k: number) => number
  readonly rowBytes: number
  readonly columnBytes: number
}

export function dispersalLayout(committee: Committee, member: number, batchBytes: number): DispersalLayout {
  const { geometry, members } = committee
  const owner = members[member]
  assert(owner !== undefined, `member ${member} of ${members.length}`)
  const { row, column, pair } = sliverBytesOf(geometry, symbolBytesOf(geometry, batchBytes))
  const first = DISPERSAL_HEAD_BYTES + geometry.shards * HASH_BYTES
  return {
    total: first + owner.shards.length * pair,
    leaves: DISPERSAL_HEAD_BYTES,
    pair: (k) => first + k * pair,
    rowBytes: row,
    columnBytes: column,
  }
}
