// A challenger: it samples chunks of posted batches at random, keeps a score for every operator, challenges what cannot be had
// from anybody, has its challenges expire, and disproves encodings that are lies.
//
// Guarantees:
// - A challenge is opened only after the chunk was asked for again and again for `challengeAfterMs`, and could not be rebuilt.
// - Loops are apart: a retrieval that hangs holds up neither samples nor what has to be done on L1 in time. All end with `signal`.
// - Bounded: samples at once, suspects, whole batches in memory (one), wei in a day.
import type { RetrieveOptions, Wanted } from '../client/retrieve.ts'
import { retrieveBatch } from '../client/retrieve.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { DisputeTerms } from '../l1/disputes.ts'
import type { L1 } from '../l1/rpc.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { SignatureChecker } from '../protocol/certificate.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type ActionParts, expireChallenge, openChallenge, withdrawCredit } from './challenge-transactions.ts'
import { certificateOfPost } from '../disputes/post-certificate.ts'
import { submitEvidence } from '../disputes/submit-evidence.ts'
import type { RecentPosts } from './recent-posts.ts'
import { holderOf, randomPosition, sampleChunk } from './sampling.ts'
import type { Scores } from './scores.ts'
import { findEvidence } from '../disputes/evidence-search.ts'
import { sliversFromNodes, openPosition } from '../disputes/sliver-sources.ts'
import type { MissingChunk, MissingChunks } from './missing-chunks.ts'

export type ChallengerEvent =
  | 'challenged'
  | 'expired'
  | 'withdrawn'
  | 'disproved'
  /** A chunk that its holder did not show, and others could make. */
  | 'rebuilt'
  /** A whole batch was checked. */
  | 'checked'
  | 'failed'

export type ChallengerOptions = Omit<ActionParts, 'purse'> & {
  /** Undefined: nothing is done on L1. */
  readonly purse: ActionParts['purse'] | undefined
  readonly l1: L1
  readonly checker: SignatureChecker
  readonly terms: DisputeTerms
  readonly committees: Committees
  readonly posts: RecentPosts
  readonly scores: Scores
  readonly suspects: MissingChunks
  readonly retrieval: RetrieveOptions
  readonly random: () => number
  readonly clock: Clock
  readonly logger: Logger
  readonly policy: ChallengerPolicy
  readonly onSample: (outcome: 'success' | 'failure', seconds: number) => void
  readonly onEvent: (event: ChallengerEvent) => void
}

export type ChallengerPolicy = {
  readonly sampleIntervalMs: number
  readonly checkIntervalMs: number
  readonly challengeAfterMs: number
}

const LOOK_MS = 1_000
/** Parts of `challengeAfterMs` between two times that a suspect is asked for. */
const RETRIES = 8
const SAMPLES_MAX = 16

/** Runs until the signal aborts. Never rejects. */
export async function runChallenger(options: ChallengerOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, policy } = options
  const told =
    (what: string) =>
    (error: unknown): void => {
      if (signal.aborted) return
      options.onEvent('failed')
      logger.warn({ reason: asFloeError(error).message }, what)
    }
  const loop = async (ms: number, what: string, step: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      await step().catch(told(what))
      await clock.sleep(ms, signal).catch(() => undefined)
    }
  }
  const sampler = createSampler(options, signal)
  await Promise.all([
    loop(LOOK_MS, 'L1 not followed', async () => {
      const { timestamp } = await options.watch.sync(signal)
      options.posts.prune(timestamp)
    }),
    loop(policy.sampleIntervalMs, 'no sample taken', async () => sampler.step()),
    loop(Math.ceil(policy.challengeAfterMs / RETRIES), 'suspects not seen to', async () => {
      const seen = async (suspect: MissingChunk): Promise<void> =>
        pursue(options, suspect, signal).catch(told('a suspect was not seen to'))
      for (const suspect of options.suspects.all()) await seen(suspect)
    }),
    loop(policy.checkIntervalMs, 'no batch checked', async () => checkOne(options, signal)),
    loop(LOOK_MS, 'challenges not expired', async () => collect(options, signal)),
  ])
  await sampler.ended()
}

async function wantedOf(
  { committees }: Pick<ChallengerOptions, 'committees'>,
  { header, digest }: PostedHeader,
): Promise<Wanted> {
  return { header, digest, committee: await committeeFor(header.epoch, committees) }
}

function createSampler(
  options: ChallengerOptions,
  signal: AbortSignal,
): { step(): Promise<void>; ended(): Promise<unknown> } {
  const { posts, random } = options
  const inHand = new Set<Promise<void>>()
  let turn = 0
  return {
    step: async () => {
      const posted = posts.pick(random())
      if (posted === undefined || inHand.size >= SAMPLES_MAX) return
      const wanted = await wantedOf(options, posted)
      const member = turn++ % wanted.committee.members.length
      const work = sample(options, { wanted, posted, member }, signal).finally(() => inHand.delete(work))
      inHand.add(work)
    },
    ended: async () => Promise.all(inHand),
  }
}

/** Never rejects. */
async function sample(
  options: ChallengerOptions,
  { wanted, posted, member }: { wanted: Wanted; posted: PostedHeader; member: number },
  signal: AbortSignal,
): Promise<void> {
  const { clock, scores, retrieval, random, suspects, logger } = options
  const position = randomPosition(wanted, member, random)
  const operator = holderOf(wanted, position).signer
  const start = clock.monotonic()
  try {
    await sampleChunk(wanted, position, { ...retrieval, signal })
    const ms = clock.monotonic() - start
    scores.success(operator, ms)
    options.onSample('success', ms / 1000)
  } catch (error) {
    if (signal.aborted) return
    scores.failure(operator)
    options.onSample('failure', (clock.monotonic() - start) / 1000)
    logger.info({ digest: wanted.digest, operator, reason: asFloeError(error).message }, 'sample not had')
    suspects.add({ wanted, posted, position, operator, since: start })
  }
}

