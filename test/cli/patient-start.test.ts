// A service that cannot start yet: it waits, says so once, and is alive and not ready meanwhile.
import { expect, it } from 'vitest'
import { startPatiently } from '../../src/cli/shared/patient-start.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import type { Logger } from '../../src/runtime/logger.ts'
import { manualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

function collectingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const line = (_facts: object, message: string): void => void lines.push(message)
  return {
    logger: { info: line, warn: line, error: line, debug: () => undefined } as unknown as Logger,
    lines,
  }
}

it('a service whose L1 limits the rate for minutes starts when it no longer does, and is not ready meanwhile', async () => {
  const [port = 0] = await reservePorts(1)
  const clock = manualClock(0)
  const { logger, lines } = collectingLogger()
  let attempts = 0
  const started = startPatiently({
    at: { host: '127.0.0.1', port },
    clock,
    logger,
    signal: new AbortController().signal,
    start: async () => {
      attempts += 1
      if (attempts < 12) throw new FloeError('unavailable', 'The endpoint limits the rate.')
      return 'a service'
    },
  })
  await clock.asleep()
  const url = `http://127.0.0.1:${port}`
  const health = await until('the process listens', async () => fetch(`${url}/health`).catch(() => undefined))
  expect(health.status).toBe(200)
  const ready = await fetch(`${url}/ready`)
  expect(ready.status).toBe(503)
  expect(ready.headers.get('retry-after')).toBe('30')
  expect(await ready.text()).toContain('The endpoint limits the rate.')
  for (let pause = 0; pause < 10; pause++) await clock.tick(30_000)
  clock.advance(30_000)
  expect(await started).toBe('a service')
  expect(lines).toEqual(['start delayed: what the service needs is unavailable', 'start continued'])
  await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed')
})

it('a start that waits ends when the process is told to stop, and one with a wrong setting ends immediately', async () => {
  const { logger } = collectingLogger()
  const stop = new AbortController()
  const at = { host: '127.0.0.1', port: 0 }
  const clock = manualClock(0)
  const waits = startPatiently({
    at,
    clock,
    logger,
    signal: stop.signal,
    start: async () => Promise.reject(new FloeError('unavailable', 'L1 is away.')),
  })
  await clock.asleep()
  stop.abort()
  await expect(waits).rejects.toThrow('L1 is away.')
  const wrong = async (): Promise<never> => Promise.reject(new FloeError('configuration', 'Expected a key.'))
  await expect(
    startPatiently({ at, clock, logger, signal: new AbortController().signal, start: wrong }),
  ).rejects.toThrow('Expected a key.')
})
