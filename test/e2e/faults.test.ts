// Seven nodes, f = 2, r = 3: storage nodes that are gone, slow or lying, while batches are put and read.
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

/** Longer than a test may take: an answer shows that no timeout was waited for. */
const PATIENT_MS = 600_000
/** For answers that only a timeout can give. */
const IMPATIENT_MS = 1_000
let network: Network

beforeAll(async () => {
  network = await Network.start({
    shards: [1, 1, 1, 1, 1, 1, 1],
    // Nothing is posted: nodes lie about dispersals alone.
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

/** For the rest of the tests around it, the sidecar gives up soon. */
function withImpatientSidecar(): void {
  beforeAll(async () => network.restartSidecar(timeouts(IMPATIENT_MS)))
  afterAll(async () => network.restartSidecar())
}

function nodes(members: readonly number[]): NetworkNode[] {
  return members.map((i) => network.nodes[i] as NetworkNode)
}

let batches = 0
/** A batch that was never put before. */
function fresh(bytes = 20_000): Uint8Array {
  return seededBytes(`faults ${batches++}`, bytes)
}

function expectBack(answer: Answer, batch: Uint8Array): void {
  expect([answer.status, answer.body.equals(batch)]).toEqual([200, true])
}

function expectTryAgain(answer: Answer): void {
  expect([answer.status, answer.headers.get('x-floe-error')]).toEqual([503, 'unavailable'])
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
}

describe('nodes that are gone', () => {
  test('f nodes that are gone stop neither puts nor gets, whichever nodes they are', async () => {
    const before = fresh()
    const commitment = await commit(network.url, before)
    for (const gone of [
      [0, 1],
      [2, 6],
      [3, 5],
    ]) {
      await Promise.all(nodes(gone).map(async (node) => node.stop()))
      const batch = fresh()
      const certified = await commit(network.url, batch)
      expect(await verifies(network, certified)).toBe(true)
      expectBack(await get(network.url, certified), batch)
      expectBack(await get(network.url, commitment), before)
      await Promise.all(nodes(gone).map(async (node) => node.start()))
    }
  })

  test('f + 1 nodes that are gone stop puts and no gets, and a put works once one of them is back', async () => {
    const before = fresh()
    const commitment = await commit(network.url, before)
    await Promise.all(nodes([1, 3, 5]).map(async (node) => node.stop()))
    const batch = fresh()
    expectTryAgain(await put(network.url, batch))
    expectBack(await get(network.url, commitment), before)
    await Promise.all(nodes([1, 3, 5]).map(async (node) => node.start()))
    expectBack(await get(network.url, await commit(network.url, batch)), batch)
  })

  test('n − r + 1 nodes that are gone are found without a timeout: gets answer 503 until they are back', async () => {
    const batch = fresh()
    const commitment = await commit(network.url, batch)
    const gone = nodes([0, 1, 2, 3, 4])
    await Promise.all(gone.map(async (node) => node.stop()))
    const refused = await get(network.url, commitment)
    expectTryAgain(refused)
    expect(refused.body.length).toBe(0)
    expectTryAgain(await put(network.url, fresh()))
    await Promise.all(gone.map(async (node) => node.start()))
    expectBack(await get(network.url, commitment), batch)
    expectBack(await get(network.url, await commit(network.url, batch)), batch)
  })

  test('a restarted node serves and attests what it attested before', async () => {
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

/** The answers that every row of `commitment` has from honest nodes, by pair. */
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

/** What a node can do to a reader; each is in every liar of the test. */
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

  test.each(Object.keys(lies))('%s costs a reader no timeout and no wrong byte', async (name) => {
    const { root } = decodeCertificate(commitment).header
    const holder = (pair: number): number => memberOfPair(network.deployment.members, root, pair)
    // The first two systematic rows; a systematic row and the parity row that replaces it; two that are not asked at first.
    for (const pairs of [
      [0, 1],
      [2, 3],
      [5, 6],
    ]) {
      const liars = nodes(pairs.map(holder))
      for (const { proxy } of liars) proxy.fault = lies[name]?.(rows) ?? { kind: 'none' }
      const answer = await get(network.url, commitment)
      for (const { proxy } of liars) proxy.fault = { kind: 'none' }
      expectBack(answer, batch)
    }
  })

  test('two different lies in the f nodes that are asked first cost no wrong byte', async () => {
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

  describe('in more than n − r nodes', () => {
    withImpatientSidecar()

    test.each(['wrong bytes of the right length', 'the row of another batch', 'a body without an end'])(
      '%s in more than n − r nodes is answered with 503 and no byte',
      async (name) => {
        for (const { proxy } of nodes([0, 1, 2, 3, 4])) proxy.fault = lies[name]?.(rows) ?? { kind: 'none' }
        const { status, body } = await get(network.url, commitment)
        expect([status, body.length]).toEqual([503, 0])
      },
    )

    test('silence of more than n − r nodes ends gets and puts with 503 after their timeout', async () => {
      for (const { proxy } of nodes([0, 1, 2, 3, 4])) proxy.fault = { kind: 'stall' }
      const answers = await Promise.all([get(network.url, commitment), put(network.url, fresh())])
      answers.forEach(expectTryAgain)
    })
  })
})

/** What `key` signs about the dispersal that was asked, with `expiryShift` seconds added to the header's expiry. */
function signedBy(key: Uint8Array, { body }: Asked, expiryShift = 0): Hex {
  const { header } = decodeDispersalHead(body.subarray(0, DISPERSAL_HEAD_BYTES))
  const { domain } = network.deployment
  const digest = headerDigest(domain, { ...header, expiry: header.expiry + expiryShift })
  return toHex(pureSecp256k1.sign(attestationDigest(domain, digest, header.epoch), key))
}

function answerOf(answer: (asked: Asked) => Buffer): Fault {
  return { kind: 'change', of: /^POST \/v1\/dispersals/, change: (_, asked) => answer(asked) }
}

function sayJson(words: (asked: Asked) => unknown): Fault {
  return answerOf((asked) => Buffer.from(JSON.stringify(words(asked))))
}

/** What a node can do to a writer. */
const refusals: Record<string, (node: NetworkNode) => Fault> = {
  'a signature of noise': () => sayJson(() => ({ signature: `0x${'5a'.repeat(64)}` })),
  'the signature of a stranger': ({ operator }) =>
    sayJson((asked) => ({ signer: operator.member.signer, signature: signedBy(testKey('stranger'), asked) })),
  'the signature of another operator': () =>
    sayJson((asked) => ({ signature: signedBy(network.nodes[4]?.operator.secretKey ?? testKey(''), asked) })),
  'its signature over another header': ({ operator }) =>
    sayJson((asked) => ({ signature: signedBy(operator.secretKey, asked, 1) })),
  'its signature in the other form': ({ operator }) =>
    sayJson((asked) => ({ signature: highS(signedBy(operator.secretKey, asked)) })),
  'a signature that is no text': () => sayJson(() => ({ signature: [1, 2, 3] })),
  'an answer far too long': () => answerOf(() => Buffer.alloc(100_000)),
  'JSON that is no object': () => sayJson(() => null),
  'garbage for JSON': () => answerOf(() => Buffer.from('{"signature": "0x')),
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

  test.each(Object.keys(refusals))('%s from f nodes leaves them out of the certificate', async (name) => {
    lie(name, [1, 2])
    const commitment = await commit(network.url, fresh())
    expect(await verifies(network, commitment)).toBe(true)
    const signers = decodeCertificate(commitment).signatures.map(({ member }) => member)
    expect(signers).toEqual([0, 3, 4, 5, 6])
  })

  describe('f + 1 of them', () => {
    withImpatientSidecar()

    test.each(Object.keys(refusals))('%s from f + 1 nodes is answered with 503', async (name) => {
      lie(name, [1, 2, 6])
      expectTryAgain(await put(network.url, fresh()))
    })
  })
})
