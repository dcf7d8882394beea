// Checks of what an answer with 200 guarantees: the batch can be read unchanged, also from its signers alone, and its header is on L1
// exactly once. Each check returns its failures as sentences.
import { connectL1 } from '../../src/l1/rpc.ts'
import { postedHeaders } from '../../src/l1/posted.ts'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import { retrievalOnNode } from '../../src/client/retrieval-on-node.ts'
import { Retriever } from '../../src/client/retriever.ts'
import { retrieveBatch } from '../../src/client/retrieve.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { poll } from '../../src/runtime/async/poll.ts'
import { systemClock, unixSeconds } from '../../src/runtime/clock.ts'
import { HttpClient } from '../../src/runtime/http-client.ts'
import { loadSecp256k1 } from '../../src/runtime/secp256k1.ts'
import type { Program } from './child-process.ts'
import type { Fleet } from './fleet.ts'
import type { AnsweredBatch } from './load.ts'
import { seededBytes } from './random-bytes.ts'

const CONCURRENT_READS = 8
const DIGESTS_PER_REQUEST = 512
const GET_MS = 60_000
/** Each poll reads all posts. */
const POSTED_POLL_MS = 500

/** The batches that a reader does not get unchanged from the nodes together. */
export async function batchesNotServed(fleet: Fleet, answered: readonly AnsweredBatch[]): Promise<string[]> {
  await using reader = await createReader(fleet)
  return await failuresOf(answered, async (batch) => checkBytes(batch, await reader.get(batch)))
}

/**
 * The batches that their signers do not hold: a signer that does not attest a batch again is a failure, and so is a batch that a
 * reader does not get from any r of its signers.
 */
export async function batchesNotHeldBySigners(
  fleet: Fleet,
  answered: readonly AnsweredBatch[],
): Promise<string[]> {
  await using reader = await createReader(fleet)
  const now = unixSeconds(systemClock)
  const current = answered.filter(({ certificate }) => certificate.header.expiry > now)
  const { rows } = fleet.deployment.members.geometry
  const unread = await failuresOf(current, async (batch) => {
    for (const members of windowsOf(signersOf(batch), rows))
      checkBytes(batch, await reader.getFrom(batch, members))
  })
  const refusals = fleet.nodes.map(async (node, member) =>
    refusedAttestations(
      node,
      current.filter((batch) => signersOf(batch).includes(member)),
    ),
  )
  return [...unread, ...(await Promise.all(refusals)).flat()]
}

function signersOf({ certificate }: AnsweredBatch): number[] {
  return certificate.signatures.map(({ member }) => member)
}

/** Groups of `size` signers that together include each of them: nodes have one shard each, so r signers suffice to decode. */
function windowsOf(signers: readonly number[], size: number): number[][] {
  const starts = signers.flatMap((_, i) => (i % size === 0 ? [i] : []))
  return starts.map((start) =>
    Array.from({ length: size }, (_, i) => signers[(start + i) % signers.length] as number),
  )
}

/** The answers of a node that does not attest `batches` again. */
async function refusedAttestations(
  { name, url }: Program,
  batches: readonly AnsweredBatch[],
): Promise<string[]> {
  const failures: string[] = []
  for (let i = 0; i < batches.length; i += DIGESTS_PER_REQUEST) {
    const digests = batches.slice(i, i + DIGESTS_PER_REQUEST).map(({ digest }) => digest)
    const body = JSON.stringify({ epoch: batches[i]?.certificate.header.epoch, digests })
    const response = await fetch(`${url}/v1/attestations`, { method: 'POST', body })
    const answer = await response.text()
    if (response.status !== 200) failures.push(`${name}: ${answer}`)
  }
  return failures
}

/** How often each header is on the canonical chain, by digest. */
async function postedDigests(fleet: Fleet): Promise<Map<Hex, number>> {
  const times = new Map<Hex, number>()
  const source = { l1: connectL1([fleet.rpcUrl]), domain: fleet.deployment.domain }
  for await (const { digest } of postedHeaders(source)) times.set(digest, (times.get(digest) ?? 0) + 1)
  return times
}

