// Operators that lack a batch when nobody has it in memory any more: what is read back and sent, and how little a member that
// stays dead costs. The spool, the queue and the coding are real; operators answer as the test says.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Retriever } from '../../src/client/retriever.ts'
import { threadCoder } from '../../src/coding/coder.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { NO_CONTENT_HASH, type Header, headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import type { Job } from '../../src/queue/queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { type Completer, createCompleter } from '../../src/sidecar/backfill.ts'
import { type Dispersal, prepareDispersal } from '../../src/sidecar/disperser.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader, testKey, testOperators } from '../support/deploy.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const committee = committeeOf(1, members)
const kernel = nodeKernel()
const secretKey = testKey('disperser')
const domain = { chainId: 1, ledger: `0x${'11'.repeat(20)}` as Hex }
const signer = { curve: pureSecp256k1, secretKey, address: addressOfSecretKey(secretKey), domain }
const signature: Hex = `0x${'ab'.repeat(64)}`
const { signal } = new AbortController()
const down = new FloeError('unavailable', 'it is down.')
const lacking = new FloeError('not-held', 'something is not here.')

let dir: string
let spool: BatchIndex
let clock: ReturnType<typeof manualClock>
let added: Job[]
let sent: { member: number; body: Buffer }[]
let reads: number
let asked: { probes: number[]; attestations: number[] }
let outcomes: string[]
/** What each member holds; undefined: it is down. */
let held: (Set<Hex> | undefined)[]
let batches: Map<Hex, Uint8Array>
let currentEpoch: number

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-completer-'))
  spool = await BatchIndex.open(dir)
  clock = manualClock(1_900_000_000)
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
  await spool.close()
  await rm(dir, { recursive: true })
})

const memberOf = (wanted: Hex): number => members.findIndex((member) => member.signer === wanted)

const library: Retriever = {
  get: async (commitment) => {
    reads += 1
    const { header } = decodeCertificate(commitment)
    return batches.get(toHex(headerDigest(domain, header))) ?? Promise.reject(down)
  },
  certificate: async (commitment) => {
    const certificate = decodeCertificate(commitment)
    const { header } = certificate
    return { certificate, header, digest: toHex(headerDigest(domain, header)), committee, commitment }
  },
}

