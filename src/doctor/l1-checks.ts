// The checks of L1: the contracts, the committee, and the accounts of the service as L1 knows them. The endpoints are checked in
// `endpoint-checks.ts`.
import { formatEther } from 'viem'
import { estimateFeesPerGas, getBalance } from 'viem/actions'
import { committeeAbi } from '../l1/generated/committee.ts'
import { readContract } from '../l1/read-contract.ts'
import type { L1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { asFloeError } from '../protocol/errors.ts'
import { memberIndexOf, quorumOf } from '../protocol/committee.ts'
import { bytesText, plainText } from '../runtime/text.ts'
import { type Check, type Finding, failure, notChecked, ok, warning } from './check.ts'
import { type L1Probe, L1_UNREACHABLE, l1Check } from './l1-probe.ts'

export function contractsCheck(probe: L1Probe): Check {
  return {
    name: 'contracts',
    run: async () => ((await probe.isReachable()) ? probe.contractFindings() : notChecked(L1_UNREACHABLE)),
  }
}

export function committeeCheck(probe: L1Probe): Check {
  return l1Check('committee', probe, async () => {
    const committee = await probe
      .currentCommittee()
      .catch(async (error: unknown) => unreadFinding(probe, error))
    if ('status' in committee) return committee
    const { epoch, members, geometry } = committee
    const shards = `${geometry.shards} shards of ${members.length} operators`
    return ok(`epoch ${epoch}: ${shards}, ${geometry.faults} may fail, quorum ${quorumOf(geometry)}`)
  })
}

/** A service waits for a committee that cannot be read yet, but what every endpoint has deleted does not come back. */
async function unreadFinding(probe: L1Probe, error: unknown): Promise<Finding> {
  const { message } = asFloeError(error)
  const details = { expected: 'the committee of the current epoch', remedy: 'See the checks of L1 above.' }
  const answers = await probe.firstLogs()
  const isGone = answers.every((answer) => 'fault' in answer && answer.fault === 'no-history')
  return isGone ? failure(message, details) : warning(message, details)
}

/** Whether the operator is a member of the committee. An operator that is not still serves what it stores. */
export function membershipCheck(probe: L1Probe, operator: () => Promise<Hex>): Check {
  return l1Check('membership', probe, async () => {
    const [committee, address] = await Promise.all([probe.currentCommittee(), operator()])
    const member = committee.members[memberIndexOf(committee, address)]
    if (member !== undefined) return ok(`${member.shards.length} shards, at ${plainText(member.endpoint)}`)
    return warning(`${address} is not in the committee of epoch ${committee.epoch}`, {
      expected: 'a member of the committee, which receives batches',
      remedy: "Ask the committee's owner to start an epoch with this operator, or use the key of a member.",
    })
  })
}

/** Whether the committee's contract gives the disperser a quota. */
export function disperserCheck(probe: L1Probe, disperser: () => Promise<Hex>): Check {
  return l1Check('disperser', probe, async () => {
    const address = await disperser()
    const quotaBytes = await readContract(probe.l1.client, {
      address: probe.config.committee,
      abi: committeeAbi,
      functionName: 'disperserQuota',
      args: [address],
    })
    if (quotaBytes > 0n) return ok(`${address}, quota ${bytesText(Number(quotaBytes))}`)
    return warning(`${address} is not registered: storage nodes will refuse every put`, {
      expected: 'a disperser with a quota',
      remedy: "Ask the committee's owner to register it: Committee.setDisperser(address, bytes).",
    })
  })
}

/** Gas of a post with ten operators, and about five headers more than one. */
const POST_GAS = 125_000n
/** Gas of `postOne`, with a part for each signature and member (contracts/snapshots/gas.json). */
const POST_ONE_GAS = 80_000n
const POST_ONE_SHARD_GAS = 4_000n
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How many posts, and how much time, the balance of the posting account pays for. */
export function balanceCheck(probe: L1Probe, poster: () => Promise<Hex>, postingIntervalMs: number): Check {
  return l1Check('balance', probe, async () => {
    const address = await poster()
    const { balanceWei, gasPriceWei } = await fundsOf(probe.l1, address)
    const posts = Number(balanceWei / (POST_GAS * gasPriceWei))
    const fundedMs = posts * postingIntervalMs
    const hours = (fundedMs / HOUR_MS).toFixed(1)
    const found = `${formatEther(balanceWei)} ether at ${address}: ${posts} posts, ${hours} hours`
    if (fundedMs >= DAY_MS) return ok(found)
    return warning(found, {
      expected: 'enough for the posts of a day at current fees',
      remedy: 'Send ether to the account. Until then batches wait for their post, and none is lost.',
    })
  })
}

/** Whether a read-only sidecar can pay for the post of a certificate, and within its limit of a day. */
export function certificatePostsCheck(
  probe: L1Probe,
  poster: () => Promise<Hex>,
  { dispersers, dayWeiMax }: { readonly dispersers: number; readonly dayWeiMax: bigint },
): Check {
  return l1Check('certificate posts', probe, async () => {
    if (dispersers === 0) {
      return warning('a key for posts, and no disperser whose certificates are posted', {
        expected: 'the disperser of the rollup that this sidecar serves',
        remedy: 'Name it with --post-dispersers, or leave out the key.',
      })
    }
    const [address, { geometry }] = await Promise.all([poster(), probe.currentCommittee()])
    const { balanceWei, gasPriceWei } = await fundsOf(probe.l1, address)
    const costWei = (POST_ONE_GAS + POST_ONE_SHARD_GAS * BigInt(geometry.shards)) * gasPriceWei
    const found = `${formatEther(balanceWei)} ether at ${address}; a post costs up to ${formatEther(costWei)}`
    if (costWei > dayWeiMax) {
      return warning(found, {
        expected: `at most ${formatEther(dayWeiMax)} ether, the limit of a day`,
        remedy: 'Raise --post-ether-day-max. Until then no certificate is posted.',
      })
    }
    if (balanceWei >= costWei) return ok(found)
    return warning(found, {
      expected: 'enough for one post at current fees',
      remedy: 'Send ether to the account. Until then no certificate is posted.',
    })
  })
}

/** The balance of an account and the current price of gas, which is at least 1 wei. */
export async function fundsOf(
  { client }: L1,
  address: Hex,
): Promise<{ balanceWei: bigint; gasPriceWei: bigint }> {
  const [balanceWei, { maxFeePerGas }] = await Promise.all([
    getBalance(client, { address }),
    estimateFeesPerGas(client),
  ])
  return { balanceWei, gasPriceWei: maxFeePerGas > 0n ? maxFeePerGas : 1n }
}
