// What sidecars that share a queue tell each other: commitments that are certified and not on L1 yet, so that whichever of them
// posts next posts the batches of all, also of one that has died meanwhile.
//
// The list is work to do and no record: whoever announced keeps its own. And nothing in it is believed: a certificate is taken
// only if a quorum of a committee that is final signed it, for a header of this disperser, whose posts this sidecar pays for.
import { z } from 'zod'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { COMMITMENT_BYTES_MAX, decodeCertificate } from '../protocol/certificate.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { headerDigest } from '../protocol/header.ts'
import type { Library } from '../client/retriever.ts'
import type { Job, JobQueue } from '../queue/queue.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchRecord } from '../store/batch-record.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { Signer } from './disperser.ts'

export type Announcements = {
  /** Announces a certified batch, in bounded time. Never rejects: what nobody hears of is announced again later. */
  announce(digest: Hex, commitment: Hex): Promise<void>
  /** Announces again what waits in the spool for longer than it should. Never rejects. */
  repeat(): Promise<void>
  /** Takes what others announced into the spool, and what is done or worth nothing off the list. Never rejects. */
  adopt(): Promise<void>
}

export type AnnouncementsOptions = {
  readonly queue: Pick<JobQueue, 'add' | 'waiting' | 'remove'>
  readonly spool: BatchIndex
  readonly library: Pick<Library, 'certificate'>
  readonly signer: Pick<Signer, 'address' | 'domain'>
  readonly clock: Clock
  readonly logger: Logger
  readonly unpostedMax: number
}

/** What a put waits for the queue at most. */
const PATIENCE_MS = 250
/** Batches that are announced again at a time; the queue bounds the list. */
const REPEAT_MAX = 256
const LISTED_MAX = 1_000

const DATA = z.strictObject({
  commitment: z
    .string()
    .max(2 + 2 * COMMITMENT_BYTES_MAX)
    .regex(/^0x([0-9a-f]{2})+$/),
})

export function createAnnouncements(options: AnnouncementsOptions): Announcements {
  const { queue, spool, clock, logger } = options
  const add = async (digest: Hex, commitment: Hex): Promise<void> =>
    queue.add({ kind: 'announce', id: digest, data: { commitment } })
  return {
    announce: async (digest, commitment) => {
      const late = new AbortController()
      const added = add(digest, commitment).catch((error: unknown) =>
        logger.debug({ digest, reason: asFloeError(error).message }, 'batch not announced'),
      )
      await Promise.race([added, clock.sleep(PATIENCE_MS, late.signal).catch(() => undefined)])
      late.abort()
    },
    repeat: async () => {
      try {
        for (const { digest, commitment } of spool.readyToPost(REPEAT_MAX))
          if (commitment !== undefined) await add(digest, commitment)
      } catch (error) {
        logger.debug({ reason: asFloeError(error).message }, 'batches not announced again')
      }
    },
    adopt: async () => {
      try {
        const done: string[] = []
        for (const work of await queue.waiting('announce', LISTED_MAX))
          if (await settle(work, options)) done.push(work.id)
        if (done.length > 0) await queue.remove('announce', done)
      } catch (error) {
        logger.warn({ reason: asFloeError(error).message }, 'announced batches not seen')
      }
    },
  }
}

/** Whether an announcement is to be taken off the list. */
async function settle(work: Job, options: AnnouncementsOptions): Promise<boolean> {
  const { spool, logger, unpostedMax } = options
  const known = spool.batch(work.id as Hex)
  if (known?.post !== undefined || known?.failed !== undefined) return true
  if (known?.commitment !== undefined) return false
  if (spool.unpostedCount() >= unpostedMax) return false
  try {
    const { record, missing } = await checked(work, options)
    await spool.adopt(record, missing)
    return false
  } catch (thrown) {
    const error = asFloeError(thrown)
    if (error.retryable) return false
    logger.warn({ id: work.id, reason: error.message }, 'announced batch refused')
    return true
  }
}

async function checked(
  work: Job,
  { library, signer, clock }: AnnouncementsOptions,
): Promise<{ record: BatchRecord; missing: number[] }> {
  const data = DATA.safeParse(work.data)
  if (!data.success) throw new FloeError('malformed', `Expected a commitment, got ${data.error.message}`)
  const commitment = data.data.commitment as Hex
  const { header, path, signatures } = decodeCertificate(fromHex(commitment))
  const digest = toHex(headerDigest(signer.domain, header))
  if (work.id !== digest) throw new FloeError('malformed', `Expected the batch ${work.id}, got ${digest}.`)
  if (header.disperser !== signer.address)
    throw new FloeError('malformed', `Expected a batch of ${signer.address}, got one of ${header.disperser}.`)
  if (header.expiry <= unixSeconds(clock)) throw new FloeError('expired', `The batch ${digest} has expired.`)
  // Sidecars certify headers alone; under a path the signatures would be of another headersRoot than a post of it has.
  if (path.length > 0) throw new FloeError('malformed', `Expected ${digest} to be certified alone.`)
  const { committee } = await library.certificate(fromHex(commitment))
  const signers = new Set(signatures.map(({ member }) => member))
  const missing = [...committee.members.keys()].filter((member) => !signers.has(member))
  const now = clock.now()
  return { record: { digest, header, commitment, receivedAt: now, certifiedAt: now }, missing }
}
