// Nitro's DA provider interface of a sidecar over a whole network: what the batch poster stores, any other sidecar recovers, and Nitro's
// real one-step prover accepts the proofs that it hands out (docs/protocol.md §8).
import { writeFile } from 'node:fs/promises'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { type RunningSidecar, startSidecar } from '../../src/sidecar/http/server.ts'
import { readProof, validityProof } from '../support/dispute-evidence.ts'
import { Network } from '../support/network.ts'
import { NitroClient, NitroError, batchArguments, webSocketClient } from '../support/nitro-client.ts'
import { OneStepProver, afterRead } from '../support/one-step-prover.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { commit } from './rollup.ts'

const DAY_SECONDS = 86_400
const NEVER_MS = DAY_SECONDS * 1000
const INVALID = 'certificate validation failed'
const FALL_BACK = 'DA provider requests fallback to next writer'
const TOO_LARGE = 'message too large for current DA backend'
const BATCH_BYTES_MAX = 64 * 1024

let network: Network
let poster: NitroClient
let validator: NitroClient
let prover: OneStepProver
let ledger: LedgerReader

beforeAll(async () => {
  network = await Network.start({
    shards: [1, 1, 1, 1],
    disputes: {},
    // Batches of Nitro are posted without waiting for the interval.
    sidecar: { postingIntervalMs: NEVER_MS, batchBytesMax: BATCH_BYTES_MAX, putTimeoutMs: 600_000 },
  })
  poster = NitroClient.http(network.url)
  validator = NitroClient.http((await startVerifier('verifier')).url)
  prover = await OneStepProver.deploy(network.rpcUrl, network.deployment.nitroProofValidator)
  ledger = new LedgerReader({ l1: connectL1([network.rpcUrl]), domain: network.deployment.domain })
})

const opened: RunningSidecar[] = []

afterAll(async () => {
  for (const sidecar of opened) await sidecar.close()
  await network[Symbol.asyncDispose]()
})

/** A read-only sidecar with a folder of its own. */
async function startVerifier(name: string, changes: Partial<SidecarConfig> = {}): Promise<RunningSidecar> {
  const dir = `${network.sidecarConfig.dir}-${name}`
  const sidecar = await startSidecar({ ...network.sidecarConfig, dir, keyFile: undefined, ...changes })
  opened.push(sidecar)
  return sidecar
}

function timeout(): number {
  return Math.floor(Date.now() / 1000) + 15 * DAY_SECONDS
}

async function untilPosted(certificate: Hex): Promise<void> {
  await until('the certificate stands posted under its own root', async () =>
    (await ledger.statusOf(decodeCertificate(fromHex(certificate)))) === 'stands' ? true : undefined,
  )
}

async function stored(message: Uint8Array): Promise<Hex> {
  const certificate = await poster.store(message, timeout())
  await untilPosted(certificate)
  return certificate
}

async function proofOf(method: string, ...params: readonly string[]): Promise<Hex> {
  return (await validator.call(method, ...params))?.['proof'] as Hex
}

/** Fails unless the prover reads at `offset` what the payload has there, by the proof of the verifier's sidecar. */
async function expectProvenRead(certificate: Hex, batch: Uint8Array, offset: number): Promise<void> {
  const opening = await proofOf('generateReadPreimageProof', `0x${offset.toString(16)}`, certificate)
  const after = await prover.read(certificate, offset, readProof(certificate, opening))
  expect(after, `offset ${offset}`).toEqual(afterRead({ batch, certificate }, offset))
}

/** What the prover pushes for the validity proof of the verifier's sidecar. */
async function provenValidity(certificate: Hex): Promise<bigint | undefined> {
  const proof = await proofOf('generateCertificateValidityProof', certificate)
  const claimed = fromHex(proof)[0] === 1
  const members: Hex = `0x${proof.slice(4)}`
  return (await prover.validate(certificate, validityProof(certificate, claimed, members))).pushed
}

