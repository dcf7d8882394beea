// Whether a headersRoot is posted already, decided from what every endpoint shows in the state of the Ledger.
//
// Guarantees:
// - Recent: only an endpoint that has the block of the nonce can show that a headersRoot is not posted.
// - Not by one word: what an account has posted before is posted again only if every endpoint shows that it is not on L1.
// - Not blocked by one word: what an account has not posted is posted although an endpoint claims that it is there, once others
//   have contradicted it for DISAGREEMENT_SECONDS of L1's time.
//
// A second post changes nothing on L1 and costs gas. A header that is never posted is lost to the rollup.
import { LRUCache } from 'lru-cache'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { PostingView } from '../protocol/posting.ts'
import type { EndpointView } from './ledger-reader.ts'

export type PostEvidence = {
  /** Of the endpoints that answer. */
  readonly views: readonly EndpointView[]
  /** Number of endpoints that were asked. */
  readonly asked: number
  /** The block of the nonce. */
  readonly blockNumber: number
  /** Whether the account has posted it in a block that was final. */
  readonly succeeded: boolean
}

/** Longer than endpoints need to see the same block, or to leave a fork. */
const DISAGREEMENT_SECONDS = 120
const DISAGREEMENTS_MAX = 1_024

export class PostFence {
  /** When the endpoints first disagreed about a headersRoot, in L1's time. */
  readonly #disagreedAt = new LRUCache<Hex, number>({ max: DISAGREEMENTS_MAX })

  /**
   * @returns the views that show no post, at least one; undefined when it is posted
   * @throws FloeError `unavailable` when that is not known
   */
  viewsWithout(headersRoot: Hex, evidence: PostEvidence): readonly PostingView[] | undefined {
    const { views, asked, blockNumber, succeeded } = evidence
    const claims = views.filter(({ post }) => post !== undefined)
    const denials = views.filter((view) => view.post === undefined && view.blockNumber >= blockNumber)
    const [claim] = claims
    if (claim === undefined) {
      this.#disagreedAt.delete(headersRoot)
      if (denials.length === 0) throw behind(headersRoot, blockNumber)
      if (succeeded && denials.length < asked) throw notUnanimous(headersRoot, denials.length, asked)
      return denials
    }
    if (claims.some(({ post }) => post?.postedAt !== claim.post?.postedAt))
      throw disagreement(headersRoot, evidence)
    if (denials.length === 0) {
      this.#disagreedAt.delete(headersRoot)
      return undefined
    }
    const now = Math.max(...denials.map(({ timestamp }) => timestamp))
    const disagreedAt = this.#disagreedAt.get(headersRoot) ?? now
    this.#disagreedAt.set(headersRoot, disagreedAt)
    if (!succeeded && now - disagreedAt >= DISAGREEMENT_SECONDS) return denials
    // Endpoints that are a block behind explain it.
    if (claims.every(({ timestamp }) => timestamp > now)) return undefined
    throw disagreement(headersRoot, evidence)
  }
}

function behind(headersRoot: Hex, blockNumber: number): FloeError {
  return new FloeError(
    'unavailable',
    `Expected an L1 endpoint that shows the post of ${headersRoot} in block ${blockNumber} or later, got older blocks.`,
    {
      remedy: 'If this continues, replace the L1 endpoints that lag.',
      facts: { headersRoot, blockNumber },
      retryAfterSeconds: 5,
    },
  )
}

function notUnanimous(headersRoot: Hex, answered: number, asked: number): FloeError {
  return new FloeError(
    'unavailable',
    `Expected all ${asked} L1 endpoints to show that ${headersRoot}, which was posted before, is not on L1; ${answered} did.`,
    {
      remedy: 'Check the L1 endpoints that do not answer.',
      facts: { headersRoot, answered, asked },
      retryAfterSeconds: 30,
    },
  )
}

function disagreement(headersRoot: Hex, { views }: PostEvidence): FloeError {
  const shown = views.map(
    ({ number, post, blockNumber }) =>
      `endpoint ${number} ${post === undefined ? 'none' : `one of ${post.postedAt}`} in block ${blockNumber}`,
  )
  return new FloeError(
    'unavailable',
    `Expected L1 endpoints that agree about the post of ${headersRoot}, got ${shown.join(', ')}.`,
    {
      remedy: 'If this continues, remove the endpoint that lies or follows another fork.',
      facts: { headersRoot },
      retryAfterSeconds: 5,
    },
  )
}
