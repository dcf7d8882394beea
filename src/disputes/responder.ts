// Answers challenges: it fetches or makes the opening of the challenged chunk and sends it to L1 before the deadline.
//
// Guarantees:
// - Open only: no answer is sent to a challenge that is closed or past its deadline.
// - One attempt at a time: a challenge has one attempt in flight; a failed one is repeated until the challenge is closed or late.
// - In turn: a responder waits for its share of the window, so that several responders do not pay for one answer.
// - Bounded: at most IN_FLIGHT_MAX challenges are worked on concurrently.
import { keccak256 } from 'viem'
import { answerCall } from '../l1/dispute-calls.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Intent } from '../l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'
import { type ErrorCode, FloeError, asFloeError } from '../protocol/errors.ts'
import { type Opening, encodeOpening } from '../protocol/opening.ts'
import { runLoop } from '../runtime/async/loop.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'
import type { BudgetedSender } from './budgeted-sender.ts'
import type { DisputeFollower } from './dispute-follower.ts'
import type { Challenge, OpenChallenges } from './open-challenges.ts'

/** `not-wanted`: another account answered first, or the challenge was closed. */
export type AnswerOutcome = 'answered' | 'not-wanted' | ErrorCode

export type ResponderOptions = {
  readonly follower: Pick<DisputeFollower, 'sync' | 'syncTo'>
  readonly challenges: Pick<OpenChallenges, 'all' | 'get'>
  /** Address of the Disputes contract. */
  readonly disputes: Hex
  /** Seconds from a challenge to its deadline. */
  readonly windowSeconds: number
  /** Undefined: no account pays, so challenges are followed and not answered. */
  readonly sender: Pick<BudgetedSender, 'send'> | undefined
  /** The share of the window that passes before this responder answers; undefined: it does not answer this challenge. */
  readonly shareBeforeAnswer: (challenge: Challenge) => number | undefined
  /** Gives an opening that verifies under the header's root. @throws FloeError when the chunk cannot be fetched or rebuilt */
  readonly opening: (challenge: Challenge, signal: AbortSignal) => Promise<Opening>
  readonly clock: Clock
  readonly logger: ResponderLogger
  readonly onOutcome: (outcome: AnswerOutcome) => void
}

type ResponderLogger = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

const INTERVAL_MS = 1_000
/** Pause before a challenge whose attempt failed is tried again. */
const RETRY_MS = 5_000
const IN_FLIGHT_MAX = 4

export class Responder {
  readonly #options: ResponderOptions
  readonly #inFlight = new SingleFlight<Hex, void>()
  /** Monotonic milliseconds before which a challenge is not tried again. */
  readonly #retryAtMs = new Map<Hex, number>()

  constructor(options: ResponderOptions) {
    this.#options = options
  }

  /** Runs until the signal aborts and every attempt in flight has ended. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options
    const onError = (error: unknown): void => {
      if (!signal.aborted) logger.warn({ reason: asFloeError(error).message }, 'disputes not followed')
    }
    await runLoop({ clock, intervalMs: INTERVAL_MS, onError }, async () => this.#step(signal), signal)
    await Promise.all(this.#inFlight.values())
  }

  /** Follows L1 and starts an attempt at every challenge that is due. */
  async #step(signal: AbortSignal): Promise<void> {
    const { follower, challenges, sender } = this.#options
    const { timestamp } = await follower.sync(signal)
    for (const id of this.#retryAtMs.keys()) if (challenges.get(id) === undefined) this.#retryAtMs.delete(id)
    if (sender === undefined) return
    for (const challenge of challenges.all()) {
      if (this.#inFlight.size >= IN_FLIGHT_MAX) return
      if (!this.#mayStart(challenge, timestamp)) continue
      void this.#inFlight.run(challenge.id, async () => this.#attempt(sender, challenge, signal))
    }
  }

  #mayStart(challenge: Challenge, timestamp: number): boolean {
    const { windowSeconds, shareBeforeAnswer, clock } = this.#options
    if (!isDue(challenge, shareBeforeAnswer(challenge), windowSeconds, timestamp)) return false
    return !this.#inFlight.has(challenge.id) && (this.#retryAtMs.get(challenge.id) ?? 0) <= clock.monotonic()
  }

  /** Never rejects. */
  async #attempt(
    sender: Pick<BudgetedSender, 'send'>,
    challenge: Challenge,
    signal: AbortSignal,
  ): Promise<void> {
    const { opening, onOutcome, clock, logger } = this.#options
    const { digest, position, challenger } = challenge
    try {
      const result = await sender.send(this.#answerIntent(challenge, await opening(challenge, signal)))
      const outcome = result.outcome === 'mined' ? 'answered' : result.outcome
      onOutcome(outcome)
      logger.info({ digest, position, challenger, outcome }, 'challenge closed')
    } catch (error) {
      if (signal.aborted) return
      const { code, message } = asFloeError(error)
      onOutcome(code)
      logger.warn({ digest, position, challenger, reason: message }, 'challenge not answered')
      this.#retryAtMs.set(challenge.id, clock.monotonic() + RETRY_MS)
    }
  }

  #answerIntent({ id, header, challenger, deadline }: Challenge, opening: Opening): Intent {
    const { follower, challenges, disputes } = this.#options
    return {
      // The deadline is part of the name, because the same challenge may be opened again after an answer.
      id: keccak256(concatBytes(fromHex(id), uint64Bytes(BigInt(deadline)))),
      label: 'answer',
      call: answerCall(disputes, header, challenger, encodeOpening(opening)),
      abi: disputesAbi,
      precondition: async (blockNumber) => {
        const { timestamp } = await follower.syncTo(blockNumber)
        if (timestamp > deadline) throw tooLate(id, deadline, timestamp)
        return challenges.get(id)?.deadline === deadline
      },
    }
  }
}

/** Whether a challenge can still be answered, and the time that this responder leaves to others is over. */
function isDue(
  { deadline }: Pick<Challenge, 'deadline'>,
  share: number | undefined,
  windowSeconds: number,
  timestamp: number,
): boolean {
  if (share === undefined || timestamp > deadline) return false
  return timestamp >= deadline - windowSeconds + share * windowSeconds
}

function tooLate(id: Hex, deadline: number, timestamp: number): FloeError {
  return new FloeError(
    'unavailable',
    `Expected to answer challenge ${id} until ${deadline} (unix seconds), L1 is at ${timestamp}.`,
  )
}
