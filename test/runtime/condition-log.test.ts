// States that last: when a line is logged, and what it says.
import { expect, test } from 'vitest'
import { ConditionLog } from '../../src/runtime/condition-log.ts'
import { LogCapture } from '../support/log-capture.ts'
import { manualClock } from '../support/manual-clock.ts'

const node = { node: 'a' }

const pinoFields = new Set(['level', 'time', 'pid', 'hostname'])

function conditionLog(level: 'warn' | 'error' = 'warn') {
  const clock = manualClock(1_000_000)
  const capture = new LogCapture()
  const log = new ConditionLog({
    logger: capture.logger,
    clock,
    began: 'node lost',
    ended: 'node reached',
    level,
  })
  /** The lines since the last call, without what pino adds. */
  const lines = (): object[] => {
    const objects = capture.lines()
    capture.clear()
    return objects.map((line) =>
      Object.fromEntries(Object.entries(line).filter(([name]) => !pinoFields.has(name))),
    )
  }
  return { clock, capture, log, lines }
}

test('a state that lasts has one line when it begins and one when it ends', () => {
  const { clock, log, lines } = conditionLog()
  for (let second = 0; second < 100; second++) {
    log.failed('a', { ...node, reason: `refused ${second}` })
    clock.advance(1000)
  }
  for (let second = 0; second < 100; second++) log.held('a', { later: true })
  expect(lines()).toEqual([
    { msg: 'node lost', ...node, reason: 'refused 0' },
    { msg: 'node reached', ...node, reason: 'refused 99', seconds: 100, failures: 100, later: true },
  ])
})

test('a state that does not last has no line', () => {
  const { log, lines } = conditionLog()
  log.held('a')
  expect(lines()).toEqual([])
})

test('a begin has the level of the log, and an end is information', () => {
  const { log, capture } = conditionLog('error')
  log.failed('a', node)
  log.held('a')
  expect(capture.lines().map(({ level }) => level)).toEqual([50, 30])
})

test('keys are apart', () => {
  const { log, lines } = conditionLog()
  log.failed('a', { node: 'a' })
  log.failed('b', { node: 'b' })
  log.held('a')
  expect(lines().map((line) => Object.values(line).slice(0, 1))).toEqual([['a'], ['b'], ['a']])
})

test('a state that lasts for a day has a reminder an hour', () => {
  const { clock, log, lines } = conditionLog()
  for (let minute = 0; minute < 24 * 60; minute++) {
    log.failed('a', node)
    clock.advance(60_000)
  }
  const reminders = lines()
  expect(reminders).toHaveLength(24)
  expect(reminders[1]).toEqual({ msg: 'node lost', ...node, seconds: 3600, failures: 61 })
})

test('a state that comes and goes every second has one pair of lines, then a line an hour with what was left out', () => {
  const { clock, log, lines } = conditionLog()
  for (let second = 0; second < 3603; second++) {
    if (second % 2 === 0) log.failed('a', node)
    else log.held('a')
    clock.advance(1000)
  }
  expect(lines()).toEqual([
    { msg: 'node lost', ...node },
    { msg: 'node reached', ...node, seconds: 1, failures: 1 },
    { msg: 'node lost', ...node, seconds: 0, failures: 1, suppressed: 3600 },
  ])
})

test('a state that comes back within a minute of its end is logged once it has lasted for a minute', () => {
  const { clock, log, lines } = conditionLog()
  log.failed('a', node)
  log.held('a')
  lines()
  for (let second = 0; second <= 60; second++) {
    log.failed('a', node)
    if (second < 60) clock.advance(1000)
  }
  expect(lines()).toEqual([{ msg: 'node lost', ...node, seconds: 60, failures: 61 }])
  log.held('a')
  clock.advance(59_999)
  log.held('a')
  expect(lines()).toEqual([])
  clock.advance(1)
  log.held('a')
  expect(lines()).toEqual([{ msg: 'node reached', ...node, seconds: 60, failures: 61 }])
})

test('a state that was quiet for a minute begins with a line immediately', () => {
  const { clock, log, lines } = conditionLog()
  log.failed('a', node)
  log.held('a')
  log.failed('a', node)
  log.held('a')
  lines()
  clock.advance(60_000)
  log.failed('a', node)
  log.held('a')
  expect(lines()).toEqual([
    { msg: 'node lost', ...node, seconds: 0, failures: 1, suppressed: 2 },
    { msg: 'node reached', ...node, seconds: 0, failures: 1 },
  ])
})

test('a thousand keys are known, and of more the one that failed longest ago is forgotten', () => {
  const { log, lines } = conditionLog()
  for (let key = 0; key <= 1000; key++) log.failed(`${key}`, { key })
  lines()
  log.held('0')
  log.held('1')
  expect(lines()).toMatchObject([{ msg: 'node reached', key: 1 }])
})
