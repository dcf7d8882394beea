// What an answer to a challenge is worth to an account, as a plain function of the time. Without an answer the account may lose a
// fine, so no answer is worth more than the fine; and in the first half of the window the fees of L1 may still fall.

export type AnswerWorth = {
  /** Unix seconds; the last second in which an answer is accepted. */
  readonly deadline: number
  readonly windowSeconds: number
  /** The ceiling that the operator has set for one answer. */
  readonly usualWeiMax: bigint
  /** What the account can lose when no account answers: its fine; 0n when it cannot be fined. */
  readonly fineWei: bigint
}

/** Shares of the window, in percent: until the first the usual ceiling holds, from the second on the whole fine. */
const RISE_FROM_PERCENT = 50
const RISE_TO_PERCENT = 90

/**
 * Most wei that an answer may cost at a time: it rises from the usual ceiling to the fine while the deadline nears, never above the
 * fine. An account that cannot be fined pays no more than the usual ceiling.
 * @param timestamp unix seconds
 */
export function answerWeiMax(worth: AnswerWorth, timestamp: number): bigint {
  const { deadline, windowSeconds, usualWeiMax, fineWei } = worth
  if (fineWei === 0n) return usualWeiMax
  if (fineWei <= usualWeiMax) return fineWei
  const openedAt = deadline - windowSeconds
  const from = openedAt + Math.ceil((windowSeconds * RISE_FROM_PERCENT) / 100)
  const to = openedAt + Math.floor((windowSeconds * RISE_TO_PERCENT) / 100)
  if (timestamp >= to) return fineWei
  if (timestamp <= from) return usualWeiMax
  return usualWeiMax + ((fineWei - usualWeiMax) * BigInt(timestamp - from)) / BigInt(to - from)
}
