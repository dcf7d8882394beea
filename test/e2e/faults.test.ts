// Puts and gets with seven nodes (f = 2, r = 3) of which some are stopped, slow or lying.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { decodeDispersalHead, DISPERSAL_HEAD_BYTES } from '../../src/protocol/dispersal.ts'
import { attestationDigest, headerDigest } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { testKey } from '../support/deploy.ts'
import type { Asked, Fault } from '../support/faulty-proxy.ts'
import { Network, type NetworkNode } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { digestOf, verifies } from './ledger.ts'
import { type Answer, commit, get, put } from './rollup.ts'
import { until } from '../support/until.ts'

/** Longer than a test may take: an answer that comes at all did not wait for a timeout. */
const PATIENT_MS = 600_000
/** For answers that only a timeout can cause. */
const IMPATIENT_MS = 1_000
let network: Network

beforeAll(async () => {
  network = await Network.start({
    shards: [1, 1, 1, 1, 1, 1, 1],
    // Nothing is posted: the lies of these tests are about dispersals and reads.
    sidecar: { ...timeouts(PATIENT_MS), hedgeDelayMs: 100, postingIntervalMs: 3_600_000 },
  })
})

afterAll(async () => network[Symbol.asyncDispose]())

afterEach(() => {
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
})

function timeouts(ms: number): { putTimeoutMs: number; getTimeoutMs: number } {
  return { putTimeoutMs: ms, getTimeoutMs: ms }
}

/** Gives the sidecar of the surrounding tests short timeouts. */
function withImpatientSidecar(): void {
  beforeAll(async () => network.restartSidecar(timeouts(IMPATIENT_MS)))
  afterAll(async () => network.restartSidecar())
}

function nodes(members: readonly number[]): NetworkNode[] {
  return members.map((i) => network.nodes[i] as NetworkNode)
}

let batches = 0
/** A batch that was not put before. */
function fresh(bytes = 20_000): Uint8Array {
  return seededBytes(`faults ${batches++}`, bytes)
}

type Outcome = { readonly status: number; readonly result: string }

/** What a get of `batch` was answered with. */
function outcomeOf({ status, body }: Answer, batch: Uint8Array): Outcome {
  return { status, result: body.equals(batch) ? 'the batch' : 'other bytes' }
}

const SERVED: Outcome = { status: 200, result: 'the batch' }

/** The error of an answer, and whether the answer says when to retry. */
function errorOf({ status, headers }: Answer): Outcome {
  const isRetryable = Number(headers.get('retry-after')) > 0
  return { status, result: `${headers.get('x-floe-error')}, ${isRetryable ? 'retryable' : 'final'}` }
}

const UNAVAILABLE: Outcome = { status: 503, result: 'unavailable, retryable' }

describe('stopped nodes', () => {
  test('puts and gets succeed while any f nodes are stopped', async () => {
    const before = fresh()
    const commitment = await commit(network.url, before)
    for (const stopped of [
      [0, 1],
      [2, 6],
      [3, 5],
    ]) {
      await Promise.all(nodes(stopped).map(async (node) => node.stop()))
      const batch = fresh()
      const certified = await commit(network.url, batch)
      expect(await verifies(network, certified)).toBe(true)
      expect(outcomeOf(await get(network.url, certified), batch)).toEqual(SERVED)
      expect(outcomeOf(await get(network.url, commitment), before)).toEqual(SERVED)
      await Promise.all(nodes(stopped).map(async (node) => node.start()))
    }
  })

  test('while f + 1 nodes are stopped, puts are answered with 503 and gets succeed, and puts succeed again after their start', async () => {
    const before = fresh()
    const commitment = await commit(network.url, before)
    await Promise.all(nodes([1, 3, 5]).map(async (node) => node.stop()))
    const batch = fresh()
    expect(errorOf(await put(network.url, batch))).toEqual(UNAVAILABLE)
    expect(outcomeOf(await get(network.url, commitment), before)).toEqual(SERVED)
    await Promise.all(nodes([1, 3, 5]).map(async (node) => node.start()))
    expect(outcomeOf(await get(network.url, await commit(network.url, batch)), batch)).toEqual(SERVED)
  })

  test('while n − r + 1 nodes are stopped, gets are answered with 503 without waiting for a timeout', async () => {
    const batch = fresh()
    const commitment = await commit(network.url, batch)
    const stopped = nodes([0, 1, 2, 3, 4])
    await Promise.all(stopped.map(async (node) => node.stop()))
    const refused = await get(network.url, commitment)
    expect(errorOf(refused)).toEqual(UNAVAILABLE)
    expect(refused.body.length).toBe(0)
    expect(errorOf(await put(network.url, fresh()))).toEqual(UNAVAILABLE)
    await Promise.all(stopped.map(async (node) => node.start()))
    expect(outcomeOf(await get(network.url, commitment), batch)).toEqual(SERVED)
    expect(outcomeOf(await get(network.url, await commit(network.url, batch)), batch)).toEqual(SERVED)
  })

  test('a storage node serves the same row and the same attestation after a restart', async () => {
    const commitment = await commit(network.url, fresh())
    const digest = digestOf(network, commitment)
    const { root } = decodeCertificate(commitment).header
    const pair = 0
    const node = network.nodes[memberOfPair(network.deployment.members, root, pair)] as NetworkNode
    const held = async (): Promise<{ status: number; row: Hex; record: unknown }> => {
      const row = await fetch(`${node.proxy.url}/v1/batches/${digest}/rows/${pair}`)
      const record = await fetch(`${node.proxy.url}/v1/batches/${digest}`)
      return {
        status: row.status,
        row: toHex(new Uint8Array(await row.arrayBuffer())),
        record: await record.json(),
      }
    }
    const before = await until('the node has its pair', async () => {
      const found = await held()
      return found.status === 200 ? found : undefined
    })
    await node.stop()
    await node.start()
    expect(await held()).toEqual(before)
    expect((before.record as { attestation: unknown }).attestation).toMatch(/^0x[0-9a-f]{128}$/)
  })
})

