// What disputes need (docs/protocol.md §7): accounts that can pay, each of its own, and what an operator has to lose.
//
// None of it stops a start but two senders of one account: what is not answered or proven now may be later, or by others.
import { readContract } from '../l1/read-contract.ts'
import { formatEther } from 'viem'
import { ANSWER_GAS } from '../disputes/responder-service.ts'
import { weiOf } from '../disputes/spending-budget.ts'
import type { Disputes } from '../l1/disputes.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type Chain, meansOf } from './l1-checks.ts'
import { type Check, type Finding, failure, notChecked, ok, warning } from './check.ts'

export type Disputed = { readonly chain: Chain; readonly disputes: Disputes }

/** An account that the service uses, and what it is called. */
export type Account = {
  readonly name: string
  readonly address: () => Promise<Hex>
  /** A process sends transactions from it, one after another. */
  readonly sends: boolean
}

/** Fewer are an alert, too (docs/monitoring/alerts.yml). */
const ANSWERS_MIN = 20n
/** The dearest evidence is a row that is no codeword: 87,000 for each shard at seven, less at more (contracts/snapshots/gas.json). */
const EVIDENCE_SHARD_GAS = 90_000n
/** A challenge, by the signatures of its certificate, and its expiry. */
const CHALLENGE_GAS = 80_000n
const CHALLENGE_SHARD_GAS = 5_000n
const EXPIRE_GAS = 100_000n

/** What is asked of L1, where it can be asked at all. */
function chainCheck(name: string, { silent }: Chain, look: () => Promise<Finding>): Check {
  return {
    name,
    look: async () => {
      const why = await silent()
      return why === undefined ? look() : notChecked(why)
    },
  }
}

/**
 * Whether what pays in a dispute is of its own: neither another of these nor one of the others.
 * @param others those that send before those that do not: of two that are one account, the first is told of
 */
export function accountsCheck(own: readonly Account[], others: readonly Account[]): Check {
  return {
    name: 'accounts',
    look: async () => {
      const all = [...others, ...own]
      const known = await Promise.all(
        all.map(async (account) => ({ ...account, address: await account.address() })),
      )
      const shared = known.slice(others.length).flatMap((one) => {
        const other = known.find(({ address }) => address === one.address)
        return other === undefined || other === one ? [] : [sharedBy(other, one)]
      })
      return shared.length > 0 ? shared : ok(own.map(({ name }) => `one of its own for ${name}`).join(', '))
    },
  }
}

type Known = Omit<Account, 'address'> & { readonly address: Hex }

function sharedBy(other: Known, one: Known): Finding {
  const found = `${one.address} is for ${other.name} and for ${one.name}`
  const remedy = `Give ${one.name} a key of its own: openssl rand -hex 32 makes one.`
  if (other.sends) {
    return failure(found, {
      expected: 'two accounts: two senders of one take nonces from each other',
      remedy,
    })
  }
  return warning(found, {
    expected: 'two accounts: this one only signs, and L1 knows its deposit by it',
    remedy,
  })
}

/** Whether the account pays for answers, each within its limit. */
export function answersCheck({ chain }: Disputed, account: () => Promise<Hex>, answerGweiMax: number): Check {
  return chainCheck('answers', chain, async () => {
    const address = await account()
    const { balanceWei, gasWei } = await meansOf(chain.l1, address)
    const [costWei, mostWei] = [ANSWER_GAS * gasWei, weiOf(answerGweiMax)]
    if (costWei > mostWei) {
      return warning(`an answer costs up to ${formatEther(costWei)} ether at the fees of now`, {
        expected: `at most ${formatEther(mostWei)} ether, which one may cost`,
        remedy: 'Raise --answer-ether-max, if what is lost without an answer is worth it.',
      })
    }
    const answers = balanceWei / costWei
    const found = `${formatEther(balanceWei)} ether at ${address}: ${answers} answers`
    if (answers >= ANSWERS_MIN) return ok(found)
    return warning(found, {
      expected: `${ANSWERS_MIN} answers at the fees of now`,
      remedy: 'Send ether to the account; a challenge that it cannot pay for is left to others.',
    })
  })
}

