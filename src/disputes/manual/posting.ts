// Posting a certificate by hand: any account that has one can make its header stand posted (docs/protocol.md §6.2).
import { committeeOfCertificate, onceDecided } from '../../client/committee-of-certificate.ts'
import { CommitteeReader } from '../../l1/committee-reader.ts'
import type { Finality } from '../../l1/finality-rule.ts'
import { ledgerAbi } from '../../l1/generated/ledger.ts'
import { LedgerReader, headersRootOf } from '../../l1/ledger-reader.ts'
import { LedgerPoster, type PostResult, postOneCall } from '../../l1/poster.ts'
import { type LogSettings, logSettings } from '../../l1/log-spans.ts'
import { type L1, connectL1 } from '../../l1/rpc.ts'
import { type Hex, fromHex } from '../../protocol/bytes.ts'
import { type Certificate, checkCertificate, decodeCertificate } from '../../protocol/certificate.ts'
import type { Committee } from '../../protocol/committee.ts'
import { FloeError } from '../../protocol/errors.ts'
import type { Domain } from '../../protocol/header.ts'
import { postingStatus, postableUntil } from '../../protocol/posting.ts'
import { systemClock, timeText } from '../../runtime/clock.ts'
import { loadSecp256k1 } from '../../runtime/secp256k1.ts'
import { type Plan, type SendOptions, addressOf, planCalls, withAccount } from './transactions.ts'

export type PostingDeployment = LogSettings & {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  readonly chainId?: number | undefined
  readonly finality: Finality
}

/** What was done. `stands`: the header stood posted before the call, and nothing was sent. */
export type PostingOutcome = Plan | PostResult | { readonly outcome: 'stands'; readonly postedAt: number }

type Subject = {
  readonly l1: L1
  readonly domain: Domain
  readonly reader: LedgerReader
  readonly certificate: Certificate
  readonly committee: Committee
}

/**
 * Posts a certificate, unless its header stands posted.
 * @throws FloeError `commitment-invalid` for a certificate that does not hold, `refused` for one whose header can never stand,
 *   `unavailable`
 */
export async function postCertificate(
  deployment: PostingDeployment,
  commitment: Hex,
  options: SendOptions,
): Promise<PostingOutcome> {
  const subject = await readSubject(deployment, commitment)
  const { l1, domain, reader, certificate, committee } = subject
  const postedAt = await postedAtOrPostable(subject)
  if (postedAt !== undefined) return { outcome: 'stands', postedAt }
  if (options.dryRun) {
    const call = postOneCall(domain.ledger, certificate, committee)
    return planCalls({ l1 }, await addressOf(options), { label: 'post', calls: [call], abi: ledgerAbi })
  }
  const account = { l1, checker: { domain }, finality: deployment.finality, clock: systemClock }
  const result = await withAccount(account, options, async (sender) =>
    new LedgerPoster({ sender, domain, reader }).postOne(certificate, committee),
  )
  // Another account was faster. Its post may have been too early or too late for this header.
  if (result.outcome === 'already-there') await postedAtOrPostable(subject)
  return result
}

async function readSubject(deployment: PostingDeployment, commitment: Hex): Promise<Subject> {
  const certificate = decodeCertificate(fromHex(commitment))
  const { epoch } = certificate.header
  const { committees, domain } = await CommitteeReader.connect({ ...deployment, clock: systemClock })
  const subject = { epoch, commitment: fromHex(commitment) }
  const waiting = { clock: systemClock, signal: new AbortController().signal }
  const committee = await onceDecided(waiting, async () => committeeOfCertificate(committees, subject))
  checkCertificate({ curve: loadSecp256k1(), domain }, committee, certificate)
  const l1 = connectL1(deployment.rpcUrls, logSettings(deployment))
  return { l1, domain, reader: new LedgerReader({ l1, domain }), certificate, committee }
}

/** @throws FloeError `unavailable` before the first second in which a post makes the header stand */
function ensureStarted(from: number, timestamp: number): void {
  if (timestamp >= from) return
  throw new FloeError(
    'unavailable',
    `Expected a post from ${timeText(from)} on, the promise of the Ledger before its expiry; L1 is at ${timeText(timestamp)}.`,
    {
      remedy: 'Post later: an earlier post would settle that the header never stands posted.',
      facts: { from, timestamp },
      retryAfterSeconds: from - timestamp,
    },
  )
}

/**
 * When the header was posted, if it stands; undefined if it can be posted now.
 * @throws FloeError `refused` if it never stands, `unavailable` if it is too early
 */
async function postedAtOrPostable({ domain, reader, certificate }: Subject): Promise<number | undefined> {
  const { header } = certificate
  const headersRoot = headersRootOf(domain, certificate)
  const [view, terms] = await Promise.all([reader.view(headersRoot, header.epoch), reader.terms()])
  const status = postingStatus(header, view, terms)
  if (status === 'postable') {
    ensureStarted(header.expiry - terms.promiseSeconds, view.timestamp)
    return undefined
  }
  if (status === 'stands') return view.post?.postedAt
  const remedy = 'No account can post it any more. Put the batch again for a new certificate.'
  if (view.post !== undefined) {
    const { postedAt } = view.post
    throw new FloeError(
      'refused',
      `Expected a headersRoot that was posted from ${terms.promiseSeconds} to ${terms.noticeSeconds} seconds before the expiry ` +
        `${timeText(header.expiry)}, got one that was first posted at ${timeText(postedAt)}: the header never stands posted.`,
      { remedy, facts: { headersRoot, postedAt, expiry: header.expiry } },
    )
  }
  const until = postableUntil(header, view.retiredAt, terms)
  const isClosed = until < header.expiry - terms.noticeSeconds
  const bound = isClosed
    ? `when epoch ${header.epoch} closed`
    : `${terms.noticeSeconds} seconds before its expiry`
  throw new FloeError(
    'refused',
    `Expected a post by ${timeText(until)}, ${bound}; L1 is at ${timeText(view.timestamp)}.`,
    { remedy, facts: { until, timestamp: view.timestamp } },
  )
}
