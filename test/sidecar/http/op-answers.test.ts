// What the clients of the OP Stack are answered for each state of a commitment: upstream's by the settings of the rollup, and forks',
// which name the L1 block that included it (docs/getting-started/rollup-operator.md).
import { createPublicClient, http } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { concatBytes } from '../../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../../src/protocol/certificate.ts'
import type { SidecarConfig } from '../../../src/sidecar/config.ts'
import { type RunningSidecar, startSidecar } from '../../../src/sidecar/http/server.ts'
import { type Answer, commit, getPath, put } from '../../e2e/rollup.ts'
import { attest, testHeader } from '../../support/deploy.ts'
import { Network } from '../../support/network.ts'
import { seededBytes } from '../../support/random-bytes.ts'
import { until } from '../../support/until.ts'

let network: Network
let batch: Uint8Array
let good: Uint8Array
const started: RunningSidecar[] = []

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
  batch = seededBytes('good', 1_000)
  good = await commit(network.url, batch)
})

afterAll(async () => {
  for (const sidecar of started) await sidecar.close()
  await network[Symbol.asyncDispose]()
})

async function verifier(name: string, changes: Partial<SidecarConfig>): Promise<string> {
  const dir = `${network.sidecarConfig.dir}-${name}`
  const sidecar = await startSidecar({ ...network.sidecarConfig, dir, keyFile: undefined, ...changes })
  started.push(sidecar)
  return sidecar.url
}

/** A commitment of a batch that no operator holds. */
function certified(
  changes: Parameters<typeof testHeader>[1],
  signers: readonly number[] = [0, 1, 3],
): Uint8Array {
  const operators = network.nodes.map(({ operator }) => operator)
  const header = testHeader('answers', { expiry: Math.floor(Date.now() / 1000) + 3600, ...changes })
  const { signatures } = attest(network.deployment, operators, [header], signers)
  return encodeCertificate({ header, index: 0, path: [], signatures })
}

async function get(url: string, commitment: Uint8Array, query = ''): Promise<Answer> {
  return getPath(url, `/get/0x${Buffer.from(commitment).toString('hex')}${query}`)
}

/** All that an answer tells the client of an error. */
function errorOf({ status, headers, body }: Answer): object {
  const said = (headers.get('x-floe-message') ?? '') !== ''
  return {
    status,
    code: headers.get('x-floe-error'),
    length: headers.get('content-length'),
    bytes: body.length,
    said,
  }
}

/** An answer without a body that a client would have to read. */
function emptyError(status: number, code: string): object {
  return { status, code, length: '0', bytes: 0, said: true }
}

const undecodable = (): Uint8Array => concatBytes(certified({}), Uint8Array.of(0))
const withoutQuorum = (): Uint8Array => certified({}, [0, 1])
const expired = (): Uint8Array => certified({ expiry: Math.floor(Date.now() / 1000) - 605 })

describe("upstream's client", () => {
  test('An invalid commitment is answered with 418 without a body, which op-node asks again, unless the rollup chose to skip.', async () => {
    for (const invalid of [undecodable(), withoutQuorum()])
      expect(errorOf(await get(network.url, invalid))).toEqual(emptyError(418, 'commitment-invalid'))
  })

  test('With --op-invalid skip an invalid commitment is answered with 200 without a body, and nothing else is.', async () => {
    const url = await verifier('skip', { opInvalid: 'skip' })
    for (const invalid of [undecodable(), withoutQuorum()])
      expect(errorOf(await get(url, invalid))).toEqual(emptyError(200, 'commitment-invalid'))
    expect(errorOf(await get(url, certified({})))).toEqual(emptyError(503, 'unavailable'))
    expect(errorOf(await get(url, expired()))).toEqual(emptyError(503, 'expired'))
    expect(errorOf(await getPath(url, '/get/0xzz'))).toEqual(emptyError(400, 'malformed'))
    expect((await get(url, good)).body.equals(batch)).toBe(true)
  })

  test('An expired batch is answered with 503, ten minutes after its expiry, and with 404 only where the rollup chose it.', async () => {
    expect(errorOf(await get(network.url, expired()))).toEqual(emptyError(503, 'expired'))
    const url = await verifier('not-found', { opExpired: 'not-found' })
    expect(errorOf(await get(url, expired()))).toEqual(emptyError(404, 'expired'))
    const justExpired = certified({ expiry: Math.floor(Date.now() / 1000) - 300 })
    expect(errorOf(await get(url, justExpired))).toEqual(emptyError(503, 'unavailable'))
  })

  test('A refused put has no body, because its client would leak the connection.', async () => {
    expect(errorOf(await put(network.url, new Uint8Array()))).toEqual(emptyError(400, 'empty'))
  })
})

