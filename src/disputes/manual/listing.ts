// The state of disputes: events of the Disputes contract, and its current state where events do not tell it.
import { getBlock } from 'viem/actions'
import { scanBlocks } from '../../l1/block-scan.ts'
import { deploymentBlock } from '../../l1/deployment.ts'
import type { ChainDispute } from '../../l1/chain.ts'
import { disputesInRange } from '../../l1/dispute-events.ts'
import { type Position, challengeId } from '../../l1/dispute-ids.ts'
import { disputesAbi } from '../../l1/generated/disputes.ts'
import { SPAN_BLOCKS_DEFAULT } from '../../l1/posted.ts'
import { readContract } from '../../l1/read-contract.ts'
import { l1Unavailable } from '../../l1/rpc.ts'
import type { Hex } from '../../protocol/bytes.ts'
import type { DisputeSession } from './session.ts'

export type ListedChallenge = {
  readonly id: Hex
  readonly digest: Hex
  readonly challenger: Hex
  readonly position: Position
  /** Unix seconds. */
  readonly deadline: number
  /** Whether the deadline has passed: then any account can expire it. */
  readonly due: boolean
}

export type DisputeListing = {
  /** The timestamp of the newest block, in unix seconds: deadlines are compared with it. */
  readonly now: number
  readonly open: readonly ListedChallenge[]
  readonly invalid: readonly { readonly digest: Hex; readonly faults: readonly string[] }[]
  readonly deposits: readonly { readonly account: Hex; readonly wei: bigint }[]
}

/**
 * Open challenges, invalid headers, and the deposits that can be fined.
 * @param commitment undefined: of every header, with the deposits of the current committee
 */
export async function listDisputes(
  session: DisputeSession,
  commitment: Hex | undefined,
): Promise<DisputeListing> {
  const checked = commitment === undefined ? undefined : await session.certified(commitment)
  const committee = checked?.committee ?? (await session.committees.current())
  const accounts = committee.members.map(({ signer }) => signer)
  if (checked !== undefined) accounts.push(checked.header.disperser)
  const deposits = await Promise.all(accounts.map(async (account) => depositOf(session, account)))
  return { ...(await listChallenges(session, checked?.digest)), deposits }
}

/** @param digest undefined: of every header */
export async function listChallenges(
  session: DisputeSession,
  digest?: Hex,
): Promise<Omit<DisputeListing, 'deposits'>> {
  const { now, events } = await disputeEvents(session)
  const open = new Map<Hex, ListedChallenge>()
  const invalid = new Set<Hex>()
  for await (const event of events) {
    if (digest !== undefined && event.digest !== digest) continue
    if (event.kind === 'invalidated') invalid.add(event.digest)
    else applyToOpen(open, event, now)
  }
  return { now, open: [...open.values()], invalid: await faultsOf(session, [...invalid]) }
}

/** The events of the contract since its deployment, the oldest first. */
async function disputeEvents({
  l1,
  disputes,
}: DisputeSession): Promise<{ now: number; events: AsyncIterable<ChainDispute> }> {
  const head = await getBlock(l1.client, { blockTag: 'latest' }).catch((error: unknown) => {
    throw l1Unavailable(error, 'read the newest block of L1')
  })
  const deployedAt = await deploymentBlock(l1.client, disputes.address, Number(head.number))
  const read = async (fromBlock: bigint, toBlock: bigint): Promise<ChainDispute[]> =>
    disputesInRange(l1.client, disputes.address, { fromBlock, toBlock })
  const events = scanBlocks(read, {
    fromBlock: BigInt(deployedAt),
    toBlock: head.number,
    spanBlocks: SPAN_BLOCKS_DEFAULT,
    order: 'oldest-first',
  })
  return { now: Number(head.timestamp), events }
}

function applyToOpen(
  open: Map<Hex, ListedChallenge>,
  event: Exclude<ChainDispute, { kind: 'invalidated' }>,
  now: number,
): void {
  const { digest, position, challenger } = event
  const id = challengeId(digest, position, challenger)
  if (event.kind !== 'challenged') open.delete(id)
  else open.set(id, { id, digest, challenger, position, deadline: event.deadline, due: now > event.deadline })
}

async function faultsOf(
  { disputes }: DisputeSession,
  digests: readonly Hex[],
): Promise<DisputeListing['invalid']> {
  const invalid: DisputeListing['invalid'][number][] = []
  for (const digest of digests) {
    const { withheld, inconsistent } = await disputes.faultsOf(digest)
    const faults = [...(withheld ? ['withheld'] : []), ...(inconsistent ? ['inconsistent'] : [])]
    invalid.push({ digest, faults })
  }
  return invalid
}

async function depositOf(
  { l1, disputes }: DisputeSession,
  account: Hex,
): Promise<{ account: Hex; wei: bigint }> {
  const { address } = disputes
  const call = { address, abi: disputesAbi, functionName: 'depositOf', args: [account] } as const
  const wei = await readContract(l1.client, call).catch((error: unknown) => {
    throw l1Unavailable(error, `read the deposit of ${account}`)
  })
  return { account, wei }
}
