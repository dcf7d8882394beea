// What the Disputes contract said, by block: every event of docs/protocol.md §7.4, read as posts are (blocks.ts). Events of
// deposits are nobody's business here and left out.
import { getContractEvents } from 'viem/actions'
import type { Client } from 'viem'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import { type Header, decodeHeader } from '../protocol/header.ts'
import type { Side } from '../protocol/sliver.ts'
import { type Range, asked, contradiction } from './blocks.ts'
import type { ChainHead } from './chain.ts'
import type { Position } from './disputes.ts'
import { disputesAbi } from './generated/disputes.ts'

type DisputeEvent =
  | {
      readonly kind: 'challenged'
      readonly challenger: Hex
      readonly position: Position
      /** Unix seconds; the last in which it can be answered. */
      readonly deadline: number
      /** Undefined for bytes that are no header: a quorum may sign any. */
      readonly header: Header | undefined
    }
  | {
      readonly kind: 'answered'
      readonly challenger: Hex
      readonly answerer: Hex
      readonly position: Position
    }
  | { readonly kind: 'expired'; readonly challenger: Hex; readonly position: Position }
  | { readonly kind: 'invalidated' }

/** One event, in the order of the chain. */
export type ChainDispute = DisputeEvent & {
  readonly digest: Hex
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly logIndex: number
}

/** The disputes in one block. @throws FloeError as postsInBlock does */
export async function disputesInBlock(
  endpoint: Client,
  address: Hex,
  block: ChainHead,
): Promise<ChainDispute[]> {
  const logs = await asked('read the disputes of a block', async () =>
    logsOf(endpoint, address, { blockHash: block.hash }),
  )
  return logs.flatMap((log) => {
    if (log.blockHash !== block.hash)
      throw contradiction(`it has logs of block ${log.blockHash} in ${block.hash}`)
    return disputeOf(address, log)
  })
}

/** The disputes in a range of old blocks. Throws viem's errors too. */
export async function disputesInRange(endpoint: Client, address: Hex, range: Range): Promise<ChainDispute[]> {
  const logs = await logsOf(endpoint, address, range)
  return logs.flatMap((log) => {
    if (log.blockNumber < range.fromBlock || log.blockNumber > range.toBlock)
      throw contradiction(`it has logs of block ${log.blockNumber} among those asked for`)
    return disputeOf(address, log)
  })
}

type DisputeLog = Awaited<ReturnType<typeof logsOf>>[number]

async function logsOf(endpoint: Client, address: Hex, where: { blockHash: Hex } | Range) {
  return getContractEvents(endpoint, { address, abi: disputesAbi, strict: true, ...where })
}

/** None for an event of deposits. */
function disputeOf(address: Hex, log: DisputeLog): ChainDispute[] {
  if (log.address.toLowerCase() !== address || log.removed)
    throw contradiction(`it answered with a log that is none of ${address}`)
  const said = parseDisputeLog(log)
  if (said === undefined) return []
  const { blockHash, logIndex } = log
  return [{ ...said, blockHash, logIndex, blockNumber: Number(log.blockNumber) }]
}

function parseDisputeLog(log: DisputeLog): (DisputeEvent & { readonly digest: Hex }) | undefined {
  switch (log.eventName) {
    case 'Challenged': {
      const { digest, challenger, position, deadline, header } = log.args
      const dispute = { digest, challenger: lower(challenger), position: positionOf(position), deadline }
      return { kind: 'challenged', ...dispute, header: headerOrNone(header) }
    }
    case 'Answered': {
      const { digest, challenger, answerer, position } = log.args
      const dispute = { digest, challenger: lower(challenger), position: positionOf(position) }
      return { kind: 'answered', ...dispute, answerer: lower(answerer) }
    }
    case 'Expired': {
      const { digest, challenger, position } = log.args
      return { kind: 'expired', digest, challenger: lower(challenger), position: positionOf(position) }
    }
    case 'Invalidated':
      return { kind: 'invalidated', digest: log.args.digest }
    case 'Credited':
    case 'Deposited':
    case 'ExitRequested':
    case 'Fined':
    case 'Left':
    case 'OwnerNamed':
    case 'Withdrawn':
      return undefined
  }
}

type PackedPosition = Readonly<Record<'pair' | 'side' | 'symbol' | 'chunk', number>>

function positionOf({ pair, side, symbol, chunk }: PackedPosition): Position {
  return { pair, side: (['row', 'column'] as readonly Side[])[side] ?? 'column', symbol, chunk }
}

function headerOrNone(bytes: Hex): Header | undefined {
  try {
    return decodeHeader(fromHex(bytes))
  } catch {
    return undefined
  }
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}
