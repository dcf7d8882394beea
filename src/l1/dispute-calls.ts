// The calls of the Disputes contract (docs/protocol.md §7).
import { encodeFunctionData } from 'viem'
import { type Hex, concatBytes, fromHex, toHex } from '../protocol/bytes.ts'
import { type Committee, epochMembersOf } from '../protocol/committee.ts'
import type { Evidence } from '../protocol/evidence.ts'
import { type Header, encodeHeader } from '../protocol/header.ts'
import { encodeOpening } from '../protocol/opening.ts'
import { type Position, packLine, packPosition } from './dispute-ids.ts'
import { disputesAbi } from './generated/disputes.ts'
import type { ShownHeader } from './posted.ts'
import type { Call } from './tx-manager/calls.ts'

/** A member's attestation of a headersRoot, and the place under it of the header that a fine is over. */
export type Attested = { readonly index: number; readonly path: readonly Hex[]; readonly signature: Hex }

/** Bytes of the openings in one transaction: with the rest it stays below the 128 KiB that pools accept. */
const PART_BYTES_MAX = 100_000

/** @param bondWei the contract's bond, exactly */
export function challengeCall(to: Hex, shown: ShownHeader, position: Position, bondWei: bigint): Call {
  const args = [...packShown(shown), packPosition(position)] as const
  return {
    to,
    value: bondWei,
    data: encodeFunctionData({ abi: disputesAbi, functionName: 'challenge', args }),
  }
}

export function answerCall(to: Hex, header: Header, opening: Uint8Array): Call {
  const args = [toHex(encodeHeader(header)), toHex(opening)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'answer', args }) }
}

export function expireCall(to: Hex, header: Header, position: Position): Call {
  const args = [toHex(encodeHeader(header)), packPosition(position)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'expire', args }) }
}

/** Pays the bond of a challenge that lapsed back to its challenger. */
export function reclaimCall(to: Hex, digest: Hex, position: Position): Call {
  const args = [digest, packPosition(position)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'reclaim', args }) }
}

/** Fines the holder of an expired pair, by its attestation. `committee` is that of the header's epoch. */
export function fineHolderCall(
  to: Hex,
  header: Header,
  pair: number,
  { attested, committee }: { readonly attested: Attested; readonly committee: Committee },
): Call {
  const { index, path, signature } = attested
  const args = [
    toHex(encodeHeader(header)),
    pair,
    { index: BigInt(index), path: packPath(path), signature },
    epochMembersOf(committee),
  ] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'fineHolder', args }) }
}

/** Fines the disperser over an expired pair whose holder was not fined. @param signature the disperser's, of the header */
export function fineDisperserOverWithheldCall(to: Hex, header: Header, pair: number, signature: Hex): Call {
  const args = [toHex(encodeHeader(header)), pair, signature] as const
  const functionName = 'fineDisperserOverWithheld'
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName, args }) }
}

/** Fines the disperser over an inconsistent header. @param signature the disperser's, of the header */
export function fineDisperserOverInconsistentCall(to: Hex, header: Header, signature: Hex): Call {
  const args = [toHex(encodeHeader(header)), signature] as const
  const functionName = 'fineDisperserOverInconsistent'
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName, args }) }
}

/**
 * The transactions that submit evidence, one after another; several when one would be larger than pools accept.
 * @param submitted number of openings that are on L1 already (`Disputes.openingsSubmitted`)
 */
export function evidenceCalls(to: Hex, shown: ShownHeader, evidence: Evidence, submitted = 0): Call[] {
  const place = packShown(shown)
  const call = (data: Hex): Call => ({ to, value: 0n, data })
  switch (evidence.kind) {
    case 'parity': {
      const line = packLine(evidence.line)
      return partsOf(evidence.openings.slice(submitted).map(encodeOpening)).map((part) => {
        const args = [...place, line, part.map(toHex)] as const
        return call(encodeFunctionData({ abi: disputesAbi, functionName: 'disproveParity', args }))
      })
    }
    case 'symbol': {
      const row = toHex(encodeOpening(evidence.row))
      const column = toHex(encodeOpening(evidence.column))
      const args = [...place, row, column] as const
      return [call(encodeFunctionData({ abi: disputesAbi, functionName: 'disproveSymbol', args }))]
    }
    case 'padding': {
      const args = [...place, toHex(encodeOpening(evidence.opening)), evidence.byteIndex] as const
      return [call(encodeFunctionData({ abi: disputesAbi, functionName: 'disprovePadding', args }))]
    }
  }
}

/** A view function that returns the bytes of the batch at the offset. */
export function readCall(to: Hex, shown: ShownHeader, offset: number, opening: Uint8Array): Call {
  const args = [...packShown(shown), BigInt(offset), toHex(opening)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'read', args }) }
}

function partsOf(openings: readonly Uint8Array[]): Uint8Array[][] {
  const parts: Uint8Array[][] = []
  let bytes = PART_BYTES_MAX
  for (const opening of openings) {
    if (bytes + opening.length > PART_BYTES_MAX) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(opening)
    bytes += opening.length
  }
  return parts
}

function packShown({ header, index, path }: ShownHeader) {
  return [toHex(encodeHeader(header)), BigInt(index), packPath(path)] as const
}

function packPath(path: readonly Hex[]): Hex {
  return toHex(concatBytes(...path.map(fromHex)))
}
