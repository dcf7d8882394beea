// Answers challenges: it fetches or makes the openings of the challenged chunks and sends them to L1 before their deadlines.
//
// Guarantees:
// - Open only: no answer is sent to a position that is answered or past its deadline.
// - One attempt at a time: a position has one attempt in flight; a failed one is repeated until the position is answered or late.
// - First deadline first: what is due is worked on in the order of the deadlines, several positions at a time.
// - In turn: a responder waits for its share of the window, so that several responders do not pay for one answer.
// - Worth it: an answer costs at most what it is worth, which rises towards the fine as the deadline nears.
// - Bounded: at most IN_FLIGHT_MAX positions are worked on concurrently, and at most OPENING_MAX batches are opened.
import { keccak256 } from 'viem'
import { answerCall } from '../l1/dispute-calls.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Intent } from '../l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'
import { type ErrorCode, FloeError, asFloeError } from '../protocol/errors.ts'
import { type Opening, encodeOpening } from '../protocol/opening.ts'
import { runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import { answerWeiMax } from './answer-worth.ts'
import type { BudgetedSender } from './budgeted-sender.ts'
import type { DisputeFollower } from './dispute-follower.ts'
import type { Challenge, OpenChallenges } from './open-challenges.ts'

/** `not-wanted`: another account answered first, or the challenge was closed. */
export type AnswerOutcome = 'answered' | 'not-wanted' | ErrorCode

/** The opening of a challenged chunk that verifies under the header's root, or why it could not be fetched or rebuilt. */
export type OpeningResult = Opening | FloeError

export type ResponderOptions = {
  readonly follower: Pick<DisputeFollower, 'sync' | 'syncTo'>
  readonly challenges: Pick<OpenChallenges, 'all' | 'get'>
  /** Address of the Disputes contract. */
  readonly disputes: Hex
  /** Seconds from a challenge to its deadline. */
  readonly windowSeconds: number
  /** What an answer earns: half of the bond. */
  readonly incomeWei: bigint
  /** The operator's ceiling for one answer, which holds until its deadline nears. */
  readonly usualWeiMax: bigint
  /** Undefined: no account pays, so challenges are followed and not answered. */
  readonly sender: Pick<BudgetedSender, 'send'> | undefined
  /** The share of the window that passes before this responder answers; undefined: it does not answer this challenge. */
  readonly shareBeforeAnswer: (challenge: Challenge) => number | undefined
  /** What this process's deposit can lose when no account answers; 0n: nothing. */
  readonly fineWei: (challenge: Challenge) => bigint
  /** The openings of challenges of one header, one for each. */
  readonly openings: (
    challenges: readonly Challenge[],
    signal: AbortSignal,
  ) => Promise<readonly OpeningResult[]>
  readonly clock: Clock
  readonly logger: ResponderLogger
  readonly onOutcome: (outcome: AnswerOutcome) => void
}

type ResponderLogger = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

const INTERVAL_MS = 1_000
/** Pause before a position whose attempt failed is tried again. */
const RETRY_MS = 5_000
const IN_FLIGHT_MAX = 32
/** Opening what this process does not hold retrieves a batch into memory. */
const OPENING_MAX = 4
/** Positions of one batch that are opened together. */
const GROUP_MAX = 16

export class Responder {
  readonly #options: ResponderOptions
  readonly #failures: ConditionLog
  /** Positions with an attempt in flight. */
  readonly #busy = new Set<Hex>()
  readonly #attempts = new Set<Promise<void>>()
  #opening = 0
  /** Monotonic milliseconds before which a position is not tried again. */
  readonly #retryAtMs = new Map<Hex, number>()
  /** Of the newest block that was followed, in unix seconds. */
  #timestamp = 0

  constructor(options: ResponderOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'challenge not answered', ended: 'challenge no longer unanswered' }
    this.#failures = new ConditionLog({ logger, clock, ...messages })
  }

  /** Runs until the signal aborts and every attempt in flight has ended. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options
    const log = new ConditionLog({
      logger,
      clock,
      began: 'disputes not followed',
      ended: 'disputes followed again',
    })
    const onError = (error: unknown): void => {
      if (!signal.aborted) log.failed('disputes', { reason: asFloeError(error).message })
    }
    const step = async (): Promise<void> => {
      await this.#step(signal)
      log.held('disputes')
    }
    await runLoop({ clock, intervalMs: INTERVAL_MS, onError }, step, signal)
    await Promise.all(this.#attempts)
  }

  /** Follows L1 and starts an attempt at every challenge that is due. */
  async #step(signal: AbortSignal): Promise<void> {
    const { follower, challenges, sender } = this.#options
    this.#timestamp = (await follower.sync(signal)).timestamp
    for (const id of this.#retryAtMs.keys()) if (challenges.get(id) === undefined) this.#retryAtMs.delete(id)
    if (sender === undefined) return
    for (const group of this.#dueGroups()) {
      const attempt = this.#attempt(sender, group, signal).finally(() => this.#attempts.delete(attempt))
      this.#attempts.add(attempt)
    }
  }

  /** What is due and not in flight, the first deadline first: positions of one header together, as many as may start now. */
  #dueGroups(): Challenge[][] {
    const groups = new Map<Hex, Challenge[]>()
    let free = IN_FLIGHT_MAX - this.#busy.size
    for (const challenge of this.#options.challenges.all()) {
      if (free <= 0) break
      const group = groups.get(challenge.digest)
      const fits = group === undefined ? this.#opening + groups.size < OPENING_MAX : group.length < GROUP_MAX
      if (!fits || !this.#mayStart(challenge)) continue
      if (group === undefined) groups.set(challenge.digest, [challenge])
      else group.push(challenge)
      free -= 1
    }
    return [...groups.values()]
  }

  #mayStart(challenge: Challenge): boolean {
    const { windowSeconds, shareBeforeAnswer, clock } = this.#options
    if (!isDue(challenge, shareBeforeAnswer(challenge), windowSeconds, this.#timestamp)) return false
    return !this.#busy.has(challenge.id) && (this.#retryAtMs.get(challenge.id) ?? 0) <= clock.monotonic()
  }

  /** Never rejects. */
  async #attempt(
    sender: Pick<BudgetedSender, 'send'>,
    group: readonly Challenge[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const { id } of group) this.#busy.add(id)
    this.#opening += 1
    const openings = await this.#options
      .openings(group, signal)
      .catch((error: unknown) => group.map(() => asFloeError(error)))
      .finally(() => (this.#opening -= 1))
    const answers = group.map(async (challenge, i) =>
      this.#answer(sender, challenge, openings[i], signal).finally(() => this.#busy.delete(challenge.id)),
    )
    await Promise.all(answers)
  }

  /** Never rejects. */
  async #answer(
    sender: Pick<BudgetedSender, 'send'>,
    challenge: Challenge,
    opening: OpeningResult | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { onOutcome, clock, logger, incomeWei } = this.#options
    const { id, digest, position, challenger } = challenge
    try {
      if (opening === undefined) throw new FloeError('internal', 'Expected an opening for every challenge.')
      if (opening instanceof FloeError) throw opening
      const result = await sender.send(this.#answerIntent(challenge, opening), incomeWei)
      if (result.outcome === 'not-wanted' && this.#isLate(challenge))
        throw tooLate(challenge, this.#timestamp)
      const outcome = result.outcome === 'mined' ? 'answered' : result.outcome
      onOutcome(outcome)
      this.#failures.held(id)
      logger.info({ digest, position, challenger, outcome }, 'challenge closed')
    } catch (error) {
      if (signal.aborted) return
      const { code, message } = asFloeError(error)
      onOutcome(code)
      this.#failures.failed(id, { digest, position, challenger, code, reason: message })
      this.#retryAtMs.set(id, clock.monotonic() + RETRY_MS)
    }
  }

  /** Whether it is open past its deadline. */
  #isLate({ id, deadline }: Challenge): boolean {
    return this.#timestamp > deadline && this.#options.challenges.get(id)?.deadline === deadline
  }

  #answerIntent(challenge: Challenge, opening: Opening): Intent {
    const { follower, challenges, disputes, windowSeconds, usualWeiMax, fineWei } = this.#options
    const { id, header, deadline } = challenge
    const worth = { deadline, windowSeconds, usualWeiMax, fineWei: fineWei(challenge) }
    return {
      // The deadline is part of the name, because the same position may be challenged again after a challenge lapsed.
      id: keccak256(concatBytes(fromHex(id), uint64Bytes(BigInt(deadline)))),
      label: 'answer',
      call: answerCall(disputes, header, encodeOpening(opening)),
      abi: disputesAbi,
      feeWeiMax: () => answerWeiMax(worth, this.#timestamp),
      precondition: async (blockNumber) => {
        this.#timestamp = (await follower.syncTo(blockNumber)).timestamp
        return this.#timestamp <= deadline && challenges.get(id)?.deadline === deadline
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

function tooLate({ id, deadline }: Challenge, timestamp: number): FloeError {
  return new FloeError(
    'unavailable',
    `Expected to answer challenge ${id} until ${deadline} (unix seconds), L1 is at ${timestamp}.`,
  )
}
