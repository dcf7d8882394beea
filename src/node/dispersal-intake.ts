// Taking a dispersal: judge the head, make room, read the rest, check it, store it, and only then sign for it.
//
// Guarantees:
// - Signed means stored: the attestation is made after `custody.put` resolved, which is after fsync.
// - Refused early: whatever the head decides is decided before another byte is read or a byte of memory is taken.
// - Nothing left behind: a refused, cut or stalled dispersal gives back its memory and its room, and stores nothing.
// - Idempotent: a batch that is held is answered at once. Dispersals of one batch at the same time each read their own body
//   (one that stalls cannot hold up the others) and one of them is stored.
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import type { Committees } from '../l1/committees.ts'
import { DISPERSAL_HEAD_BYTES, type DispersalHead, decodeDispersalHead } from '../protocol/dispersal.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Domain, headerDigest } from '../protocol/header.ts'
import { type Coder, threadCoder } from '../coding/coder.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { type Secp256k1, recoverSigner } from '../protocol/signature.ts'
import type { Budget } from '../runtime/budget.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import type { CheckedPair, SliverStore } from '../store/sliver-store.ts'
import { type Part, type PromiseLimits, admit, admitLength, partOf } from './admission.ts'
import type { Attestation, Attester } from './attestation.ts'
import type { BodyReader } from './body-reader.ts'
import { checkLeaves, checkPair, hashesOfPair } from './pairs.ts'
import { inTime } from './transfer.ts'

export type IntakeParts = {
  readonly kernel: Kernel
  /** Where pairs are hashed; left out, on this thread with the kernel. */
  readonly coder?: Coder
  readonly curve: Secp256k1
  readonly domain: Domain
  readonly committees: Committees
  readonly custody: SliverStore
  readonly attester: Attester
  readonly clock: Clock
  readonly limits: PromiseLimits
  /** Bytes of bodies in memory. */
  readonly memory: Budget
  /** The bound of `memory`. */
  readonly memoryBytesMax: number
}

export type Incoming = {
  /** The body's Content-Length; undefined if it has none. */
  readonly declaredBytes: number | undefined
  readonly body: BodyReader
}

export type Taken = { readonly attestation: Attestation; readonly outcome: 'stored' | 'held' }

const RETRY_SECONDS = 1

/** @throws FloeError with a code for every reason not to */
export async function takeDispersal(parts: IntakeParts, incoming: Incoming): Promise<Taken> {
  const { custody, attester, clock } = parts
  const { head, digest, declaredBytes } = await readHead(parts, incoming)
  const held = custody.batch(digest)
  if (held?.operator === attester.signer && held.header.expiry > unixSeconds(clock)) {
    checkSigned(parts, head, digest)
    return { attestation: attester.attest(fromHex(digest), held.header.epoch), outcome: 'held' }
  }
  const part = await admitHead(parts, head, digest, declaredBytes)
  const quotaBytes = await quotaOf(parts, head.header.disperser)
  const bytes = part.layout.total - DISPERSAL_HEAD_BYTES
  const release = takeMemory(parts, bytes)
  try {
    const claim = { digest, header: head.header, geometry: part.committee.geometry, pairs: part.pairs }
    const reservation = custody.reserve(claim, quotaBytes)
    try {
      const body = Buffer.allocUnsafeSlow(bytes)
      await inTime(clock, bytes, async (signal) => incoming.body.fill(body, signal))
      const { leaves, pairs } = await checkBody(parts, head, part, body)
      // The body may have taken a while; a promise that is over by now is not given.
      const late = admitNow(parts, head, part)
      if (late !== undefined) throw late
      const batch = { ...claim, signature: head.signature, operator: attester.signer, leaves }
      await custody.put(batch, pairs, reservation)
      crashPoint('node.stored')
      const attestation = attester.attest(fromHex(digest), head.header.epoch)
      crashPoint('node.signed')
      return { attestation, outcome: 'stored' }
    } finally {
      reservation.release()
    }
  } finally {
    release()
  }
}

async function readHead(
  parts: IntakeParts,
  incoming: Incoming,
): Promise<{ head: DispersalHead; digest: Hex; declaredBytes: number }> {
  const { declaredBytes } = incoming
  if (declaredBytes === undefined || declaredBytes < DISPERSAL_HEAD_BYTES) {
    throw new FloeError(
      'malformed',
      `Expected a Content-Length of at least ${DISPERSAL_HEAD_BYTES}, got ${declaredBytes ?? 'none'}.`,
      { remedy: 'Send the dispersal as one body with its length, not chunked.' },
    )
  }
  const bytes = new Uint8Array(DISPERSAL_HEAD_BYTES)
  await inTime(parts.clock, bytes.length, async (signal) => incoming.body.fill(bytes, signal))
  const head = decodeDispersalHead(bytes)
  return { head, digest: toHex(headerDigest(parts.domain, head.header)), declaredBytes }
}

