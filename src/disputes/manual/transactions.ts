// Transactions of a command: shown with what they would cost, or sent. Both need the key, because what a call costs depends on
// who makes it.
import { privateKeyToAccount } from 'viem/accounts'
import { type Hex, toHex } from '../../protocol/bytes.ts'
import { disputesAbi } from '../../l1/generated/disputes.ts'
import { l1Unavailable } from '../../l1/rpc.ts'
import { type Call, type Intent, estimateGas } from '../../l1/tx-manager/calls.ts'
import { type Sender, type SendResult, createSender } from '../../l1/tx-manager/tx-manager.ts'
import { systemClock } from '../../runtime/clock.ts'
import { readSecretKey } from '../../runtime/secrets.ts'
import { openJournal } from '../../store/journal.ts'
import { required } from '../../cli/shared/options.ts'
import type { DisputeSession } from './session.ts'

export type PayFlags = {
  readonly keyFile?: string
  readonly journal: string
  readonly dryRun?: boolean
}

export type Plan = {
  readonly dryRun: true
  readonly from: Hex
  readonly calls: readonly (Call & {
    readonly label: string
    /** Null where it depends on the calls before. */
    readonly gas: number | null
    readonly costWei: bigint | null
  })[]
  /** What a unit of gas may cost at most, as L1 is now. */
  readonly feeCapWei: bigint
}

export type Account = { readonly address: Hex; readonly secretKey: Uint8Array }

/** @throws FloeError `configuration` without a key */
export async function accountOf({ keyFile }: PayFlags): Promise<Account> {
  const secretKey = await readSecretKey(required(keyFile, '--key-file', 'FLOE_KEY_FILE'))
  return { secretKey, address: privateKeyToAccount(toHex(secretKey)).address.toLowerCase() as Hex }
}

/** @throws FloeError `refused` when the contract would refuse the first of them */
export async function planOf(
  { l1 }: DisputeSession,
  from: Hex,
  label: string,
  calls: readonly Call[],
): Promise<Plan> {
  const { maxFeePerGas: feeCapWei } = await l1.client.estimateFeesPerGas().catch((error: unknown) => {
    throw l1Unavailable(error, 'ask what gas costs')
  })
  const planned: Plan['calls'][number][] = []
  for (const [i, call] of calls.entries()) {
    const gas = i === 0 ? await estimateGas(l1, from, call, { label, abi: disputesAbi }) : undefined
    planned.push({
      ...call,
      label,
      gas: gas === undefined ? null : Number(gas),
      costWei: gas === undefined ? null : gas * feeCapWei + call.value,
    })
  }
  return { dryRun: true, from, calls: planned, feeCapWei }
}

export function planText({ from, calls }: Plan): string {
  if (calls.length === 0) return 'Nothing to do.'
  const lines = calls.map(({ label, to, value, gas, costWei, data }) => {
    const cost =
      costWei === null ? 'gas known once the part before is there' : `${gas} gas, at most ${costWei} wei`
    return `${label} at ${to}: ${(data.length - 2) / 2} bytes, ${value} wei with it; ${cost}`
  })
  return [`Nothing is sent. From ${from}:`, ...lines].join('\n')
}

/** Lends a sender, whose journal is in a folder of its own: what it has signed is found again. */
export async function withSender<T>(
  { rpcUrls, finality }: DisputeSession,
  { secretKey, address }: Account,
  folder: string,
  use: (sender: Sender) => Promise<T>,
): Promise<T> {
  // An account has a journal: of another one it would send what it cannot sign for.
  const journal = await openJournal(`${folder}/${address}`)
  const sender = createSender({ rpcUrls, finality, secretKey, journal, clock: systemClock })
  try {
    return await use(sender)
  } finally {
    await sender.close()
    await journal.close()
  }
}

/** An intent of the Disputes contract. */
export function intentOf(label: string, id: Hex, call: Call, stillWanted: Intent['stillWanted']): Intent {
  return { id, label, call, keys: [id], abi: disputesAbi, stillWanted }
}

export function resultsText(label: string, results: readonly SendResult[]): string {
  if (results.length === 0) return 'Nothing was left to do.'
  return results
    .map((result) =>
      result.outcome === 'mined'
        ? `${label} in block ${result.blockNumber}, transaction ${result.transactionHash}, ${result.gasUsed} gas`
        : `${label}: no longer needed`,
    )
    .join('\n')
}
