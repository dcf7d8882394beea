// Takes samples: each step requests a random chunk of a random posted header from the next operator of its committee.
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { CertifiedHeader } from '../client/certified-header.ts'
import type { Committees } from '../l1/committees.ts'
import type { PostedHeader } from '../l1/posted.ts'
import { asFloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { MissingChunks } from './missing-chunks.ts'
import type { RecentPosts } from './recent-posts.ts'
import { certifiedHeaderOf, holderOf, randomPosition, sampleChunk } from './sampling.ts'
import { type Sample, type Scores, withSample } from './scores.ts'

export type SamplerOptions = {
  readonly posts: Pick<RecentPosts, 'pick'>
  readonly missingChunks: Pick<MissingChunks, 'add'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly retrieval: Pick<RetrieveOptions, 'kernel' | 'get' | 'timeoutMs'>
  readonly random: () => number
  readonly clock: Clock
  readonly logger: Pick<Logger, 'info' | 'warn'>
  readonly onSample: (outcome: Sample['outcome'], seconds: number) => void
}

const IN_FLIGHT_MAX = 16

export class Sampler {
  readonly #options: SamplerOptions
  /** By operator. */
  readonly #failures: ConditionLog
  readonly #inFlight = new Set<Promise<void>>()
  #scores: Scores = new Map()
  #nextMember = 0

  constructor(options: SamplerOptions) {
    this.#options = options
    const { logger, clock } = options
    this.#failures = new ConditionLog({
      logger,
      clock,
      began: 'sample failed',
      ended: 'samples succeed again',
    })
  }

  /** Starts a sample, unless there is no header or IN_FLIGHT_MAX samples are in flight. @throws FloeError `unavailable` */
  async step(signal: AbortSignal): Promise<void> {
    const { posts, committees, random } = this.#options
    const posted = posts.pick(random())
    if (posted === undefined || this.#inFlight.size >= IN_FLIGHT_MAX) return
    const certified = await certifiedHeaderOf(posted, committees)
    const member = this.#nextMember % certified.committee.members.length
    this.#nextMember += 1
    const sample = this.#sample(certified, posted, member, signal).finally(() =>
      this.#inFlight.delete(sample),
    )
    this.#inFlight.add(sample)
  }

  /** Resolves when no sample is in flight. */
  async settled(): Promise<void> {
    await Promise.all(this.#inFlight)
  }

  scores(): Scores {
    return this.#scores
  }

  /** Never rejects. */
  async #sample(
    certified: CertifiedHeader,
    posted: PostedHeader,
    member: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, retrieval, random, missingChunks } = this.#options
    const position = randomPosition(certified, member, random)
    const operator = holderOf(certified, position).signer
    const { digest } = certified
    const startMs = clock.monotonic()
    const record = (outcome: Sample['outcome']): void => {
      const latencyMs = clock.monotonic() - startMs
      this.#scores = withSample(this.#scores, operator, { outcome, latencyMs })
      this.#options.onSample(outcome, latencyMs / 1000)
    }
    try {
      await sampleChunk(certified, position, { ...retrieval, signal })
      record('success')
      this.#failures.held(operator)
    } catch (error) {
      if (signal.aborted) return
      record('failure')
      this.#failures.failed(operator, { digest, operator, reason: asFloeError(error).message })
      missingChunks.add({ certified, posted, position, operator, missingSinceMs: startMs })
    }
  }
}
