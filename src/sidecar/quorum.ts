// Gathering signatures from all operators at once until their shards make a quorum, or can no longer.
import type { Hex } from '../protocol/bytes.ts'
import { type Committee, quorumOf } from '../protocol/committee.ts'
import { type ErrorCode, FloeError, asFloeError } from '../protocol/errors.ts'

export type MemberSignature = { readonly member: number; readonly signature: Hex }

/** Asks member `member`; its promise ends, one way or the other, when `signal` aborts. */
export type Ask = (member: number) => Promise<Hex>

/**
 * Signatures of members whose shards sum to n − f, by ascending member: the first that came, and no more than it takes.
 * The asks that are still under way go on; `ask` tells its own story to whoever started it.
 * @throws FloeError with the code that most of the missing shards failed with, or `unavailable` after `deadline` aborts
 */
export async function gatherQuorum(
  committee: Committee,
  ask: Ask,
  deadline: AbortSignal,
): Promise<MemberSignature[]> {
  const { members, geometry } = committee
  const quorum = quorumOf(geometry)
  const signatures: MemberSignature[] = []
  const failures: { shards: number; error: FloeError }[] = []
  let signed = 0
  let failed = 0
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => reject(noQuorum(committee, signed, failures))
    deadline.addEventListener('abort', giveUp, { once: true })
    if (deadline.aborted) giveUp()
    members.forEach(({ shards }, member) => {
      ask(member).then(
        (signature) => {
          if (signed >= quorum) return
          signatures.push({ member, signature })
          signed += shards
          if (signed >= quorum) resolve()
        },
        (thrown: unknown) => {
          failures.push({ shards, error: asFloeError(thrown) })
          failed += shards
          if (failed > geometry.shards - quorum) giveUp()
        },
      )
    })
  })
  return signatures.sort((a, b) => a.member - b.member)
}

function noQuorum(
  committee: Committee,
  signed: number,
  failures: { shards: number; error: FloeError }[],
): FloeError {
  const byCode = new Map<ErrorCode, number>()
  for (const { shards, error } of failures) byCode.set(error.code, (byCode.get(error.code) ?? 0) + shards)
  // A refusal is the batch's or the caller's fault only if more than f shards say so: at least one of them is honest.
  const final = [...byCode].find(
    ([code, shards]) => finalCodes.includes(code) && shards > committee.geometry.faults,
  )
  // A missing header is the group's fault however few miss it: with fewer headers there may be a quorum.
  const code = byCode.has('not-held') ? 'not-held' : (final?.[0] ?? 'unavailable')
  const reasons = failures.slice(0, 3).map(({ error }) => error.message)
  return new FloeError(
    code,
    `Expected signatures for ${quorumOf(committee.geometry)} of ${committee.geometry.shards} shards, got ${signed}. ${reasons.join(' ')}`,
    { facts: { epoch: committee.epoch, signed, failures: failures.length }, retryAfterSeconds: 2 },
  )
}

const finalCodes: readonly ErrorCode[] = ['over-quota', 'unknown-disperser', 'too-large', 'overloaded']
