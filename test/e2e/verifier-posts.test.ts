// A sequencer that keeps its certificates from L1, and a verifier's sidecar with a posting key: the certificate that the verifier's
// rollup asks for is posted, and the batch is served meanwhile.
import { expect, onTestFinished, test } from 'vitest'
import { createTestClient, http } from 'viem'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import { testKey } from '../support/deploy.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { commit, get } from './rollup.ts'

const NEVER_MS = 86_400_000
const DAY_SECONDS = 86_400

test("a verifier's sidecar posts a certificate that its sequencer kept from L1, once a reader asks for it", async () => {
  await using network = await Network.start({
    shards: [1, 1, 1, 1],
    sidecar: { postingIntervalMs: NEVER_MS, retentionSeconds: 14 * DAY_SECONDS },
  })
  const batch = seededBytes('kept back', 5_000)
  const commitment = await commit(network.url, batch)
  // The sequencer's sidecar would post what it has before it is too late.
  await network.stopSidecar()
  const { domain } = network.deployment
  const reader = new LedgerReader({ l1: connectL1([network.rpcUrl]), domain })
  const certificate = decodeCertificate(commitment)
  expect(await reader.statusOf(certificate)).toBe('postable')

  const chain = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
  await chain.setBalance({ address: addressOfSecretKey(testKey('verifier')), value: 10n ** 18n })
  const verifier = await startSidecar({
    ...network.sidecarConfig,
    dir: `${network.sidecarConfig.dir}-verifier`,
    keyFile: undefined,
    posterKeyFile: () => toHex(testKey('verifier')),
    postDispersers: [addressOfSecretKey(network.disperserKey)],
  })
  onTestFinished(async () => verifier.close())
  expect((await get(verifier.url, commitment)).body.equals(batch)).toBe(true)
  await until('the certificate stands posted', async () =>
    (await reader.statusOf(certificate)) === 'stands' ? true : undefined,
  )
  expect((await get(verifier.url, commitment)).status).toBe(200)
  await verifier.close()
})
