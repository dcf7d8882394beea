// The body that a sidecar POSTs to one operator (design §5.2): what it is asked to hold, and all of its pairs.
//
//     version u8 = 1 ‖ header 100 ‖ signature 64 ‖ leaves 32·n ‖ for each of the operator's shards in order: row c·s ‖ column r·s
//
// `signature` is the disperser's over the header's digest. `leaves` are the n pair leaves, from which a holder proves its
// slivers to readers and checks those that it repairs. Every length follows from the header and the committee, so a body of
// any other length is refused before it is read.
import { type Hex, concatBytes, fromHex, reader, toHex } from './bytes.ts'
import type { Committee } from './committee.ts'
import { FloeError, assert } from './errors.ts'
import { sliverBytesOf, symbolBytesOf } from './geometry.ts'
import { HEADER_BYTES, type Header, decodeHeader, encodeHeader } from './header.ts'
import { HASH_BYTES } from './limits.ts'
import { SIGNATURE_BYTES } from './signature.ts'

const VERSION = 1

/** Bytes at the start of a body that say what it asks for, before leaves and pairs. */
export const DISPERSAL_HEAD_BYTES: number = 1 + HEADER_BYTES + SIGNATURE_BYTES

export type DispersalHead = { readonly header: Header; readonly signature: Hex }

export function encodeDispersalHead(head: DispersalHead): Uint8Array {
  return concatBytes(Uint8Array.of(VERSION), encodeHeader(head.header), fromHex(head.signature))
}

/** @throws FloeError `malformed` */
export function decodeDispersalHead(bytes: Uint8Array): DispersalHead {
  const input = reader(bytes, 'a dispersal')
  const version = input.uint(1, 'version')
  if (version !== VERSION)
    throw new FloeError('malformed', `Expected a dispersal of version ${VERSION}, got ${version}.`)
  const header = decodeHeader(input.bytes(HEADER_BYTES, 'header'))
  const signature = toHex(input.bytes(SIGNATURE_BYTES, 'signature'))
  input.end()
  return { header, signature }
}

/** Where things stand in the body for a member with `shards` shards; all numbers are bytes. */
export type DispersalLayout = {
  readonly total: number
  /** Start of the pair leaves. */
  readonly leaves: number
  /** Start of the k-th pair; its row comes first. */
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
    total: first + owner.shards * pair,
    leaves: DISPERSAL_HEAD_BYTES,
    pair: (k) => first + k * pair,
    rowBytes: row,
    columnBytes: column,
  }
}
