// Checks of a configuration against the world: the same before a service starts and in `floe doctor`.
//
// Guarantees:
// - All at once: checks run at the same time, each with a bound, and none hides what another found.
// - An error is what will not work until somebody changes something here, or what the service cannot start without. What may
//   pass while the service runs (a storage node that is down, an account to be funded) is a warning: a restart in the middle
//   of somebody else's outage must not become one more.
// - Looking changes nothing: no file is written, no folder made, no key sent anywhere.
import { asFloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'

export type Finding = {
  readonly status: 'ok' | 'warning' | 'error'
  readonly found: string
  /** Of a warning or an error about what was found, as opposed to one that nothing could be found. */
  readonly expected?: string
  readonly remedy?: string
  /** An error that may pass by itself: starting again later may do. */
  readonly passes?: boolean
}

export type Check = {
  readonly name: string
  /** One finding, or one for each thing that is checked. */
  readonly look: () => Promise<Finding | readonly Finding[]>
}

export type Result = Finding & { readonly check: string }

/** More than two L1 requests that hang. */
const CHECK_MS_MAX = 15_000

export function ok(found: string): Finding {
  return { status: 'ok', found }
}

export function warning(found: string, details: { expected: string; remedy: string }): Finding {
  return { status: 'warning', found, ...details }
}

export function failure(
  found: string,
  details: { expected: string; remedy: string; passes?: boolean },
): Finding {
  return { status: 'error', found, ...details }
}

/** For what depends on something that another check tells of. */
export function notChecked(why: string): Finding {
  return { status: 'warning', found: `not checked: ${why}` }
}

/** Runs all checks at once. Never rejects. */
export async function runChecks(checks: readonly Check[], clock: Clock): Promise<Result[]> {
  const results = await Promise.all(
    checks.map(async ({ name, look }) => {
      const findings = await lookInTime(look, clock)
      return findings.map((finding): Result => ({ check: name, ...finding }))
    }),
  )
  return results.flat()
}

async function lookInTime(look: Check['look'], clock: Clock): Promise<readonly Finding[]> {
  const controller = new AbortController()
  const late = clock.sleep(CHECK_MS_MAX, controller.signal).then(
    () => notChecked(`no answer within ${CHECK_MS_MAX / 1000} s`),
    () => notChecked('stopped'),
  )
  try {
    return [await Promise.race([look(), late])].flat()
  } catch (error) {
    return [notChecked(asFloeError(error).message)]
  } finally {
    controller.abort()
  }
}

/** A question that several checks ask, asked once. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return async () => {
    answer ??= ask()
    return answer
  }
}
