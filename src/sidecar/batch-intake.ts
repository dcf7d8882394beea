// A put: from the bytes of a batch to its commitment.
//
// Guarantees:
// - Answered means held: A commitment is returned only after a quorum attested and its certificate is on disk.
// - Idempotent: Equal bytes, put again or concurrently, give the same commitment while it is fresh.
// - Retried, not doubled: A put that is repeated after a failure or a crash disperses the same signed header.
// - Postable: No batch is taken before L1 was followed, and while its head stands still.
// - Bounded: At most `unpostedMax` batches wait for L1; further puts are refused, and no batch is dropped.
// - Not crowded out: A put that ended without a quorum does not count, from its end on.
import { sha256 } from '@noble/hashes/sha2.js'
import { type Hex, toHex } from '../protocol/bytes.ts'
import { encodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { NO_CONTENT_HASH } from '../protocol/header.ts'
import type { Coder } from '../coding/coder.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Committees } from '../l1/committees.ts'
import type { HeadWatch } from '../l1/head-watch.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { sha256InSlices } from '../coding/sliced-sha256.ts'
import { type BatchRecord, DEDUPLICATION_MS, NO_QUORUM, stateOf } from '../store/batch-record.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import { type Dispersal, type HeaderSigner, prepareDispersal } from './dispersal.ts'
import type { Disperser } from './disperser.ts'
import { expiryFor, isPostedAlone } from './posted-alone.ts'

export type PutReceipt = {
  readonly commitment: Hex
  readonly digest: Hex
  readonly bytes: number
  readonly epoch: number
  readonly expiry: number
}

export type PutOptions = {
  /** Whether its header is posted to L1 alone; left out, together with others. */
  readonly postedAlone?: boolean
}

export type BatchIntakeOptions = {
  readonly kernel: Kernel
  /** Where batches are encoded; left out, on this thread with the kernel. */
  readonly coder?: Coder
  readonly committees: Committees
  readonly signer: HeaderSigner
  readonly disperser: Pick<Disperser, 'certify'>
  readonly headWatch: Pick<HeadWatch, 'requireRecent'>
  readonly batchIndex: BatchIndex
  readonly clock: Clock
  readonly logger: Logger
  readonly batchBytesMax: number
  readonly retentionSeconds: number
  /** Most batches that are not on L1 yet. */
  readonly unpostedMax: number
  /** Called when a batch was certified that is posted alone. Must not throw. */
  readonly onPostedAlone?: (() => void) | undefined
  /** Tells other sidecars of a certified batch, in bounded time. Must not reject. Undefined: no other sidecar shares the queue. */
  readonly announce?: ((digest: Hex, commitment: Hex) => Promise<void>) | undefined
}

/** The keys of conditions that a sidecar has once. */
const QUORUM = 'quorum'
const STORAGE = 'storage'

export class BatchIntake {
  readonly #options: BatchIntakeOptions
  /** By the SHA-256 of the batch. */
  readonly #puts = new SingleFlight<Hex, PutReceipt>()
  readonly #quorums: ConditionLog
  readonly #storage: ConditionLog
  #stopped = false

  constructor(options: BatchIntakeOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'puts refused: no quorum', ended: 'puts accepted again: quorum found' }
    this.#quorums = new ConditionLog({ logger, clock, ...messages })
    const storage = { began: 'puts refused: no room', ended: 'puts accepted again: there is room' }
    this.#storage = new ConditionLog({ logger, clock, ...storage, level: 'error' })
  }

  /** @throws FloeError: `empty`, `too-large`, `storage`, `unavailable`, and the refusals of operators */
  async put(batch: Uint8Array, { postedAlone = false }: PutOptions = {}): Promise<PutReceipt> {
    checkSize(batch.length, this.#options.batchBytesMax)
    const hash = await sha256InSlices(batch)
    // Bytes that are to be posted alone are another content: their header differs.
    const content = toHex(postedAlone ? sha256(hash) : hash)
    return this.#puts.run(content, async () => {
      try {
        const receipt = await this.#putOnce(batch, { content, postedAlone })
        this.#storage.held(STORAGE)
        return receipt
      } catch (error) {
        const { code, message } = asFloeError(error)
        if (code === 'storage') this.#storage.failed(STORAGE, { reason: message })
        throw error
      }
    })
  }

  /**
   * Call it before a batch is read: a put that was admitted is finished.
   * @throws FloeError `unavailable` once stopped, and while L1 is not followed: a batch that cannot be posted is not taken
   */
  admit(): void {
    if (!this.#stopped) {
      this.#options.headWatch.requireRecent()
      return
    }
    throw new FloeError('unavailable', 'This sidecar is shutting down.', {
      remedy: 'Put to another one, or try again when it is back.',
      retryAfterSeconds: 5,
    })
  }

  /** Refuses further puts. Puts in flight continue. */
  stop(): void {
    this.#stopped = true
  }

  async #putOnce(
    batch: Uint8Array,
    { content, postedAlone }: { readonly content: Hex; readonly postedAlone: boolean },
  ): Promise<PutReceipt> {
    const { kernel, coder, committees, signer, batchIndex, clock, retentionSeconds } = this.#options
    // Counted before anything is waited for. Each may become a batch that is not on L1 either.
    const others = this.#puts.size
    const committee = await committees.current()
    const known = reusableRecord(batchIndex.findByContent(content), committee, clock.now())
    if (known?.commitment !== undefined) return receiptOf(known, known.commitment)
    this.#checkRoom(others)
    const dispersal = await prepareDispersal({ kernel, coder, signer }, committee, batch, {
      expiry: known?.header.expiry ?? expiryFor(unixSeconds(clock) + retentionSeconds, postedAlone),
      contentHash: NO_CONTENT_HASH,
    })
    crashPoint('put.encoded')
    const { digest, header, signature } = dispersal
    const receivedAt = known?.receivedAt ?? clock.now()
    return this.#certify({ digest, header, signature, content, receivedAt }, dispersal)
  }

  #checkRoom(others: number): void {
    const { batchIndex, unpostedMax } = this.#options
    const unposted = batchIndex.unpostedCount() + others
    if (unposted < unpostedMax) return
    throw new FloeError(
      'storage',
      `Expected fewer than ${unpostedMax} batches that are not on L1 yet, got ${unposted}.`,
      {
        facts: { unposted, unpostedMax },
        remedy: 'Find out why posts fail; puts are accepted again as soon as posts succeed.',
        retryAfterSeconds: 10,
      },
    )
  }

  /** Disperses a batch. The record on disk is always one step ahead of what a caller or an operator is told. */
  async #certify(received: BatchRecord, dispersal: Dispersal): Promise<PutReceipt> {
    const { batchIndex, clock, disperser, logger, announce, onPostedAlone } = this.#options
    const startedAt = clock.monotonic()
    // Concurrent with the dispersal: before a quorum, the record only spares a repeated put a second header. A disk that
    // refuses it refuses the certificate too, and that error fails the put.
    const recorded = batchIndex.save(received).then(
      () => crashPoint('put.received'),
      () => undefined,
    )
    const certificate = await disperser.certify(dispersal).catch(async (error: unknown) => {
      await recorded
      await batchIndex.save(this.#endedWithout(received, asFloeError(error))).catch(() => undefined)
      throw error
    })
    this.#quorums.held(QUORUM)
    crashPoint('put.quorum')
    const commitment = toHex(encodeCertificate(certificate))
    const record: BatchRecord = { ...received, commitment, certifiedAt: clock.now() }
    const signers = new Set(certificate.signatures.map(({ member }) => member))
    const missing = [...dispersal.committee.members.keys()].filter((member) => !signers.has(member))
    const attestations = certificate.signatures.map((signed) => ({ ...signed, index: 0, path: [] }))
    await Promise.all([recorded, batchIndex.save(record, missing, attestations)])
    crashPoint('put.certified')
    const { digest, header } = received
    const milliseconds = Math.round(clock.monotonic() - startedAt)
    logger.debug({ digest, bytes: header.length, signers: signers.size, milliseconds }, 'quorum gathered')
    await announce?.(digest, commitment)
    if (isPostedAlone(header)) onPostedAlone?.()
    crashPoint('put.announced')
    return receiptOf(record, commitment)
  }

  /** The record of a put without a quorum. It keeps its header for a repeated put, and waits for nothing. */
  #endedWithout(received: BatchRecord, { code, message, facts }: FloeError): BatchRecord {
    this.#quorums.failed(QUORUM, { code, reason: message })
    // Operators that attested may be enough of them later, together with those of a repeated put.
    if (Number(facts['signed'] ?? 0) > 0) return { ...received, dispersed: true }
    return { ...received, failed: { reason: NO_QUORUM, at: this.#options.clock.now() } }
  }
}

/** @throws FloeError `empty`, `too-large` */
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

/** The record, if its header may still be dispersed for the same bytes, or its commitment answered. */
function reusableRecord(
  record: BatchRecord | undefined,
  committee: Committee,
  now: number,
): BatchRecord | undefined {
  if (record === undefined || record.header.epoch !== committee.epoch) return undefined
  if (stateOf(record) === 'missed') return undefined
  const age = now - record.receivedAt
  return age >= 0 && age < DEDUPLICATION_MS && record.header.expiry * 1000 > now ? record : undefined
}

function receiptOf(record: BatchRecord, commitment: Hex): PutReceipt {
  const { digest, header } = record
  return { commitment, digest, bytes: header.length, epoch: header.epoch, expiry: header.expiry }
}