test('a node learns the header byte, and the batch poster a size at which padding still fits', async () => {
  expect(await validator.call('getSupportedHeaderBytes')).toEqual({ headerBytes: '0x01' })
  expect(await poster.call('getMaxMessageSize')).toEqual({ maxSize: BATCH_BYTES_MAX - 1 })
  const largest = seededBytes('largest', BATCH_BYTES_MAX - 1)
  const certificate = await stored(largest)
  expect(Buffer.from(await validator.recoverPayload(certificate)).equals(Buffer.from(largest))).toBe(true)
  for (const beyond of [0, 1, 2, 1_000])
    await expect(poster.store(seededBytes('too large', BATCH_BYTES_MAX + beyond), timeout())).rejects.toThrow(
      TOO_LARGE,
    )
})

describe('a stored message', () => {
  test('A message of any length is recovered by another sidecar, a multiple of 32 with one byte more, and the prover accepts the proofs.', async () => {
    const lengths = [1, 31, 32, 4_095, 4_096]
    const messages = lengths.map((length) => seededBytes(`length ${length}`, length))
    const certificates = await Promise.all(messages.map(stored))
    for (const [i, certificate] of certificates.entries()) {
      const message = messages[i] ?? new Uint8Array()
      const payload = await validator.recoverPayload(certificate)
      expect(payload).toHaveLength(message.length % 32 === 0 ? message.length + 1 : message.length)
      expect(Buffer.from(payload.subarray(0, message.length)).equals(Buffer.from(message))).toBe(true)
      expect(await provenValidity(certificate)).toBe(1n)
      const last = 32 * Math.floor((payload.length - 1) / 32)
      for (const offset of new Set([0, last])) await expectProvenRead(certificate, payload, offset)
      // The replay stops at the last read, because it is short.
      expect(payload.length - last).toBeLessThan(32)
    }
  })

  test('preimages are named by the Keccak-256 of the certificate, under type 3, and encoded in base64', async () => {
    const message = seededBytes('preimages', 500)
    const certificate = await stored(message)
    const base64 = Buffer.from(message).toString('base64')
    const preimages = { '3': { [toHex(keccak_256(fromHex(certificate)))]: base64 } }
    const batch = batchArguments(certificate)
    expect(await validator.call('collectPreimages', ...batch)).toEqual({ Preimages: preimages })
    expect(await validator.call('recoverPayloadAndPreimages', ...batch)).toEqual({
      Payload: base64,
      Preimages: preimages,
    })
  })

  test('the older shape of a read proof, with the hash of the certificate first, gets the same proof', async () => {
    const certificate = await stored(seededBytes('older shape', 500))
    const hash = toHex(keccak_256(fromHex(certificate)))
    const proof = await proofOf('generateReadPreimageProof', '0x20', certificate)
    expect(await proofOf('generateReadPreimageProof', hash, '0x20', certificate)).toBe(proof)
    await expect(
      proofOf('generateReadPreimageProof', `0x${'00'.repeat(32)}`, '0x20', certificate),
    ).rejects.toThrow('Expected the Keccak-256 of the certificate')
  })

  test('the same message stored again, concurrently and later, has the same certificate', async () => {
    const message = seededBytes('again', 700)
    const [first, second] = await Promise.all([
      poster.store(message, timeout()),
      poster.store(message, timeout()),
    ])
    expect(second).toBe(first)
    expect(await poster.store(message, timeout() + 1)).toBe(first)
  })

  test('bytes that were put for another rollup before get a certificate of their own, which is posted alone', async () => {
    const batch = seededBytes('both', 900)
    const commitment = toHex(await commit(network.url, batch))
    const certificate = await stored(batch)
    expect(certificate).not.toBe(commitment)
    expect(toHex(await commit(network.url, batch))).toBe(commitment)
    expect(Buffer.from(await validator.recoverPayload(certificate)).equals(Buffer.from(batch))).toBe(true)
    // What waits for the interval is not posted with it.
    expect(await ledger.statusOf(decodeCertificate(fromHex(commitment)))).toBe('postable')
  })
})

