// The transactions of a challenger: it opens challenges, expires its own when they were not answered, and withdraws its credit.
// Only a challenge has a bond, so only challenges count towards the spending budget.
import { encodeFunctionData, keccak256 } from 'viem'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { BudgetedSender } from '../disputes/budgeted-sender.ts'
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import type { Challenge, OpenChallenges } from '../disputes/open-challenges.ts'
import type { Disputes } from '../l1/disputes.ts'
import { type Position, challengeId } from '../l1/dispute-ids.ts'
import { challengeCall, expireCall } from '../l1/dispute-calls.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { SendResult } from '../l1/tx-manager/tx-manager.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'

export type ChallengeTransactionsOptions = {
  readonly follower: Pick<DisputeFollower, 'syncTo'>
  readonly challenges: Pick<OpenChallenges, 'get'>
  readonly disputes: Pick<Disputes, 'address' | 'faultsOf'>
  readonly bondWei: bigint
  readonly sender: Pick<BudgetedSender, 'send' | 'account'>
}

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
   * @param attempt tells a later challenge of the same chunk from an earlier one
   * @throws FloeError `overloaded` above the spending budget, `refused`, `unavailable`
   */
  async open(checked: CheckedCertificate, position: Position, attempt: number): Promise<SendResult> {
    const { follower, challenges, disputes, bondWei, sender } = this.#options
    const { digest, commitment, committee, header } = checked
    const id = challengeId(digest, position, this.address)
    const certified = { certificate: commitment, members: committee.members }
    return sender.send({
      id: intentId(id, 'challenge', attempt),
      label: 'challenge',
      call: challengeCall(disputes.address, bondWei, certified, position),
      keys: [id],
      abi: disputesAbi,
      precondition: async (blockNumber) => {
        const { timestamp } = await follower.syncTo(blockNumber)
        if (timestamp > header.expiry || challenges.get(id) !== undefined) return false
        const { withheld, inconsistent } = await disputes.faultsOf(digest, blockNumber)
        return !withheld && !inconsistent
      },
    })
  }

  /** Closes a challenge that was not answered: the bond comes back, with half of the fine. @throws FloeError `unavailable` */
  async expire({ id, digest, challenger, position, deadline }: Challenge): Promise<SendResult> {
    const { follower, challenges, disputes, sender } = this.#options
    return sender.account.send({
      id: intentId(id, 'expire', deadline),
      label: 'expiry',
      call: expireCall(disputes.address, digest, challenger, position),
      abi: disputesAbi,
      precondition: async (blockNumber) => {
        await follower.syncTo(blockNumber)
        return challenges.get(id)?.deadline === deadline
      },
    })
  }

  /**
   * Sends the account's credit in the contract to the account.
   * @param attempt tells this withdrawal from earlier ones
   * @throws FloeError `unavailable`
   */
  async withdraw(attempt: number): Promise<SendResult> {
    const { disputes, sender } = this.#options
    const data = encodeFunctionData({ abi: disputesAbi, functionName: 'withdraw', args: [this.address] })
    return sender.account.send({
      id: intentId(keccak256(this.address), 'withdraw', attempt),
      label: 'withdrawal',
      call: { to: disputes.address, data, value: 0n },
      abi: disputesAbi,
      precondition: async () => true,
    })
  }
}

function intentId(subject: Hex, action: 'challenge' | 'expire' | 'withdraw', attempt: number): Hex {
  const parts = [fromHex(subject), new TextEncoder().encode(action), uint64Bytes(BigInt(attempt))]
  return keccak256(concatBytes(...parts))
}
