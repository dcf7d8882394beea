// Challenges by hand: opening, answering, expiring and reclaiming them (docs/challengers.md).
import { encodePacked, keccak256 } from 'viem'
import type { CertifiedHeader } from '../../client/certified-header.ts'
import { retrieveBatch } from '../../client/retrieve.ts'
import { type Position, challengeId } from '../../l1/dispute-ids.ts'
import { answerCall, challengeCall, expireCall, reclaimCall } from '../../l1/dispute-calls.ts'
import type { ChallengeState } from '../../l1/disputes.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError, asFloeError } from '../../protocol/errors.ts'
import { range } from '../../protocol/field.ts'
import { encodeOpening } from '../../protocol/opening.ts'
import type { Side } from '../../protocol/sliver.ts'
import { openPosition, sliversFromNodes } from '../sliver-sources.ts'
import { type ListedChallenge, scanDisputes } from './dispute-scan.ts'
import type { DisputeSession } from './session.ts'
import { type DisputeAction, type Outcome, type SendOptions, addressOf, perform } from './transactions.ts'

const SIDES: readonly Side[] = ['row', 'column']

/** Opens a challenge. @param given undefined: a position that its holder does not serve is chosen */
export async function openChallenge(
  session: DisputeSession,
  commitment: Hex,
  given: Position | undefined,
  options: SendOptions,
): Promise<Outcome & { readonly position: Position; readonly challenger: Hex }> {
  const { disputes } = session
  const shown = await session.posted(commitment)
  const { digest } = shown
  const position = given ?? (await choosePosition(session, shown))
  ensureFree(await disputes.challengeOf(digest, position))
  const { bond } = await disputes.terms()
  const isFree = async (): Promise<boolean> => (await statusOf(session, digest, position)) === 'none'
  const action = {
    label: 'challenge',
    id: actionId('challenge', challengeId(digest, position)),
    call: challengeCall(disputes.address, shown, position, bond),
    precondition: isFree,
  }
  const challenger = await addressOf(options)
  return { ...(await perform(session, options, [action])), position, challenger }
}

/** Answers a challenge, with an opening from the holder of the pair or rebuilt from the batch. */
export async function answerChallenge(
  session: DisputeSession,
  commitment: Hex,
  position: Position,
  options: SendOptions,
): Promise<Outcome> {
  const { disputes, retrieval } = session
  const shown = await session.shown(commitment)
  const { digest, header } = shown
  if ((await statusOf(session, digest, position)) !== 'open') {
    throw new FloeError('refused', 'Expected an open challenge of that position, found none.', {
      remedy: 'floe disputes lists the open challenges.',
    })
  }
  const opening = encodeOpening(await openPosition(shown, position, retrieval))
  const action = {
    label: 'answer',
    id: actionId('answer', challengeId(digest, position)),
    call: answerCall(disputes.address, header, opening),
    precondition: async () => (await statusOf(session, digest, position)) === 'open',
  }
  return perform(session, options, [action])
}

/** Expires the challenges that were not answered before their deadline. @param commitment undefined: of every header */
export async function expireChallenges(
  session: DisputeSession,
  commitment: Hex | undefined,
  options: SendOptions,
): Promise<Outcome & { readonly expired: readonly ListedChallenge[] }> {
  const { address } = session.disputes
  const expired = await listed(session, commitment, ({ status }) => status === 'unanswered')
  const actions = expired.map(({ header, ...challenge }) =>
    closing(session, 'expiry', challenge, expireCall(address, header, challenge.position)),
  )
  return { ...(await perform(session, options, actions)), expired }
}

/** Brings back the bonds of the account's challenges that lapsed. @param commitment undefined: of every header */
export async function reclaimBonds(
  session: DisputeSession,
  commitment: Hex | undefined,
  options: SendOptions,
): Promise<Outcome & { readonly reclaimed: readonly ListedChallenge[] }> {
  const { address } = session.disputes
  const account = await addressOf(options)
  const reclaimed = await listed(
    session,
    commitment,
    ({ status, challenger }) => status === 'lapsed' && challenger === account,
  )
  const actions = reclaimed.map((challenge) =>
    closing(session, 'reclaim', challenge, reclaimCall(address, challenge.digest, challenge.position)),
  )
  return { ...(await perform(session, options, actions)), reclaimed }
}

async function listed(
  session: DisputeSession,
  commitment: Hex | undefined,
  isWanted: (challenge: ListedChallenge) => boolean,
): Promise<ListedChallenge[]> {
  const digest = commitment === undefined ? undefined : (await session.shown(commitment)).digest
  const { open } = await scanDisputes(session, digest)
  return open.filter(isWanted)
}

function closing(
  { disputes }: DisputeSession,
  label: 'expiry' | 'reclaim',
  { id, digest, position, deadline }: Pick<ListedChallenge, 'id' | 'digest' | 'position' | 'deadline'>,
  call: DisputeAction['call'],
): DisputeAction {
  return {
    label,
    id: actionId(`${label} ${deadline}`, id),
    call,
    precondition: async () => {
      const state = await disputes.challengeOf(digest, position)
      return state.status === 'open' && state.deadline === deadline
    },
  }
}

/** @throws FloeError `refused` for a position that cannot be challenged */
function ensureFree(state: ChallengeState): void {
  if (state.status === 'open')
    throw new FloeError('refused', `The position is challenged already, by ${state.challenger}.`, {
      remedy: 'Wait for its answer or its deadline, which floe disputes lists, or name another position.',
    })
  if (state.status === 'answered')
    throw new FloeError('refused', 'The position was answered: its chunk is on L1, in an Answered event.', {
      remedy: 'Challenge another position if that is withheld.',
    })
}

/**
 * The first sliver that its holder does not serve, of a batch that cannot be retrieved.
 * @throws FloeError `refused` when a challenge would be answered
 */
async function choosePosition(session: DisputeSession, certified: CertifiedHeader): Promise<Position> {
  const source = sliversFromNodes(certified, session.retrieval)
  let isWithheld = false
  for (const pair of range(0, certified.committee.geometry.shards)) {
    for (const side of SIDES) {
      if ((await source(side, pair)) !== undefined) continue
      if (!isWithheld) await ensureUnavailable(session, certified, { side, pair })
      isWithheld = true
      const position = { pair, side, symbol: 0, chunk: 0 }
      if ((await statusOf(session, certified.digest, position)) === 'none') return position
    }
  }
  if (isWithheld)
    throw new FloeError(
      'refused',
      'The first chunk of every sliver that is not served is challenged already.',
      {
        remedy: 'Wait for the deadlines that floe disputes lists, or name a position.',
      },
    )
  throw new FloeError('refused', 'Every sliver is served by its holder: there is nothing to challenge.', {
    remedy: 'A challenge would be answered, and the bond lost.',
  })
}

/** @throws FloeError `refused` when the batch can be retrieved, because the sliver can then be rebuilt from it */
async function ensureUnavailable(
  { retrieval }: DisputeSession,
  certified: CertifiedHeader,
  { side, pair }: Pick<Position, 'side' | 'pair'>,
): Promise<void> {
  try {
    await retrieveBatch(certified, retrieval)
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

async function statusOf(
  { disputes }: DisputeSession,
  digest: Hex,
  position: Position,
): Promise<ChallengeState['status']> {
  return (await disputes.challengeOf(digest, position)).status
}

function actionId(action: string, challenge: Hex): Hex {
  return keccak256(encodePacked(['string', 'bytes32'], [action, challenge]))
}
