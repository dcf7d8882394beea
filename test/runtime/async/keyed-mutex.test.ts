// The keyed mutex: which work runs one after another, and which does not.
import { expect, test } from 'vitest'
import { KeyedMutex } from '../../../src/runtime/async/keyed-mutex.ts'

type Job = {
  readonly started: Promise<void>
  readonly end: (error?: Error) => void
  readonly result: Promise<string>
}

/** Runs work that ends when the test says so. */
function job(mutex: KeyedMutex<string>, keys: readonly string[], log: string[], name: string): Job {
  const started = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<string>()
  const result = mutex.run(keys, async () => {
    log.push(`${name} starts`)
    started.resolve()
    return ended.promise.finally(() => log.push(`${name} ends`))
  })
  const end = (error?: Error): void => (error === undefined ? ended.resolve(name) : ended.reject(error))
  return { started: started.promise, end, result }
}

test('work on one key runs one after another, in the order of the calls', async () => {
  const mutex = new KeyedMutex<string>()
  const log: string[] = []
  const jobs = ['first', 'second', 'third'].map((name) => job(mutex, ['key'], log, name))
  for (const each of jobs) {
    await each.started
    each.end()
  }
  expect(await Promise.all(jobs.map(async ({ result }) => result))).toEqual(['first', 'second', 'third'])
  expect(log).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} starts`, `${name} ends`]))
})

test('work on another key does not wait', async () => {
  const mutex = new KeyedMutex<string>()
  const log: string[] = []
  const [one, other] = [job(mutex, ['a'], log, 'one'), job(mutex, ['b'], log, 'other')]
  await Promise.all([one.started, other.started])
  other.end()
  expect(await other.result).toBe('other')
  one.end()
  await one.result
  expect(log).toEqual(['one starts', 'other starts', 'other ends', 'one ends'])
})

test('work on several keys waits for earlier work on each of them, and holds up later work on each', async () => {
  const mutex = new KeyedMutex<string>()
  const log: string[] = []
  const [a, b] = [job(mutex, ['a'], log, 'a'), job(mutex, ['b'], log, 'b')]
  const both = job(mutex, ['a', 'b'], log, 'both')
  const later = job(mutex, ['b'], log, 'later')
  for (const each of [a, b, both, later]) {
    await each.started
    each.end()
    await each.result
  }
  expect(log.filter((line) => line.endsWith('starts'))).toEqual(
    ['a', 'b', 'both', 'later'].map((name) => `${name} starts`),
  )
  expect(log.indexOf('both starts')).toBeGreaterThan(log.indexOf('b ends'))
  expect(log.indexOf('later starts')).toBeGreaterThan(log.indexOf('both ends'))
})

test('work that fails rejects its own caller only, and the next work on the key runs', async () => {
  const mutex = new KeyedMutex<string>()
  const failure = new Error('the work failed')
  const log: string[] = []
  const [first, second] = [job(mutex, ['key'], log, 'first'), job(mutex, ['key'], log, 'second')]
  first.end(failure)
  await expect(first.result).rejects.toBe(failure)
  second.end()
  expect(await second.result).toBe('second')
})
