// The Disputes contract (docs/protocol.md §7): calls to make, and what it says.
import { readContract } from './read-contract.ts'
import { encodeAbiParameters, encodeFunctionData, keccak256 } from 'viem'
import { type Hex, toHex } from '../protocol/bytes.ts'
import type { Member } from '../protocol/committee.ts'
import type { Evidence, Line } from '../protocol/evidence.ts'
import { type Header, encodeHeader } from '../protocol/header.ts'
import { encodeOpening } from '../protocol/opening.ts'
import type { Side } from '../protocol/sliver.ts'
import { disputesAbi } from './generated/disputes.ts'
import { type L1, l1Unavailable } from './rpc.ts'
import type { Call } from './tx-manager/calls.ts'

/** Which chunk of an encoded batch. */
export type Position = {
  readonly pair: number
  readonly side: Side
  readonly symbol: number
  readonly chunk: number
}

/** A certificate's bytes and the members of its epoch: how L1 finds a header. */
export type Certified = { readonly certificate: Uint8Array; readonly members: readonly Member[] }

/** What a deployment is fixed to. Times in seconds, amounts in wei. */
export type DisputeTerms = {
  readonly window: number
  readonly promiseSecondsMax: number
  readonly bond: bigint
  readonly operatorFine: bigint
  readonly disperserFine: bigint
  readonly treasury: Hex
}

export type OpenChallenge = {
  /** Who is fined if nobody answers; undefined: nobody. */
  readonly holder: Hex | undefined
  /** Unix seconds; the last in which it can be answered. */
  readonly deadline: number
}

