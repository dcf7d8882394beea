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
import { rpcReason } from '../l1/rpc.ts'
import { plainText } from '../runtime/text.ts'
import { withFallback } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'

export type Finding =
  | {
      readonly status: 'ok' | 'not checked'
      readonly found: string
      readonly expected?: never
      readonly remedy?: never
      readonly transient?: never
    }
  | ProblemFinding

type ProblemFinding = {
  readonly status: 'warning' | 'error'
  readonly found: string
  readonly expected: string
  readonly remedy: string
  /** The error may disappear without a change, so that a later start can succeed. */
  readonly transient?: boolean
}

export type Check = {
  readonly name: string
  /** One finding, or one for each thing that is checked. */
  readonly run: () => Promise<Finding | readonly Finding[]>
  /** It is made when all others are done, because it disturbs them. */
  readonly afterOthers?: boolean
}

/** Before a start the service must not run yet; `floe doctor` may be called while it runs. */
export type Occasion = 'start' | 'doctor'

export type Result = Finding & { readonly check: string }
export type Problem = ProblemFinding & { readonly check: string }

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
  return { status: 'not checked', found: `not checked: ${reason}` }
}

/** Runs the checks concurrently, but for those that come after the others. Results are in the order of the checks. Never rejects. */
export async function runChecks(checks: readonly Check[], clock: Clock): Promise<Result[]> {
  const start = async ({ name, run }: Check): Promise<readonly Result[]> => {
    const findings = await runCheck(run, clock)
    return findings.map((finding): Result => ({ check: name, ...finding }))
  }
  const others = checks.filter(({ afterOthers }) => afterOthers !== true)
  const started = new Map(others.map((check) => [check, start(check)]))
  await Promise.all(started.values())
  return (await Promise.all(checks.map(async (check) => started.get(check) ?? start(check)))).flat()
}

async function runCheck(run: Check['run'], clock: Clock): Promise<readonly Finding[]> {
  try {
    const timeout = { clock, timeoutMs: CHECK_TIMEOUT_MS }
    const findings = await withFallback(timeout, run(), () =>
      notChecked(`no response within ${CHECK_TIMEOUT_MS / 1000} s`),
    )
    return [findings].flat()
  } catch (error) {
    return [notChecked(plainText(rpcReason(error)))]
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
