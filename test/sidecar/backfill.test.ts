// Operators that lack a batch whose bodies are out of memory: what is retrieved and sent, and how little an unreachable member
// costs. The batch index and the coding are real; operators answer as the test says.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InlineCoder } from '../../src/coding/coder.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { NO_CONTENT_HASH, type Header, headerDigest, headersRootOfPath } from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import type { Job } from '../../src/queue/queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { Backfill, type BackfillOptions } from '../../src/sidecar/backfill.ts'
import { type Dispersal, prepareDispersal } from '../../src/sidecar/dispersal.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader, testKey, testOperators } from '../support/deploy.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const SEED: Hex = `0x${'5e'.repeat(32)}`
const committee = committeeOf(1, SEED, members)
const NOTICE_SECONDS = 3_600
const NOW = 1_900_000_000
const kernel = nodeKernel()
const secretKey = testKey('disperser')
const domain = { chainId: 1, ledger: `0x${'11'.repeat(20)}` as Hex }
const signer = { curve: pureSecp256k1, secretKey, address: addressOfSecretKey(secretKey), domain }
const signature: Hex = `0x${'ab'.repeat(64)}`
const { signal } = new AbortController()
const down = new FloeError('unavailable', 'it is down.')
const notHeld = new FloeError('not-held', 'a batch is not here.')

let dir: string
let batchIndex: BatchIndex
let clock: ReturnType<typeof manualClock>
let added: Job[]
let sent: { member: number; body: Buffer }[]
let reads: number
let asked: { probes: number[]; attestations: number[] }
let outcomes: string[]
/** The batches that each member holds; undefined: it is unreachable. */
let held: (Set<Hex> | undefined)[]
let batches: Map<Hex, Uint8Array>
let currentEpoch: number

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-backfill-'))
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: NOTICE_SECONDS })
  clock = manualClock(NOW)
  added = []
  sent = []
  reads = 0
  asked = { probes: [], attestations: [] }
  outcomes = []
  held = members.map(() => new Set())
  batches = new Map()
  currentEpoch = 1
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

const memberOf = (wanted: Hex): number => members.findIndex((member) => member.signer === wanted)

const retriever: BackfillOptions['retriever'] = {
  get: async (commitment, options) => {
    reads += 1
    options?.signal?.throwIfAborted()
    const { header } = decodeCertificate(commitment)
    return batches.get(toHex(headerDigest(domain, header))) ?? Promise.reject(down)
  },
  certificate: async (commitment) => {
    const certificate = decodeCertificate(commitment)
    const { header } = certificate
    return { certificate, header, digest: toHex(headerDigest(domain, header)), committee, commitment }
  },
}

/** A backfill over the operators and batches of the test. */
function backfill(isRetrying: BackfillOptions['isRetrying'] = () => false): Backfill {
  return new Backfill({
    batchIndex,
    retriever,
    signer,
    clock,
    isRetrying,
    noticeSeconds: NOTICE_SECONDS,
    queue: { add: async (job) => void added.push(job) },
    kernel,
    coder: new InlineCoder(kernel),
    logger: createLogger('sidecar', 'silent'),
    onOutcome: (outcome) => outcomes.push(outcome),
    committees: {
      current: async () => committeeOf(currentEpoch, SEED, members),
      ofEpoch: async (epoch) => committeeOf(epoch, SEED, members),
      disperserQuota: async () => 1n,
    },
    operators: {
      reachable: async (member) => {
        asked.probes.push(memberOf(member.signer))
        return held[memberOf(member.signer)] !== undefined
      },
      attest: async (owner, digests) => {
        const member = memberOf(owner.signer)
        asked.attestations.push(member)
        const has = held[member]
        if (has === undefined) throw down
        if (digests.some((digest) => !has.has(digest))) throw notHeld
        return signature
      },
      disperse: async (owner, body) => {
        const member = memberOf(owner.signer)
        if (held[member] === undefined) throw down
        sent.push({ member, body: Buffer.concat(body.parts) })
        return signature
      },
    },
  })
}

function terms(expiry: number): { expiry: number; contentHash: Hex } {
  return { expiry, contentHash: NO_CONTENT_HASH }
}

