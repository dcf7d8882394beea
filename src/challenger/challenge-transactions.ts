// What a challenger does on L1, each within its spending limit and fenced: it opens challenges, has its own expire when nobody
// answered, and fetches what it earned.
import { encodeFunctionData, keccak256 } from 'viem'
import type { CheckedCertificate } from '../client/retriever.ts'
import {
  type Disputes,
  type DisputeTerms,
  type Position,
  challengeCall,
  challengeId,
  expireCall,
} from '../l1/disputes.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Intent } from '../l1/tx-manager/calls.ts'
import type { SendResult } from '../l1/tx-manager/tx-manager.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'
import type { OpenChallenges, Challenge } from '../disputes/open-challenges.ts'
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import { type BudgetedSender, sendWithinBudget } from '../disputes/budgeted-sender.ts'

export type ActionParts = {
  readonly watch: DisputeFollower
  readonly book: OpenChallenges
  readonly disputes: Disputes
  readonly purse: BudgetedSender
}

/** Asks for a chunk on L1. `attempt` tells a further challenge of the same chunk from the one before. */
export async function openChallenge(
  { watch, book, disputes, purse }: ActionParts,
  terms: Pick<DisputeTerms, 'bond'>,
  { checked, position }: { checked: CheckedCertificate; position: Position },
  attempt: number,
): Promise<SendResult> {
  const { digest, commitment, committee, header } = checked
  const id = challengeId(digest, position, purse.sender.address)
  const certified = { certificate: commitment, members: committee.members }
  return sendWithinBudget(purse, {
    id: named(id, 'challenge', attempt),
    label: 'challenge',
    call: challengeCall(disputes.address, terms.bond, certified, position),
    keys: [id],
    abi: disputesAbi,
    stillWanted: async (blockNumber) => {
      const { timestamp } = await watch.syncTo(blockNumber)
      if (timestamp > header.expiry || book.get(id) !== undefined) return false
      const { withheld, inconsistent } = await disputes.faultsOf(digest, blockNumber)
      return !withheld && !inconsistent
    },
  })
}

/** Closes a challenge that nobody answered: costs gas only, and pays. */
export async function expireChallenge(
  { watch, book, disputes, purse }: ActionParts,
  { id, digest, challenger, position, deadline }: Challenge,
): Promise<SendResult> {
  return purse.sender.send({
    id: named(id, 'expire', deadline),
    label: 'expiry',
    call: expireCall(disputes.address, digest, challenger, position),
    abi: disputesAbi,
    stillWanted: async (blockNumber) => {
      await watch.syncTo(blockNumber)
      return book.get(id)?.deadline === deadline
    },
  })
}

/** Sends the account's credit to the account. `moment` tells it from other times. */
export async function withdrawCredit({ purse, disputes }: ActionParts, moment: number): Promise<SendResult> {
  const { sender } = purse
  const data = encodeFunctionData({ abi: disputesAbi, functionName: 'withdraw', args: [sender.address] })
  const intent: Intent = {
    id: named(keccak256(sender.address), 'withdraw', moment),
    label: 'withdrawal',
    call: { to: disputes.address, data, value: 0n },
    abi: disputesAbi,
    stillWanted: async () => true,
  }
  return sender.send(intent)
}

function named(id: Hex, what: 'challenge' | 'expire' | 'withdraw', number: number): Hex {
  return keccak256(concatBytes(fromHex(id), new TextEncoder().encode(what), uint64Bytes(BigInt(number))))
}
