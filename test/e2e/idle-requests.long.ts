// How many requests an hour a node, a sidecar and a challenger send to an L1 endpoint while nothing happens: providers bill by them.
// Processes with the default settings, on an L1 with blocks of 12 seconds.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { reservePorts } from '../../src/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { startTestAnvil } from '../support/anvil.ts'
import { answerAccount, deployFloe, fundAnswerAccounts, testKey, testOperators } from '../support/deploy.ts'
import { startFloe } from '../support/floe.ts'
import { RpcProxy } from '../support/rpc-proxy.ts'

const START_MS = 60_000
const MEASURED_MS = 120_000
const AN_HOUR_MAX = 10_000

test('an idle node, sidecar and challenger each send at most 10,000 requests an hour to L1', async () => {
  await using anvil = await startTestAnvil({ blockSeconds: 12 })
  const dir = await mkdtemp(join(tmpdir(), 'floe-idle-'))
  onTestFinished(async () => rm(dir, { recursive: true, force: true }))
  const ports = (await reservePorts(3)).map(String)
  const operators = testOperators([1, 1, 1, 1], () => `http://127.0.0.1:${ports[0]}`)
  const disperserKey = testKey('disperser')
  const disperser = { address: addressOfSecretKey(disperserKey), quotaBytes: 10n ** 9n }
  const { committee, ledger, disputes } = await deployFloe(anvil.url, operators, disperser, {})
  await fundAnswerAccounts(anvil.url, 2)
  const counts = new Map<string, number>()
  const start = async (
    name: string,
    flags: readonly string[],
    keys: Record<string, Uint8Array>,
  ): Promise<void> => {
    const count = (): void => void counts.set(name, (counts.get(name) ?? 0) + 1)
    const proxy = await RpcProxy.start(anvil.url, undefined, count)
    const env = {
      ...Object.fromEntries(Object.entries(keys).map(([variable, key]) => [variable, toHex(key)])),
      FLOE_RPC_URL: proxy.url,
      FLOE_COMMITTEE: committee,
      FLOE_LEDGER: ledger,
      FLOE_DISPUTES: disputes,
      FLOE_FINALITY: '2',
    }
    const floe = startFloe([name, ...flags, '--dir', join(dir, name)], { env })
    onTestFinished(async () => {
      floe.process.kill('SIGKILL')
      await floe.finished
      await proxy[Symbol.asyncDispose]()
    })
  }
  const [operator] = operators
  const keyOf = (account: number): Uint8Array => answerAccount(account).secretKey
  await start('node', ['--port', ports[0] ?? ''], {
    FLOE_KEY: operator?.secretKey ?? keyOf(0),
    FLOE_ANSWER_KEY: keyOf(0),
  })
  await start('sidecar', ['--port', ports[1] ?? '', '--ops-port', '0'], { FLOE_KEY: disperserKey })
  await start('challenger', ['--port', ports[2] ?? ''], { FLOE_CHALLENGER_KEY: keyOf(1) })
  await systemClock.sleep(START_MS)
  counts.clear()
  await systemClock.sleep(MEASURED_MS)
  const perHour = Object.fromEntries(
    [...counts].map(([name, count]) => [name, Math.round((count * 3_600_000) / MEASURED_MS)]),
  )
  console.log('requests an hour', perHour)
  expect(Object.keys(perHour).toSorted()).toEqual(['challenger', 'node', 'sidecar'])
  for (const requests of Object.values(perHour)) expect(requests).toBeLessThan(AN_HOUR_MAX)
})
