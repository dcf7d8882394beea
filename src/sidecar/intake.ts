// A put: from a batch's bytes to the commitment that stands for it.
//
// Guarantees:
// - Answered means held: a commitment is returned only after a quorum has attested and the certificate is on this disk.
// - Idempotent: equal bytes, put again or at the same time, give the same commitment for as long as it is fresh.
// - Retried, not doubled: a put that found no quorum keeps its signed header, so that operators that have it say so at once.
import { createHash } from 'node:crypto'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { encodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { NO_CONTENT_HASH } from '../protocol/header.ts'
import type { Coder } from '../kernel/coder.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Committees } from '../l1/committees.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchRecord, Spool } from '../store/spool.ts'
import { type Disperser, type Signer, prepareDispersal } from './disperser.ts'

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
}

export type IntakeOptions = {
  readonly kernel: Kernel
  /** Where batches are encoded; left out, on this thread with the kernel. */
  readonly coder?: Coder
  readonly committees: Committees
  readonly signer: Signer
  readonly disperser: Disperser
  readonly spool: Spool
  readonly clock: Clock
  readonly logger: Logger
  readonly batchBytesMax: number
  readonly retentionSeconds: number
}

/** Seconds for which a header stands for a repeated put of the same bytes. A client's retries come within minutes. */
const FRESH_SECONDS = 3600

export function createIntake(options: IntakeOptions): Intake {
  const inFlight = new Map<Hex, Promise<PutReceipt>>()
  return {
    put: async (batch) => {
      checkSize(batch.length, options.batchBytesMax)
      const content = toHex(createHash('sha256').update(batch).digest())
      const running = inFlight.get(content)
      if (running !== undefined) return running
      const put = putOnce(batch, content, options).finally(() => inFlight.delete(content))
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

async function putOnce(batch: Uint8Array, content: Hex, options: IntakeOptions): Promise<PutReceipt> {
  const { spool, clock, disperser, logger } = options
  const committee = await options.committees.current()
  const known = freshRecord(spool.byContent(content), committee, unixSeconds(clock))
  if (known?.commitment !== undefined) return receiptOf(known, known.commitment)
  const startedAt = clock.now()
  const dispersal = await prepareDispersal(options, committee, batch, {
    expiry: known?.header.expiry ?? unixSeconds(clock) + options.retentionSeconds,
    contentHash: NO_CONTENT_HASH,
  })
  const { digest, header, signature } = dispersal
  const received: BatchRecord = { digest, header, signature, content, receivedAt: startedAt }
  const certificate = await disperser.certify(dispersal).catch(async (error: unknown) => {
    // Until the answer the client still owns the batch and will put it again; the header is kept for then. One that cannot be
    // kept costs quota, and is no reason to hide why the put failed.
    await spool.save(received).catch(() => undefined)
    throw error
  })
  const commitment = toHex(encodeCertificate(certificate))
  const certified: BatchRecord = { ...received, commitment, certifiedAt: clock.now() }
  await spool.save(certified)
  const signers = certificate.signatures.length
  logger.info(
    { digest, bytes: batch.length, signers, milliseconds: clock.now() - startedAt },
    'batch certified',
  )
  return receiptOf(certified, commitment)
}

/** The record if its header may still be dispersed, or its commitment answered, for the same bytes. */
function freshRecord(
  record: BatchRecord | undefined,
  committee: Committee,
  now: number,
): BatchRecord | undefined {
  if (record === undefined || record.header.epoch !== committee.epoch) return undefined
  const age = now - Math.floor(record.receivedAt / 1000)
  return age >= 0 && age < FRESH_SECONDS && record.header.expiry > now ? record : undefined
}

function receiptOf(record: BatchRecord, commitment: Hex): PutReceipt {
  const { digest, header } = record
  return { commitment, digest, bytes: header.length, epoch: header.epoch, expiry: header.expiry }
}

/** Bytes of a commitment, as OP Stack clients want them. */
export function commitmentBytes(receipt: PutReceipt): Uint8Array {
  return fromHex(receipt.commitment)
}
