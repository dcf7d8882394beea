// A sequencer certifies an invalid encoding, and does not post it. Readers answer 418 immediately, keep the evidence, post the
// certificate, submit the evidence to L1 and fine the disperser; from then on every reader that asks L1 answers 418, whichever slivers
// are served.
import { FloeError } from '../../src/protocol/errors.ts'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { testKey } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { get } from './rollup.ts'
import { until } from '../support/until.ts'

const BYTES = 5_001
const geometry = geometryOf(4)

/** A network, and an account that submits evidence. */
export class EvidenceWorld implements AsyncDisposable {
  readonly network: Network
  readonly dir: string
  readonly keyFile: string

  static async start(): Promise<EvidenceWorld> {
    const network = await Network.start({ shards: [1, 1, 1, 1] })
    const world = new EvidenceWorld(network, await mkdtemp(join(tmpdir(), 'floe-evidence-')))
    const key = testKey('challenger')
    await writeFile(world.keyFile, toHex(key), { mode: 0o600 })
    const chain = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
    await chain.setBalance({ address: addressOfSecretKey(key), value: 10n ** 18n })
    return world
  }

  private constructor(network: Network, dir: string) {
    this.network = network
    this.dir = dir
    this.keyFile = join(dir, 'challenger.key')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]()
    await rm(this.dir, { recursive: true })
  }

  /** Starts a read-only sidecar of the same network. @returns its URL */
  async startReader(name: string, changes: Partial<SidecarConfig>): Promise<string> {
    const { disputes } = this.network.deployment
    const { keyFile: _, ...config } = this.network.sidecarConfig
    const sidecar = await startSidecar({
      ...config,
      keyFile: undefined,
      dir: join(this.dir, name),
      disputes,
      ...changes,
    })
    onTestFinished(async () => sidecar.close())
    return sidecar.url
  }

  disputes(): DisputesContract {
    return new DisputesContract(connectL1([this.network.rpcUrl]), this.network.deployment.disputes)
  }

  async certifyInvalid(flaw: Flaw, name: string): Promise<{ commitment: Uint8Array; digest: Hex }> {
    const batch = evilBatch(this.network, evilEncode(geometry, seededBytes(name, BYTES), flaw), BYTES)
    return { commitment: await certify(this.network, batch), digest: batch.digest }
  }

  async untilInvalid(digest: Hex): Promise<void> {
    await until(
      'L1 to hold the header invalid',
      async () => ((await this.disputes().faultsOf(digest)).inconsistent ? true : undefined),
      60_000,
    )
  }
}

/** Of each flaw: an encoding that has it is disproved on L1. */
export function testDisproofs(flaws: readonly Flaw[], world: () => EvidenceWorld): void {
  test.each([...flaws])(
    'an encoding with the flaw %s is answered with 418, disproved on L1, and invalid for every reader',
    async (flaw) => {
      const { network } = world()
      const keyed = { challengerKeyFile: world().keyFile }
      const url = await world().startReader(`challenger ${flaw}`, keyed)
      const other = await world().startReader(`other ${flaw}`, {})
      const { commitment, digest } = await world().certifyInvalid(flaw, `invalid ${flaw}`)
      expect((await get(url, commitment)).status).toBe(418)
      await world().untilInvalid(digest)
      await until(
        'the disperser to be fined',
        async () => ((await world().disputes().proofOf(digest)).finedOverInconsistent ? true : undefined),
        60_000,
      )
      // No node answers, so the 418 can only come from L1.
      for (const { proxy } of network.nodes) proxy.fault = { kind: 'cut' }
      onTestFinished(() => {
        for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
      })
      await until('the verdict of L1 is final', async () => {
        const { status, headers } = await get(other, commitment)
        if (status === 503) return undefined
        expect([status, headers.get('x-floe-error')]).toEqual([418, 'batch-invalid'])
        return true
      })
      const { committee, ledger, disputes: address } = network.deployment
      const client = { rpcUrls: [network.rpcUrl], committee, ledger }
      const asking = await createReader({ ...client, disputes: address, finality: 2 })
      await until('the reader knows the verdict of L1', async () => {
        const error: unknown = await asking.get(toHex(commitment)).catch((thrown: unknown) => thrown)
        return error instanceof FloeError && error.code === 'batch-invalid' ? true : undefined
      })
      // A reader without the Disputes contract depends on the slivers.
      const uninformed = await createReader({ ...client, timeoutMs: 2_000 })
      await expect(uninformed.get(toHex(commitment))).rejects.toMatchObject({ code: 'unavailable' })
    },
  )
}
