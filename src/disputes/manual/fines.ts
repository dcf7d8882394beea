// Fines by hand: those that are due over expired pairs and proofs, with the signatures that L1, the storage nodes and the given
// certificate have (docs/challengers.md).
import type { CertifiedHeader } from '../../client/certified-header.ts'
import { committeeFor } from '../../l1/committees.ts'
import { type PostedHeader, findPosted } from '../../l1/posted.ts'
import { type Hex, fromHex } from '../../protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../protocol/certificate.ts'
import type { Header } from '../../protocol/header.ts'
import {
  attestationsFromHolder,
  attestationsInCertificate,
  attestationsInPost,
  disperserSignaturesFromNodes,
} from '../fine-sources.ts'
import { type Fine, type FineSources, Fines } from '../fines.ts'
import { type DisputeScan, scanDisputes } from './dispute-scan.ts'
import type { DisputeSession } from './session.ts'
import { type Outcome, type SendOptions, perform } from './transactions.ts'

/** A fine that is due, or that would be if the signature of the account to be fined were known. */
export type ListedFine = {
  readonly digest: Hex
  /** Null: over a proof. */
  readonly pair: number | null
  /** The account that is fined, and the one that gets half; null where the signature is not known. */
  readonly account: Hex | null
  readonly beneficiary: Hex | null
}

type FoundFine = { readonly listed: ListedFine; readonly fine: Fine }

/** Brings the fines that are due. @param commitment undefined: of every header */
export async function bringFines(
  session: DisputeSession,
  commitment: Hex | undefined,
  options: SendOptions,
): Promise<Outcome & { readonly fines: readonly ListedFine[] }> {
  const shown = commitment === undefined ? undefined : await session.shown(commitment)
  const scan = await scanDisputes(session, shown?.digest)
  const certificate = commitment === undefined ? undefined : decodeCertificate(fromHex(commitment))
  const found = await findFines(session, scan, certificate)
  const intents = found.flatMap(({ fine }) => ('intent' in fine ? [fine.intent] : []))
  return { ...(await perform(session, options, intents)), fines: found.map(({ listed }) => listed) }
}

async function findFines(
  session: DisputeSession,
  { now, expired, invalid }: DisputeScan,
  certificate: Certificate | undefined,
): Promise<FoundFine[]> {
  const { disputes, checker, retrieval } = session
  const posts = new PostLookup(session)
  const fines = new Fines({ disputes, checker, sources: sourcesOf(session, posts, certificate) })
  const moment = { timestamp: now, signal: retrieval.signal }
  const found: FoundFine[] = []
  for (const { digest, header, pair } of expired) {
    const fine = await fines.overPair(await certifiedOf(session, digest, header), pair, moment)
    found.push(...listFine(digest, pair, fine))
  }
  for (const digest of invalid) {
    const { proven, finedOverInconsistent } = await disputes.proofOf(digest)
    if (proven === undefined || finedOverInconsistent) continue
    const header = certificate?.header ?? (await posts.find(digest))?.header
    if (header === undefined) continue
    const fine = await fines.overProof(await certifiedOf(session, digest, header), moment)
    found.push(...listFine(digest, null, fine))
  }
  return found
}

function listFine(digest: Hex, pair: number | null, fine: Fine): FoundFine[] {
  if (fine.due === 'none') return []
  const parties =
    'intent' in fine
      ? { account: fine.account, beneficiary: fine.beneficiary }
      : { account: null, beneficiary: null }
  return [{ listed: { digest, pair, ...parties }, fine }]
}

async function certifiedOf(
  { committees }: DisputeSession,
  digest: Hex,
  header: Header,
): Promise<CertifiedHeader> {
  return { digest, header, committee: await committeeFor(header.epoch, committees) }
}

function sourcesOf(
  { l1, retrieval }: DisputeSession,
  posts: PostLookup,
  certificate: Certificate | undefined,
): FineSources {
  const { get, timeoutMs } = retrieval
  return {
    attestationsOf: async (certified, member, signal) => {
      const given = certificate === undefined ? [] : attestationsInCertificate(certificate, member)
      const posted = await posts.find(certified.digest)
      const inPost = posted === undefined ? [] : await attestationsInPost(l1, posted, member)
      return [
        ...given,
        ...inPost,
        ...(await attestationsFromHolder(certified, member, { get, timeoutMs, signal })),
      ]
    },
    disperserSignaturesOf: async (certified, signal) =>
      disperserSignaturesFromNodes(certified, { get, timeoutMs, signal }),
  }
}

/** Posted headers by their digests; each is searched for once. */
class PostLookup {
  readonly #session: DisputeSession
  readonly #found = new Map<Hex, Promise<PostedHeader | undefined>>()

  constructor(session: DisputeSession) {
    this.#session = session
  }

  async find(digest: Hex): Promise<PostedHeader | undefined> {
    const { l1, checker } = this.#session
    const options = { l1, domain: checker.domain, order: 'newest-first' } as const
    const found = this.#found.get(digest) ?? findPosted(options, (posted) => posted.digest === digest)
    this.#found.set(digest, found)
    return found
  }
}