/** Openings of one part of evidence, in bytes: with the rest it stays below the 128 KiB that pools take. */
const PART_BYTES_MAX = 100_000
const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`

/** keccak(abi.encode(digest, position, challenger)): the name of a challenge. */
export function challengeId(digest: Hex, position: Position, challenger: Hex): Hex {
  const types = ['bytes32', 'uint8', 'uint8', 'uint8', 'uint32', 'address'] as const
  const { pair, side, symbol, chunk } = packPosition(position)
  return keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      [digest, pair, side, symbol, chunk, challenger],
    ),
  )
}

export function challengeCall(to: Hex, bond: bigint, certified: Certified, position: Position): Call {
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
 * The transactions that bring evidence, one after another: several where one would be larger than pools take.
 * @param brought openings that are on L1 already (openingsBrought)
 */
export function evidenceCalls(to: Hex, certified: Certified, evidence: Evidence, brought = 0): Call[] {
  const [certificate, members] = packCertified(certified)
  const call = (data: Hex): Call => ({ to, value: 0n, data })
  switch (evidence.kind) {
    case 'parity': {
      const line = packLine(evidence.line)
      return partsOf(evidence.openings.slice(brought).map(encodeOpening)).map((part) => {
        const args = [certificate, members, line, part.map(toHex)] as const
        return call(encodeFunctionData({ abi: disputesAbi, functionName: 'disproveParity', args }))
      })
    }
    case 'symbol': {
      const [row, column] = [evidence.row, evidence.column].map((opening) => toHex(encodeOpening(opening)))
      const args = [certificate, members, row as Hex, column as Hex] as const
      return [call(encodeFunctionData({ abi: disputesAbi, functionName: 'disproveSymbol', args }))]
    }
    case 'padding': {
      const args = [certificate, members, toHex(encodeOpening(evidence.opening)), evidence.byteIndex] as const
      return [call(encodeFunctionData({ abi: disputesAbi, functionName: 'disprovePadding', args }))]
    }
  }
}

/** A view: what it returns are the bytes of the batch at the offset. */
export function readCall(to: Hex, certified: Certified, offset: number, opening: Uint8Array): Call {
  const args = [...packCertified(certified), BigInt(offset), toHex(opening)] as const
  return { to, value: 0n, data: encodeFunctionData({ abi: disputesAbi, functionName: 'read', args }) }
}

export type Faults = { readonly withheld: boolean; readonly inconsistent: boolean }

export type Disputes = {
  readonly address: Hex
  /** They never change, so they are read once. */
  terms(): Promise<DisputeTerms>
  /** Which faults made a header invalid, as of the tip, or of a block. @throws FloeError `unavailable` */
  faultsOf(digest: Hex, blockNumber?: number): Promise<Faults>
  /** Openings of a line that an account has brought so far (disproveCalls). @throws FloeError `unavailable` */
  openingsSubmitted(sender: Hex, digest: Hex, line: Line): Promise<number>
  /** Whether a header was made invalid, as of the tip. @throws FloeError `unavailable` */
  isInvalid(digest: Hex): Promise<boolean>
  /** A challenge that is open, or undefined. @throws FloeError `unavailable` */
  openChallenge(id: Hex): Promise<OpenChallenge | undefined>
}

export function createDisputes(l1: L1, address: Hex): Disputes {
  let known: Promise<DisputeTerms> | undefined
  return {
    address,
    terms: async () => {
      known ??= readTerms(l1, address)
      return known.catch((error: unknown) => {
        known = undefined
        throw error
      })
    },
    faultsOf: async (digest, blockNumber) => {
      const block = blockNumber === undefined ? {} : { blockNumber: BigInt(blockNumber) }
      const faults = await asked('the faults of a header', async () =>
        readContract(l1.client, {
          address,
          abi: disputesAbi,
          functionName: 'faultsOf',
          args: [digest],
          ...block,
        }),
      )
      return { withheld: (faults & 1) !== 0, inconsistent: (faults & 2) !== 0 }
    },
    openingsSubmitted: async (sender, digest, line) => {
      const args = [claimOf(sender, digest, line)] as const
      const [count] = await asked('the progress of evidence', async () =>
        readContract(l1.client, { address, abi: disputesAbi, functionName: 'progressOf', args }),
      )
      return count
    },
    isInvalid: async (digest) =>
      asked('whether a header is invalid', async () =>
        readContract(l1.client, { address, abi: disputesAbi, functionName: 'isInvalid', args: [digest] }),
      ),
    openChallenge: async (id) => {
      const [holder, deadline] = await asked('a challenge', async () =>
        readContract(l1.client, { address, abi: disputesAbi, functionName: 'challengeOf', args: [id] }),
      )
      if (deadline === 0) return undefined
      return { deadline, holder: holder === ZERO_ADDRESS ? undefined : (holder.toLowerCase() as Hex) }
    },
  }
}

async function readTerms({ client }: L1, address: Hex): Promise<DisputeTerms> {
  const contract = { address, abi: disputesAbi } as const
  return asked('the terms of disputes', async () => {
    const [window, promiseSecondsMax, bond, operatorFine, disperserFine, treasury] = await Promise.all([
      readContract(client, { ...contract, functionName: 'window' }),
      readContract(client, { ...contract, functionName: 'promiseSecondsMax' }),
      readContract(client, { ...contract, functionName: 'bond' }),
      readContract(client, { ...contract, functionName: 'operatorFine' }),
      readContract(client, { ...contract, functionName: 'disperserFine' }),
      readContract(client, { ...contract, functionName: 'treasury' }),
    ])
    return {
      window: Number(window),
      promiseSecondsMax: Number(promiseSecondsMax),
      bond,
      operatorFine,
      disperserFine,
      treasury: treasury.toLowerCase() as Hex,
    }
  })
}

async function asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
  return ask().catch((error: unknown) => {
    throw l1Unavailable(error, `read ${what} from the Disputes contract`)
  })
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

function packCertified({ certificate, members }: Certified) {
  const packed = members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  return [toHex(certificate), packed] as const
}

function packPosition({ pair, side, symbol, chunk }: Position) {
  return { pair, side: sideByte(side), symbol, chunk }
}

function packLine({ side, index, chunk, byteIndex, points }: Line) {
  return { side: sideByte(side), index, chunk, byteIndex, points: bitsOf(points) }
}

/** keccak(abi.encode(sender, digest, line)): the name of evidence that comes in parts. */
function claimOf(sender: Hex, digest: Hex, line: Line): Hex {
  const types = ['address', 'bytes32', 'uint8', 'uint8', 'uint32', 'uint16', 'uint256'] as const
  const { side, index, chunk, byteIndex, points } = packLine(line)
  return keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      [sender, digest, side, index, chunk, byteIndex, points],
    ),
  )
}

function sideByte(side: Side): number {
  return side === 'row' ? 0 : 1
}

function bitsOf(points: readonly number[]): bigint {
  return points.reduce((bits, point) => bits | (1n << BigInt(point)), 0n)
}
