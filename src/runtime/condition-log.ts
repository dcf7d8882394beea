// Log lines about states that last, such as a node that is away: one line when the state begins, one when it ends, a reminder
// every hour. A line for each attempt would bury the others, and fill a disk during an outage.
//
// A state that comes and goes is damped: once it begins again within a minute of its end, a change is logged only when it has
// lasted for a minute, and that line counts the changes that had none. There are no timers: the next report of a key logs what
// is due.
import type { Clock } from './clock.ts'

const QUIET_MS = 60_000
const REMINDER_MS = 3_600_000
/** Most keys that are known. Above it, the one that failed longest ago is forgotten without a line. */
const KEYS_MAX = 1_000

/** What a condition log needs of a logger. */
export type ConditionLogger = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error?(facts: object, message: string): void
}

export type ConditionLogOptions = {
  readonly logger: ConditionLogger
  readonly clock: Clock
  /** Message of the line when the state begins, and of its reminders. */
  readonly began: string
  /** Message of the line when the state ends. */
  readonly ended: string
  /** Level of `began`; that of `ended` is `info`. */
  readonly level?: 'warn' | 'error'
}

type Condition = {
  readonly lasts: boolean
  /** When `lasts` changed. */
  readonly changedMs: number
  /** Whether it lasts by the last line. */
  readonly logged: boolean
  readonly loggedMs: number
  /** When the state began that the last line, or the next, is about. */
  readonly beganMs: number
  readonly failures: number
  readonly damped: boolean
  /** Changes of `lasts` since the last line. */
  readonly changes: number
  readonly fields: object
}

export class ConditionLog {
  readonly #options: ConditionLogOptions
  readonly #conditions = new Map<string, Condition>()

  constructor(options: ConditionLogOptions) {
    this.#options = options
  }

  /**
   * Reports that the state of `key` lasts, as often as the caller sees it.
   * @param fields what a line says, the name of the thing included
   */
  failed(key: string, fields: object): void {
    const { logger, clock, began, level = 'warn' } = this.#options
    const nowMs = clock.monotonic()
    const condition = afterFailure(this.#conditions.get(key), fields, nowMs)
    const due =
      (!condition.logged && isSettled(condition, nowMs)) || nowMs - condition.loggedMs >= REMINDER_MS
    const first = condition.failures === 1 && condition.changes === 1
    const line = first ? condition.fields : lineOf(condition, nowMs)
    if (due && level === 'error' && logger.error !== undefined) logger.error(line, began)
    else if (due) logger.warn(line, began)
    this.#keep(key, due ? afterLine(condition, nowMs) : condition)
  }

  /**
   * Reports that the state of `key` does not last, as often as the caller sees it.
   * @param fields added to those of the last failure
   */
  held(key: string, fields: object = {}): void {
    const before = this.#conditions.get(key)
    if (before === undefined || !(before.lasts || before.logged)) return
    const { logger, clock, ended } = this.#options
    const nowMs = clock.monotonic()
    const condition = before.lasts ? changed(before, nowMs) : before
    const due = condition.logged && isSettled(condition, nowMs)
    if (due) logger.info({ ...lineOf(condition, condition.changedMs), ...fields }, ended)
    this.#conditions.set(key, due ? afterLine(condition, nowMs) : condition)
  }

  #keep(key: string, condition: Condition): void {
    this.#conditions.delete(key)
    this.#conditions.set(key, condition)
    const [oldest] = this.#conditions.keys()
    if (this.#conditions.size > KEYS_MAX && oldest !== undefined) this.#conditions.delete(oldest)
  }
}

function afterFailure(before: Condition | undefined, fields: object, nowMs: number): Condition {
  if (before?.lasts === true) return { ...before, fields, failures: before.failures + 1 }
  const since = { beganMs: nowMs, failures: 1 }
  if (before === undefined) {
    const neverLogged = { logged: false, loggedMs: nowMs, damped: false, changes: 1 }
    return { lasts: true, changedMs: nowMs, ...since, ...neverLogged, fields }
  }
  const damped = before.logged || nowMs - before.changedMs < QUIET_MS
  const counted = before.logged ? { failures: before.failures + 1 } : since
  return { ...changed(before, nowMs), ...counted, damped, fields }
}

function changed(condition: Condition, nowMs: number): Condition {
  return { ...condition, lasts: !condition.lasts, changedMs: nowMs, changes: condition.changes + 1 }
}

function afterLine(condition: Condition, nowMs: number): Condition {
  return { ...condition, logged: condition.lasts, loggedMs: nowMs, changes: 0 }
}

function isSettled({ damped, changedMs }: Condition, nowMs: number): boolean {
  return !damped || nowMs - changedMs >= QUIET_MS
}

function lineOf(condition: Condition, untilMs: number): object {
  const { fields, beganMs, failures, changes } = condition
  const seconds = Math.round((untilMs - beganMs) / 1000)
  // An odd number of changes: the line is about the last of them.
  const suppressed = changes - (changes % 2)
  return { ...fields, seconds, failures, ...(suppressed > 0 ? { suppressed } : {}) }
}
