// Checks of a configuration against L1, the machine and the storage nodes. A service makes them before it starts, `floe doctor` at any
// time.
//
// Guarantees:
// - All findings together: checks run concurrently, each with a timeout, and no check hides the findings of another.
// - Transient problems are warnings: an error is only what an operator must change, or what the service cannot start without.
// - Checks change nothing: they write no file, create no folder and send no key.
//
// A storage node that is down or an account without ether may recover while the service runs. If they were errors, an operator could
// not restart a sidecar during the outage of another service.
import { asFloeError } from '../protocol/errors.ts'
import { withFallback } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'

export type Finding = {
  readonly status: 'ok' | 'warning' | 'error'
  readonly found: string
  /** Given with a warning or an error, unless the check could not be made. */
  readonly expected?: string
  readonly remedy?: string
  /** The error may disappear without a change, so that a later start can succeed. */
  readonly transient?: boolean
}

export type Check = {
  readonly name: string
  /** One finding, or one for each thing that is checked. */
  readonly run: () => Promise<Finding | readonly Finding[]>
}

export type Result = Finding & { readonly check: string }

/** Longer than two L1 requests that time out one after the other. */
const CHECK_TIMEOUT_MS = 15_000

export function ok(found: string): Finding {
  return { status: 'ok', found }
}

export function warning(found: string, details: { expected: string; remedy: string }): Finding {
  return { status: 'warning', found, ...details }
}

export function failure(
  found: string,
  details: { expected: string; remedy: string; transient?: boolean },
): Finding {
  return { status: 'error', found, ...details }
}

/** For a check that needs something which another check reports as missing. */
export function notChecked(reason: string): Finding {
  return { status: 'warning', found: `not checked: ${reason}` }
}

/** Runs all checks concurrently. Never rejects. */
export async function runChecks(checks: readonly Check[], clock: Clock): Promise<Result[]> {
  const results = await Promise.all(
    checks.map(async ({ name, run }) => {
      const findings = await runCheck(run, clock)
      return findings.map((finding): Result => ({ check: name, ...finding }))
    }),
  )
  return results.flat()
}

async function runCheck(run: Check['run'], clock: Clock): Promise<readonly Finding[]> {
  try {
    const timeout = { clock, timeoutMs: CHECK_TIMEOUT_MS }
    const findings = await withFallback(timeout, run(), () =>
      notChecked(`no response within ${CHECK_TIMEOUT_MS / 1000} s`),
    )
    return [findings].flat()
  } catch (error) {
    return [notChecked(asFloeError(error).message)]
  }
}

/** A question that several checks ask and that is sent once. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return async () => {
    result ??= ask()
    return result
  }
}
