// Whether promises are kept: every batch that was answered with 200 is served to the byte, also by nobody but those who signed
// for it, and its header stands once on L1. Each check gives what is wrong, in sentences; none is right.
import { connectL1 } from '../../src/l1/rpc.ts'
import { postedHeaders } from '../../src/l1/posted.ts'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import { retrievalOnNode } from '../../src/client/retrieval-on-node.ts'
import { Retriever } from '../../src/client/retriever.ts'
import { retrieveBatch } from '../../src/client/retrieve.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { systemClock, unixSeconds } from '../../src/runtime/clock.ts'
import { HttpClient } from '../../src/runtime/http-client.ts'
import { loadSecp256k1 } from '../../src/runtime/secp256k1.ts'
import type { Fleet } from './fleet.ts'
import type { Promised } from './load.ts'
import { seededBytes } from './random-bytes.ts'

const AT_ONCE = 8
const ATTESTED_AT_ONCE = 512
const GET_MS = 10_000
/** Every look reads all posts. */
const POSTED_LOOK_MS = 500

/** Batches that the reader does not get back as they were put, from all nodes together. */
export async function notServed(fleet: Fleet, promised: readonly Promised[]): Promise<string[]> {
  await using reader = await createReader(fleet)
  return await failuresOf(promised, async (batch) => sameBytes(batch, await reader.get(batch)))
}

/**
 * Batches that those who signed for them do not hold: each of them attests them again, and with only r of them left, whichever,
 * the reader has the batch.
 */
export async function notHeldBySigners(fleet: Fleet, promised: readonly Promised[]): Promise<string[]> {
  await using reader = await createReader(fleet)
  const now = unixSeconds(systemClock)
  const held = promised.filter(({ certificate }) => certificate.header.expiry > now)
  const failures = await failuresOf(held, async (batch) => {
    const signers = batch.certificate.signatures.map(({ member }) => member)
    const rows = fleet.deployment.members.geometry.rows
    // With one shard each, a window of r signers that moves on covers every signer.
    for (let i = 0; i < signers.length; i += rows) {
      const window = Array.from({ length: rows }, (_, k) => signers[(i + k) % signers.length] as number)
      sameBytes(batch, await reader.getFrom(batch, window))
    }
  })
  for (const [member, node] of fleet.nodes.entries()) {
    const signed = held.filter(({ certificate }) =>
      certificate.signatures.some((one) => one.member === member),
    )
    for (let i = 0; i < signed.length; i += ATTESTED_AT_ONCE) {
      const digests = signed.slice(i, i + ATTESTED_AT_ONCE).map(({ digest }) => digest)
      const body = JSON.stringify({ epoch: signed[i]?.certificate.header.epoch, digests })
      const response = await fetch(`${node.url}/v1/attestations`, { method: 'POST', body })
      if (response.status !== 200) failures.push(`${node.name}: ${await response.text()}`)
    }
  }
  return failures
}

/** Digests of all headers on the canonical chain, and how often they stand there. */
async function postedDigests(fleet: Fleet): Promise<Map<Hex, number>> {
  const times = new Map<Hex, number>()
  const source = { l1: connectL1([fleet.rpcUrl]), domain: fleet.deployment.domain }
  for await (const { digest } of postedHeaders(source)) times.set(digest, (times.get(digest) ?? 0) + 1)
  return times
}

/** Resolves when all of `promised` is on L1; fails when it is not within `ms`, or `enough` of it if that is less. */
export async function untilPosted(
  fleet: Fleet,
  promised: readonly Promised[],
  { ms, enough = promised.length }: { readonly ms: number; readonly enough?: number },
): Promise<void> {
  const deadline = performance.now() + ms
  for (;;) {
    const times = await postedDigests(fleet)
    const posted = promised.filter(({ digest }) => times.has(digest)).length
    if (posted >= enough) return
    if (performance.now() > deadline)
      throw new Error(`${posted} of ${promised.length} batches are posted after ${ms} ms, expected ${enough}`)
    await new Promise((resolve) => setTimeout(resolve, POSTED_LOOK_MS))
  }
}

/** Promised headers that are not on L1, and headers, promised or not, that are there more than once. */
export async function notPostedOnce(fleet: Fleet, promised: readonly Promised[]): Promise<string[]> {
  const times = await postedDigests(fleet)
  const missing = promised.filter(({ digest }) => !times.has(digest))
  const doubled = [...times].filter(([, count]) => count > 1)
  return [
    ...shortened(missing.map(({ digest, label }) => `${label}, ${digest}, is not posted`)),
    ...shortened(doubled.map(([digest, count]) => `${digest} is posted ${count} times`)),
  ]
}

type Reader = AsyncDisposable & {
  get(batch: Promised): Promise<Uint8Array>
  /** With all members silent but those of `members`. */
  getFrom(batch: Promised, members: readonly number[]): Promise<Uint8Array>
}

async function createReader(fleet: Fleet): Promise<Reader> {
  const { committee, ledger } = fleet.deployment
  const clock = systemClock
  const { committees, domain } = await CommitteeReader.connect({ rpcUrls: [fleet.rpcUrl], committee, ledger, clock })
  const http = new HttpClient()
  const retrieval = retrievalOnNode({ http, clock, timeoutMs: GET_MS, hedgeDelayMs: 1_000 })
  const checker = { curve: loadSecp256k1(), domain }
  const library = new Retriever({ committees, checker, clock, retrieval, retrievalsMax: AT_ONCE })
  return {
    get: async ({ commitment }) => library.get(commitment),
    getFrom: async ({ commitment }, members) => {
      const allowed = members.map((member) => fleet.nodes[member]?.url)
      return retrieveBatch(await library.certificate(commitment), {
        ...retrieval,
        get: async (asked) => {
          if (!allowed.includes(new URL(asked.url).origin)) throw new Error('silent')
          return retrieval.get(asked)
        },
      })
    },
    [Symbol.asyncDispose]: async () => http.close(),
  }
}

function sameBytes({ label, length }: Promised, bytes: Uint8Array): void {
  if (Buffer.compare(bytes, seededBytes(label, length)) !== 0) throw new Error('it has other bytes')
}

/** What `check` throws for each of `promised`. */
async function failuresOf(
  promised: readonly Promised[],
  check: (batch: Promised) => Promise<void>,
): Promise<string[]> {
  const failures: string[] = []
  const rest = [...promised]
  const work = async (): Promise<void> => {
    for (let batch = rest.pop(); batch !== undefined; batch = rest.pop()) {
      const { label, digest } = batch
      await check(batch).catch((error: unknown) => failures.push(`${label}, ${digest}: ${String(error)}`))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return shortened(failures)
}

const SHOWN_MAX = 8

function shortened(failures: readonly string[]): string[] {
  const more = failures.length - SHOWN_MAX
  return more > 0 ? [...failures.slice(0, SHOWN_MAX), `and ${more} more`] : [...failures]
}
