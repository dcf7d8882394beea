// The check of this machine's clock. A header's expiry is Unix time, so the clock must be right.
//
// The latest block of L1 cannot be in the future, so a clock that is behind it is certainly wrong. An old block proves nothing, because
// L1 may have stalled; the check of the endpoints reports it. Storage nodes report their time in the Date header; one of them may be wrong, their median hardly is.
import { getBlock } from 'viem/actions'
import type { Clock } from '../runtime/clock.ts'
import { type Check, type Finding, failure, ok, warning } from './check.ts'
import { type L1Probe, l1Check } from './l1-probe.ts'
import type { NodeResponse } from './storage-node-checks.ts'

const SKEW_MS_WARNING = 15_000
const SKEW_MS_ERROR = 5 * 60_000

const details = {
  expected: 'a clock within 15 s of L1 and of the storage nodes',
  remedy: 'Set the clock: run an NTP client.',
}

export type ClockCheckOptions = {
  readonly probe: L1Probe
  readonly clock: Clock
  /** Left out where the storage nodes are not asked. */
  readonly nodeResponses?: () => Promise<NodeResponse[]>
}

export function clockCheck({ probe, clock, nodeResponses }: ClockCheckOptions): Check {
  return l1Check('clock', probe, async () => {
    const { timestamp } = await getBlock(probe.l1.client, { blockTag: 'latest' })
    const findings = [blockFinding(Number(timestamp) * 1000 - clock.now())]
    const responses = (await nodeResponses?.().catch(() => [])) ?? []
    const offsetsMs = responses.flatMap((response) =>
      'signer' in response ? (response.clockOffsetMs ?? []) : [],
    )
    return offsetsMs.length === 0 ? findings : [...findings, nodesFinding(offsetsMs)]
  })
}

/** @param aheadMs how far L1's latest block is ahead of this clock */
export function blockFinding(aheadMs: number): Finding {
  const behind = `${secondsText(aheadMs)} behind L1's latest block`
  if (aheadMs > SKEW_MS_ERROR) return failure(behind, details)
  if (aheadMs > SKEW_MS_WARNING) return warning(behind, details)
  return ok(`L1's latest block is ${secondsText(aheadMs)} old`)
}

/** @param offsetsMs how far each node's clock is ahead of this one; Date headers are whole seconds */
export function nodesFinding(offsetsMs: readonly number[]): Finding {
  const sorted = offsetsMs.toSorted((a, b) => a - b)
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0
  const direction = medianMs > 0 ? 'behind' : 'ahead of'
  const found = `${secondsText(medianMs)} ${direction} the storage nodes (median of ${sorted.length})`
  return Math.abs(medianMs) > SKEW_MS_WARNING ? warning(found, details) : ok(found)
}

function secondsText(ms: number): string {
  return `${(Math.abs(ms) / 1000).toFixed(0)} s`
}
