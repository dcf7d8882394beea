// The time in which a header must be posted (docs/protocol.md §6.2): a sidecar that runs out of it says so and posts nothing in vain,
// and after an epoch has retired, the headers that can be posted for the shortest time are posted first.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestClient, http, publicActions } from 'viem'
import { expect, test } from 'vitest'
import type { Status } from '../../src/client/sidecar-status.ts'
import { FINAL_BLOCKS } from '../../src/devnet/anvil.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { Program } from '../support/child-process.ts'
import { testKey } from '../support/deploy.ts'
import { mineBlocks, moveTime, startEpoch } from '../support/epochs.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit, get } from './rollup.ts'

const NEVER_MS = 3_600_000
const DAY_SECONDS = 86_400
const shards = [1, 1, 1, 1]
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

async function statusOf(url: string): Promise<Status> {
  return (await (await fetch(`${url}/v1/status`)).json()) as Status
}

/** A sidecar over the folder of the network's, in a process of its own. */
async function startSidecarProcess(
  { sidecarConfig, rpcUrl, deployment }: Network,
  flags: readonly string[],
): Promise<Program> {
  const [port = 0] = await reservePorts(1)
  const { dir, keyFile, finality } = sidecarConfig
  const settings = { port, dir, 'key-file': keyFile, finality, 'ops-port': 0, 'rpc-url': rpcUrl }
  const contracts = { committee: deployment.committee, ledger: deployment.ledger }
  const own = Object.entries({ ...settings, ...contracts }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ])
  const program = new Program({
    name: 'sidecar',
    url: `http://127.0.0.1:${port}`,
    command: [process.execPath, main, 'sidecar', ...own, ...flags, '--exit-with-parent'],
    ready: 'sidecar listening',
  })
  await program.start()
  return program
}

test('a batch that cannot be posted in time is missed: status, metric and log say so, it is served, and it is not posted later', async () => {
  const posting = { noticeSeconds: 10n }
  await using network = await Network.start({ shards, posting, sidecar: { postingIntervalMs: 300 } })
  await network.stopSidecar()
  const posterKey = testKey('an account without ether')
  const posterKeyFile = join(network.sidecarConfig.dir, '..', 'poster.key')
  await writeFile(posterKeyFile, toHex(posterKey), { mode: 0o600 })
  const sidecar = await startSidecarProcess(network, [
    '--poster-key-file',
    posterKeyFile,
    '--posting-interval',
    '300ms',
    // Six seconds more than the notice.
    '--retention',
    '16s',
  ])
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => sidecar.kill())
  const { url } = sidecar
  const batch = seededBytes('missed', 5_000)
  const commitment = await commit(url, batch)
  const digest = digestOf(network, commitment)
  const { header } = decodeCertificate(commitment)
  expect((await statusOf(url)).spool.postableUntil).toBe(header.expiry - 10)
  await until('the batch is missed', async () =>
    (await statusOf(url)).batches.missed === 1 ? true : undefined,
  )
  const after = await statusOf(url)
  expect([after.batches.waiting, after.spool.unposted, after.spool.postableUntil]).toEqual([0, 0, null])
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^floe_sidecar_batches\{state="missed"\} 1$/m)
  expect(sidecar.output).toContain('posts delayed: a deadline is near')
  const line = sidecar.output.split('\n').find((each) => each.includes('batch not posted in time'))
  expect(line).toContain(digest)
  expect((await get(url, commitment)).body.equals(batch)).toBe(true)
  const client = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) }).extend(publicActions)
  const address = addressOfSecretKey(posterKey)
  await client.setBalance({ address, value: 10n ** 18n })
  const next = digestOf(network, await commit(url, seededBytes('in time', 5_000)))
  await until('the next batch is final', async () =>
    (await statusOf(url)).batches.final === 1 ? true : undefined,
  )
  expect((await allPosted(network)).map((posted) => posted.digest)).toEqual([next])
  expect(await client.getTransactionCount({ address })).toBe(1)
})

test('when an epoch retires while batches wait, each of them is posted alone and in time, those first that must be posted soonest', async () => {
  const posting = { noticeSeconds: BigInt(7 * DAY_SECONDS), promiseSeconds: BigInt(15 * DAY_SECONDS) }
  await using network = await Network.start({ shards, posting, sidecar: { postingIntervalMs: NEVER_MS } })
  const { rpcUrl, deployment } = network
  /** Two batches that expire after so many days. */
  const put = async (days: number): Promise<{ digests: Hex[]; expiry: number }> => {
    await network.restartSidecar({ retentionSeconds: days * DAY_SECONDS })
    const commitments = [
      await commit(network.url, seededBytes(`first of ${days} days`, 3_000)),
      await commit(network.url, seededBytes(`second of ${days} days`, 3_000)),
    ]
    const [first] = commitments
    return {
      digests: commitments.map((commitment) => digestOf(network, commitment)),
      expiry: decodeCertificate(first as Uint8Array).header.expiry,
    }
  }
  const late = await put(14)
  const soon = await put(12)
  const { committee, members } = deployment
  await startEpoch(rpcUrl, committee, members.members)
  await startEpoch(rpcUrl, committee, members.members)
  await mineBlocks(rpcUrl, FINAL_BLOCKS)
  // A minute before the last second of the first batches.
  await moveTime(rpcUrl, soon.expiry - 7 * DAY_SECONDS - 60)
  await network.restartSidecar({ postingIntervalMs: 300 })
  await until('all batches are final', async () =>
    (await statusOf(network.url)).batches.final === 4 ? true : undefined,
  )
  const posted = await allPosted(network)
  const digests = posted.map(({ digest }) => digest)
  // Both of a pair may expire in the same second, and have no order then.
  expect([digests.slice(0, 2).sort(), digests.slice(2).sort()]).toEqual([
    soon.digests.sort(),
    late.digests.sort(),
  ])
  expect(posted.every(({ stands, digest, headersRoot }) => stands && headersRoot === digest)).toBe(true)
})
