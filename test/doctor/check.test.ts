// Running checks: their findings, their errors and their timeout, on a clock that the test moves.
import { expect, it } from 'vitest'
import { type Check, ok, runChecks } from '../../src/doctor/check.ts'
import { manualClock } from '../support/manual-clock.ts'

const TIMEOUT_MS = 15_000

it('all findings together: a check that hangs and one that throws do not hide the findings of another', async () => {
  const clock = manualClock(0)
  const checks: Check[] = [
    { name: 'hangs', run: async () => new Promise(() => undefined) },
    {
      name: 'throws',
      run: async () => {
        throw new Error('the reason')
      },
    },
    { name: 'answers', run: async () => [ok('one'), ok('two')] },
  ]
  const results = runChecks(checks, clock)
  await clock.asleep()
  clock.advance(TIMEOUT_MS)
  expect(await results).toEqual([
    { check: 'hangs', status: 'not checked', found: 'not checked: no response within 15 s' },
    { check: 'throws', status: 'not checked', found: 'not checked: the reason' },
    { check: 'answers', status: 'ok', found: 'one' },
    { check: 'answers', status: 'ok', found: 'two' },
  ])
  expect(clock.sleeping()).toBe(0)
})

it('a check that disturbs others is made after them, and keeps its place among the results', async () => {
  const order: string[] = []
  const check = (name: string, afterOthers: boolean): Check => ({
    name,
    afterOthers,
    run: async () => {
      order.push(name)
      await Promise.resolve()
      order.push(`${name} done`)
      return ok('')
    },
  })
  const results = await runChecks(
    [check('one', false), check('disturbing', true), check('two', false)],
    manualClock(0),
  )
  expect(order).toEqual(['one', 'two', 'one done', 'two done', 'disturbing', 'disturbing done'])
  expect(results.map(({ check: name }) => name)).toEqual(['one', 'disturbing', 'two'])
})
