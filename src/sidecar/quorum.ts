// Gathering signatures from all operators of a committee concurrently, until their shards make a quorum or no longer can.
import type { Hex } from '../protocol/bytes.ts'
import { type Committee, quorumOf } from '../protocol/committee.ts'
import { type ErrorCode, FloeError, asFloeError } from '../protocol/errors.ts'

export type MemberSignature = { readonly member: number; readonly signature: Hex }

/** Asks one member for its signature. The promise must settle after the deadline at the latest. */
export type AskMember = (member: number) => Promise<Hex>

/**
 * Asks every member, and returns the signatures that came first: just enough for n − f shards, by ascending member. Requests
 * that are still in flight continue, and the caller that made them handles how they end.
 * @throws FloeError with the code that most of the missing shards failed with, or `unavailable` after `deadline` aborts
 */
export async function gatherQuorum(
  committee: Committee,
  askMember: AskMember,
  deadline: AbortSignal,
): Promise<MemberSignature[]> {
  const tally = new Tally(committee)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const giveUp = (): void => reject(tally.noQuorum())
  deadline.addEventListener('abort', giveUp, { once: true })
  if (deadline.aborted) giveUp()
  for (const member of committee.members.keys()) {
    askMember(member).then(
      (signature) => {
        tally.addSignature({ member, signature })
        if (tally.isComplete) resolve()
      },
      (error: unknown) => {
        tally.addFailure(member, asFloeError(error))
        if (tally.isImpossible) giveUp()
      },
    )
  }
  try {
    await promise
    return tally.signatures()
  } finally {
    deadline.removeEventListener('abort', giveUp)
  }
}

/** Codes by which operators refuse a batch or its disperser, where asking again changes nothing. */
const refusalCodes: readonly ErrorCode[] = [
  'over-quota',
  'unknown-disperser',
  'no-deposit',
  'too-large',
  'overloaded',
]
/** Reasons that the error message repeats. */
const REASONS_MAX = 3

/** What the members have answered so far, counted in shards. */
class Tally {
  readonly #committee: Committee
  readonly #quorum: number
  readonly #signatures: MemberSignature[] = []
  readonly #failures: FloeError[] = []
  readonly #failedShards = new Map<ErrorCode, number>()
  #signed = 0
  #failed = 0

  constructor(committee: Committee) {
    this.#committee = committee
    this.#quorum = quorumOf(committee.geometry)
  }

  get isComplete(): boolean {
    return this.#signed >= this.#quorum
  }

  /** Whether the members that have not failed have too few shards. */
  get isImpossible(): boolean {
    return this.#failed > this.#committee.geometry.shards - this.#quorum
  }

  /** A signature that comes after the quorum is left out: a certificate has no more than it needs. */
  addSignature(signature: MemberSignature): void {
    if (this.isComplete) return
    this.#signatures.push(signature)
    this.#signed += this.#shardsOf(signature.member)
  }

  addFailure(member: number, error: FloeError): void {
    const shards = this.#shardsOf(member)
    this.#failures.push(error)
    this.#failed += shards
    this.#failedShards.set(error.code, (this.#failedShards.get(error.code) ?? 0) + shards)
  }

  signatures(): MemberSignature[] {
    return this.#signatures.toSorted((a, b) => a.member - b.member)
  }

  noQuorum(): FloeError {
    const { epoch, geometry } = this.#committee
    const reasons = this.#failures.slice(0, REASONS_MAX).map(({ message }) => message)
    return new FloeError(
      this.#failureCode(),
      `Expected signatures for ${this.#quorum} of ${geometry.shards} shards, got ${this.#signed}. ${reasons.join(' ')}`,
      { facts: { epoch, signed: this.#signed, failures: this.#failures.length }, retryAfterSeconds: 2 },
    )
  }

  #failureCode(): ErrorCode {
    // One operator that lacks a header is enough to blame the group: with fewer headers there may be a quorum.
    if (this.#failedShards.has('not-held')) return 'not-held'
    // The batch or its disperser is at fault only if more than f shards say so: at least one of those is honest.
    const { faults } = this.#committee.geometry
    for (const [code, shards] of this.#failedShards)
      if (refusalCodes.includes(code) && shards > faults) return code
    return 'unavailable'
  }

  #shardsOf(member: number): number {
    return this.#committee.members[member]?.shards.length ?? 0
  }
}
