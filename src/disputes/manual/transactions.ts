// The transactions of a command: sent, or planned with their cost. Both need the key, because the cost of a call depends on its
// sender.
import type { Abi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { estimateFeesPerGas } from 'viem/actions'
import { type Hex, toHex } from '../../protocol/bytes.ts'
import { disputesAbi } from '../../l1/generated/disputes.ts'
import { l1Unavailable } from '../../l1/rpc.ts'
import { type Call, type Intent, estimateCallGas } from '../../l1/tx-manager/calls.ts'
import { L1Account } from '../../l1/tx-manager/l1-account.ts'
import type { SendResult } from '../../l1/tx-manager/tx-manager.ts'
import { readSecretKey } from '../../runtime/secrets.ts'
import type { DisputeSession } from './session.ts'

export type SendOptions = {
  /** File with the secret key of the account that pays. */
  readonly keyFile: string
  /** Folder in which every account has a journal of its own. */
  readonly journal: string
  /** Plans the transactions and sends none. */
  readonly dryRun: boolean
}

/** The results of a command's transactions, or their plan. */
export type Outcome = Plan | { readonly transactions: readonly SendResult[] }

export type Plan = {
  readonly dryRun: true
  readonly from: Hex
  readonly calls: readonly PlannedCall[]
  /** The most that a unit of gas may cost at the current fees of L1. */
  readonly feeCapWei: bigint
}

type PlannedCall = Call & {
  readonly label: string
  /** Null for a call that can be estimated only after the calls before it. */
  readonly gas: number | null
  readonly costWei: bigint | null
}

/** A call of the Disputes contract, with the condition under which it is still to be made. */
export type DisputeAction = {
  readonly label: string
  readonly id: Hex
  readonly call: Call
  readonly precondition: Intent['precondition']
}

type OfDomain = { readonly checker: Pick<DisputeSession['checker'], 'domain'> }

type AccountKey = { readonly address: Hex; readonly secretKey: Uint8Array }

/** Sends every action, or plans them. @throws FloeError `refused` when the contract rejects one, `unavailable` */
export async function perform(
  session: DisputeSession,
  options: SendOptions,
  actions: readonly DisputeAction[],
): Promise<Outcome> {
  if (options.dryRun) {
    const [first] = actions
    return planCalls(session, await addressOf(options), {
      label: first?.label ?? 'call',
      calls: actions.map(({ call }) => call),
      abi: disputesAbi,
    })
  }
  return withAccount(session, options, async (account) => {
    const transactions: SendResult[] = []
    for (const action of actions) transactions.push(await account.send(intentOf(action)))
    return { transactions }
  })
}

/** @throws FloeError `refused` when the contract would reject the first call */
export async function planCalls(
  { l1 }: Pick<DisputeSession, 'l1'>,
  from: Hex,
  { label, calls, abi }: { readonly label: string; readonly calls: readonly Call[]; readonly abi: Abi },
): Promise<Plan> {
  const { maxFeePerGas: feeCapWei } = await estimateFeesPerGas(l1.client).catch((error: unknown) => {
    throw l1Unavailable(error, 'read the price of gas')
  })
  const [first, ...later] = calls
  if (first === undefined) return { dryRun: true, from, calls: [], feeCapWei }
  const gas = await estimateCallGas(l1, from, first, { label, abi })
  const planned = [
    { ...first, label, gas: Number(gas), costWei: gas * feeCapWei + first.value },
    ...later.map((call) => ({ ...call, label, gas: null, costWei: null })),
  ]
  return { dryRun: true, from, calls: planned, feeCapWei }
}

/** Runs `use` with an account whose journal outlives the command: the next command finds what this one signed. */
export async function withAccount<T>(
  { l1, checker, finality, clock }: Pick<DisputeSession, 'l1' | 'finality' | 'clock'> & OfDomain,
  options: Pick<SendOptions, 'keyFile' | 'journal'>,
  use: (account: L1Account) => Promise<T>,
): Promise<T> {
  const { secretKey, address } = await readKey(options)
  // One journal per account: the nonces in a journal are those of one account.
  const journalDir = `${options.journal}/${address}`
  const account = await L1Account.open({
    l1,
    chainId: checker.domain.chainId,
    key: secretKey,
    journalDir,
    clock,
    finality,
  })
  try {
    return await use(account)
  } finally {
    await account.close()
  }
}

/** The address of the account that pays. @throws FloeError `configuration` for a key that cannot be read */
export async function addressOf(options: Pick<SendOptions, 'keyFile'>): Promise<Hex> {
  return (await readKey(options)).address
}

export function intentOf({ label, id, call, precondition }: DisputeAction): Intent {
  return { id, label, call, keys: [id], abi: disputesAbi, precondition }
}

async function readKey({ keyFile }: Pick<SendOptions, 'keyFile'>): Promise<AccountKey> {
  const secretKey = await readSecretKey(keyFile)
  return { secretKey, address: privateKeyToAccount(toHex(secretKey)).address.toLowerCase() as Hex }
}
