// The state of disputes, from L1's logs and what the contract says now.
import { deploymentBlock } from '../../l1/deployment.ts'
import { type ChainDispute, disputesInRange } from '../../l1/dispute-events.ts'
import { type Position, challengeId } from '../../l1/disputes.ts'
import { disputesAbi } from '../../l1/generated/disputes.ts'
import { SPAN_BLOCKS_DEFAULT } from '../../l1/posted.ts'
import { scanBlocks } from '../../l1/block-scan.ts'
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
  /** Whether the deadline has passed: then it can be expired, by anybody. */
  readonly due: boolean
}

export type Listing = {
  /** The timestamp of the newest block, in unix seconds: the time that deadlines are of. */
  readonly now: number
  readonly open: readonly ListedChallenge[]
  readonly invalid: readonly { readonly digest: Hex; readonly faults: readonly string[] }[]
  readonly deposits: readonly { readonly account: Hex; readonly wei: bigint }[]
}

/** @param digest only of this header; left out: of all */
export async function challenges(session: DisputeSession, digest?: Hex): Promise<Omit<Listing, 'deposits'>> {
  const { l1, disputes } = session
  const head = await l1.client.getBlock({ blockTag: 'latest' }).catch((error: unknown) => {
    throw l1Unavailable(error, 'read the head of L1')
  })
  const fromBlock = await deploymentBlock(l1.client, disputes.address, Number(head.number))
  const read = async (from: bigint, to: bigint): Promise<ChainDispute[]> =>
    disputesInRange(l1.client, disputes.address, { fromBlock: from, toBlock: to })
  const range = {
    fromBlock: BigInt(fromBlock),
    toBlock: head.number,
    spanBlocks: SPAN_BLOCKS_DEFAULT,
    order: 'oldest-first',
  } as const
  const now = Number(head.timestamp)
  const open = new Map<Hex, ListedChallenge>()
  const invalid = new Set<Hex>()
  for await (const dispute of scanBlocks(read, range)) {
    if (digest !== undefined && dispute.digest !== digest) continue
    if (dispute.kind === 'invalidated') {
      invalid.add(dispute.digest)
      continue
    }
    const { position, challenger } = dispute
    const id = challengeId(dispute.digest, position, challenger)
    if (dispute.kind !== 'challenged') {
      open.delete(id)
      continue
    }
    const { deadline } = dispute
    open.set(id, { id, digest: dispute.digest, challenger, position, deadline, due: now > deadline })
  }
  return { now, open: [...open.values()], invalid: await faultsOf(session, [...invalid]) }
}

async function faultsOf({ disputes }: DisputeSession, digests: readonly Hex[]): Promise<Listing['invalid']> {
  const listed: { digest: Hex; faults: string[] }[] = []
  for (const digest of digests) {
    const { withheld, inconsistent } = await disputes.faultsOf(digest)
    const faults = [...(withheld ? ['withheld'] : []), ...(inconsistent ? ['inconsistent'] : [])]
    listed.push({ digest, faults })
  }
  return listed
}

export async function depositsOf(
  { l1, disputes }: DisputeSession,
  accounts: readonly Hex[],
): Promise<Listing['deposits']> {
  return Promise.all(
    accounts.map(async (account) => {
      const { address } = disputes
      const args = [account] as const
      const wei = await l1.client
        .readContract({ address, abi: disputesAbi, functionName: 'depositOf', args })
        .catch((error: unknown) => {
          throw l1Unavailable(error, 'read a deposit')
        })
      return { account, wei }
    }),
  )
}