/** Asks for a suspect's chunk again; when its time is over, from everybody; and challenges what nobody has. */
async function pursue(options: ChallengerOptions, suspect: MissingChunk, signal: AbortSignal): Promise<void> {
  const { clock, suspects, policy, retrieval, disputes, logger } = options
  const { wanted, position, operator } = suspect
  const { digest, header } = wanted
  if (await answersNow()) return suspects.remove(suspect)
  if (clock.monotonic() - suspect.since < policy.challengeAfterMs) return undefined
  const rebuilt = await openPosition(wanted, position, { ...retrieval, signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    return asFloeError(error)
  })
  if (!(rebuilt instanceof FloeError)) {
    options.onEvent('rebuilt')
    logger.warn({ digest, operator, position }, 'an operator does not serve what others could rebuild')
    return suspects.remove(suspect)
  }
  if (rebuilt.code === 'batch-invalid') await accuse(options, suspect.posted, wanted, signal)
  const { withheld, inconsistent } = await disputes.faultsOf(digest)
  const { timestamp } = await options.watch.sync(signal)
  const over = withheld || inconsistent || timestamp > header.expiry
  if (over || isChallenged(options, suspect)) return suspects.remove(suspect)
  await challengeSuspect(options, suspect)
  return suspects.remove(suspect)

  async function answersNow(): Promise<boolean> {
    return sampleChunk(wanted, position, { ...retrieval, signal }).then(
      () => true,
      () => false,
    )
  }
}

/** A second challenge of the same operator and header would only bind a second bond. */
function isChallenged(
  { book, purse }: Pick<ChallengerOptions, 'book' | 'purse'>,
  { wanted, operator }: MissingChunk,
): boolean {
  return book
    .open()
    .some(
      ({ challenger, digest, position }) =>
        challenger === purse?.sender.address &&
        digest === wanted.digest &&
        holderOf(wanted, position).signer === operator,
    )
}

async function challengeSuspect(options: ChallengerOptions, suspect: MissingChunk): Promise<void> {
  const { purse, l1, checker, logger, terms } = options
  const { wanted, position, posted, operator } = suspect
  const { digest, committee } = wanted
  if (purse === undefined) {
    logger.error({ digest, operator, position }, 'a chunk is withheld, and no account pays for a challenge')
    return
  }
  const checked = await certificateOfPost(l1, checker, posted, committee)
  const attempt = Math.floor(suspect.since)
  const result = await openChallenge({ ...options, purse }, terms, { checked, position }, attempt)
  if (result.outcome === 'not-wanted') return
  options.onEvent('challenged')
  logger.warn({ digest, operator, position, ...result }, 'challenged a chunk that nobody has')
}

/** Reads a whole batch, and disproves its header if it is none. What cannot be had is the samples' business. */
async function checkOne(options: ChallengerOptions, signal: AbortSignal): Promise<void> {
  const { posts, random, retrieval, disputes } = options
  const posted = posts.pick(random())
  if (posted === undefined) return
  const wanted = await wantedOf(options, posted)
  try {
    await retrieveBatch(wanted, { ...retrieval, signal })
    options.onEvent('checked')
  } catch (error) {
    if (asFloeError(error).code !== 'batch-invalid') throw error
    options.onEvent('checked')
    const { inconsistent } = await disputes.faultsOf(wanted.digest)
    if (!inconsistent) await accuse(options, posted, wanted, signal)
  }
}

async function accuse(
  options: ChallengerOptions,
  posted: PostedHeader,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<void> {
  const { purse, retrieval, l1, checker, disputes, logger, suspects, clock } = options
  const { digest, header, committee } = wanted
  const { geometry } = committee
  const source = sliversFromNodes(wanted, { ...retrieval, signal })
  const finding = await findEvidence(retrieval.kernel, { header, geometry }, source)
  if (finding.kind === 'none') {
    // What is there is on one codeword, and the root is not its: what is not there has to be shown.
    for (const { side, pair } of finding.missing) {
      const position = { side, pair, symbol: 0, chunk: 0 }
      const operator = holderOf(wanted, position).signer
      suspects.add({ wanted, posted, position, operator, since: clock.monotonic() })
    }
    return
  }
  logger.warn({ digest, kind: finding.evidence.kind }, 'a certified header is no batch')
  if (purse === undefined) return
  const checked = await certificateOfPost(l1, checker, posted, committee)
  await submitEvidence(disputes, purse.sender, { checked, evidence: finding.evidence })
  options.onEvent('disproved')
}

/** Has own challenges expire that nobody answered, and fetches what that paid. */
async function collect(options: ChallengerOptions, signal: AbortSignal): Promise<void> {
  const { purse, book, watch, clock } = options
  if (purse === undefined) return
  const { timestamp } = await watch.sync(signal)
  const own = book.open().filter(({ challenger }) => challenger === purse.sender.address)
  let paid = false
  for (const dispute of own.filter(({ deadline }) => deadline < timestamp)) {
    const { outcome } = await expireChallenge({ ...options, purse }, dispute)
    if (outcome !== 'mined') continue
    options.onEvent('expired')
    options.logger.warn(
      { digest: dispute.digest, position: dispute.position },
      'a challenge was not answered',
    )
    paid = true
  }
  if (!paid) return
  await withdrawCredit({ ...options, purse }, clock.now())
  options.onEvent('withdrawn')
}
