// A sequencer that lies about the code, and readers that do something about it: 418 at once, evidence kept, brought to L1, and
// from then on every reader that asks L1 says 418, whatever the slivers.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { submitEvidence } from '../../src/disputes/submit-evidence.ts'
import { findAccusation } from '../../src/disputes/manual/challenges.ts'
import { intentOf, withSender } from '../../src/disputes/manual/transactions.ts'
import { openDisputeSession } from '../../src/disputes/manual/session.ts'
import { createReader } from '../../src/client/index.ts'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import { createDisputes, disproveCalls } from '../../src/l1/disputes.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { testKey } from '../support/deploy.ts'
import { type Flaw, evilEncode, flaws } from '../support/evil-encoder.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { get } from './rollup.ts'
import { until } from '../support/until.ts'

const BYTES = 5_001
const geometry = geometryOf(4)
const challengerKey = testKey('challenger')
let network: Network
let dir: string

beforeAll(async () => {
  network = await startNetwork({ shards: [1, 1, 1, 1] })
  dir = await mkdtemp(join(tmpdir(), 'floe-evidence-'))
  await writeFile(join(dir, 'challenger.key'), toHex(challengerKey), { mode: 0o600 })
  const chain = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
  await chain.setBalance({ address: addressOfSecretKey(challengerKey), value: 10n ** 18n })
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

/** A sidecar that only reads, over the same network. */
async function reading(name: string, changes: Partial<SidecarConfig>): Promise<string> {
  const { disputes } = network.deployment
  const { keyFile: _, ...config } = network.sidecarConfig
  const sidecar = await startSidecar({
    ...config,
    keyFile: undefined,
    dir: join(dir, name),
    disputes,
    ...changes,
  })
  onTestFinished(async () => sidecar.close())
  return sidecar.url
}

function disputes(): ReturnType<typeof createDisputes> {
  return createDisputes(connectL1([network.rpcUrl]), network.deployment.disputes)
}

async function lie(flaw: Flaw, name: string): Promise<{ commitment: Uint8Array; digest: Hex }> {
  const batch = evilBatch(network, evilEncode(geometry, seededBytes(name, BYTES), flaw), BYTES)
  return { commitment: await certify(network, batch), digest: batch.digest }
}

async function invalid(digest: Hex): Promise<void> {
  await until(
    'L1 to take the evidence',
    async () => ((await disputes().faultsOf(digest)).inconsistent ? true : undefined),
    60_000,
  )
}

test.each([...flaws])('%s: 418, evidence, and L1 says so to everybody', async (flaw) => {
  const keyed = { challengerKeyFile: join(dir, 'challenger.key') }
  const url = await reading(`challenger ${flaw}`, keyed)
  const other = await reading(`other ${flaw}`, {})
  const { commitment, digest } = await lie(flaw, `lie ${flaw}`)
  expect((await get(url, commitment)).status).toBe(418)
  await invalid(digest)
  // No node answers: what is left to say 418 is L1.
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'cut' }
  onTestFinished(() => {
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
  })
  const { status, headers } = await get(other, commitment)
  expect([status, headers.get('x-floe-error')]).toEqual([418, 'batch-invalid'])
  const { committee, ledger, disputes: address } = network.deployment
  const client = { rpcUrls: [network.rpcUrl], committee, ledger }
  const asking = await createReader({ ...client, disputes: address })
  await expect(asking.get(toHex(commitment))).rejects.toMatchObject({ code: 'batch-invalid' })
  // A reader that is not told where to ask is left with the slivers.
  const deaf = await createReader({ ...client, timeoutMs: 2_000 })
  await expect(deaf.get(toHex(commitment))).rejects.toMatchObject({ code: 'unavailable' })
})

test('evidence of which a part is on L1 already is brought from there on', async () => {
  const { commitment, digest } = await lie('parity-column', 'parts')
  const { committee, ledger, disputes: address } = network.deployment
  const flags = { rpcUrl: [network.rpcUrl], committee, ledger, disputes: address, finality: 2 }
  await using session = await openDisputeSession(flags)
  const accusation = await findAccusation(session, { commitment: toHex(commitment) })
  const { checked, evidence } = accusation
  if (evidence.kind !== 'parity') throw new Error(`expected a line, got ${evidence.kind}`)
  const account = { secretKey: challengerKey, address: addressOfSecretKey(challengerKey) }
  await withSender(session, account, join(dir, 'by hand'), async (sender) => {
    const certified = { certificate: commitment, members: checked.committee.members }
    const part = { ...evidence, openings: evidence.openings.slice(0, 2) }
    const [call] = disproveCalls(address, certified, part)
    if (call === undefined) throw new Error('no call')
    await sender.send(intentOf('part', digest, call, async () => true))
    expect(await disputes().openingsBrought(sender.address, digest, evidence.line)).toBe(2)
    // Somebody else's parts are none of ours.
    expect(await disputes().openingsBrought(address, digest, evidence.line)).toBe(0)
    expect((await disputes().faultsOf(digest)).inconsistent).toBe(false)
    expect(await submitEvidence(session.disputes, sender, accusation)).toMatchObject([{ outcome: 'mined' }])
    expect((await disputes().faultsOf(digest)).inconsistent).toBe(true)
    // Nothing is left to prove.
    expect(await submitEvidence(session.disputes, sender, accusation)).toEqual([])
  })
})

test('evidence that was kept without a key is brought by a sidecar that has one, without being asked', async () => {
  const { commitment, digest } = await lie('parity-row', 'kept')
  const { disputes: address } = network.deployment
  const { keyFile: _, ...config } = network.sidecarConfig
  const keeping = { ...config, keyFile: undefined, dir: join(dir, 'keeping'), disputes: address }
  const first = await startSidecar(keeping)
  expect((await get(first.url, commitment)).status).toBe(418)
  await first.close()
  expect((await disputes().faultsOf(digest)).inconsistent).toBe(false)
  // It may have been closed before the search was done; then whoever reads next searches again.
  await reading('keeping', { challengerKeyFile: join(dir, 'challenger.key') }).then(async (url) =>
    get(url, commitment),
  )
  await invalid(digest)
})
