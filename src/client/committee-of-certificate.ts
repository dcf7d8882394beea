// The committee against which a certificate is checked. A certificate of an epoch that has not started is invalid for every reader,
// and only a view of L1 that is final and recent shows that (src/l1/epoch-horizon.ts).
import type { Committees } from '../l1/committees.ts'
import { isUndecided } from '../l1/epoch-horizon.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { retry } from '../runtime/async/retry.ts'
import type { Clock } from '../runtime/clock.ts'

/** What names a certificate: the epoch in its header, and all of its bytes. */
type Subject = { readonly epoch: number; readonly commitment: Uint8Array }

/** Half a minute: L1 has a new block within it, unless something is wrong. */
const WAITS_MAX = 5
const WAIT_MS = 6_000

/** @throws FloeError `commitment-invalid` for an epoch that has not started; `unavailable`, also while that is undecided */
export async function committeeOfCertificate(
  committees: Pick<Committees, 'ofEpoch'>,
  { epoch, commitment }: Subject,
): Promise<Committee> {
  const committee = await committees.ofEpoch(epoch, commitment)
  if (committee !== undefined) return committee
  throw new FloeError(
    'commitment-invalid',
    `Expected an epoch that has started on L1, got ${epoch}: no signature for it can hold, also not after it starts.`,
  )
}

type Waiting = { readonly clock: Clock; readonly signal: AbortSignal }

/** Repeats work of a process that asks once, until a block of L1 decides whether the epoch has started. @throws as `work` */
export async function onceDecided<T>({ clock, signal }: Waiting, work: () => Promise<T>): Promise<T> {
  const pauses = { attemptsMax: 1 + WAITS_MAX, backoffMs: WAIT_MS, backoffMsMax: WAIT_MS }
  return retry({ clock, ...pauses, retryIf: isUndecided, signal }, work)
}