/** The answers of honest nodes to requests for each row of `commitment`, by pair. */
async function honestRows(commitment: Uint8Array): Promise<Buffer[]> {
  const digest = digestOf(network, commitment)
  const { root } = decodeCertificate(commitment).header
  return Promise.all(
    network.nodes.map(async (_, pair) => {
      const node = network.nodes[memberOfPair(network.deployment.members, root, pair)] as NetworkNode
      return until(`row ${pair}`, async () => {
        const response = await fetch(`${node.proxy.url}/v1/batches/${digest}/rows/${pair}`)
        return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined
      })
    }),
  )
}

type Lies = { readonly own: readonly Buffer[]; readonly other: readonly Buffer[] }

function change(how: (body: Buffer, pair: number) => Buffer): Fault {
  const change = (body: Buffer, { path }: Asked): Buffer => how(body, Number(path.split('/').at(-1)))
  return { kind: 'change', of: /^GET .*\/rows\/\d+$/, change }
}

function bitFlipped(body: Buffer, at: number): Buffer {
  const copy = Buffer.from(body)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** What two nodes do to a reader. */
const lies: Record<string, (lies: Lies) => Fault> = {
  'wrong bytes of the right length': () => change((body) => Buffer.alloc(body.length, 0xa5)),
  'one bit flipped in the sliver': () => change((body) => bitFlipped(body, body.length - 1)),
  'one bit flipped in the other root': () => change((body) => bitFlipped(body, 0)),
  'one bit flipped in the path': () => change((body) => bitFlipped(body, 40)),
  'an answer cut short': () => change((body) => body.subarray(0, body.length - 1)),
  'an empty answer': () => change(() => Buffer.alloc(0)),
  'an answer with one byte more': () => change((body) => Buffer.concat([body, Buffer.alloc(1)])),
  'an answer far longer than a row': () => change((body) => Buffer.concat([body, Buffer.alloc(8192)])),
  'the row of another batch': ({ other }) => change((_, pair) => other[pair] as Buffer),
  'another row of the batch': ({ own }) => change((_, pair) => own[(pair + 1) % own.length] as Buffer),
  'a body without an end': () => ({ kind: 'endless' }),
  'no answer': () => ({ kind: 'stall' }),
  'half an answer, and silence': () => ({ kind: 'half' }),
  'a cut connection': () => ({ kind: 'cut' }),
  'the truth, too late': () => ({ kind: 'slow', ms: 700 }),
}

describe('nodes that lie to a reader', () => {
  let batch: Uint8Array
  let commitment: Uint8Array
  let rows: Lies

  beforeAll(async () => {
    batch = fresh(3_000)
    commitment = await commit(network.url, batch)
    const other = await commit(network.url, fresh(3_000))
    rows = { own: await honestRows(commitment), other: await honestRows(other) }
  })

  test.each(Object.keys(lies))(
    'a reader gets the batch, without waiting for a timeout, from nodes of which two send this: %s',
    async (name) => {
      const { root } = decodeCertificate(commitment).header
      const holder = (pair: number): number => memberOfPair(network.deployment.members, root, pair)
      // Holders of the first two systematic rows, of a systematic row and the parity row that replaces it, and of rows that are requested last.
      for (const pairs of [
        [0, 1],
        [2, 3],
        [5, 6],
      ]) {
        const liars = nodes(pairs.map(holder))
        for (const { proxy } of liars) proxy.fault = lies[name]?.(rows) ?? { kind: 'none' }
        const answer = await get(network.url, commitment)
        for (const { proxy } of liars) proxy.fault = { kind: 'none' }
        expect(outcomeOf(answer, batch)).toEqual(SERVED)
      }
    },
  )

  test('a reader gets the batch when the f nodes that it asks first send two different lies', async () => {
    const names = Object.keys(lies)
    const { root } = decodeCertificate(commitment).header
    for (let i = 0; i < names.length; i++) {
      for (const pair of [0, 1]) {
        const node = network.nodes[memberOfPair(network.deployment.members, root, pair)] as NetworkNode
        node.proxy.fault = lies[names[(i + pair) % names.length] as string]?.(rows) ?? { kind: 'none' }
      }
      const { status, body } = await get(network.url, commitment)
      expect([i, status, body.equals(batch)]).toEqual([i, 200, true])
    }
  })

  describe('more than n − r of them', () => {
    withImpatientSidecar()

    test.each(['wrong bytes of the right length', 'the row of another batch', 'a body without an end'])(
      'a get is answered with 503 and no bytes when more than n − r nodes send this: %s',
      async (name) => {
        for (const { proxy } of nodes([0, 1, 2, 3, 4])) proxy.fault = lies[name]?.(rows) ?? { kind: 'none' }
        const { status, body } = await get(network.url, commitment)
        expect([status, body.length]).toEqual([503, 0])
      },
    )

    test('gets and puts are answered with 503 after their timeout when more than n − r nodes do not answer', async () => {
      for (const { proxy } of nodes([0, 1, 2, 3, 4])) proxy.fault = { kind: 'stall' }
      const answers = await Promise.all([get(network.url, commitment), put(network.url, fresh())])
      expect(answers.map(errorOf)).toEqual([UNAVAILABLE, UNAVAILABLE])
    })
  })
})

/** The signature of `key` over the header of the dispersal in a request, with `expiryShift` seconds added to its expiry. */
function signedBy(key: Uint8Array, { body }: Asked, expiryShift = 0): Hex {
  const { header } = decodeDispersalHead(body.subarray(0, DISPERSAL_HEAD_BYTES))
  const { domain } = network.deployment
  const digest = headerDigest(domain, { ...header, expiry: header.expiry + expiryShift })
  return toHex(
    pureSecp256k1.sign(attestationDigest(domain, digest, fromHex(network.deployment.members.root)), key),
  )
}

function answerOf(answer: (asked: Asked) => Buffer): Fault {
  return { kind: 'change', of: /^POST \/v1\/dispersals/, change: (_, asked) => answer(asked) }
}

function jsonAnswerOf(answer: (asked: Asked) => unknown): Fault {
  return answerOf((asked) => Buffer.from(JSON.stringify(answer(asked))))
}

/** What nodes do to a writer. */
const refusals: Record<string, (node: NetworkNode) => Fault> = {
  'a signature of noise': () => jsonAnswerOf(() => ({ signature: `0x${'5a'.repeat(64)}` })),
  'the signature of a stranger': ({ operator }) =>
    jsonAnswerOf((asked) => ({
      signer: operator.member.signer,
      signature: signedBy(testKey('stranger'), asked),
    })),
  'the signature of another operator': () =>
    jsonAnswerOf((asked) => ({
      signature: signedBy(network.nodes[4]?.operator.secretKey ?? testKey(''), asked),
    })),
  'its signature over another header': ({ operator }) =>
    jsonAnswerOf((asked) => ({ signature: signedBy(operator.secretKey, asked, 1) })),
  'its signature with the other s': ({ operator }) =>
    jsonAnswerOf((asked) => ({ signature: highS(signedBy(operator.secretKey, asked)) })),
  'a signature that is not text': () => jsonAnswerOf(() => ({ signature: [1, 2, 3] })),
  'an answer that is too long': () => answerOf(() => Buffer.alloc(100_000)),
  'JSON that is not an object': () => jsonAnswerOf(() => null),
  'invalid JSON': () => answerOf(() => Buffer.from('{"signature": "0x')),
  'an empty answer': () => answerOf(() => Buffer.alloc(0)),
  'a body without an end': () => ({ kind: 'endless' }),
  'half an answer, and silence': () => ({ kind: 'half' }),
  'no answer': () => ({ kind: 'stall' }),
  'a cut connection': () => ({ kind: 'cut' }),
}

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function highS(signature: Hex): Hex {
  const bytes = fromHex(signature)
  const s = BigInt(toHex(bytes.subarray(32))) & ((1n << 255n) - 1n)
  bytes.set(fromHex(`0x${(CURVE_ORDER - s).toString(16).padStart(64, '0')}`), 32)
  return toHex(bytes)
}

describe('nodes that lie to a writer', () => {
  function lie(name: string, members: readonly number[]): void {
    for (const node of nodes(members)) node.proxy.fault = refusals[name]?.(node) ?? { kind: 'none' }
  }

  test.each(Object.keys(refusals))(
    'a certificate does not include the f nodes that send this to a writer: %s',
    async (name) => {
      lie(name, [1, 2])
      const commitment = await commit(network.url, fresh())
      expect(await verifies(network, commitment)).toBe(true)
      const signers = decodeCertificate(commitment).signatures.map(({ member }) => member)
      expect(signers).toEqual([0, 3, 4, 5, 6])
    },
  )

  describe('more than f of them', () => {
    withImpatientSidecar()

    test.each(Object.keys(refusals))(
      'a put is answered with 503 when f + 1 nodes send this: %s',
      async (name) => {
        lie(name, [1, 2, 6])
        expect(errorOf(await put(network.url, fresh()))).toEqual(UNAVAILABLE)
      },
    )
  })
})
