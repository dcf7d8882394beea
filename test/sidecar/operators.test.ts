// What a sidecar passes on of whatever listens at the endpoint of an operator: a status and a code that Floe has, and no text.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askNode } from '../../src/client/storage-node.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import { asFloeError } from '../../src/protocol/errors.ts'
import { attestationDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { HttpClient, httpGet } from '../../src/runtime/http-client.ts'
import { Operators } from '../../src/sidecar/operators.ts'
import { curve } from '../support/arbitraries.ts'
import { testKey } from '../support/deploy.ts'
import { LogCapture } from '../support/log-capture.ts'
import { DOMAIN } from '../node/harness.ts'

const SECRET = 'AKIA-of-the-metadata-service'
const http = new HttpClient()
let server: Server
let answer: (request: IncomingMessage, response: ServerResponse) => void
let endpoint: string
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await http.close()
  server.close()
})

test.each<[string, number, object | string, string]>([
  ['a page of another service', 200, SECRET, 'bad-signature'],
  ['an error of another service', 500, SECRET, 'unavailable'],
  ['a code that Floe does not have', 404, { code: SECRET, message: SECRET }, 'unavailable'],
  [
    'an error of a storage node',
    429,
    { code: 'over-quota', message: SECRET, facts: { a: SECRET } },
    'over-quota',
  ],
  ['an error that is not passed on', 503, { code: 'storage', message: SECRET }, 'unavailable'],
])('no text of %s reaches a client', async (_, status, body, code) => {
  answer = (_request, response) => {
    response.writeHead(status, { 'x-floe-error': SECRET, location: `/${SECRET}` })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const member = { signer: `0x${'01'.repeat(20)}` as const, shards: [0], endpoint }
  const asked = { headersRoot: new Uint8Array(32), committeeRoot: `0x${'02'.repeat(32)}` as const, epoch: 1 }
  const limits = { timeoutMs: 20_000, signal: new AbortController().signal }
  const operators = new Operators({
    http,
    checker: { domain: DOMAIN, curve },
    clock: systemClock,
    logger: createLogger('test', 'silent'),
  })
  const bodyOf = { parts: [new Uint8Array(10)] }
  const attempts = [
    operators.disperse(member, bodyOf, asked, limits),
    operators.attest(member, [`0x${'03'.repeat(32)}`], asked, limits),
  ]
  for (const attempt of attempts) {
    const error = asFloeError(await attempt.catch((thrown: unknown) => thrown))
    expect(error.code).toBe(code)
    expect(JSON.stringify([error.message, error.facts])).not.toContain(SECRET)
  }
})

test('a reader is told the status and the code of a storage node that refuses, and no text of it', async () => {
  answer = (_request, response) => {
    response.writeHead(404)
    response.end(JSON.stringify({ code: 'damaged', message: SECRET }))
  }
  const member = { signer: `0x${'01'.repeat(20)}` as const, shards: [0], endpoint }
  const limits = { bytes: 100, timeoutMs: 20_000, signal: new AbortController().signal }
  await expect(askNode(httpGet(http), member, '/v1/x', limits)).rejects.toThrow(
    `${endpoint} answered 404 (damaged).`,
  )
})

test('a storage node that is down costs one line for all batches, and one when it attests again', async () => {
  const logs = new LogCapture()
  const secretKey = testKey('node')
  const signer = addressOfSecretKey(secretKey)
  const checker = { domain: DOMAIN, curve }
  const operators = new Operators({ http, checker, clock: systemClock, logger: logs.logger })
  const member = { signer, shards: [0], endpoint }
  const asked = { headersRoot: new Uint8Array(32), committeeRoot: `0x${'02'.repeat(32)}` as const, epoch: 1 }
  const limits = { timeoutMs: 20_000, signal: new AbortController().signal }
  const disperse = async (): Promise<unknown> =>
    operators.disperse(member, { parts: [new Uint8Array(10)] }, asked, limits)
  answer = (request) => void request.socket.destroy()
  for (let batch = 0; batch < 20; batch++)
    await expect(disperse()).rejects.toMatchObject({ code: 'unavailable' })
  answer = (_request, response) => {
    const digest = attestationDigest(DOMAIN, asked.headersRoot, fromHex(asked.committeeRoot))
    response.end(JSON.stringify({ signature: toHex(curve.sign(digest, secretKey)) }))
  }
  for (let batch = 0; batch < 20; batch++) await disperse()
  expect(logs.lines()).toMatchObject([
    { level: 40, msg: 'storage node failed: it attests nothing', member: signer, endpoint },
    { level: 30, msg: 'storage node attests again', member: signer, failures: 20 },
  ])
})
