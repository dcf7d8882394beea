// The checks of deposits on L1 (docs/protocol.md §7.6): an account that signs has its minimum, and no exit was requested.
//
// They only warn: a deposit may arrive while the service runs.
import { formatEther } from 'viem'
import { disputesAbi } from '../l1/generated/disputes.ts'
import { readContract } from '../l1/read-contract.ts'
import type { Hex } from '../protocol/bytes.ts'
import { timeText } from '../runtime/clock.ts'
import { type Check, type Finding, ok, warning } from './check.ts'
import { l1Check } from './l1-probe.ts'
import type { DisputesProbe } from './dispute-checks.ts'

/** Who signs with the account: an operator attests, a disperser signs headers. */
export type Role = 'operator' | 'disperser'

export type Deposit = {
  readonly wei: bigint
  readonly minWei: bigint
  readonly fineWei: bigint
  /** Undefined: the account has named none. */
  readonly owner: Hex | undefined
  /** Unix seconds; undefined: no exit was requested. */
  readonly unlockAt: number | undefined
}

export function depositCheck(disputesProbe: DisputesProbe, account: () => Promise<Hex>, role: Role): Check {
  return l1Check('deposit', disputesProbe.probe, async () => {
    const address = await account()
    return depositFinding(address, role, await readDeposit(disputesProbe, address, role))
  })
}

export async function readDeposit(
  { probe, disputes }: DisputesProbe,
  account: Hex,
  role: Role,
): Promise<Deposit> {
  const contract = { address: disputes.address, abi: disputesAbi, args: [account] } as const
  const [wei, owner, exit, terms] = await Promise.all([
    disputes.depositOf(account),
    readContract(probe.l1.client, { ...contract, functionName: 'ownerOf' }),
    readContract(probe.l1.client, { ...contract, functionName: 'exitOf' }),
    disputes.terms(),
  ])
  const [requestedAt, unlockAt] = exit
  const isOperator = role === 'operator'
  return {
    wei,
    minWei: isOperator ? terms.operatorDepositMin : terms.disperserDepositMin,
    fineWei: isOperator ? terms.operatorFine : terms.disperserFine,
    owner: BigInt(owner) === 0n ? undefined : (owner.toLowerCase() as Hex),
    unlockAt: requestedAt === 0n ? undefined : Number(unlockAt),
  }
}

const effects: Record<Role, string> = {
  operator: 'an operator with less than the minimum has less to lose than the rules assume',
  disperser: 'storage nodes refuse every put of a disperser with less',
}

function depositFinding(account: Hex, role: Role, deposit: Deposit): Finding {
  const { wei, minWei, fineWei, owner, unlockAt } = deposit
  const amount = wei === 0n ? 'none' : `${formatEther(wei)} ether`
  const found = `${amount} of ${account}; a fine is ${formatEther(fineWei)} ether`
  if (unlockAt !== undefined) {
    return warning(
      `${found}; its owner ${owner} has requested an exit, which can end at ${timeText(unlockAt)}`,
      {
        expected: `no exit of an account that signs; ${effects[role]}`,
        remedy:
          'Let the owner end the exit and deposit again, or stop the service after the exit was requested.',
      },
    )
  }
  if (wei >= minWei) return ok(found)
  return warning(found, {
    expected: `at least ${formatEther(minWei)} ether; ${effects[role]}`,
    remedy:
      owner === undefined
        ? 'Name an owner first, from the account itself: nameOwner(owner) of the Disputes contract, with the deposit as its value.'
        : `Deposit the difference: deposit(account, owner) of the Disputes contract, with the owner ${owner}.`,
  })
}