/** Everything that the head decides without a question about the disperser. */
async function admitHead(
  parts: IntakeParts,
  head: DispersalHead,
  digest: Hex,
  declaredBytes: number,
): Promise<Part> {
  const { committees, attester, clock, limits } = parts
  const { header } = head
  const current = await committees.current()
  const near = header.epoch === current.epoch - 1
  const committee =
    header.epoch === current.epoch ? current : near ? await committees.ofEpoch(header.epoch) : undefined
  const facts = { limits, signer: attester.signer, currentEpoch: current.epoch, committee }
  const refusal = admit(header, facts, unixSeconds(clock))
  if (refusal !== undefined) throw refusal
  if (committee === undefined) throw new FloeError('internal', 'A header without a committee was admitted.')
  const part = partOf(header, committee, attester.signer)
  const wrongLength = admitLength(part, declaredBytes)
  if (wrongLength !== undefined) throw wrongLength
  checkSigned(parts, head, digest)
  return part
}

function admitNow(parts: IntakeParts, head: DispersalHead, part: Part): FloeError | undefined {
  const { limits, attester, clock } = parts
  const { committee } = part
  const facts = { limits, signer: attester.signer, currentEpoch: committee.epoch, committee }
  return admit(head.header, facts, unixSeconds(clock))
}

function checkSigned(parts: IntakeParts, head: DispersalHead, digest: Hex): void {
  const { disperser } = head.header
  const signer = recoverSigner(parts.curve, fromHex(digest), fromHex(head.signature))
  if (signer === disperser) return
  throw new FloeError(
    'bad-signature',
    `Expected the header ${digest} signed by its disperser ${disperser}, got ${signer ?? 'no signature'}.`,
    {
      facts: { disperser, signer: signer ?? 'nobody' },
      remedy: 'Sign the EIP-712 digest of the header for this chain and ledger.',
    },
  )
}

async function quotaOf(parts: IntakeParts, disperser: Hex): Promise<bigint> {
  const quotaBytes = await parts.committees.disperserQuota(disperser)
  if (quotaBytes > 0n) return quotaBytes
  throw new FloeError(
    'unknown-disperser',
    `The committee's contract does not know the disperser ${disperser}.`,
    {
      facts: { disperser },
      remedy: "Register it with the committee's owner.",
    },
  )
}

function takeMemory(parts: IntakeParts, bytes: number): () => void {
  const { memory, memoryBytesMax } = parts
  if (bytes > memoryBytesMax) {
    throw new FloeError(
      'too-large',
      `Expected at most ${memoryBytesMax} bytes of pairs in one dispersal, got ${bytes}.`,
      {
        facts: { bytesMax: memoryBytesMax, bytes },
        remedy: 'Split the batch, or give this node more memory for intake.',
      },
    )
  }
  const release = memory.take(bytes)
  if (release !== undefined) return release
  throw new FloeError('overloaded', `${memory.used()} of ${memoryBytesMax} bytes of intake are in use.`, {
    facts: { usedBytes: memory.used(), bytesMax: memoryBytesMax, bytes },
    remedy: 'Try again in a moment.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}

/** Gives `body` away: what is returned are views into what came back. */
async function checkBody(
  parts: IntakeParts,
  head: DispersalHead,
  part: Part,
  body: Uint8Array,
): Promise<{ leaves: Uint8Array; pairs: CheckedPair[] }> {
  const { kernel, coder = threadCoder(kernel) } = parts
  const { committee, layout } = part
  const { geometry } = committee
  const leavesOf = (bytes: Uint8Array): Uint8Array => {
    const from = layout.leaves - DISPERSAL_HEAD_BYTES
    return bytes.subarray(from, from + geometry.shards * HASH_BYTES)
  }
  checkLeaves(head.header, geometry, leavesOf(body))
  const start = layout.pair(0) - DISPERSAL_HEAD_BYTES
  const hashed = await coder.hashPairs(geometry, { bytes: body, start, count: part.pairs.length })
  const leaves = leavesOf(hashed.bytes)
  const pairs = part.pairs.map((pair, k) => {
    const from = layout.pair(k) - DISPERSAL_HEAD_BYTES
    const split = from + layout.rowBytes
    const row = hashed.bytes.subarray(from, split)
    const column = hashed.bytes.subarray(split, split + layout.columnBytes)
    const hashes = hashesOfPair(geometry, hashed, k)
    return checkPair(leaves, { pair, bytes: { row, column }, hashes })
  })
  return { leaves, pairs }
}