describe('a message in chunks', () => {
  test('a message in chunks, sent in any order by HTTP, is stored like one in a single call', async () => {
    const message = seededBytes('chunks', 10_000)
    const now = Math.floor(Date.now() / 1000)
    const order = [3, 1, 0, 2, 4]
    const certificate = await poster.storeChunked(message, {
      chunkBytes: 2_100,
      timeout: timeout(),
      now,
      order,
    })
    await untilPosted(certificate)
    expect(Buffer.from(await validator.recoverPayload(certificate)).equals(Buffer.from(message))).toBe(true)
    expect(await poster.store(message, timeout())).toBe(certificate)
  })

  test('the whole interface works over one WebSocket', async () => {
    const { client, socket } = await webSocketClient(network.url)
    onTestFinished(() => socket.terminate())
    const message = seededBytes('web socket', 5_000)
    const now = Math.floor(Date.now() / 1000)
    const certificate = await client.storeChunked(message, { chunkBytes: 700, timeout: timeout(), now })
    await untilPosted(certificate)
    expect(Buffer.from(await client.recoverPayload(certificate)).equals(Buffer.from(message))).toBe(true)
    const calls = Array.from({ length: 40 }, async () => client.call('getSupportedHeaderBytes'))
    for (const answer of await Promise.all(calls)) expect(answer).toEqual({ headerBytes: '0x01' })
  })
})

describe('an invalid certificate', () => {
  test('every reading method says so with the text by which Nitro skips the batch, and the prover agrees', async () => {
    const certificate = await stored(seededBytes('changed', 600))
    const changed = fromHex(certificate)
    changed[40] = (changed[40] ?? 0) ^ 1
    const garbage: Hex = `0x0166${'ab'.repeat(90)}`
    // That an epoch has not started is decided by a block that is younger than the first question.
    await until('a block has decided the epoch of the changed certificate', async () => {
      const reason: unknown = await validator.recoverPayload(toHex(changed)).catch((error: unknown) => error)
      return String(reason).includes('younger than this question') ? undefined : true
    })
    for (const invalid of [toHex(changed), `${certificate}00` as Hex, garbage, '0x01' as Hex]) {
      for (const method of ['recoverPayload', 'collectPreimages', 'recoverPayloadAndPreimages'])
        await expect(
          validator.call(method, ...batchArguments(invalid)),
          `certificate ${invalid}`,
        ).rejects.toThrow(INVALID)
      expect(await provenValidity(invalid), `certificate ${invalid}`).toBe(0n)
    }
  })

  test('a batch of a multiple of 32 bytes that was not stored by Nitro is invalid for it', async () => {
    const commitment = toHex(await commit(network.url, seededBytes('not for Nitro', 640)))
    await expect(validator.recoverPayload(commitment)).rejects.toThrow(INVALID)
    expect(await provenValidity(commitment)).toBe(0n)
  })
})

test('a certificate that can still be posted is an error that is asked again, and never one that skips the batch', async () => {
  const commitment = toHex(await commit(network.url, seededBytes('not posted', 650)))
  for (const method of ['recoverPayload', 'collectPreimages', 'recoverPayloadAndPreimages']) {
    const error: unknown = await validator
      .call(method, ...batchArguments(commitment))
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(NitroError)
    expect(String(error)).toContain('is not yet')
    expect(String(error)).not.toContain(INVALID)
  }
  await expect(validator.call('generateCertificateValidityProof', commitment)).rejects.toThrow('is not yet')
})

test('a read-only sidecar refuses to store without asking the poster to fall back', async () => {
  const error: unknown = await validator
    .store(seededBytes('read-only', 10), timeout())
    .catch((caught: unknown) => caught)
  expect(String(error)).toContain('read-only')
  expect(String(error)).not.toContain(FALL_BACK)
})

test('the poster is told to fall back while no quorum answers, and stores again when one does', async () => {
  const url = (await startVerifier('hasty', { keyFile: network.sidecarConfig.keyFile, putTimeoutMs: 2_000 }))
    .url
  const hasty = NitroClient.http(url)
  await Promise.all(network.nodes.slice(0, 2).map(async (node) => node.stop()))
  const message = seededBytes('fall back', 801)
  const error: unknown = await hasty.store(message, timeout()).catch((caught: unknown) => caught)
  expect(String(error)).toContain(FALL_BACK)
  expect(String(error)).not.toMatch(/dial tcp|i\/o timeout|connection reset by peer|connection refused/)
  await Promise.all(network.nodes.slice(0, 2).map(async (node) => node.start()))
  const certificate = await until('a store succeeds', async () =>
    hasty.store(message, timeout()).catch(() => undefined),
  )
  await untilPosted(certificate)
  expect(await validator.recoverPayload(certificate)).toHaveLength(message.length)
})

