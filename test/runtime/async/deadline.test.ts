// Deadlines on a clock that the test moves: what aborts the work, with which reason, and that nothing is left afterwards.
import { expect, test } from 'vitest'
import {
  linkAbort,
  settledWithin,
  startDeadline,
  untilAborted,
  withDeadline,
  withFallback,
} from '../../../src/runtime/async/deadline.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'

const START_SECONDS = 1_900_000_000
const stopped = new Error('stopped by the test')

/** A signal that counts the listeners it has. */
function countedSignal(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listeners += 1
    add(...listener)
  }
  signal.removeEventListener = (...listener: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...listener)
  }
  return { controller, listeners: () => listeners }
}

/** Work that ends only when its signal aborts, with the reason of the abort. */
async function untilReason(signal: AbortSignal): Promise<unknown> {
  return untilAborted(new Promise(() => undefined), signal).catch((reason: unknown) => reason)
}

test('withDeadline returns the result of work that ends in time, and leaves no sleep and no listener', async () => {
  const clock = manualClock(START_SECONDS)
  const { controller, listeners } = countedSignal()
  const options = { clock, timeoutMs: 1_000, signals: [controller.signal, undefined] }
  const result = await withDeadline(options, async (signal) => {
    clock.advance(999)
    return [signal.aborted, listeners()]
  })
  expect(result).toEqual([false, 1])
  expect([clock.sleeping(), listeners()]).toEqual([0, 0])
})

test('withDeadline aborts work that takes longer than its time, with a TimeoutError', async () => {
  const clock = manualClock(START_SECONDS)
  const reason = withDeadline({ clock, timeoutMs: 1_000 }, untilReason)
  clock.advance(1_000)
  expect(await reason).toMatchObject({ name: 'TimeoutError', message: 'The work took over 1000 ms.' })
  expect(clock.sleeping()).toBe(0)
})

test('withDeadline aborts work with the reason that it was given', async () => {
  const clock = manualClock(START_SECONDS)
  const reason = withDeadline({ clock, timeoutMs: 5, reason: () => stopped }, untilReason)
  clock.advance(5)
  expect(await reason).toBe(stopped)
})

test('withDeadline aborts work with the reason of a signal that aborts before the time is over', async () => {
  const clock = manualClock(START_SECONDS)
  const { controller, listeners } = countedSignal()
  const options = { clock, timeoutMs: 1_000, signals: [new AbortController().signal, controller.signal] }
  const reason = withDeadline(options, untilReason)
  controller.abort(stopped)
  expect(await reason).toBe(stopped)
  expect([clock.sleeping(), listeners()]).toEqual([0, 0])
})

test('withDeadline starts work with an aborted signal when one of its signals has aborted before', async () => {
  const clock = manualClock(START_SECONDS)
  const options = { clock, timeoutMs: 1_000, signals: [AbortSignal.abort(stopped)] }
  expect(await withDeadline(options, untilReason)).toBe(stopped)
})

test('withDeadline passes on the error of its work, and leaves no sleep', async () => {
  const clock = manualClock(START_SECONDS)
  const failing = withDeadline({ clock, timeoutMs: 1_000 }, async () => Promise.reject(stopped))
  await expect(failing).rejects.toBe(stopped)
  expect(clock.sleeping()).toBe(0)
})

test('a deadline has expired when its time is over, and not when a signal ended it', async () => {
  const clock = manualClock(START_SECONDS)
  const stop = new AbortController()
  const [first, second] = [
    startDeadline({ clock, timeoutMs: 1_000 }),
    startDeadline({ clock, timeoutMs: 1_000, signals: [stop.signal] }),
  ]
  stop.abort(stopped)
  second.release()
  clock.advance(1_000)
  await untilReason(first.signal)
  expect([first.expired(), second.expired()]).toEqual([true, false])
  first.release()
})

test('linkAbort aborts with the first reason, and not after its listeners are removed', () => {
  const [linked, unlinked] = [new AbortController(), new AbortController()]
  const [first, second] = [new AbortController(), new AbortController()]
  linkAbort(linked, [undefined, first.signal, second.signal])
  linkAbort(unlinked, [first.signal, second.signal])()
  second.abort(stopped)
  first.abort(new Error('later'))
  expect([linked.signal.reason, unlinked.signal.aborted]).toEqual([stopped, false])
})

test.each([
  ['before its time is over', 999, 'value'],
  ['when its time is over', 1_000, 'fallback'],
])(
  'withFallback returns, %s, the value of a promise that resolves then (after %i ms: %s)',
  async (_, ms, value) => {
    const clock = manualClock(START_SECONDS)
    const slow = Promise.withResolvers<string>()
    const result = withFallback({ clock, timeoutMs: 1_000 }, slow.promise, () => 'fallback')
    clock.advance(ms)
    if (ms < 1_000) slow.resolve('value')
    expect(await result).toBe(value)
    expect(clock.sleeping()).toBe(0)
    slow.reject(stopped)
  },
)

test('withFallback does not call the fallback for a promise that resolves in time', async () => {
  const clock = manualClock(START_SECONDS)
  const calls: string[] = []
  await withFallback({ clock, timeoutMs: 1_000 }, Promise.resolve(), () => calls.push('fallback'))
  expect(calls).toEqual([])
})

test('withFallback passes on a rejection in time', async () => {
  const clock = manualClock(START_SECONDS)
  const failing = withFallback({ clock, timeoutMs: 1_000 }, Promise.reject(stopped), () => 'fallback')
  await expect(failing).rejects.toBe(stopped)
  expect(clock.sleeping()).toBe(0)
})

test('withFallback returns the fallback when a signal aborts', async () => {
  const clock = manualClock(START_SECONDS)
  const stop = new AbortController()
  const options = { clock, timeoutMs: 1_000, signals: [stop.signal] }
  const result = withFallback(options, new Promise(() => undefined), () => 'fallback')
  stop.abort(stopped)
  expect(await result).toBe('fallback')
})

test.each([
  ['a promise that resolved', async () => 'value', true],
  ['a promise that rejected', async () => Promise.reject(stopped), true],
  ['a promise that is pending', async () => new Promise(() => undefined), false],
])('settledWithin tells for %s whether it has settled in time', async (_, promise, settled) => {
  const clock: ManualClock = manualClock(START_SECONDS)
  const answer = settledWithin(clock, 1_000, promise())
  if (!settled) clock.advance(1_000)
  expect(await answer).toBe(settled)
  expect(clock.sleeping()).toBe(0)
})

test('untilAborted rejects with the reason of a signal that aborts first, and drops a later rejection', async () => {
  const { controller, listeners } = countedSignal()
  const slow = Promise.withResolvers<string>()
  const result = untilAborted(slow.promise, controller.signal)
  controller.abort(stopped)
  await expect(result).rejects.toBe(stopped)
  slow.reject(new Error('later'))
  expect(listeners()).toBe(0)
})

test('untilAborted returns the value of a promise that resolves first, and leaves no listener', async () => {
  const { controller, listeners } = countedSignal()
  expect(await untilAborted(Promise.resolve('value'), controller.signal)).toBe('value')
  expect(await untilAborted(Promise.resolve('value'), undefined)).toBe('value')
  expect(listeners()).toBe(0)
})
