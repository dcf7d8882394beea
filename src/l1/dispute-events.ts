// Reads the events of the Disputes contract (docs/protocol.md §7.5) for a follower. Events of deposits are left out, and
// so are the chunks of answers: a reader that wants one takes it from the event.
import { type Client, type ParseEventLogsReturnType, encodeEventTopics, parseEventLogs } from 'viem'
import { getLogs } from 'viem/actions'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import { decodeSignedHeader } from '../protocol/header.ts'
import { type Range, checkLog } from './blocks.ts'
import type { ChainDispute, DisputeEvent } from './chain.ts'
import type { MinedLog } from './chain-logs.ts'
import type { Position } from './dispute-ids.ts'
import { faultsOfBits } from './faults.ts'
import { disputesAbi } from './generated/disputes.ts'

/** The disputes in a range of blocks. Throws viem's errors too. */
export async function disputesInRange(
  endpoint: Client,
  contract: Hex,
  range: Range,
): Promise<ChainDispute[]> {
  const logs = await getLogs(endpoint, { address: contract, ...range })
  for (const log of logs) checkLog(log, [contract], range)
  return disputesOf(contract, logs)
}

/** The topics of the events that are followed. */
export const disputeTopics: readonly Hex[] = (
  ['Challenged', 'Answered', 'Expired', 'Reclaimed', 'Invalidated'] as const
).map((eventName) => encodeEventTopics({ abi: disputesAbi, eventName })[0])

/** The disputes among logs. */
export function disputesOf(contract: Hex, logs: readonly MinedLog[]): ChainDispute[] {
  const own = logs.filter(({ address }) => address.toLowerCase() === contract)
  return parseEventLogs({ abi: disputesAbi, logs: own, strict: true }).flatMap((log) => {
    const event = parseDisputeLog(log)
    if (event === undefined) return []
    const { blockHash, logIndex } = log
    return [{ ...event, blockHash, logIndex, blockNumber: Number(log.blockNumber) }]
  })
}

type DisputeLog = ParseEventLogsReturnType<typeof disputesAbi, undefined, true>[number]

/** Undefined for an event of deposits. */
function parseDisputeLog(log: DisputeLog): DisputeEvent | undefined {
  switch (log.eventName) {
    case 'Challenged': {
      const { digest, challenger, position, deadline, header } = log.args
      const dispute = { digest, challenger: lower(challenger), position: positionOf(position), deadline }
      return { kind: 'challenged', ...dispute, header: decodeSignedHeader(fromHex(header)) }
    }
    case 'Answered': {
      const { digest, answerer, position } = log.args
      return { kind: 'answered', digest, answerer: lower(answerer), position: positionOf(position) }
    }
    case 'Expired': {
      const { digest, challenger, position, header } = log.args
      const dispute = { digest, challenger: lower(challenger), position: positionOf(position) }
      return { kind: 'expired', ...dispute, header: decodeSignedHeader(fromHex(header)) }
    }
    case 'Reclaimed': {
      const { digest, challenger, position } = log.args
      return { kind: 'reclaimed', digest, challenger: lower(challenger), position: positionOf(position) }
    }
    case 'Invalidated':
      return { kind: 'invalidated', digest: log.args.digest, faults: faultsOfBits(log.args.faults) }
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
  return { pair, side: side === 0 ? 'row' : 'column', symbol, chunk }
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}
