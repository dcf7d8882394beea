// Deletes batches whose promise and grace have ended, and later their headers: a sweep at every interval, which goes on while there
// is more to delete.
import { asFloeError } from '../protocol/errors.ts'
import { runLoop } from '../runtime/async/loop.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import type { Logger } from '../runtime/logger.ts'
import type { RemovedBatches, SliverStore } from '../store/sliver-store.ts'

export type ExpiryOptions = {
  readonly sliverStore: Pick<SliverStore, 'removeExpired' | 'removeExpiredHeaders'>
  /** How long batches are kept after their expiry, to answer challenges (docs/protocol.md §7.1, grace). */
  readonly graceSeconds: number
  /** How long headers are kept after their expiry, to fine dispersers (§7.3). */
  readonly finesSeconds: number
  readonly clock: Clock
  readonly logger: Logger
  readonly onRemoved: (removed: RemovedBatches) => void
}

const INTERVAL_MS = 10_000
/** Batches that one call deletes; dispersals are stored between two calls. */
const BATCHES_MAX = 256
/** Headers that one call deletes, in one write. */
const HEADERS_MAX = 1_024

/** Runs until the signal aborts. Never rejects: a sweep that fails is repeated after the interval. */
export async function runExpiry(options: ExpiryOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options
  const messages = { began: 'expired batches not deleted', ended: 'expired batches deleted again' }
  const log = new ConditionLog({ logger, clock, ...messages, level: 'error' })
  const onError = (error: unknown): void => log.failed('expiry', { err: asFloeError(error) })
  const step = async (): Promise<void> => {
    await sweep(options, signal)
    await sweepHeaders(options, signal)
    log.held('expiry')
  }
  await runLoop({ clock, intervalMs: INTERVAL_MS, onError }, step, signal)
}

async function sweepHeaders(
  { sliverStore, clock, finesSeconds }: ExpiryOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const removed = await sliverStore.removeExpiredHeaders(unixSeconds(clock) - finesSeconds, HEADERS_MAX)
    if (removed < HEADERS_MAX) return
  }
}

async function sweep(options: ExpiryOptions, signal: AbortSignal): Promise<void> {
  const { sliverStore, clock, graceSeconds, logger, onRemoved } = options
  while (!signal.aborted) {
    const removed = await sliverStore.removeExpired(unixSeconds(clock) - graceSeconds, BATCHES_MAX)
    if (removed.batches === 0) return
    crashPoint('node.expired')
    onRemoved(removed)
    logger.info(removed, 'expired batches deleted')
    if (removed.batches < BATCHES_MAX) return
  }
}
