// The disputes since the deployment of the contract, from its events, the oldest first.
import { getBlock } from 'viem/actions'
import { scanBlocks } from '../../l1/block-scan.ts'
import { deploymentBlock } from '../../l1/deployment.ts'
import type { ChainDispute } from '../../l1/chain.ts'
import { disputesInRange } from '../../l1/dispute-events.ts'
import { type Position, challengeId } from '../../l1/dispute-ids.ts'
import { l1Unavailable } from '../../l1/rpc.ts'
import type { Hex } from '../../protocol/bytes.ts'
import type { Header } from '../../protocol/header.ts'
import type { DisputeSession } from './session.ts'

/**
 * `open`: it can be answered until the deadline. `unanswered`: any account can expire it, for one window. `lapsed`: its bond can be
 * reclaimed.
 */
type ChallengeStatus = 'open' | 'unanswered' | 'lapsed'

export type ListedChallenge = {
  readonly id: Hex
  readonly digest: Hex
  readonly header: Header
  readonly challenger: Hex
  readonly position: Position
  /** Unix seconds. */
  readonly deadline: number
  readonly status: ChallengeStatus
}

/** A pair over which a challenge expired. */
export type ScannedPair = { readonly digest: Hex; readonly header: Header; readonly pair: number }

export type DisputeScan = {
  /** The timestamp of the newest block, in unix seconds: deadlines are compared with it. */
  readonly now: number
  readonly windowSeconds: number
  readonly open: readonly ListedChallenge[]
  readonly expired: readonly ScannedPair[]
  /** The digests of invalid headers. */
  readonly invalid: readonly Hex[]
}

/** @param digest undefined: of every header */
export async function scanDisputes(session: DisputeSession, digest?: Hex): Promise<DisputeScan> {
  const { window: windowSeconds } = await session.disputes.terms()
  const { now, events } = await disputeEvents(session)
  const open = new Map<Hex, Omit<ListedChallenge, 'status'>>()
  const expired = new Map<string, ScannedPair>()
  const invalid = new Set<Hex>()
  for await (const event of events) {
    if (digest !== undefined && event.digest !== digest) continue
    if (event.kind === 'invalidated') invalid.add(event.digest)
    else applyToOpen(open, event)
    if (event.kind !== 'expired' || event.header === undefined) continue
    const { pair } = event.position
    expired.set(`${event.digest}/${pair}`, { digest: event.digest, header: event.header, pair })
  }
  const listed = [...open.values()].map((challenge) => ({
    ...challenge,
    status: statusAt(challenge.deadline, now, windowSeconds),
  }))
  return { now, windowSeconds, open: listed, expired: [...expired.values()], invalid: [...invalid] }
}

async function disputeEvents({
  l1,
  disputes,
}: DisputeSession): Promise<{ now: number; events: AsyncIterable<ChainDispute> }> {
  const head = await getBlock(l1.client, { blockTag: 'latest' }).catch((error: unknown) => {
    throw l1Unavailable(error, 'read the newest block of L1')
  })
  const deployedAt = await deploymentBlock(l1, disputes.address, Number(head.number))
  const read = async (fromBlock: bigint, toBlock: bigint): Promise<ChainDispute[]> =>
    disputesInRange(l1.client, disputes.address, { fromBlock, toBlock })
  const events = scanBlocks(read, {
    fromBlock: BigInt(deployedAt),
    toBlock: head.number,
    order: 'oldest-first',
    span: l1.logs.of(l1.client),
  })
  return { now: Number(head.timestamp), events }
}

function applyToOpen(
  open: Map<Hex, Omit<ListedChallenge, 'status'>>,
  event: Exclude<ChainDispute, { kind: 'invalidated' }>,
): void {
  const { digest, position } = event
  const id = challengeId(digest, position)
  if (event.kind !== 'challenged') open.delete(id)
  else if (event.header !== undefined) {
    const { header, challenger, deadline } = event
    open.set(id, { id, digest, header, challenger, position, deadline })
  }
}

function statusAt(deadline: number, now: number, windowSeconds: number): ChallengeStatus {
  if (now <= deadline) return 'open'
  return now <= deadline + windowSeconds ? 'unanswered' : 'lapsed'
}
