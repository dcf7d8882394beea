// For how long a sidecar asks the committee to serve a batch. A header stands only if it is posted between promise and notice before
// its expiry (docs/protocol.md §6.2), so the retention lies between the two, with room on both sides.
import { FloeError } from '../protocol/errors.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import type { SidecarConfig } from './config.ts'

/** An OP Stack chain can be challenged for a week, after it was down for some days. */
const RETENTION_SECONDS_DEFAULT = 14 * 86_400
/** A clock that is further off is an error of `floe doctor`. Storage nodes refuse an expiry beyond their own now + promise. */
const CLOCK_MARGIN_SECONDS = 300
/**
 * For blocks that are full, endpoints that fail, and transactions that are replaced. A notice has two windows at least where there are
 * disputes, and a window is long enough for any transaction (docs/protocol.md §7); a Ledger without disputes may have shorter times.
 */
const POST_SECONDS_MAX = 3_600
const POST_SHARE_OF_NOTICE = 0.5
/** As many intervals pass before a sidecar whose queue is unreachable posts without an election (post-scheduler.ts). */
const POSTING_INTERVALS = 3

/** @throws FloeError `configuration` when a batch could not be posted in time, or no storage node would sign for it */
export function retentionFor(
  { retentionSeconds, postingIntervalMs }: Pick<SidecarConfig, 'retentionSeconds' | 'postingIntervalMs'>,
  { noticeSeconds, promiseSeconds }: PostingTerms,
): number {
  const postSeconds = Math.min(POST_SECONDS_MAX, POST_SHARE_OF_NOTICE * noticeSeconds)
  const roomSeconds = Math.ceil(postSeconds + (POSTING_INTERVALS * postingIntervalMs) / 1000)
  const [min, max] = [noticeSeconds + roomSeconds, promiseSeconds - CLOCK_MARGIN_SECONDS]
  const facts = { noticeSeconds, promiseSeconds, roomSeconds }
  if (min > max) {
    throw new FloeError(
      'configuration',
      `Expected ${roomSeconds + CLOCK_MARGIN_SECONDS} seconds between the Ledger's notice and its promise, for posts that are late ` +
        `and clocks that differ, got ${promiseSeconds - noticeSeconds}.`,
      {
        facts,
        remedy:
          'Set a shorter --posting-interval. If it is short already, use a Ledger with a longer promise.',
      },
    )
  }
  const seconds = retentionSeconds ?? Math.max(min, Math.min(RETENTION_SECONDS_DEFAULT, max))
  if (seconds >= min && seconds <= max) return seconds
  throw new FloeError(
    'configuration',
    `Expected a retention in ${min}…${max} seconds, got ${seconds}: a post needs ${roomSeconds} seconds and must leave the Ledger's ` +
      `notice of ${noticeSeconds}, and the Ledger's longest promise is ${promiseSeconds}.`,
    {
      facts: { ...facts, retentionSeconds: seconds, min, max },
      remedy: `Leave out --retention, or set it in ${min}s…${max}s.`,
    },
  )
}
