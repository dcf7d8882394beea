// Settings of all fast-check properties: FLOE_SEED and FLOE_RUNS from the environment, and failures that say how to replay them.
import fc from 'fast-check'

function integerOf(name: string): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`${name} is ${JSON.stringify(text)}, expected an integer`)
  return value
}

function report(details: fc.RunDetails<unknown>): void {
  if (!details.failed) return
  const replay = `Replay it with FLOE_SEED=${details.seed}`
  throw new Error(`${replay}\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance })
}

const seed = integerOf('FLOE_SEED')
fc.configureGlobal({
  ...(seed === undefined ? {} : { seed }),
  numRuns: integerOf('FLOE_RUNS') ?? 20,
  reporter: report,
})
