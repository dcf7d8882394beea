// Evidence against a header of a sequencer that certifies an invalid encoding: it is submitted to L1 by a reader that finds it, also after
// an interruption, and by a sidecar that kept it. All flaws are in the long tier; here is each kind of evidence once.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { submitEvidence } from '../../src/disputes/submit-evidence.ts'
import { loadEvidence } from '../../src/disputes/manual/evidence.ts'
import { postCertificate } from '../../src/disputes/manual/posting.ts'
import { intentOf, withAccount } from '../../src/disputes/manual/transactions.ts'
import { openDisputeSession } from '../../src/disputes/manual/session.ts'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import { evidenceCalls } from '../../src/l1/dispute-calls.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { EvidenceWorld, testDisproofs } from './evidence-world.ts'
import { get } from './rollup.ts'

let world: EvidenceWorld

beforeAll(async () => {
  world = await EvidenceWorld.start()
})
afterAll(async () => world[Symbol.asyncDispose]())

testDisproofs(['shared-symbol', 'padding'], () => world)

test('evidence that is partly on L1 is continued from there', async () => {
  const { commitment, digest } = await world.certifyInvalid('parity-column', 'parts')
  const { committee, ledger, disputes: address } = world.network.deployment
  const options = { rpcUrls: [world.network.rpcUrl], committee, ledger, disputes: address, finality: 2 }
  const session = await openDisputeSession(options)
  onTestFinished(async () => session.close())
  const named = { commitment: toHex(commitment) }
  await expect(loadEvidence(session, named)).rejects.toThrow(/floe post COMMITMENT/)
  const sending = { keyFile: world.keyFile, journal: join(world.dir, 'by hand') }
  await postCertificate(options, named.commitment, { ...sending, dryRun: false })
  const proven = await loadEvidence(session, named)
  const { shown, evidence } = proven
  if (evidence.kind !== 'parity') throw new Error(`expected parity evidence, got ${evidence.kind}`)
  await withAccount(session, sending, async (account) => {
    const part = { ...evidence, openings: evidence.openings.slice(0, 2) }
    const [call] = evidenceCalls(address, shown, part)
    if (call === undefined) throw new Error('expected a call for the first two openings')
    await account.send(intentOf({ label: 'part', id: digest, call, precondition: async () => true }))
    expect(await world.disputes().openingsSubmitted(account.address, digest, evidence.line)).toBe(2)
    // Openings of another account do not count.
    expect(await world.disputes().openingsSubmitted(address, digest, evidence.line)).toBe(0)
    expect((await world.disputes().faultsOf(digest)).inconsistent).toBe(false)
    expect(await submitEvidence(session.disputes, account, proven)).toMatchObject([{ outcome: 'mined' }])
    expect((await world.disputes().faultsOf(digest)).inconsistent).toBe(true)
    // Nothing is left to submit.
    expect(await submitEvidence(session.disputes, account, proven)).toEqual([])
  })
})

test('a sidecar with a key submits the evidence that it kept while it had no key', async () => {
  const { commitment, digest } = await world.certifyInvalid('parity-row', 'kept')
  const { disputes: address } = world.network.deployment
  const { keyFile: _, ...config } = world.network.sidecarConfig
  const withoutKey = { ...config, keyFile: undefined, dir: join(world.dir, 'kept'), disputes: address }
  const first = await startSidecar(withoutKey)
  expect((await get(first.url, commitment)).status).toBe(418)
  await first.close()
  expect((await world.disputes().faultsOf(digest)).inconsistent).toBe(false)
  const url = await world.startReader('kept', { challengerKeyFile: world.keyFile })
  // The first sidecar may have closed before its search ended; then this read starts the search again.
  await get(url, commitment)
  await world.untilInvalid(digest)
})
