// A sequencer certifies an invalid encoding, and does not post it. Readers answer 418 immediately, keep the evidence, post the
// certificate, submit the evidence to L1 and fine the disperser; from then on every reader that asks L1 answers 418, whichever slivers
// are served.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { submitEvidence } from '../../src/disputes/submit-evidence.ts'
import { loadEvidence } from '../../src/disputes/manual/evidence.ts'
import { postCertificate } from '../../src/disputes/manual/posting.ts'
import { intentOf, withAccount } from '../../src/disputes/manual/transactions.ts'
import { openDisputeSession } from '../../src/disputes/manual/session.ts'
import { createReader } from '../../src/client/index.ts'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { evidenceCalls } from '../../src/l1/dispute-calls.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { testKey } from '../support/deploy.ts'
import { type Flaw, evilEncode, flaws } from '../support/evil-encoder.ts'
import { Network } from '../support/network.ts'
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
  network = await Network.start({ shards: [1, 1, 1, 1] })
  dir = await mkdtemp(join(tmpdir(), 'floe-evidence-'))
  await writeFile(join(dir, 'challenger.key'), toHex(challengerKey), { mode: 0o600 })
  const chain = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
  await chain.setBalance({ address: addressOfSecretKey(challengerKey), value: 10n ** 18n })
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

/** Starts a read-only sidecar of the same network. @returns its URL */
async function startReader(name: string, changes: Partial<SidecarConfig>): Promise<string> {
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

function disputes(): DisputesContract {
  return new DisputesContract(connectL1([network.rpcUrl]), network.deployment.disputes)
}

async function certifyInvalid(flaw: Flaw, name: string): Promise<{ commitment: Uint8Array; digest: Hex }> {
  const batch = evilBatch(network, evilEncode(geometry, seededBytes(name, BYTES), flaw), BYTES)
  return { commitment: await certify(network, batch), digest: batch.digest }
}

async function untilInvalid(digest: Hex): Promise<void> {
  await until(
    'L1 to hold the header invalid',
    async () => ((await disputes().faultsOf(digest)).inconsistent ? true : undefined),
    60_000,
  )
}

test.each([...flaws])(
  'an encoding with the flaw %s is answered with 418, disproved on L1, and invalid for every reader',
  async (flaw) => {
    const keyed = { challengerKeyFile: join(dir, 'challenger.key') }
    const url = await startReader(`challenger ${flaw}`, keyed)
    const other = await startReader(`other ${flaw}`, {})
    const { commitment, digest } = await certifyInvalid(flaw, `invalid ${flaw}`)
    expect((await get(url, commitment)).status).toBe(418)
    await untilInvalid(digest)
    await until(
      'the disperser to be fined',
      async () => ((await disputes().proofOf(digest)).finedOverInconsistent ? true : undefined),
      60_000,
    )
    // No node answers, so the 418 can only come from L1.
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
    // A reader without the Disputes contract depends on the slivers.
    const uninformed = await createReader({ ...client, timeoutMs: 2_000 })
    await expect(uninformed.get(toHex(commitment))).rejects.toMatchObject({ code: 'unavailable' })
  },
)

test('evidence that is partly on L1 is continued from there', async () => {
  const { commitment, digest } = await certifyInvalid('parity-column', 'parts')
  const { committee, ledger, disputes: address } = network.deployment
  const options = { rpcUrls: [network.rpcUrl], committee, ledger, disputes: address, finality: 2 }
  const session = await openDisputeSession(options)
  onTestFinished(async () => session.close())
  const named = { commitment: toHex(commitment) }
  await expect(loadEvidence(session, named)).rejects.toThrow(/floe post COMMITMENT/)
  const sending = { keyFile: join(dir, 'challenger.key'), journal: join(dir, 'by hand') }
  await postCertificate(options, named.commitment, { ...sending, dryRun: false })
  const proven = await loadEvidence(session, named)
  const { shown, evidence } = proven
  if (evidence.kind !== 'parity') throw new Error(`expected parity evidence, got ${evidence.kind}`)
  await withAccount(session, sending, async (account) => {
    const part = { ...evidence, openings: evidence.openings.slice(0, 2) }
    const [call] = evidenceCalls(address, shown, part)
    if (call === undefined) throw new Error('expected a call for the first two openings')
    await account.send(intentOf({ label: 'part', id: digest, call, precondition: async () => true }))
    expect(await disputes().openingsSubmitted(account.address, digest, evidence.line)).toBe(2)
    // Openings of another account do not count.
    expect(await disputes().openingsSubmitted(address, digest, evidence.line)).toBe(0)
    expect((await disputes().faultsOf(digest)).inconsistent).toBe(false)
    expect(await submitEvidence(session.disputes, account, proven)).toMatchObject([{ outcome: 'mined' }])
    expect((await disputes().faultsOf(digest)).inconsistent).toBe(true)
    // Nothing is left to submit.
    expect(await submitEvidence(session.disputes, account, proven)).toEqual([])
  })
})

test('a sidecar with a key submits the evidence that it kept while it had no key', async () => {
  const { commitment, digest } = await certifyInvalid('parity-row', 'kept')
  const { disputes: address } = network.deployment
  const { keyFile: _, ...config } = network.sidecarConfig
  const withoutKey = { ...config, keyFile: undefined, dir: join(dir, 'kept'), disputes: address }
  const first = await startSidecar(withoutKey)
  expect((await get(first.url, commitment)).status).toBe(418)
  await first.close()
  expect((await disputes().faultsOf(digest)).inconsistent).toBe(false)
  const url = await startReader('kept', { challengerKeyFile: join(dir, 'challenger.key') })
  // The first sidecar may have closed before its search ended; then this read starts the search again.
  await get(url, commitment)
  await untilInvalid(digest)
})