function completer(completing: (digest: Hex, member: number) => boolean = () => false): Completer {
  return createCompleter({
    spool,
    library,
    signer,
    clock,
    completing,
    queue: { add: async (work) => void added.push(work) },
    kernel,
    coder: threadCoder(kernel),
    logger: createLogger('sidecar', 'silent'),
    onOutcome: (outcome) => outcomes.push(outcome),
    committees: {
      current: async () => committeeOf(currentEpoch, members),
      ofEpoch: async (epoch) => committeeOf(epoch, members),
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
        if (digests.some((digest) => !has.has(digest))) throw lacking
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
): Promise<{ dispersal: Dispersal; work: (member: number) => Job & { attempt: number } }> {
  const batch = seededBytes(label, 10_000)
  const dispersal = await prepareDispersal({ kernel, signer }, committee, batch, terms(expiry))
  const { digest, header } = dispersal
  const signatures = [0, 1, 2].map((member) => ({ member, signature }))
  const commitment = toHex(encodeCertificate({ header, path: [], signatures }))
  await spool.save({ digest, header, commitment, signature, receivedAt: 1, certifiedAt: 1 }, missing)
  batches.set(digest, batch)
  const work = (member: number) => ({
    kind: 'backfill' as const,
    id: `${digest}.${member}`,
    data: { commitment, member },
    attempt: 1,
  })
  return { dispersal, work }
}

/** `count` records that `missing` lack, of batches that nobody has. */
async function records(count: number, missing: readonly number[], epoch = 1): Promise<Hex[]> {
  const headers = Array.from({ length: count }, (_, i) => testHeader(`record ${i}`, { epoch }))
  const saved = headers.map(async (header: Header) => {
    const digest = toHex(headerDigest(domain, header))
    const commitment = toHex(encodeCertificate({ header, path: [], signatures: [{ member: 0, signature }] }))
    await spool.save({ digest, header, commitment, signature, receivedAt: 1, certifiedAt: 1 }, missing)
    return digest
  })
  return Promise.all(saved)
}

const missingMembers = (): number[] => spool.listIncomplete('', 10_000).flatMap(({ members: lack }) => lack)

describe('a unit of work', () => {
  test('sends the very body that the member was to get, and it is missing no more', async () => {
    const { dispersal, work } = await certified('send', [3])
    await completer().handle(work(3), signal)
    expect(sent.map(({ member }) => member)).toEqual([3])
    expect(sent[0]?.body.equals(Buffer.concat(dispersal.bodies[3]?.parts ?? []))).toBe(true)
    expect([missingMembers(), outcomes, reads]).toEqual([[], ['sent'], 1])
  })

  test('reads nothing when the member has it by now, or is down', async () => {
    const { dispersal, work } = await certified('held', [2, 3])
    held[3] = new Set([dispersal.digest])
    await completer().handle(work(3), signal)
    held[2] = undefined
    await expect(completer().handle(work(2), signal)).rejects.toBe(down)
    expect([missingMembers(), outcomes, reads, sent]).toEqual([[2], ['held'], 0, []])
  })

  test('stays to be done when too few rows can be had', async () => {
    const { dispersal, work } = await certified('rows', [3])
    batches.delete(dispersal.digest)
    await expect(completer().handle(work(3), signal)).rejects.toMatchObject({ retryable: true })
    expect([missingMembers(), sent]).toEqual([[3], []])
  })

  test('sends nothing that does not encode to the header’s root', async () => {
    const { dispersal, work } = await certified('wrong', [3])
    batches.set(dispersal.digest, seededBytes('something else', 10_000))
    await expect(completer().handle(work(3), signal)).rejects.toThrow('encodes to')
    expect([missingMembers(), sent]).toEqual([[3], []])
  })

  test('is given up when the batch has expired', async () => {
    const { work } = await certified('over', [3], 1_000)
    await completer().handle(work(3), signal)
    expect([missingMembers(), outcomes, reads, asked.attestations]).toEqual([[], ['given-up'], 0, []])
  })

  test('that is not of this disperser, or of no member, or not what its name says is refused for good', async () => {
    const { work } = await certified('hostile', [3])
    const foreign = testHeader('foreign', { disperser: `0x${'99'.repeat(20)}` })
    const commitment = toHex(
      encodeCertificate({ header: foreign, path: [], signatures: [{ member: 0, signature }] }),
    )
    const good = work(3)
    const hostile = [
      { ...good, data: null },
      { ...good, data: { ...(good.data as object), member: 200 } },
      { ...good, data: { ...(good.data as object), member: 2 } },
      { ...good, id: `${toHex(headerDigest(domain, foreign))}.3`, data: { commitment, member: 3 } },
      { ...good, data: { commitment: `0x${'00'.repeat(40_000)}`, member: 3 } },
    ]
    for (const bad of hostile)
      await expect(completer().handle(bad, signal)).rejects.toMatchObject({ retryable: false })
    expect([sent, reads, missingMembers()]).toEqual([[], 0, [3]])
  })
})

describe('a sweep', () => {
  test('lets a member that holds all of it say so in one word', async () => {
    const digests = await records(300, [1])
    held[1] = new Set(digests)
    await completer().sweep(signal)
    expect([missingMembers(), added, asked.attestations]).toEqual([[], [], [1]])
  })

  test('queues a bounded part of what a member lacks, for it and not for who is being completed from memory', async () => {
    const digests = await records(300, [1, 2])
    await completer((_digest, member) => member === 2).sweep(signal)
    expect(added).toHaveLength(64)
    const names = new Set(digests.map((digest) => `${digest}.1`))
    expect(added.every(({ id }) => names.has(id))).toBe(true)
  })

  test('costs a probe for a member that stays dead, less and less often, and the others wait for nobody', async () => {
    await records(600, [2, 3])
    held[3] = undefined
    const one = completer()
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

  test('goes on soon with a member for which something came of the last one', async () => {
    const { work } = await certified('soon', [3])
    held[3] = undefined
    const one = completer()
    for (let i = 0; i < 8; i++) {
      await one.sweep(signal)
      clock.advance(600_000)
    }
    held[3] = new Set()
    await one.handle(work(3), signal)
    asked.probes = []
    await records(1, [3])
    await one.sweep(signal)
    expect(asked.probes).toEqual([3])
  })

  test('gives up what nobody takes any more: its epoch is over', async () => {
    await records(3, [3], 5)
    currentEpoch = 7
    await completer().sweep(signal)
    expect([missingMembers(), asked.probes]).toEqual([[], []])
  })
})

test('members that were completed from memory are written together', async () => {
  const digests = await records(3, [1, 3])
  const one = completer()
  for (const digest of digests) one.held(digest, 3)
  expect(missingMembers().filter((member) => member === 3)).toHaveLength(3)
  await one.flush()
  await one.flush()
  expect(missingMembers()).toEqual([1, 1, 1])
  expect(fromHex(digests[0] as Hex)).toHaveLength(32)
})
