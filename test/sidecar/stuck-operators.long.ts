// The memory of a disperser while two of seven operators accept connections and read nothing: real sockets, five honest operators that
// read and sign, and batches of 1 MiB as fast as they are certified.
import { once } from 'node:events'
import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  createServer as createHttpServer,
} from 'node:http'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { SharedMemory } from '../../src/coding/shared-memory.ts'
import { WorkerPool } from '../../src/coding/worker-pool.ts'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import { type Member, committeeOf } from '../../src/protocol/committee.ts'
import { DISPERSAL_HEAD_BYTES, decodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { NO_CONTENT_HASH, attestationDigest, headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { HttpClient } from '../../src/runtime/http-client.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { prepareDispersal } from '../../src/sidecar/dispersal.ts'
import { Disperser } from '../../src/sidecar/disperser.ts'
import { Operators } from '../../src/sidecar/operators.ts'
import { DOMAIN } from '../node/harness.ts'
import { curve } from '../support/arbitraries.ts'
import { testKey, testOperators } from '../support/deploy.ts'
import { seededBytes } from '../support/random-bytes.ts'

const MIB = 2 ** 20
const BATCHES = 200
const STRAGGLER_BYTES_MAX = 64 * MIB
/** What encoding takes (SharedMemory, up to 320 MiB), V8's heap, and garbage that is not collected yet. */
const OTHER_BYTES_MAX = 320 * MIB + 200 * MIB

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Reads a dispersal to its end and signs it. */
function honest(secretKey: Uint8Array, root: () => string): RequestListener {
  const sign = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let head = Buffer.alloc(0)
    for await (const part of request as AsyncIterable<Buffer>)
      if (head.length < DISPERSAL_HEAD_BYTES) head = Buffer.concat([head, part])
    const { header } = decodeDispersalHead(head.subarray(0, DISPERSAL_HEAD_BYTES))
    const digest = attestationDigest(DOMAIN, headerDigest(DOMAIN, header), fromHex(root() as `0x${string}`))
    response.end(JSON.stringify({ signature: toHex(curve.sign(digest, secretKey)) }))
  }
  return (request, response) => void sign(request, response)
}

test('memory stays within its bound while two operators accept connections and read nothing', async () => {
  const operators = testOperators([1, 1, 1, 1, 1, 1, 1])
  let root = ''
  const members: Member[] = []
  for (const [i, { member, secretKey }] of operators.entries()) {
    const server =
      i < 2 ? createServer((socket) => void socket.pause().on('error', () => undefined)) : undefined
    const endpoint = await listening(server ?? createHttpServer(honest(secretKey, () => root)))
    members.push({ ...member, endpoint })
  }
  const committee = committeeOf(1, `0x${'5e'.repeat(32)}`, members)
  root = committee.root
  const sharedMemory = new SharedMemory()
  const kernel = nodeKernel()
  const coder = new WorkerPool({ kernel, sharedMemory })
  const http = new HttpClient()
  const disperser = new Disperser({
    operators: new Operators({
      http,
      checker: { domain: DOMAIN, curve },
      clock: systemClock,
      logger: createLogger('sidecar', 'silent'),
    }),
    clock: systemClock,
    logger: createLogger('sidecar', 'silent'),
    timeoutMs: 10_000,
    stragglerBytesMax: STRAGGLER_BYTES_MAX,
    onStraggler: () => undefined,
  })
  onTestFinished(async () => {
    disperser.close()
    await http.close()
    await coder.close()
  })
  const secretKey = testKey('disperser')
  const signer = { curve, secretKey, address: addressOfSecretKey(secretKey), domain: DOMAIN }
  const terms = { expiry: 2_000_000_000, contentHash: NO_CONTENT_HASH }
  collect()
  const before = process.memoryUsage().rss
  let [most, mostKept] = [0, 0]
  for (let i = 0; i < BATCHES; i++) {
    const batch = seededBytes(`stuck ${i}`, MIB)
    await disperser.certify(await prepareDispersal({ kernel, coder, signer }, committee, batch, terms))
    most = Math.max(most, process.memoryUsage().rss - before)
    mostKept = Math.max(mostKept, disperser.stragglerBytes())
  }
  console.log({ mostMiB: Math.round(most / MIB), mostKeptMiB: Math.round(mostKept / MIB), batches: BATCHES })
  expect(mostKept).toBeLessThanOrEqual(STRAGGLER_BYTES_MAX)
  expect(most).toBeLessThan(STRAGGLER_BYTES_MAX + OTHER_BYTES_MAX)
})
