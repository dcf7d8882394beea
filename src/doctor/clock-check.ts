// The time: expiries are promises in Unix time, so this machine's clock must be right.
//
// L1's latest block cannot be in the future, so a clock that is behind it is wrong for certain. A block that is old shows nothing by
// itself: L1 may stall. Storage nodes tell their time in the Date header; any may be wrong, the one in the middle hardly is.
import { getBlock } from 'viem/actions'
import type { Clock } from '../runtime/clock.ts'
import type { Chain } from './l1-checks.ts'
import { type Check, type Finding, failure, notChecked, ok, warning } from './check.ts'
import type { Probe } from './storage-node-checks.ts'

const SKEW_MS_WARNING = 15_000
const SKEW_MS_ERROR = 5 * 60_000
/** Blocks come every 12 s on Ethereum; some are missed. */
const BLOCK_AGE_MS_MAX = 2 * 60_000

const remedy = 'Set the clock: run an NTP client.'
const expected = 'a clock within 15 s of everybody else'

export function clockCheck(chain: Chain, probes: (() => Promise<Probe[]>) | undefined, clock: Clock): Check {
  return {
    name: 'clock',
    look: async () => {
      const why = await chain.silent()
      if (why !== undefined) return notChecked(why)
      const { timestamp } = await getBlock(chain.l1.client, { blockTag: 'latest' })
      const findings = [blockFinding(Number(timestamp) * 1000 - clock.now())]
      const found = probes === undefined ? [] : await probes().catch(() => [])
      const ahead = found.flatMap((probe) => ('aheadMs' in probe ? (probe.aheadMs ?? []) : []))
      return ahead.length === 0 ? findings : [...findings, nodesFinding(ahead)]
    },
  }
}

function seconds(ms: number): string {
  return `${(Math.abs(ms) / 1000).toFixed(0)} s`
}

/** @param aheadMs of L1's latest block before this clock */
export function blockFinding(aheadMs: number): Finding {
  if (aheadMs > SKEW_MS_ERROR) {
    return failure(`${seconds(aheadMs)} behind L1's latest block`, { expected, remedy })
  }
  if (aheadMs > SKEW_MS_WARNING) {
    return warning(`${seconds(aheadMs)} behind L1's latest block`, { expected, remedy })
  }
  if (aheadMs >= -BLOCK_AGE_MS_MAX) return ok(`L1's latest block is ${seconds(aheadMs)} old`)
  return warning(`L1's latest block is ${seconds(aheadMs)} old`, {
    expected: `one of the last ${BLOCK_AGE_MS_MAX / 1000} s`,
    remedy: 'L1 stalls, or the endpoint lags, or this clock is ahead.',
  })
}

/** @param aheadMs of each node's clock before this one; Date headers are cut to the second */
export function nodesFinding(aheadMs: readonly number[]): Finding {
  const sorted = aheadMs.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
  const found = `${seconds(middle)} ${middle > 0 ? 'behind' : 'ahead of'} the storage nodes (the middle of ${sorted.length})`
  return Math.abs(middle) > SKEW_MS_WARNING ? warning(found, { expected, remedy }) : ok(found)
}
