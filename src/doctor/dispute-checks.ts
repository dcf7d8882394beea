// The checks for disputes (docs/protocol.md §7): accounts that can pay, and no account for two purposes.
//
// Only an account with two senders stops a start. Anything else may recover while the service runs: a challenge can be answered later
// or by another service, and evidence can be sent later.
import { formatEther } from 'viem'
import { ANSWER_GAS } from '../disputes/responder-service.ts'
import { weiOf } from '../disputes/spending-budget.ts'
import type { DisputeTerms, Disputes } from '../l1/disputes.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type Check, type Finding, failure, ok, warning } from './check.ts'
import { readDeposit } from './deposit-checks.ts'
import { fundsOf } from './l1-checks.ts'
import { type L1Probe, l1Check } from './l1-probe.ts'

/** L1 with the Disputes contract. */
export type DisputesProbe = { readonly probe: L1Probe; readonly disputes: Disputes }

/** An account of the service. */
export type Account = {
  /** Its purpose, as findings name it. */
  readonly name: string
  readonly address: () => Promise<Hex>
  /** Whether a process sends transactions from it, one after another. */
  readonly sends: boolean
}

/** The alert FloeAnswerFundsLow has the same bound (docs/monitoring/alerts.yml). */
const ANSWERS_MIN = 20n
/** As many challenges at a time as a responder answers within its default budget, by 50 accounts on a chain with full blocks. */
const CHALLENGES_OF_WINDOW = 200n
const DAY_SECONDS = 86_400
/** The most expensive evidence is an invalid row: 85,000 for each shard at seven shards, less at more (contracts/snapshots/gas.json). */
const EVIDENCE_SHARD_GAS = 90_000n
/** A challenge, its expiry, and the fine with its part for each member. */
const CHALLENGE_GAS = 75_000n
const EXPIRE_GAS = 95_000n
const FINE_GAS = 75_000n
const FINE_SHARD_GAS = 1_500n

/**
 * Whether each account that pays in disputes has that purpose only.
 * @param disputing the accounts that pay in disputes
 * @param others the other accounts of the service, those that send first: the first one that is shared is reported
 */
export function accountsCheck(disputing: readonly Account[], others: readonly Account[]): Check {
  return {
    name: 'accounts',
    run: async () => {
      const accounts = await Promise.all([...others, ...disputing].map(resolveAccount))
      const shared = accounts.slice(others.length).flatMap((account) => {
        const first = accounts.find(({ address }) => address === account.address)
        return first === undefined || first === account ? [] : [sharedAccountFinding(first, account)]
      })
      if (shared.length > 0) return shared
      return ok(disputing.map(({ name }) => `a separate one for ${name}`).join(', '))
    },
  }
}

type ResolvedAccount = { readonly name: string; readonly address: Hex; readonly sends: boolean }

async function resolveAccount({ name, address, sends }: Account): Promise<ResolvedAccount> {
  return { name, address: await address(), sends }
}

function sharedAccountFinding(first: ResolvedAccount, second: ResolvedAccount): Finding {
  const found = `${second.address} is for ${first.name} and for ${second.name}`
  const remedy = `Give ${second.name} a separate key: openssl rand -hex 32 makes one.`
  if (first.sends) {
    return failure(found, {
      expected: 'two accounts, because two senders of one account use the same nonces',
      remedy,
    })
  }
  return warning(found, {
    expected: 'two accounts, because the first one only signs and has the deposit on L1',
    remedy,
  })
}

/** What the responder may spend. */
export type AnswerLimits = { readonly answerGweiMax: number; readonly answerGweiDayMax: number }

/** Whether the account can pay for answers, each within its limit, and for those to the challenges of a window within that of a day. */
export function answersCheck(
  { probe, disputes }: DisputesProbe,
  responder: () => Promise<Hex>,
  limits: AnswerLimits,
): Check {
  return l1Check('answers', probe, async () => {
    const address = await responder()
    const [{ balanceWei, gasPriceWei }, terms] = await Promise.all([
      fundsOf(probe.l1, address),
      disputes.terms(),
    ])
    const costWei = ANSWER_GAS * gasPriceWei
    const costWeiMax = weiOf(limits.answerGweiMax)
    if (costWei > costWeiMax) {
      return warning(`an answer costs up to ${formatEther(costWei)} ether at current fees`, {
        expected: `at most ${formatEther(costWeiMax)} ether, the limit for one answer until its deadline nears`,
        remedy: 'Raise --answer-ether-max if the loss without an answer is larger.',
      })
    }
    const answers = balanceWei / costWei
    const found = `${formatEther(balanceWei)} ether at ${address}: ${answers} answers`
    const budget = budgetFinding(costWei, terms, weiOf(limits.answerGweiDayMax))
    if (answers >= ANSWERS_MIN) return [ok(found), budget]
    return [
      warning(found, {
        expected: `enough for ${ANSWERS_MIN} answers at current fees`,
        remedy: 'Send ether to the account. It does not answer challenges that it cannot pay for.',
      }),
      budget,
    ]
  })
}