describe('access', () => {
  const secret = Buffer.alloc(32, 7)

  async function token(issuedAt: number, key: Uint8Array = secret): Promise<Record<string, string>> {
    const jwt = await new SignJWT().setProtectedHeader({ alg: 'HS256' }).setIssuedAt(issuedAt).sign(key)
    return { authorization: `Bearer ${jwt}` }
  }

  test('a sidecar with a secret answers only calls with a token of the last minute, by HTTP and by WebSocket', async () => {
    const file = `${network.sidecarConfig.dir}.jwt`
    await writeFile(file, `0x${secret.toString('hex')}\n`)
    const { url } = await startVerifier('jwt', { nitroJwtFile: file })
    const now = Math.floor(Date.now() / 1000)
    const good = await token(now)
    expect(await NitroClient.http(url, good).call('getSupportedHeaderBytes')).toEqual({ headerBytes: '0x01' })
    const { client, socket } = await webSocketClient(url, good)
    onTestFinished(() => socket.terminate())
    expect(await client.call('getSupportedHeaderBytes')).toEqual({ headerBytes: '0x01' })
    const none = await new SignJWT().setProtectedHeader({ alg: 'HS256' }).sign(secret)
    const refused = [
      {},
      await token(now - 120),
      await token(now + 120),
      await token(now, Buffer.alloc(32, 8)),
      { authorization: `Bearer ${none}` },
      { authorization: 'Basic Zm9vOmJhcg==' },
    ]
    for (const headers of refused) {
      await expect(NitroClient.http(url, headers).call('getSupportedHeaderBytes')).rejects.toMatchObject({
        code: 401,
      })
      await expect(webSocketClient(url, headers)).rejects.toThrow('401')
    }
  })

  test('a page, another content type and another path of a WebSocket are refused', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'daprovider_getSupportedHeaderBytes' })
    const json = { 'content-type': 'application/json' }
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(network.url, { method: 'POST', headers, body })).status
    expect(await statusOf(json)).toBe(200)
    expect(await statusOf({ ...json, origin: 'http://page.example' })).toBe(403)
    expect(await statusOf({ 'content-type': 'text/plain' })).toBe(400)
    await expect(webSocketClient(network.url, { origin: 'http://page.example' })).rejects.toThrow('403')
    await expect(webSocketClient(`${network.url}/put`)).rejects.toThrow('400')
  })
})

describe('the envelope', () => {
  async function answerTo(body: string): Promise<{ status: number; json: unknown }> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(network.url, { method: 'POST', headers, body })
    const text = await response.text()
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) }
  }

  const call = (changes: object): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'daprovider_getSupportedHeaderBytes', ...changes })

  test('malformed requests get the error codes of JSON-RPC 2.0', async () => {
    const codes = {
      '{': -32_700,
      '[]': -32_600,
      '1': -32_600,
      [call({ jsonrpc: '1.0' })]: -32_600,
      [call({ id: {} })]: -32_600,
      [call({ method: 'daprovider_nothing' })]: -32_601,
      [call({ method: 'constructor' })]: -32_601,
      [call({ params: { message: '0x' } })]: -32_602,
      [call({ method: 'daprovider_store', params: ['0x0'] })]: -32_602,
      [call({ method: 'daprovider_store', params: ['0x0', '0x1'] })]: -32_602,
      [call({ method: 'daprovider_store', params: ['0xzz', '0x1'] })]: -32_602,
      [call({ method: 'daprovider_store', params: ['0x00', '0x01'] })]: -32_602,
      [call({ method: 'daprovider_recoverPayload', params: ['0x1', '0x1', '0x'] })]: -32_602,
    }
    for (const [body, code] of Object.entries(codes)) {
      const { status, json } = await answerTo(body)
      expect(status, `body ${body}`).toBe(200)
      expect(json, `body ${body}`).toMatchObject({ jsonrpc: '2.0', error: { code } })
    }
  })

  test('a batch of calls is answered in one response, and a notification not at all', async () => {
    const { json } = await answerTo(`[${call({ id: 'a' })},${call({ id: undefined })},${call({ id: 2 })}]`)
    expect(json).toMatchObject([{ id: 'a' }, { id: 2 }])
    expect(await answerTo(call({ id: undefined }))).toEqual({ status: 204, json: undefined })
    expect((await answerTo(`[${Array.from({ length: 17 }, () => call({})).join(',')}]`)).json).toMatchObject({
      error: { code: -32_600 },
    })
  })
})
