// What the commands about disputes do (docs/challengers.md).
import { readFile, stat, writeFile } from 'node:fs/promises'
import { encodePacked, keccak256 } from 'viem'
import { submitEvidence, remainingEvidenceCalls } from '../submit-evidence.ts'
import {
  type CertifiedEvidence,
  EVIDENCE_FILE_BYTES_MAX,
  toEvidenceFile,
  readEvidenceFile,
} from '../evidence-file.ts'
import { nitroValidity } from '../nitro-validity.ts'
import { findEvidence } from '../evidence-search.ts'
import { sliversFromNodes, openPosition } from '../sliver-sources.ts'
import type { CheckedCertificate } from '../../client/retriever.ts'
import { retrieveBatch } from '../../client/retrieve.ts'
import { type Position, answerCall, challengeCall, challengeId, expireCall } from '../../l1/disputes.ts'
import type { Call, Intent } from '../../l1/tx-manager/calls.ts'
import type { SendResult } from '../../l1/tx-manager/tx-manager.ts'
import { type Hex, fromHex, toHex } from '../../protocol/bytes.ts'
import { FloeError, asFloeError } from '../../protocol/errors.ts'
import { readOpening, readPlace } from '../../protocol/evidence.ts'
import { range } from '../../protocol/field.ts'
import { readProof } from '../../protocol/nitro.ts'
import { encodeOpening } from '../../protocol/opening.ts'
import type { Side } from '../../protocol/sliver.ts'
import { type ListedChallenge, type Listing, challenges, depositsOf } from './listing.ts'
import { type PayFlags, type Plan, accountOf, intentOf, planOf, withSender } from './transactions.ts'
import type { DisputeSession } from './session.ts'

/** What became of a command's transactions, or what they would be. */
export type Outcome = Plan | { readonly transactions: readonly SendResult[] }

type Act = {
  readonly label: string
  readonly id: Hex
  readonly call: Call
  readonly stillWanted: Intent['stillWanted']
}

/** Sends each, or shows each. */
async function perform(session: DisputeSession, flags: PayFlags, acts: readonly Act[]): Promise<Outcome> {
  const account = await accountOf(flags)
  const [first] = acts
  if (flags.dryRun === true) {
    const calls = acts.map(({ call }) => call)
    return planOf(session, account.address, first?.label ?? 'call', calls)
  }
  return withSender(session, account, flags.journal, async (sender) => {
    const transactions: SendResult[] = []
    for (const { label, id, call, stillWanted } of acts)
      transactions.push(await sender.send(intentOf(label, id, call, stillWanted)))
    return { transactions }
  })
}

function named(what: string, id: Hex): Hex {
  return keccak256(encodePacked(['string', 'bytes32'], [what, id]))
}

/** Opens a challenge. @param given undefined: picks a position that nobody serves */
export async function challenge(
  session: DisputeSession,
  commitment: Hex,
  given: Position | undefined,
  flags: PayFlags,
): Promise<Outcome & { readonly position: Position; readonly challenger: Hex }> {
  const { disputes } = session
  const checked = await session.certified(commitment)
  const position = given ?? (await unavailablePosition(session, checked))
  const { bond } = await disputes.terms()
  const certified = { certificate: checked.commitment, members: checked.committee.members }
  const call = challengeCall(disputes.address, bond, certified, position)
  const { address } = await accountOf(flags)
  const id = challengeId(checked.digest, position, address)
  const stillWanted = async (): Promise<boolean> => (await disputes.openChallenge(id)) === undefined
  const act = { label: 'challenge', id: named('challenge', id), call, stillWanted }
  return { ...(await perform(session, flags, [act])), position, challenger: address }
}

/** The first chunk of a sliver that its holder does not serve, of a batch that cannot be had. */
async function unavailablePosition(session: DisputeSession, checked: CheckedCertificate): Promise<Position> {
  const source = sliversFromNodes(checked, session.retrieval)
  const sides: readonly Side[] = ['row', 'column']
  for (const pair of range(0, checked.committee.geometry.shards)) {
    for (const side of sides) {
      if ((await source(side, pair)) !== undefined) continue
      const failure = await retrieveBatch(checked, session.retrieval).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failure instanceof FloeError && failure.code === 'unavailable')
        return { pair, side, symbol: 0, chunk: 0 }
      if (failure !== undefined) throw asFloeError(failure)
      throw new FloeError(
        'refused',
        `${side} ${pair} is not served, but anybody can make it from the batch.`,
        {
          remedy:
            'A challenge would be answered, and the bond lost. To make it all the same, name the position.',
          facts: { pair, side },
        },
      )
    }
  }
  throw new FloeError('refused', 'Every sliver is served by its holder: there is nothing to challenge.', {
    remedy: 'A challenge would be answered, and the bond lost.',
  })
}

/** Answers a challenge, with an opening from the holder of the pair or made from the batch. */
export async function answer(
  session: DisputeSession,
  commitment: Hex,
  asked: { readonly challenger: Hex; readonly position: Position },
  flags: PayFlags,
): Promise<Outcome> {
  const { disputes, retrieval } = session
  const { challenger, position } = asked
  const checked = await session.certified(commitment)
  const id = challengeId(checked.digest, position, challenger)
  if ((await disputes.openChallenge(id)) === undefined) {
    throw new FloeError('refused', `There is no open challenge of ${challenger} to that position.`, {
      remedy: 'floe disputes lists what is open.',
    })
  }
  const opening = encodeOpening(await openPosition(checked, position, retrieval))
  const call = answerCall(disputes.address, checked.header, challenger, opening)
  const stillWanted = async (): Promise<boolean> => (await disputes.openChallenge(id)) !== undefined
  return perform(session, flags, [{ label: 'answer', id: named('answer', id), call, stillWanted }])
}

