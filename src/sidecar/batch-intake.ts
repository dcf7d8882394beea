// A put: from a batch's bytes to the commitment that stands for it.
//
// Guarantees:
// - Answered means held: a commitment is returned only after a quorum has attested and the certificate is on this disk.
// - Idempotent: equal bytes, put again or at the same time, give the same commitment for as long as it is fresh.
// - Retried, not doubled: the signed header is on disk while the batch is dispersed, and a put that found no quorum, or died
//   after it, is repeated with the same one, so that operators that have it say so at once.
// - Bounded: what is not on L1 yet is at most `unpostedMax` batches; beyond it puts are refused, and nothing is dropped.
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { encodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { NO_CONTENT_HASH } from '../protocol/header.ts'
import type { Coder } from '../coding/coder.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Committees } from '../l1/committees.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { sha256InSlices } from '../coding/sliced-sha256.ts'
import { type BatchRecord, FRESH_MS, stateOf } from '../store/batch-record.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import { type Dispersal, type Disperser, type Signer, prepareDispersal } from './disperser.ts'

export type PutReceipt = {
  readonly commitment: Hex
  readonly digest: Hex
  readonly bytes: number
  readonly epoch: number
  readonly expiry: number
}

export type Intake = {
  /** @throws FloeError: `empty`, `too-large`, `unavailable`, and what operators refuse */
  put(batch: Uint8Array): Promise<PutReceipt>
  /** To be asked before a batch is read: what was let in is finished. @throws FloeError `unavailable` once it is stopped */
  admit(): void
  /** Lets no more puts in; those in hand go on. */
  stop(): void
}

export type IntakeOptions = {
  readonly kernel: Kernel
  /** Where batches are encoded; left out, on this thread with the kernel. */
  readonly coder?: Coder
  readonly committees: Committees
  readonly signer: Signer
  readonly disperser: Disperser
  readonly spool: BatchIndex
  readonly clock: Clock
  readonly logger: Logger
  readonly batchBytesMax: number
  readonly retentionSeconds: number
  /** Most batches that are not on L1 yet. */
  readonly unpostedMax: number
  /** Tells other sidecars of a certified batch, in bounded time. Never rejects. Undefined: there are none. */
  readonly announce?: ((digest: Hex, commitment: Hex) => Promise<void>) | undefined
}

export function createIntake(options: IntakeOptions): Intake {
  const inFlight = new Map<Hex, Promise<PutReceipt>>()
  let stopped = false
  return {
    stop: () => {
      stopped = true
    },
    admit: () => {
      if (stopped) throw shuttingDown()
    },
    put: async (batch) => {
      checkSize(batch.length, options.batchBytesMax)
      const content = toHex(await sha256InSlices(batch))
      const running = inFlight.get(content)
      if (running !== undefined) return running
      const put = putOnce(batch, content, options, inFlight.size).finally(() => inFlight.delete(content))
      inFlight.set(content, put)
      return put
    },
  }
}

export function checkSize(bytes: number, bytesMax: number): void {
  if (bytes === 0) {
    throw new FloeError('empty', 'Expected a batch of at least one byte, got none.', {
      remedy: 'Send the batch as the body.',
    })
  }
  if (bytes > bytesMax) {
    throw new FloeError('too-large', `Expected a batch of at most ${bytesMax} bytes, got ${bytes}.`, {
      facts: { bytesMax, bytes },
      remedy: 'Split it, or raise the limit on the sidecar and on every storage node.',
    })
  }
}

function shuttingDown(): FloeError {
  return new FloeError('unavailable', 'This sidecar is shutting down.', {
    remedy: 'Put to another one, or try again when it is back.',
    retryAfterSeconds: 5,
  })
}

/** @param others puts in hand, which may become batches that are not on L1 either */
function checkRoom({ spool, unpostedMax }: IntakeOptions, others: number): void {
  const unposted = spool.unpostedCount() + others
  if (unposted < unpostedMax) return
  throw new FloeError('storage', `${unposted} of at most ${unpostedMax} batches are not on L1 yet.`, {
    facts: { unposted, unpostedMax },
    remedy: 'See to it that posts get through; puts are taken again as soon as they do.',
    retryAfterSeconds: 10,
  })
}

async function putOnce(
  batch: Uint8Array,
  content: Hex,
  options: IntakeOptions,
  others: number,
): Promise<PutReceipt> {
  const { spool, clock } = options
  const committee = await options.committees.current()
  const known = freshRecord(spool.findByContent(content), committee, clock.now())
  if (known?.commitment !== undefined) return receiptOf(known, known.commitment)
  if (known === undefined) checkRoom(options, others)
  const dispersal = await prepareDispersal(options, committee, batch, {
    expiry: known?.header.expiry ?? unixSeconds(clock) + options.retentionSeconds,
    contentHash: NO_CONTENT_HASH,
  })
  crashPoint('put.encoded')
  const { digest, header, signature } = dispersal
  const receivedAt = known?.receivedAt ?? clock.now()
  return certified({ digest, header, signature, content, receivedAt }, dispersal, options)
}

/** Disperses, with the record one step ahead of what anybody is told. */
async function certified(
  received: BatchRecord,
  dispersal: Dispersal,
  { spool, clock, disperser, logger, announce }: IntakeOptions,
): Promise<PutReceipt> {
  // Beside the dispersal, not before it: until there is a quorum it only spares a repeated put another header. If the disk does
  // not take it, it does not take the certificate either, and that is what the put fails with.
  const recorded = spool.save(received).then(
    () => crashPoint('put.received'),
    () => undefined,
  )
  const startedAt = clock.monotonic()
  const certificate = await disperser.certify(dispersal).catch(async (error: unknown) => {
    await recorded
    if (signedSome(error)) await spool.save({ ...received, dispersed: true }).catch(() => undefined)
    throw error
  })
  crashPoint('put.quorum')
  const commitment = toHex(encodeCertificate(certificate))
  const record: BatchRecord = { ...received, commitment, certifiedAt: clock.now() }
  const signers = new Set(certificate.signatures.map(({ member }) => member))
  const missing = [...dispersal.committee.members.keys()].filter((member) => !signers.has(member))
  await Promise.all([recorded, spool.save(record, missing)])
  crashPoint('put.certified')
  const { digest, header } = received
  const milliseconds = Math.round(clock.monotonic() - startedAt)
  logger.debug({ digest, bytes: header.length, signers: signers.size, milliseconds }, 'quorum gathered')
  await announce?.(digest, commitment)
  crashPoint('put.announced')
  return receiptOf(record, commitment)
}

function signedSome(error: unknown): boolean {
  return Number(asFloeError(error).facts['signed'] ?? 0) > 0
}

/** The record if its header may still be dispersed, or its commitment answered, for the same bytes. */
function freshRecord(
  record: BatchRecord | undefined,
  committee: Committee,
  now: number,
): BatchRecord | undefined {
  if (record === undefined || record.header.epoch !== committee.epoch) return undefined
  if (stateOf(record) === 'failed') return undefined
  const age = now - record.receivedAt
  return age >= 0 && age < FRESH_MS && record.header.expiry * 1000 > now ? record : undefined
}

function receiptOf(record: BatchRecord, commitment: Hex): PutReceipt {
  const { digest, header } = record
  return { commitment, digest, bytes: header.length, epoch: header.epoch, expiry: header.expiry }
}

/** Bytes of a commitment, as OP Stack clients want them. */
export function commitmentBytes(receipt: PutReceipt): Uint8Array {
  return fromHex(receipt.commitment)
}
