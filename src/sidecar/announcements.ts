// Sidecars that share a queue tell each other which batches are certified and not on L1 yet, so that the sidecar that posts next
// posts the batches of all, including those of a sidecar that has died meanwhile.
//
// The list is work to do and no record: every sidecar keeps its own batches on disk. Entries are not trusted: a certificate is
// taken only if a quorum of a final committee signed it, for a header of this disperser, whose posts this sidecar pays for.
import { z } from 'zod'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { decodeCertificate } from '../protocol/certificate.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { headerDigest } from '../protocol/header.ts'
import { type PostingTerms, postableUntil } from '../protocol/posting.ts'
import type { Retriever } from '../client/retriever.ts'
import type { Job, JobQueue } from '../queue/queue.ts'
import { settledWithin } from '../runtime/async/deadline.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import { type BatchRecord, stateOf } from '../store/batch-record.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { MemberAttestation } from '../store/signed-headers.ts'
import { commitmentSchema } from './commitment-schema.ts'
import type { HeaderSigner } from './dispersal.ts'

export type AnnouncementsOptions = {
  readonly queue: Pick<JobQueue, 'add' | 'waiting' | 'remove'>
  readonly batchIndex: BatchIndex
  readonly retriever: Pick<Retriever, 'certificate'>
  readonly signer: Pick<HeaderSigner, 'address' | 'domain'>
  readonly clock: Clock
  readonly logger: Logger
  /** Most batches that are not on L1 yet; further entries stay on the list. */
  readonly unpostedMax: number
  readonly terms: PostingTerms
}

/** Milliseconds that a put waits for the queue at most. */
const ANNOUNCE_MS_MAX = 250
/** Batches that are announced again at a time; the queue bounds the list. */
const REPEAT_MAX = 256
/** Entries that are read at a time. */
const ADOPT_MAX = 1_000

const entrySchema = z.strictObject({ commitment: commitmentSchema })

export class Announcements {
  readonly #options: AnnouncementsOptions
  readonly #reads: ConditionLog
  /** Any client of the queue can write an entry, so that a line for each has no bound. */
  readonly #entries: ConditionLog

  constructor(options: AnnouncementsOptions) {
    this.#options = options
    const { logger, clock } = options
    const [began, ended] = ['announced batches not read', 'announced batches read again']
    this.#reads = new ConditionLog({ logger, clock, began, ended })
    const entries = { began: 'announced batch rejected', ended: 'announced batches accepted again' }
    this.#entries = new ConditionLog({ logger, clock, ...entries })
  }

  /** Announces a certified batch, in bounded time. Never rejects: `repeat` makes up for an announcement that failed. */
  async announce(digest: Hex, commitment: Hex): Promise<void> {
    const { clock, logger } = this.#options
    const added = this.#add(digest, commitment).catch((error: unknown) =>
      logger.debug({ digest, reason: asFloeError(error).message }, 'batch not announced'),
    )
    await settledWithin(clock, ANNOUNCE_MS_MAX, added)
  }

  /** Announces the batches again that wait on this sidecar's disk. Never rejects. */
  async repeat(): Promise<void> {
    const { batchIndex, logger } = this.#options
    try {
      for (const { digest, commitment } of batchIndex.readyToPost(REPEAT_MAX))
        if (commitment !== undefined) await this.#add(digest, commitment)
    } catch (error) {
      logger.debug({ reason: asFloeError(error).message }, 'batches not announced again')
    }
  }

  /** Takes in what other sidecars announced, and removes entries that are posted, missed or not valid. Never rejects. */
  async adopt(): Promise<void> {
    const { queue } = this.#options
    try {
      const obsolete: string[] = []
      for (const entry of await queue.waiting('announce', ADOPT_MAX))
        if (await this.#adoptEntry(entry)) obsolete.push(entry.id)
      if (obsolete.length > 0) await queue.remove('announce', obsolete)
      this.#reads.held('announced')
    } catch (error) {
      this.#reads.failed('announced', { reason: asFloeError(error).message })
    }
  }

  async #add(digest: Hex, commitment: Hex): Promise<void> {
    return this.#options.queue.add({ kind: 'announce', id: digest, data: { commitment } })
  }

  /** @returns whether the entry is to be removed from the list */
  async #adoptEntry(entry: Job): Promise<boolean> {
    const { batchIndex, unpostedMax } = this.#options
    const known = batchIndex.batch(entry.id as Hex)
    if (known !== undefined && isOver(known)) return true
    if (known?.commitment !== undefined) return false
    if (batchIndex.unpostedCount() >= unpostedMax) return false
    try {
      const { record, missing, attestations } = await this.#check(entry)
      await batchIndex.adopt(record, missing, attestations)
      this.#entries.held('entry')
      return false
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (error.retryable) return false
      this.#entries.failed('entry', { id: entry.id, reason: error.message })
      return true
    }
  }

  /** @throws FloeError unless the entry holds a certificate that this sidecar may post */
  async #check({ id, data }: Job): Promise<CheckedEntry> {
    const { retriever, signer, clock, terms } = this.#options
    const parsed = entrySchema.safeParse(data)
    if (!parsed.success)
      throw new FloeError('malformed', `Expected a commitment, got ${parsed.error.message}`)
    const { commitment } = parsed.data
    const { header, path, signatures } = decodeCertificate(fromHex(commitment))
    const digest = toHex(headerDigest(signer.domain, header))
    if (id !== digest) throw new FloeError('malformed', `Expected the batch ${id}, got ${digest}.`)
    if (header.disperser !== signer.address)
      throw new FloeError(
        'malformed',
        `Expected a batch of the disperser ${signer.address}, got one of ${header.disperser}.`,
      )
    const until = postableUntil(header, undefined, terms)
    if (until < unixSeconds(clock))
      throw new FloeError(
        'expired',
        `Expected a batch that can still be posted, got ${digest}, until ${until}.`,
      )
    // A sidecar certifies each header alone. Signatures under a path are for another headersRoot than its post would have.
    if (path.length > 0)
      throw new FloeError(
        'malformed',
        `Expected ${digest} to be certified alone, got a certificate with a path.`,
      )
    const { committee } = await retriever.certificate(fromHex(commitment))
    const signers = new Set(signatures.map(({ member }) => member))
    const missing = [...committee.members.keys()].filter((member) => !signers.has(member))
    const now = clock.now()
    const attestations = signatures.map((signed) => ({ ...signed, index: 0, path: [] }))
    return {
      record: { digest, header, commitment, receivedAt: now, certifiedAt: now },
      missing,
      attestations,
    }
  }
}

/** What an entry says of a batch, once it is checked. */
type CheckedEntry = {
  readonly record: BatchRecord
  readonly missing: number[]
  readonly attestations: readonly MemberAttestation[]
}

function isOver(record: BatchRecord): boolean {
  return ['posted', 'final', 'missed'].includes(stateOf(record))
}
