// The calls of the Disputes contract (docs/protocol.md §7).
import { encodeFunctionData } from 'viem'
import { type Hex, toHex } from '../protocol/bytes.ts'
import type { Member } from '../protocol/committee.ts'
import type { Evidence } from '../protocol/evidence.ts'
import { type Header, encodeHeader } from '../protocol/header.ts'
import { encodeOpening } from '../protocol/opening.ts'
import { type Position, packLine, packPosition } from './dispute-ids.ts'
import { disputesAbi } from './generated/disputes.ts'
import type { Call } from './tx-manager/calls.ts'

/** A certificate's bytes and the members of its epoch: what the contract needs to check a header. */
export type CertificateWithMembers = { readonly certificate: Uint8Array; readonly members: readonly Member[] }

/** Bytes of the openings in one transaction: with the rest it stays below the 128 KiB that pools accept. */
const PART_BYTES_MAX = 100_000

export function challengeCall(
  to: Hex,
  bond: bigint,
  certified: CertificateWithMembers,
  position: Position,
): Call {
  const args = [...packCertified(certified), packPosition(position)] as const
  return { to, value: bond, data: encodeFunctionData({ abi: disputesAbi, functionName: 'challenge', args }) }
}

export function answerCall(to: Hex, header: Header, challenger: Hex, opening: Uint8Array): Call {
  const args = [toHex(encodeHeader(header)), challenger, toHex(opening)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'answer', args }) }
}

export function expireCall(to: Hex, digest: Hex, challenger: Hex, position: Position): Call {
  const args = [digest, challenger, packPosition(position)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'expire', args }) }
}

/**
 * The transactions that submit evidence, one after another; several when one would be larger than pools accept.
 * @param submitted number of openings that are on L1 already (`Disputes.openingsSubmitted`)
 */
export function evidenceCalls(
  to: Hex,
  certified: CertificateWithMembers,
  evidence: Evidence,
  submitted = 0,
): Call[] {
  const [certificate, members] = packCertified(certified)
  const call = (data: Hex): Call => ({ to, value: 0n, data })
  switch (evidence.kind) {
    case 'parity': {
      const line = packLine(evidence.line)
      return partsOf(evidence.openings.slice(submitted).map(encodeOpening)).map((part) => {
        const args = [certificate, members, line, part.map(toHex)] as const
        return call(encodeFunctionData({ abi: disputesAbi, functionName: 'disproveParity', args }))
      })
    }
    case 'symbol': {
      const row = toHex(encodeOpening(evidence.row))
      const column = toHex(encodeOpening(evidence.column))
      const args = [certificate, members, row, column] as const
      return [call(encodeFunctionData({ abi: disputesAbi, functionName: 'disproveSymbol', args }))]
    }
    case 'padding': {
      const args = [certificate, members, toHex(encodeOpening(evidence.opening)), evidence.byteIndex] as const
      return [call(encodeFunctionData({ abi: disputesAbi, functionName: 'disprovePadding', args }))]
    }
  }
}

/** A view function that returns the bytes of the batch at the offset. */
export function readCall(
  to: Hex,
  certified: CertificateWithMembers,
  offset: number,
  opening: Uint8Array,
): Call {
  const args = [...packCertified(certified), BigInt(offset), toHex(opening)] as const
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

function packCertified({ certificate, members }: CertificateWithMembers) {
  const packed = members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  return [toHex(certificate), packed] as const
}
