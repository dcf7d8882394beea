// Challenges by hand: opening, answering and expiring them (docs/challengers.md).
import { encodePacked, keccak256 } from 'viem'
import type { CheckedCertificate } from '../../client/certified-header.ts'
import { retrieveBatch } from '../../client/retrieve.ts'
import { type Position, challengeId } from '../../l1/dispute-ids.ts'
import { answerCall, challengeCall, expireCall } from '../../l1/dispute-calls.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError, asFloeError } from '../../protocol/errors.ts'
import { range } from '../../protocol/field.ts'
import { encodeOpening } from '../../protocol/opening.ts'
import type { Side } from '../../protocol/sliver.ts'
import { openPosition, sliversFromNodes } from '../sliver-sources.ts'
import { type ListedChallenge, listChallenges } from './listing.ts'
import type { DisputeSession } from './session.ts'
import { type Outcome, type SendOptions, addressOf, perform } from './transactions.ts'

const SIDES: readonly Side[] = ['row', 'column']

/** Opens a challenge. @param given undefined: a position that its holder does not serve is chosen */
export async function openChallenge(
  session: DisputeSession,
  commitment: Hex,
  given: Position | undefined,
  options: SendOptions,
): Promise<Outcome & { readonly position: Position; readonly challenger: Hex }> {
  const { disputes } = session
  const checked = await session.certified(commitment)
  const position = given ?? (await choosePosition(session, checked))
  const { bond } = await disputes.terms()
  const challenger = await addressOf(options)
  const id = challengeId(checked.digest, position, challenger)
  const certified = { certificate: checked.commitment, members: checked.committee.members }
  const action = {
    label: 'challenge',
    id: actionId('challenge', id),
    call: challengeCall(disputes.address, bond, certified, position),
    precondition: async () => !(await isOpen(session, id)),
  }
  return { ...(await perform(session, options, [action])), position, challenger }
}

/** Answers a challenge, with an opening from the holder of the pair or rebuilt from the batch. */
export async function answerChallenge(
  session: DisputeSession,
  commitment: Hex,
  asked: { readonly challenger: Hex; readonly position: Position },
  options: SendOptions,
): Promise<Outcome> {
  const { challenger, position } = asked
  const checked = await session.certified(commitment)
  const id = challengeId(checked.digest, position, challenger)
  if (!(await isOpen(session, id))) {
    throw new FloeError(
      'refused',
      `Expected an open challenge of ${challenger} to that position, found none.`,
      {
        remedy: 'floe disputes lists the open challenges.',
      },
    )
  }
  const opening = encodeOpening(await openPosition(checked, position, session.retrieval))
  const action = {
    label: 'answer',
    id: actionId('answer', id),
    call: answerCall(session.disputes.address, checked.header, challenger, opening),
    precondition: async () => isOpen(session, id),
  }
  return perform(session, options, [action])
}

/** Expires the challenges that were not answered before their deadline. @param commitment undefined: of every header */
export async function expireChallenges(
  session: DisputeSession,
  commitment: Hex | undefined,
  options: SendOptions,
): Promise<Outcome & { readonly expired: readonly ListedChallenge[] }> {
  const digest = commitment === undefined ? undefined : (await session.certified(commitment)).digest
  const { open } = await listChallenges(session, digest)
  const expired = open.filter(({ due }) => due)
  const actions = expired.map(({ id, digest: expiredDigest, challenger, position }) => ({
    label: 'expiry',
    id: actionId('expire', id),
    call: expireCall(session.disputes.address, expiredDigest, challenger, position),
    precondition: async () => isOpen(session, id),
  }))
  return { ...(await perform(session, options, actions)), expired }
}

/**
 * The first sliver that its holder does not serve, of a batch that cannot be retrieved.
 * @throws FloeError `refused` when a challenge would be answered
 */
async function choosePosition(session: DisputeSession, checked: CheckedCertificate): Promise<Position> {
  const source = sliversFromNodes(checked, session.retrieval)
  for (const pair of range(0, checked.committee.geometry.shards)) {
    for (const side of SIDES) {
      if ((await source(side, pair)) !== undefined) continue
      await ensureUnavailable(session, checked, { side, pair })
      return { pair, side, symbol: 0, chunk: 0 }
    }
  }
  throw new FloeError('refused', 'Every sliver is served by its holder: there is nothing to challenge.', {
    remedy: 'A challenge would be answered, and the bond lost.',
  })
}

/** @throws FloeError `refused` when the batch can be retrieved, because the sliver can then be rebuilt from it */
async function ensureUnavailable(
  { retrieval }: DisputeSession,
  checked: CheckedCertificate,
  { side, pair }: Pick<Position, 'side' | 'pair'>,
): Promise<void> {
  try {
    await retrieveBatch(checked, retrieval)
  } catch (error) {
    if (error instanceof FloeError && error.code === 'unavailable') return
    throw asFloeError(error)
  }
  throw new FloeError('refused', `${side} ${pair} is not served, but anyone can rebuild it from the batch.`, {
    remedy:
      'A challenge would be answered, and the bond lost. To challenge it nevertheless, name the position.',
    facts: { pair, side },
  })
}

async function isOpen({ disputes }: DisputeSession, id: Hex): Promise<boolean> {
  return (await disputes.openChallenge(id)) !== undefined
}

function actionId(action: string, challenge: Hex): Hex {
  return keccak256(encodePacked(['string', 'bytes32'], [action, challenge]))
}
