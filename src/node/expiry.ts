// Forgetting what nobody was promised any more: a sweep at every interval, and at once while there is more to delete.
import { asFloeError } from '../protocol/errors.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import type { Logger } from '../runtime/logger.ts'
import type { SliverStore, Removed } from '../store/sliver-store.ts'

export type ExpiryParts = {
  readonly custody: Pick<SliverStore, 'removeExpired'>
  readonly clock: Clock
  /** How long batches are kept after their expiry, to answer challenges (docs/protocol.md §7.1, grace). */
  readonly graceSeconds: number
  readonly logger: Logger
  readonly onRemoved: (removed: Removed) => void
}

const INTERVAL_MS = 10_000
/** Batches a round; between rounds others get to write. */
const ROUND_BATCHES_MAX = 256

/** Runs until the signal aborts. Never rejects: a disk that fails now may work at the next sweep. */
export async function runExpiry(parts: ExpiryParts, signal: AbortSignal): Promise<void> {
  const { clock, logger } = parts
  while (!signal.aborted) {
    try {
      await sweep(parts, signal)
    } catch (error) {
      logger.error({ err: asFloeError(error) }, 'expired batches not deleted')
    }
    await clock.sleep(INTERVAL_MS, signal).catch(() => undefined)
  }
}

async function sweep(parts: ExpiryParts, signal: AbortSignal): Promise<void> {
  const { custody, clock, graceSeconds, logger, onRemoved } = parts
  while (!signal.aborted) {
    const removed = await custody.removeExpired(unixSeconds(clock) - graceSeconds, ROUND_BATCHES_MAX)
    if (removed.batches === 0) return
    crashPoint('node.expired')
    onRemoved(removed)
    logger.info(removed, 'expired batches deleted')
    if (removed.batches < ROUND_BATCHES_MAX) return
  }
}
