// Answering challenges: whoever can open a challenged chunk does, before the deadline and within a spending limit.
//
// Guarantees:
// - An opening is checked before it is paid for, and paid for only while its challenge is open (the sender's fence).
// - A challenge is in hand once; one that could not be answered is tried again at every look, until it is closed or too late.
// - Several answerers of one challenge take turns: each has its patience, a share of the window in which it lets others go first.
import { keccak256 } from 'viem'
import { answerCall } from '../l1/disputes.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'
import { type ErrorCode, FloeError, asFloeError } from '../protocol/errors.ts'
import { type Opening, encodeOpening } from '../protocol/opening.ts'
import type { Clock } from '../runtime/clock.ts'
import type { OpenChallenges, Challenge } from './open-challenges.ts'
import type { FollowedTip, DisputeFollower } from './dispute-follower.ts'
import { type BudgetedSender, sendWithinBudget } from './budgeted-sender.ts'

export type ResponderOptions = {
  readonly watch: DisputeFollower
  readonly book: OpenChallenges
  readonly disputes: Hex
  /** Seconds from a challenge to its deadline. */
  readonly window: number
  /** Undefined: nobody pays, so nothing is answered. */
  readonly purse: BudgetedSender | undefined
  /** The share of the window after which it is ours to answer; undefined: not ours at all. */
  readonly shareBeforeAnswer: (dispute: Challenge) => number | undefined
  /** @throws FloeError when it cannot be had */
  readonly opening: (dispute: Challenge, signal: AbortSignal) => Promise<Opening>
  readonly clock: Clock
  readonly logger: AnswererLogger
  /** `answered`, `not-wanted` (somebody else did), or an error's code. */
  readonly onOutcome: (outcome: 'answered' | 'not-wanted' | ErrorCode) => void
}

type AnswererLogger = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

const LOOK_MS = 1_000
/** After a failure, the same challenge waits that long. */
const RETRY_MS = 5_000
/** Openings that are had at once; answers are sent one after another. */
const IN_HAND_MAX = 4

/** Runs until the signal aborts and everything in hand has ended. Never rejects. */
export async function runAnswerer(options: ResponderOptions, signal: AbortSignal): Promise<void> {
  const { watch, clock, logger } = options
  const inHand = new Map<Hex, Promise<void>>()
  const waiting = new Map<Hex, number>()
  while (!signal.aborted) {
    try {
      const seen = await watch.sync(signal)
      for (const dispute of dueAt(options, seen)) {
        if (inHand.size >= IN_HAND_MAX || options.purse === undefined) break
        if (inHand.has(dispute.id) || (waiting.get(dispute.id) ?? 0) > clock.monotonic()) continue
        const work = attempt(options, options.purse, dispute, signal).then((done) => {
          inHand.delete(dispute.id)
          if (!done) waiting.set(dispute.id, clock.monotonic() + RETRY_MS)
        })
        inHand.set(dispute.id, work)
      }
      for (const id of waiting.keys()) if (options.book.get(id) === undefined) waiting.delete(id)
    } catch (error) {
      if (!signal.aborted) logger.warn({ reason: asFloeError(error).message }, 'disputes not followed')
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
  }
  await Promise.all(inHand.values())
}

/** Challenges whose turn it is, the first deadline first. */
function dueAt({ book, window, shareBeforeAnswer: patience }: ResponderOptions, { timestamp }: FollowedTip): Challenge[] {
  return book.open().filter((dispute) => {
    const share = patience(dispute)
    const opened = dispute.deadline - window
    return share !== undefined && timestamp <= dispute.deadline && timestamp >= opened + share * window
  })
}

/** Whether nothing is left to do about it. Never rejects. */
async function attempt(
  options: ResponderOptions,
  purse: BudgetedSender,
  dispute: Challenge,
  signal: AbortSignal,
): Promise<boolean> {
  const { logger, onOutcome } = options
  const { digest, position, challenger } = dispute
  try {
    const opening = await options.opening(dispute, signal)
    const result = await sendWithinBudget(purse, intentOf(options, dispute, opening))
    const outcome = result.outcome === 'mined' ? 'answered' : result.outcome
    onOutcome(outcome)
    logger.info({ digest, position, challenger, outcome }, 'challenge closed')
    return true
  } catch (error) {
    if (signal.aborted) return true
    const { code, message } = asFloeError(error)
    onOutcome(code)
    logger.warn({ digest, position, challenger, reason: message }, 'challenge not answered')
    return false
  }
}

function intentOf(
  { watch, book, disputes }: ResponderOptions,
  { id, header, challenger, deadline }: Challenge,
  opening: Opening,
): Parameters<typeof sendWithinBudget>[1] {
  return {
    // The same challenge may be made again once it is answered.
    id: keccak256(concatBytes(fromHex(id), uint64Bytes(BigInt(deadline)))),
    label: 'answer',
    call: answerCall(disputes, header, challenger, encodeOpening(opening)),
    abi: disputesAbi,
    stillWanted: async (blockNumber) => {
      const { timestamp } = await watch.syncTo(blockNumber)
      if (timestamp > deadline) throw tooLate(id, deadline, timestamp)
      return book.get(id)?.deadline === deadline
    },
  }
}

function tooLate(id: Hex, deadline: number, timestamp: number): FloeError {
  return new FloeError(
    'unavailable',
    `Challenge ${id} could be answered until ${deadline}, it is ${timestamp}.`,
  )
}