/** A storage node that answers nothing: what that can cost. */
export function noAnswersCheck(disputed: Disputed, operator: () => Promise<Hex>): Check {
  return chainCheck('answers', disputed.chain, async () => {
    const { depositWei, fineWei } = await stakeOf(disputed, await operator())
    const lossWei = depositWei < fineWei ? depositWei : fineWei
    const loss = lossWei > 0n ? `, and ${formatEther(lossWei)} ether of the deposit` : ''
    return warning(`no account answers challenges: one that nobody else answers costs the batch${loss}`, {
      expected: 'an account that pays for answers',
      remedy: 'Give it one of its own, with ether on it: --answer-key-file or FLOE_ANSWER_KEY.',
    })
  })
}

/** What the operator has deposited. Nobody has to, so it is only said. */
export function depositCheck(disputed: Disputed, operator: () => Promise<Hex>): Check {
  return chainCheck('deposit', disputed.chain, async () => {
    const address = await operator()
    const { depositWei, fineWei } = await stakeOf(disputed, address)
    const fine = `a fine is ${formatEther(fineWei)}`
    if (depositWei === 0n) return ok(`none of ${address}, which is free to have one; ${fine}`)
    return ok(`${formatEther(depositWei)} ether of ${address}; ${fine}`)
  })
}

async function stakeOf(
  { chain, disputes }: Disputed,
  account: Hex,
): Promise<{ depositWei: bigint; fineWei: bigint }> {
  const call = { address: disputes.address, abi: disputesAbi, functionName: 'depositOf' } as const
  const [depositWei, { operatorFine }] = await Promise.all([
    readContract(chain.l1.client, { ...call, args: [account] }),
    disputes.terms(),
  ])
  return { depositWei, fineWei: operatorFine }
}

/** Whether the account pays for the dearest evidence that the committee's size makes possible. */
export function evidenceCheck({ chain }: Disputed, account: () => Promise<Hex>): Check {
  return chainCheck('evidence', chain, async () => {
    const [address, { geometry }] = await Promise.all([account(), chain.currentCommittee()])
    const { balanceWei, gasWei } = await meansOf(chain.l1, address)
    const costWei = EVIDENCE_SHARD_GAS * BigInt(geometry.shards) * gasWei
    const found = `${formatEther(balanceWei)} ether at ${address}; evidence costs up to ${formatEther(costWei)}`
    if (balanceWei >= costWei) return ok(found)
    return warning(found, {
      expected: 'enough for one piece of evidence at the fees of now',
      remedy: 'Send ether to the account; until then evidence is kept, and brought to L1 later.',
    })
  })
}

/** Whether the account pays for a challenge, with its bond and its expiry, and may. */
export function bondCheck(
  { chain, disputes }: Disputed,
  account: () => Promise<Hex>,
  spendGweiDayMax: number,
): Check {
  return chainCheck('bond', chain, async () => {
    const [address, { geometry }, { bond }] = await Promise.all([
      account(),
      chain.currentCommittee(),
      disputes.terms(),
    ])
    const { balanceWei, gasWei } = await meansOf(chain.l1, address)
    const gas = CHALLENGE_GAS + CHALLENGE_SHARD_GAS * BigInt(geometry.shards) + EXPIRE_GAS
    const costWei = bond + gas * gasWei
    const dayWei = weiOf(spendGweiDayMax)
    const cost = `a challenge takes ${formatEther(costWei)}, ${formatEther(bond)} of it the bond`
    if (costWei > dayWei) {
      return warning(cost, {
        expected: `at most ${formatEther(dayWei)} ether, which may be spent in a day`,
        remedy: 'Raise --spend-ether-day-max; until then it only samples.',
      })
    }
    const found = `${formatEther(balanceWei)} ether at ${address}; ${cost}`
    if (balanceWei >= costWei) return ok(found)
    return warning(found, {
      expected: 'enough for one challenge at the fees of now',
      remedy: 'Send ether to the account; until then it only samples.',
    })
  })
}