describe("a fork's client", () => {
  test('A commitment that no block is named for, or a block before its expiry, is answered with the batch.', async () => {
    const client = createPublicClient({ transport: http(network.rpcUrl) })
    const block = await client.getBlockNumber()
    for (const query of ['', '?l1_inclusion_block_number=0', `?l1_inclusion_block_number=${block}`]) {
      const { status, body } = await get(network.url, good, query)
      expect([status, body.equals(batch)]).toEqual([200, true])
    }
  })

  test('An invalid commitment is answered with 418 and a status code that says why.', async () => {
    for (const [invalid, StatusCode] of [
      [undecodable(), 1],
      [withoutQuorum(), 3],
    ] as const) {
      const { status, headers, body } = await get(network.url, invalid, '?l1_inclusion_block_number=0')
      expect(status).toBe(418)
      expect(headers.get('content-type')).toContain('application/json')
      const json = JSON.parse(body.toString()) as Record<string, unknown>
      expect(json).toEqual({ StatusCode, Msg: expect.stringContaining('Expected') as string })
    }
  })

  test('A commitment that a final block included after its expiry is answered with 418 and status code 2; before it is final, with 503.', async () => {
    const client = createPublicClient({ transport: http(network.rpcUrl) })
    const first = await client.getBlock({ blockNumber: 1n })
    const head = await until('a block well after the first', async () => {
      const block = await client.getBlock()
      return block.timestamp > first.timestamp + 2n ? block : undefined
    })
    const late = certified({ expiry: Number(head.timestamp) - 1 })
    const query = `?l1_inclusion_block_number=${head.number}`
    const answer = await until('the block is final', async () => {
      const found = await get(network.url, late, query)
      if (found.status === 418) return found
      expect(found.status).toBe(503)
      return undefined
    })
    expect(JSON.parse(answer.body.toString())).toMatchObject({ StatusCode: 2 })
    // The block decides, not the time of the request: included in time, the batch is asked for from the operators.
    expect(errorOf(await get(network.url, late, '?l1_inclusion_block_number=1'))).toEqual(
      emptyError(503, 'unavailable'),
    )
  })

  test('A block that L1 does not have yet is answered with 503, and text that is not a number with 400.', async () => {
    expect(errorOf(await get(network.url, good, '?l1_inclusion_block_number=99999999'))).toEqual(
      emptyError(503, 'unavailable'),
    )
    for (const text of ['-1', 'latest', '1.5', '', '9'.repeat(30), '1&l1_inclusion_block_number=2'])
      expect(errorOf(await get(network.url, good, `?l1_inclusion_block_number=${text}`))).toEqual(
        emptyError(400, 'malformed'),
      )
  })

  test('An expired batch is answered with 503 and never with 404, whatever the rollup chose for upstream.', async () => {
    const url = await verifier('fork-not-found', { opExpired: 'not-found', opInvalid: 'skip' })
    expect(errorOf(await get(url, expired(), '?l1_inclusion_block_number=0'))).toEqual(
      emptyError(503, 'expired'),
    )
    expect((await get(url, undecodable(), '?l1_inclusion_block_number=0')).status).toBe(418)
  })
})
