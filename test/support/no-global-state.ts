// The test files of the fast tier share processes, and with them all modules and global objects. A file that changes global state
// and does not restore it fails here, because it could change the result of a file that runs after it.
import { deepStrictEqual } from 'node:assert/strict'
import { afterAll } from 'vitest'

const events = ['uncaughtException', 'unhandledRejection', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What tests replace most often: compared by identity. */
const replaceable: readonly (readonly [object, string])[] = [
  [globalThis, 'fetch'],
  [globalThis, 'Date'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [Math, 'random'],
  [Date, 'now'],
  [performance, 'now'],
  [process.stdout, 'write'],
  [process.stderr, 'write'],
  [console, 'log'],
  [console, 'error'],
]

function globalState() {
  return {
    environment: { ...process.env },
    folder: process.cwd(),
    umask: process.umask(),
    listeners: events.map((event) => `${event}: ${process.listenerCount(event)}`),
    // Libraries that a test loads, such as zod and lmdb, keep their registries under names with two underscores.
    globals: Object.getOwnPropertyNames(globalThis)
      .filter((name) => !name.startsWith('__'))
      .toSorted(),
    values: replaceable.map(([object, name]): unknown => Reflect.get(object, name)),
  }
}

const before = globalState()
afterAll(() => deepStrictEqual(globalState(), before, 'a test left global state behind'))