/** Expires challenges that nobody has answered. */
export async function expire(
  session: DisputeSession,
  commitment: Hex | undefined,
  flags: PayFlags,
): Promise<Outcome & { readonly expired: readonly ListedChallenge[] }> {
  const { disputes } = session
  const digest = commitment === undefined ? undefined : (await session.certified(commitment)).digest
  const { open } = await challenges(session, digest)
  const expired = open.filter(({ due }) => due)
  const acts = expired.map((one) => ({
    label: 'expiry',
    id: named('expire', one.id),
    call: expireCall(disputes.address, one.digest, one.challenger, one.position),
    stillWanted: async () => (await disputes.openChallenge(one.id)) !== undefined,
  }))
  return { ...(await perform(session, flags, acts)), expired }
}

/** Finds evidence against a header, or reads it from a file. */
export async function findAccusation(
  session: DisputeSession,
  from: { readonly commitment: Hex } | { readonly file: string },
): Promise<CertifiedEvidence> {
  if ('file' in from) return readEvidenceFile(await readEvidence(from.file), session.library)
  const checked = await session.certified(from.commitment)
  const subject = { header: checked.header, geometry: checked.committee.geometry }
  const finding = await findEvidence(
    session.retrieval.kernel,
    subject,
    sliversFromNodes(checked, session.retrieval),
  )
  if (finding.kind === 'evidence') return { checked, evidence: finding.evidence }
  const missing = finding.missing.length
  throw new FloeError(
    missing === 0 ? 'refused' : 'unavailable',
    missing === 0
      ? 'Every sliver is on one codeword: the batch is valid, and nothing can disprove it.'
      : `All that can be had is on one codeword, and ${missing} slivers cannot be had.`,
    {
      facts: { missing },
      ...(missing === 0 ? {} : { remedy: 'What is withheld can be challenged: floe challenge.' }),
    },
  )
}

async function readEvidence(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size <= EVIDENCE_FILE_BYTES_MAX) return await readFile(file, 'utf8')
  } catch (error) {
    throw new FloeError('configuration', `Cannot read ${file}: ${String(error)}.`, { cause: error })
  }
  throw new FloeError(
    'configuration',
    `${file} has more than ${EVIDENCE_FILE_BYTES_MAX} bytes: it is no evidence.`,
  )
}

/** Brings evidence, in parts where it needs to be. @param output where to keep it as well */
export async function bring(
  session: DisputeSession,
  accusation: CertifiedEvidence,
  flags: PayFlags & { readonly output?: string },
): Promise<Outcome> {
  if (flags.output !== undefined) await keep(accusation, flags.output)
  const { disputes } = session
  const account = await accountOf(flags)
  if (flags.dryRun === true) {
    const calls = await remainingEvidenceCalls(disputes, account.address, accusation)
    return planOf(session, account.address, 'evidence', calls)
  }
  return withSender(session, account, flags.journal, async (sender) => ({
    transactions: await submitEvidence(disputes, sender, accusation),
  }))
}

async function keep(accusation: CertifiedEvidence, file: string): Promise<void> {
  const text = `${JSON.stringify(toEvidenceFile(accusation))}\n`
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot write ${file}: ${String(error)}.`, {
      remedy: 'Give --output a file that is not there yet, in a folder that is.',
      cause: error,
    })
  })
}

export type Proof = { readonly proof: Hex; readonly digest: Hex | null; readonly bytes: Hex | null }

/** The opening of a read, or what Nitro's prover is given for it. */
export async function proveRead(
  session: DisputeSession,
  commitment: Hex,
  offset: number,
  nitro: boolean,
): Promise<Proof> {
  const checked = await session.certified(commitment)
  const { header, committee, digest } = checked
  const subject = { header, geometry: committee.geometry }
  const place = { ...readPlace(subject, offset), side: 'row' as const }
  const opening = encodeOpening(await openPosition(checked, place, session.retrieval))
  const bytes = readOpening(subject, offset, opening)
  if (bytes === undefined) throw new FloeError('internal', 'The opening does not show what it is for.')
  const proof = nitro ? readProof(opening, committee.members) : opening
  return { proof: toHex(proof), digest, bytes: toHex(bytes) }
}

/** What Nitro's prover is given for the validity of a certificate. */
export async function proveValidity(session: DisputeSession, commitment: Hex): Promise<Proof> {
  const { proof, digest } = await nitroValidity(session, fromHex(commitment))
  return { proof: toHex(proof), digest: digest ?? null, bytes: null }
}

/** Open challenges, invalid headers, and what those who sign have to lose. */
export async function list(session: DisputeSession, commitment: Hex | undefined): Promise<Listing> {
  const checked = commitment === undefined ? undefined : await session.certified(commitment)
  const committee = checked?.committee ?? (await session.committees.current())
  const accounts = committee.members.map(({ signer }) => signer)
  const deposits = await depositsOf(session, [...accounts, ...(checked ? [checked.header.disperser] : [])])
  return { ...(await challenges(session, checked?.digest)), deposits }
}
