// The transactions of a challenger over challenges (docs/protocol.md §7.1): it opens them, expires those that were not answered,
// reclaims the bonds of those that lapsed, and withdraws its credit. What returns ether to the account is sent at any cost. Bonds, and
// the expiry of what others opened, count towards the spending budget.
import { encodeFunctionData, keccak256 } from 'viem'
import type { BudgetedSender } from '../disputes/budgeted-sender.ts'
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import type { Challenge, OpenChallenges } from '../disputes/open-challenges.ts'
import type { Disputes } from '../l1/disputes.ts'
import { type Position, challengeId } from '../l1/dispute-ids.ts'
import { challengeCall, expireCall, reclaimCall } from '../l1/dispute-calls.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { Intent } from '../l1/tx-manager/calls.ts'
import type { SendResult } from '../l1/tx-manager/tx-manager.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'

export type ChallengeTransactionsOptions = {
  readonly follower: Pick<DisputeFollower, 'syncTo'>
  readonly challenges: Pick<OpenChallenges, 'get'>
  readonly disputes: Pick<Disputes, 'address' | 'faultsOf' | 'challengeOf' | 'expiredPairOf' | 'creditOf'>
  readonly windowSeconds: number
  readonly bondWei: bigint
  readonly sender: Pick<BudgetedSender, 'send' | 'account'>
}

/** About the gas of a withdrawal: a smaller credit waits for more. */
const WITHDRAWAL_BOND_PARTS = 10n

export class ChallengeTransactions {
  readonly #options: ChallengeTransactionsOptions

  constructor(options: ChallengeTransactionsOptions) {
    this.#options = options
  }

  /** The account that pays. */
  get address(): Hex {
    return this.#options.sender.account.address
  }

  /**
   * Opens a challenge of a chunk.
   * @param attempt tells a later challenge of the same chunk from an earlier one, which lapsed
   * @throws FloeError `overloaded` above the spending budget, `refused`, `unavailable`
   */
  async open(posted: PostedHeader, position: Position, attempt: number): Promise<SendResult> {
    const { follower, disputes, bondWei, sender } = this.#options
    const { digest, header } = posted
    const id = challengeId(digest, position)
    return sender.send({
      id: intentId(id, 'challenge', attempt),
      label: 'challenge',
      call: challengeCall(disputes.address, posted, position, bondWei),
      keys: [id],
      abi: disputesAbi,
      precondition: async (blockNumber) => {
        const { timestamp } = await follower.syncTo(blockNumber)
        if (timestamp > header.expiry) return false
        const { inconsistent } = await disputes.faultsOf(digest, blockNumber)
        if (inconsistent) return false
        return (await disputes.challengeOf(digest, position, blockNumber)).status === 'none'
      },
    })
  }

  /**
   * Expires a challenge that was not answered: the header is withheld, and the bond comes back. One that another account opened is
   * expired within the spending budget, and only if no other challenge of the pair has expired.
   * @throws FloeError `overloaded`, `unavailable`
   */
  async expire(challenge: Challenge): Promise<SendResult> {
    const { follower, challenges, disputes, windowSeconds, sender } = this.#options
    const { id, digest, header, challenger, position, deadline } = challenge
    const isOwn = challenger === this.address
    const intent: Intent = {
      id: intentId(id, 'expire', deadline),
      label: 'expiry',
      call: expireCall(disputes.address, header, position),
      keys: [id],
      abi: disputesAbi,
      precondition: async (blockNumber) => {
        const { timestamp } = await follower.syncTo(blockNumber)
        if (challenges.get(id)?.deadline !== deadline || timestamp > deadline + windowSeconds) return false
        if (isOwn) return true
        return (await disputes.expiredPairOf(digest, position.pair, blockNumber)) === undefined
      },
    }
    return isOwn ? sender.account.send(intent) : sender.send(intent)
  }

  /** Brings back the bond of an own challenge that lapsed. @throws FloeError `unavailable` */
  async reclaim({ id, digest, position, deadline }: Challenge): Promise<SendResult> {
    const { follower, challenges, disputes, sender } = this.#options
    return sender.account.send({
      id: intentId(id, 'reclaim', deadline),
      label: 'reclaim',
      call: reclaimCall(disputes.address, digest, position),
      keys: [id],
      abi: disputesAbi,
      precondition: async (blockNumber) => {
        await follower.syncTo(blockNumber)
        return challenges.get(id)?.deadline === deadline
      },
    })
  }

  /**
   * Sends the account's credit in the contract to the account, if it is worth the gas.
   * @param attempt tells this withdrawal from earlier ones
   * @throws FloeError `unavailable`
   */
  async withdraw(attempt: number): Promise<SendResult> {
    const { disputes, bondWei, sender } = this.#options
    const isWorthwhile = async (): Promise<boolean> =>
      (await disputes.creditOf(this.address)) > bondWei / WITHDRAWAL_BOND_PARTS
    if (!(await isWorthwhile())) return { outcome: 'not-wanted' }
    const data = encodeFunctionData({ abi: disputesAbi, functionName: 'withdraw', args: [this.address] })
    return sender.account.send({
      id: intentId(keccak256(this.address), 'withdraw', attempt),
      label: 'withdrawal',
      call: { to: disputes.address, data, value: 0n },
      abi: disputesAbi,
      precondition: isWorthwhile,
    })
  }
}

function intentId(
  subject: Hex,
  action: 'challenge' | 'expire' | 'reclaim' | 'withdraw',
  attempt: number,
): Hex {
  const parts = [fromHex(subject), new TextEncoder().encode(action), uint64Bytes(BigInt(attempt))]
  return keccak256(concatBytes(...parts))
}
