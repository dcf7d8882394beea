// A follower that is killed before, after or between its steps continues from its store.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type CheckedChainStore, LmdbChainStore } from '../support/checked-chain-stores.ts'
import { type Deployment, deployFloe, testOperators } from '../support/deploy.ts'
import { compareWithFresh } from '../support/follower-moves.ts'
import { ReorgingChain } from '../support/reorgs.ts'

const operators = testOperators([1, 1, 1, 1])
/** Span of the process: several steps on a short chain. */
const SPAN_BLOCKS = 40
const LEDGER_BLOCK = 2
let anvil: TestAnvil
let deployment: Deployment
let chain: ReorgingChain
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-follower-crash-'))
  anvil = await startTestAnvil()
  const disperser = { address: operators[0]?.member.signer ?? '0x', quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser)
  chain = await ReorgingChain.open(anvil.url, { deployment, operators, label: 'crash' })
  for (let i = 0; i < 4; i++) {
    await chain.play({ kind: 'post', headers: 2 })
    await chain.play({ kind: 'mine', blocks: 45 })
  }
})
afterAll(async () => {
  await anvil.stop()
  await rm(dir, { recursive: true })
})

function follow(store: CheckedChainStore) {
  const { domain } = deployment
  return new L1Follower({ l1: connectL1([anvil.url]), domain, finality: 12, store })
}

/** Follows in a separate process; resolves with its exit. */
async function followInProcess(folder: string, crashAt: string): Promise<string> {
  const { chainId, ledger } = deployment.domain
  const script = join(import.meta.dirname, 'follower-process.ts')
  const child = spawn(process.execPath, [script, folder, anvil.url, ledger, `${chainId}`, `${SPAN_BLOCKS}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, FLOE_CRASH_AT: crashAt },
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return signal ?? `code ${code}`
}

it.each([
  ['chain.read', 0],
  ['chain.applied', 1],
  ['chain.read:3', 2],
  ['chain.applied:3', 3],
])('Resumable: a follower killed at %s continues without a gap', async (crashAt, applied) => {
  const folder = join(dir, crashAt.replaceAll(/\W/g, '-'))
  expect(await followInProcess(folder, crashAt)).toBe('SIGKILL')
  const cut = await LmdbChainStore.open(folder)
  const reached = LEDGER_BLOCK + SPAN_BLOCKS * applied - 1
  expect(cut.heads().map(({ number }) => number)).toEqual(applied === 0 ? [] : [reached])
  await cut.close()
  await chain.play({ kind: 'post', headers: 1 })
  await chain.play({ kind: 'reorg', depth: 3 })
  await chain.play({ kind: 'post', headers: 1 })
  expect(await followInProcess(folder, '')).toBe('code 0')
  const store = await LmdbChainStore.open(folder)
  const seen = await compareWithFresh(store, chain, follow)
  expect(seen.followed).toEqual(seen.expected)
  await store.close()
})