/** Resolves when `enough` of the batches, all by default, are on L1; fails when they are not within `ms`. */
export async function untilPosted(
  fleet: Fleet,
  answered: readonly AnsweredBatch[],
  { ms, enough = answered.length }: { readonly ms: number; readonly enough?: number },
): Promise<void> {
  let posted = 0
  const reason = (): Error =>
    new Error(`Expected ${enough} of ${answered.length} batches on L1 within ${ms} ms, got ${posted}.`)
  await poll({ clock: systemClock, timeoutMs: ms, intervalMs: POSTED_POLL_MS, reason }, async () => {
    const times = await postedDigests(fleet)
    posted = answered.filter(({ digest }) => times.has(digest)).length
    return posted >= enough || undefined
  })
}

/** The headers of `answered` that are not on L1, and all headers that are there more than once. */
export async function headersNotPostedOnce(
  fleet: Fleet,
  answered: readonly AnsweredBatch[],
): Promise<string[]> {
  const times = await postedDigests(fleet)
  const missing = answered.filter(({ digest }) => !times.has(digest))
  const repeated = [...times].filter(([, count]) => count > 1)
  return [
    ...shortened(missing.map(({ digest, label }) => `${label}, ${digest}, is not posted`)),
    ...shortened(repeated.map(([digest, count]) => `${digest} is posted ${count} times`)),
  ]
}

type Reader = AsyncDisposable & {
  get(batch: AnsweredBatch): Promise<Uint8Array>
  /** Reads from `members` only. */
  getFrom(batch: AnsweredBatch, members: readonly number[]): Promise<Uint8Array>
}

async function createReader(fleet: Fleet): Promise<Reader> {
  const { committee, ledger } = fleet.deployment
  const clock = systemClock
  const { committees, domain } = await CommitteeReader.connect({
    rpcUrls: [fleet.rpcUrl],
    committee,
    ledger,
    clock,
  })
  const http = new HttpClient()
  const retrieval = retrievalOnNode({ http, clock, timeoutMs: GET_MS, hedgeDelayMs: 1_000 })
  const checker = { curve: loadSecp256k1(), domain }
  const retriever = new Retriever({ committees, checker, clock, retrieval, retrievalsMax: CONCURRENT_READS })
  return {
    get: async ({ commitment }) => retriever.get(commitment),
    getFrom: async ({ commitment }, members) => {
      const allowed = members.map((member) => fleet.nodes[member]?.url)
      return retrieveBatch(await retriever.certificate(commitment), {
        ...retrieval,
        get: async (asked) => {
          if (!allowed.includes(new URL(asked.url).origin)) throw new Error('this member is not asked')
          return retrieval.get(asked)
        },
      })
    },
    [Symbol.asyncDispose]: async () => http.close(),
  }
}

function checkBytes({ label, length }: AnsweredBatch, bytes: Uint8Array): void {
  if (Buffer.compare(bytes, seededBytes(label, length)) !== 0) throw new Error('the bytes differ')
}

/** The errors that `check` throws, for each batch. */
async function failuresOf(
  answered: readonly AnsweredBatch[],
  check: (batch: AnsweredBatch) => Promise<void>,
): Promise<string[]> {
  const failures: string[] = []
  const rest = [...answered]
  const work = async (): Promise<void> => {
    for (let batch = rest.pop(); batch !== undefined; batch = rest.pop()) {
      const { label, digest } = batch
      await check(batch).catch((error: unknown) => failures.push(`${label}, ${digest}: ${String(error)}`))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_READS }, work))
  return shortened(failures)
}

const SHOWN_MAX = 8

function shortened(failures: readonly string[]): string[] {
  const more = failures.length - SHOWN_MAX
  return more > 0 ? [...failures.slice(0, SHOWN_MAX), `and ${more} more`] : [...failures]
}