/** A certified batch that `missing` lack. */
async function certified(
  label: string,
  missing: readonly number[],
  expiry = 2_000_000_000,
): Promise<{ dispersal: Dispersal; job: (member: number) => Job & { attempt: number } }> {
  const batch = seededBytes(label, 10_000)
  const dispersal = await prepareDispersal({ kernel, signer }, committee, batch, terms(expiry))
  const { digest, header } = dispersal
  const signatures = [0, 1, 2].map((member) => ({ member, signature }))
  const commitment = toHex(encodeCertificate({ header, index: 0, path: [], signatures }))
  await batchIndex.save({ digest, header, commitment, signature, receivedAt: 1, certifiedAt: 1 }, missing)
  batches.set(digest, batch)
  const job = (member: number) => ({
    kind: 'backfill' as const,
    id: `${digest}.${member}`,
    data: { commitment, member },
    attempt: 1,
  })
  return { dispersal, job }
}

/** `count` records of batches that cannot be retrieved and that `missing` lack. */
async function records(count: number, missing: readonly number[], epoch = 1): Promise<Hex[]> {
  const headers = Array.from({ length: count }, (_, i) => testHeader(`record ${i}`, { epoch }))
  const saved = headers.map(async (header: Header) => {
    const digest = toHex(headerDigest(domain, header))
    const commitment = toHex(
      encodeCertificate({ header, index: 0, path: [], signatures: [{ member: 0, signature }] }),
    )
    await batchIndex.save({ digest, header, commitment, signature, receivedAt: 1, certifiedAt: 1 }, missing)
    return digest
  })
  return Promise.all(saved)
}

const missingMembers = (): number[] =>
  batchIndex.listIncomplete('', 10_000).flatMap(({ members: lack }) => lack)

test('A job sends the same body as the dispersal, after which the member is no longer missing.', async () => {
  const { dispersal, job } = await certified('send', [3])
  await backfill().handle(job(3), signal)
  expect(sent.map(({ member }) => member)).toEqual([3])
  expect(sent[0]?.body.equals(Buffer.concat(dispersal.bodies[3]?.parts ?? []))).toBe(true)
  expect([missingMembers(), outcomes, reads]).toEqual([[], ['sent'], 1])
})

test('A job retrieves nothing when the member holds the batch by then, or is unreachable.', async () => {
  const { dispersal, job } = await certified('held', [2, 3])
  held[3] = new Set([dispersal.digest])
  await backfill().handle(job(3), signal)
  held[2] = undefined
  await expect(backfill().handle(job(2), signal)).rejects.toBe(down)
  expect([missingMembers(), outcomes, reads, sent]).toEqual([[2], ['held'], 0, []])
})

test('A job stays due when too few rows can be retrieved.', async () => {
  const { dispersal, job } = await certified('rows', [3])
  batches.delete(dispersal.digest)
  await expect(backfill().handle(job(3), signal)).rejects.toMatchObject({ retryable: true })
  expect([missingMembers(), sent]).toEqual([[3], []])
})

test('A job that is aborted ends its retrieval.', async () => {
  const { job } = await certified('aborted', [1])
  const closing = new FloeError('unavailable', 'The queue is closing.')
  await expect(backfill().handle(job(1), AbortSignal.abort(closing))).rejects.toBe(closing)
  expect(sent).toEqual([])
  expect(batchIndex.counts().incomplete).toBe(1)
})

test('Nothing taken on trust: a job sends nothing that does not encode to the root of the header.', async () => {
  const { dispersal, job } = await certified('wrong', [3])
  batches.set(dispersal.digest, seededBytes('something else', 10_000))
  await expect(backfill().handle(job(3), signal)).rejects.toThrow('encodes to')
  expect([missingMembers(), sent]).toEqual([[3], []])
})

test('A batch is given up when it expires so soon that operators accept it no more, by its job and by a sweep.', async () => {
  const { job } = await certified('late', [3], NOW + NOTICE_SECONDS - 1)
  await backfill().handle(job(3), signal)
  expect([missingMembers(), outcomes, reads, asked.attestations]).toEqual([[], ['given-up'], 0, []])
  await certified('late too', [2, 3], NOW + NOTICE_SECONDS - 1)
  await certified('in time', [3], NOW + NOTICE_SECONDS)
  await backfill().sweep(signal)
  expect([missingMembers(), asked.probes]).toEqual([[3], [3]])
})

