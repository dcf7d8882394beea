// Shared runs: which callers share one, and what happens to a run when its callers leave.
import { expect, test } from 'vitest'
import { SingleFlight, coalesce } from '../../../src/runtime/async/single-flight.ts'

const stopped = new Error('stopped by the test')

/** Work that counts its runs and ends when the test says so. */
function slowWork(): {
  runs: PromiseWithResolvers<number>[]
  signals: AbortSignal[]
  work: (signal: AbortSignal) => Promise<number>
} {
  const runs: PromiseWithResolvers<number>[] = []
  const signals: AbortSignal[] = []
  const work = async (signal: AbortSignal): Promise<number> => {
    const run = Promise.withResolvers<number>()
    runs.push(run)
    signals.push(signal)
    return run.promise
  }
  return { runs, signals, work }
}

test('callers of one key share a run, and callers of another key do not', async () => {
  const flights = new SingleFlight<string, number>()
  const { runs, work } = slowWork()
  const results = [flights.run('a', work), flights.run('a', work), flights.run('b', work)]
  expect([runs.length, flights.size, flights.has('a'), flights.has('c')]).toEqual([2, 2, true, false])
  runs.forEach((run, i) => run.resolve(i))
  expect(await Promise.all(results)).toEqual([0, 0, 1])
  expect(flights.size).toBe(0)
})

test('a caller after the end of a run starts a new one, also after a failure', async () => {
  const flights = new SingleFlight<string, number>()
  const { runs, work } = slowWork()
  const failing = flights.run('a', work)
  runs[0]?.reject(stopped)
  await expect(failing).rejects.toBe(stopped)
  const next = flights.run('a', work)
  runs[1]?.resolve(7)
  expect(await next).toBe(7)
})

test('a caller whose signal aborts leaves, and the run goes on for the others', async () => {
  const flights = new SingleFlight<string, number>()
  const { runs, signals, work } = slowWork()
  const leaving = new AbortController()
  const [left, staying] = [flights.run('a', work, leaving.signal), flights.run('a', work)]
  leaving.abort(stopped)
  await expect(left).rejects.toBe(stopped)
  expect([signals[0]?.aborted, flights.has('a')]).toEqual([false, true])
  runs[0]?.resolve(3)
  expect(await staying).toBe(3)
})

test('a run is cancelled when every caller has left, and a later caller starts a new one', async () => {
  const flights = new SingleFlight<string, number>()
  const { runs, signals, work } = slowWork()
  const leaving = new AbortController()
  const callers = [1, 2].map(async () => flights.run('a', work, leaving.signal))
  leaving.abort(stopped)
  for (const caller of callers) await expect(caller).rejects.toBe(stopped)
  expect([signals[0]?.aborted, flights.size]).toEqual([true, 0])
  const next = flights.run('a', work)
  runs[0]?.reject(stopped)
  runs[1]?.resolve(5)
  expect(await next).toBe(5)
})

test('a caller whose signal has aborted before starts no run', async () => {
  const flights = new SingleFlight<string, number>()
  const { runs, work } = slowWork()
  await expect(flights.run('a', work, AbortSignal.abort(stopped))).rejects.toBe(stopped)
  expect(runs.length).toBe(0)
})

test('values() lists the results of the runs in flight', async () => {
  const flights = new SingleFlight<string, number>()
  const { runs, work } = slowWork()
  const callers = [flights.run('a', work), flights.run('b', work)]
  runs.forEach((run, i) => run.resolve(i))
  expect(await Promise.all(flights.values())).toEqual([0, 1])
  await Promise.all(callers)
})

test('coalesced callers get a run that starts after their call, one run at a time', async () => {
  const { runs, work } = slowWork()
  const run = coalesce(async () => work(new AbortController().signal))
  const first = run()
  await Promise.resolve()
  const [second, third] = [run(), run()]
  expect(runs.length).toBe(1)
  runs[0]?.resolve(0)
  expect(await first).toBe(0)
  await expect.poll(() => runs.length).toBe(2)
  runs[1]?.resolve(1)
  expect(await Promise.all([second, third])).toEqual([1, 1])
})

test('a coalesced run is cancelled only when every caller of it has aborted', async () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const checks: (() => void)[] = []
  const proceed = Promise.withResolvers<void>()
  const run = coalesce(async (throwIfCancelled) => {
    checks.push(throwIfCancelled)
    await proceed.promise
    throwIfCancelled()
  })
  const callers = [run(one.signal), run(other.signal)]
  await Promise.resolve()
  one.abort(stopped)
  expect(checks[0]).not.toThrow()
  other.abort(stopped)
  proceed.resolve()
  for (const caller of callers) await expect(caller).rejects.toBe(stopped)
})

test('a coalesced run follows one that failed', async () => {
  const { runs, work } = slowWork()
  const run = coalesce(async () => work(new AbortController().signal))
  const first = run()
  await Promise.resolve()
  const second = run()
  runs[0]?.reject(stopped)
  await expect(first).rejects.toBe(stopped)
  await expect.poll(() => runs.length).toBe(2)
  runs[1]?.resolve(2)
  expect(await second).toBe(2)
})