/** Half of a bond that an answer earns counts against its cost, so the limit of a day is one of losses. */
function budgetFinding(
  costWei: bigint,
  { bond, window }: Pick<DisputeTerms, 'bond' | 'window'>,
  dayWeiMax: bigint,
): Finding {
  const incomeWei = bond / 2n
  const lossWei = costWei > incomeWei ? costWei - incomeWei : 0n
  const windowWei = CHALLENGES_OF_WINDOW * lossWei
  // The responder waits for the budget of the next day, and a window of several days has several.
  const days = BigInt(Math.max(1, Math.floor(window / DAY_SECONDS)))
  const found =
    lossWei === 0n
      ? `half a bond, ${formatEther(incomeWei)} ether, pays for an answer at current fees`
      : `${CHALLENGES_OF_WINDOW} challenges in a window cost ${formatEther(windowWei)} ether more than half their bonds`
  if (windowWei <= days * dayWeiMax) return ok(found)
  return warning(found, {
    expected: `at most ${formatEther(days * dayWeiMax)} ether, the limit of the ${days === 1n ? 'day' : 'days'} of a window`,
    remedy:
      'Raise --answer-ether-day-max. Challenges beyond the limit stay unanswered, and each one can cost a fine.',
  })
}

/** For a storage node without an account for answers: what an unanswered challenge costs. */
export function noResponderCheck(disputesProbe: DisputesProbe, operator: () => Promise<Hex>): Check {
  return l1Check('answers', disputesProbe.probe, async () => {
    const { wei: depositWei, fineWei } = await readDeposit(disputesProbe, await operator(), 'operator')
    const lossWei = depositWei < fineWei ? depositWei : fineWei
    const loss = lossWei > 0n ? ` and ${formatEther(lossWei)} ether of the deposit` : ''
    return warning(`no account for answers: an unanswered challenge costs the batch${loss}`, {
      expected: 'an account that pays for answers',
      remedy: 'Give it a separate account with ether: --answer-key-file or FLOE_ANSWER_KEY.',
    })
  })
}

/** Whether the account can pay for the most expensive evidence that the size of the committee allows. */
export function evidenceCheck({ probe }: DisputesProbe, challenger: () => Promise<Hex>): Check {
  return l1Check('evidence', probe, async () => {
    const [address, { geometry }] = await Promise.all([challenger(), probe.currentCommittee()])
    const { balanceWei, gasPriceWei } = await fundsOf(probe.l1, address)
    const costWei = EVIDENCE_SHARD_GAS * BigInt(geometry.shards) * gasPriceWei
    const found = `${formatEther(balanceWei)} ether at ${address}; evidence costs up to ${formatEther(costWei)}`
    if (balanceWei >= costWei) return ok(found)
    return warning(found, {
      expected: 'enough for one piece of evidence at current fees',
      remedy: 'Send ether to the account. Until then evidence is stored, and sent to L1 later.',
    })
  })
}

/** Whether the account can pay for a challenge, with its bond, its expiry and the fine, and whether the daily limit allows it. */
export function bondCheck(
  { probe, disputes }: DisputesProbe,
  challenger: () => Promise<Hex>,
  spendGweiDayMax: number,
): Check {
  return l1Check('bond', probe, async () => {
    const [address, { geometry }, { bond }] = await Promise.all([
      challenger(),
      probe.currentCommittee(),
      disputes.terms(),
    ])
    const { balanceWei, gasPriceWei } = await fundsOf(probe.l1, address)
    const gas = CHALLENGE_GAS + EXPIRE_GAS + FINE_GAS + FINE_SHARD_GAS * BigInt(geometry.shards)
    const costWei = bond + gas * gasPriceWei
    const dayWeiMax = weiOf(spendGweiDayMax)
    const cost = `a challenge costs ${formatEther(costWei)}, of which ${formatEther(bond)} is the bond`
    if (costWei > dayWeiMax) {
      return warning(cost, {
        expected: `at most ${formatEther(dayWeiMax)} ether, the limit of a day`,
        remedy: 'Raise --spend-ether-day-max. Until then it only samples.',
      })
    }
    const found = `${formatEther(balanceWei)} ether at ${address}; ${cost}`
    if (balanceWei >= costWei) return ok(found)
    return warning(found, {
      expected: 'enough for one challenge at current fees',
      remedy: 'Send ether to the account. Until then it only samples.',
    })
  })
}