test('Kept: the attestations of a member that is asked or completed are saved with the place of each header.', async () => {
  const { dispersal, job } = await certified('sent', [3])
  await backfill().handle(job(3), signal)
  expect(batchIndex.attestationOf(dispersal.digest, 3)).toEqual({ index: 0, path: [], signature })
  const digests = await records(3, [1])
  held[1] = new Set(digests)
  await backfill().sweep(signal)
  const roots = digests.map((digest) => {
    const { index = 0, path = [] } = batchIndex.attestationOf(digest, 1) ?? {}
    return toHex(headersRootOfPath(fromHex(digest), index, path.map(fromHex)))
  })
  expect(new Set(roots).size).toBe(1)
  expect(roots[0]).not.toBe(digests[0])
})

test('Nothing taken on trust: a job of another disperser, of no member or under another id is rejected.', async () => {
  const { job } = await certified('hostile', [3])
  const foreign = testHeader('foreign', { disperser: `0x${'99'.repeat(20)}` })
  const commitment = toHex(
    encodeCertificate({ header: foreign, index: 0, path: [], signatures: [{ member: 0, signature }] }),
  )
  const good = job(3)
  const hostile = [
    { ...good, data: null },
    { ...good, data: { ...(good.data as object), member: 200 } },
    { ...good, data: { ...(good.data as object), member: 2 } },
    { ...good, id: `${toHex(headerDigest(domain, foreign))}.3`, data: { commitment, member: 3 } },
    { ...good, data: { commitment: `0x${'00'.repeat(40_000)}`, member: 3 } },
  ]
  for (const bad of hostile)
    await expect(backfill().handle(bad, signal)).rejects.toMatchObject({ retryable: false })
  expect([sent, reads, missingMembers()]).toEqual([[], 0, [3]])
})

test('A sweep clears the whole backlog of a member with one attestation when the member holds everything.', async () => {
  const digests = await records(300, [1])
  held[1] = new Set(digests)
  await backfill().sweep(signal)
  expect([missingMembers(), added, asked.attestations]).toEqual([[], [], [1]])
})

test('Bounded: a sweep queues at most 64 jobs for a member, and none for a member that is retried from memory.', async () => {
  const digests = await records(300, [1, 2])
  await backfill((_digest, member) => member === 2).sweep(signal)
  expect(added).toHaveLength(64)
  const names = new Set(digests.map((digest) => `${digest}.1`))
  expect(added.every(({ id }) => names.has(id))).toBe(true)
})

test('Patient with dead members: a member that stays unreachable is probed less and less often and delays no other member.', async () => {
  await records(600, [2, 3])
  held[3] = undefined
  const one = backfill()
  await one.sweep(signal)
  expect(asked.probes.filter((member) => member === 3)).toHaveLength(1)
  expect(new Set(added.map(({ id }) => id.split('.')[1]))).toEqual(new Set(['2']))
  // Every five minutes for a day.
  for (let i = 0; i < 288; i++) {
    clock.advance(300_000)
    await one.sweep(signal)
  }
  const probes = asked.probes.filter((member) => member === 3).length
  expect(probes).toBeGreaterThan(24)
  expect(probes).toBeLessThan(40)
  expect(added.filter(({ id }) => id.endsWith('.3'))).toEqual([])
})

test('A sweep visits a member soon again after a job for it has succeeded.', async () => {
  const { job } = await certified('soon', [3])
  held[3] = undefined
  const one = backfill()
  for (let i = 0; i < 8; i++) {
    await one.sweep(signal)
    clock.advance(600_000)
  }
  held[3] = new Set()
  await one.handle(job(3), signal)
  asked.probes = []
  await records(1, [3])
  await one.sweep(signal)
  expect(asked.probes).toEqual([3])
})

test('A sweep gives up batches of an epoch whose dispersals storage nodes no longer accept.', async () => {
  await records(3, [3], 5)
  currentEpoch = 7
  await backfill().sweep(signal)
  expect([missingMembers(), asked.probes]).toEqual([[], []])
})

test('Attestations of members that were completed from memory are written to disk with the next flush.', async () => {
  const digests = await records(3, [1, 3])
  const one = backfill()
  for (const digest of digests) one.addAttestation({ digest, member: 3, index: 0, path: [], signature })
  expect(missingMembers().filter((member) => member === 3)).toHaveLength(3)
  await one.flush()
  await one.flush()
  expect(missingMembers()).toEqual([1, 1, 1])
  expect(digests.map((digest) => batchIndex.attestationOf(digest, 3)?.signature)).toEqual([
    signature,
    signature,
    signature,
  ])
})
