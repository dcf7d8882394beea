// Checking a commitment while trusting nobody but L1: each check alone, in the order in which they build on each other.
import { readContract } from '../l1/read-contract.ts'
import { encodeBatch } from '../protocol/batch.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { type Certificate, checkCertificate, decodeCertificate } from '../protocol/certificate.ts'
import { type Committee, quorumOf } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Domain, NO_CONTENT_HASH, headerDigest } from '../protocol/header.ts'
import type { Finality } from '../l1/chain.ts'
import { createCommittees } from '../l1/committee-reader.ts'
import { createDisputes } from '../l1/disputes.ts'
import { ledgerAbi } from '../l1/generated/ledger.ts'
import { type PostedHeader, findPosted } from '../l1/posted.ts'
import { type L1, connectL1, l1Unavailable } from '../l1/rpc.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { keccak256 } from 'viem'
import { bytesText, shortHex } from '../runtime/text.ts'

export type Check = {
  readonly name: 'certificate' | 'committee' | 'signatures' | 'contract' | 'disputes' | 'posted' | 'batch'
  /** `pending`: not wrong, and not there yet. */
  readonly result: 'ok' | 'failed' | 'pending'
  readonly detail: string
}

export type Verification = {
  readonly valid: boolean
  readonly checks: readonly Check[]
  readonly digest: Hex | null
  readonly posted: { readonly transactionHash: Hex; readonly blockNumber: number } | null
  /** The batch, when every check that it needs has passed. */
  readonly batch: Uint8Array | undefined
}

export type VerifyOptions = {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  /** Left out: nobody is asked whether the header was made invalid. */
  readonly disputes?: Hex | undefined
  readonly finality?: Finality
  readonly clock: Clock
  /** Asks somebody who need not be trusted for the batch. */
  readonly fetchBatch: () => Promise<Uint8Array>
  readonly onCheck: (check: Check) => void
}

type Run = {
  readonly l1: L1
  readonly domain: Domain
  readonly committee: Committee
  readonly certificate: Certificate
  readonly commitment: Hex
  readonly options: VerifyOptions
}

/**
 * Runs the checks, telling each as it is made; the first that fails is the last.
 * @throws FloeError when a check cannot be made: no L1, no batch to be had
 */
export async function verifyCommitment(commitment: Hex, options: VerifyOptions): Promise<Verification> {
  const checks: Check[] = []
  const note = (name: Check['name'], result: Check['result'], detail: string): void => {
    const check = { name, result, detail }
    checks.push(check)
    options.onCheck(check)
  }
  let digest: Hex | null = null
  let posted: PostedHeader | undefined
  let batch: Uint8Array | undefined
  let current: Check['name'] = 'certificate'
  try {
    const certificate = decodeCertificate(fromHex(commitment))
    note('certificate', 'ok', certificateText(certificate, options.clock))
    current = 'committee'
    const run = await readCommittee(commitment, certificate, options)
    digest = toHex(headerDigest(run.domain, certificate.header))
    note('committee', 'ok', committeeText(run.committee))
    current = 'signatures'
    checkCertificate({ curve: loadSecp256k1(), domain: run.domain }, run.committee, certificate)
    note('signatures', 'ok', signaturesText(run))
    current = 'contract'
    await checkOnChain(run)
    note('contract', 'ok', 'Ledger.verify answers true')
    if (options.disputes !== undefined) {
      current = 'disputes'
      note('disputes', 'ok', await checkDisputes(run, digest, options.disputes))
    }
    current = 'posted'
    posted = await findPost(run, digest)
    note('posted', posted === undefined ? 'pending' : 'ok', postedText(posted))
    current = 'batch'
    batch = await options.fetchBatch()
    checkBatch(run, batch)
    note('batch', 'ok', `${bytesText(batch.length)} encode to root ${shortHex(certificate.header.root)}`)
  } catch (error) {
    if (!(error instanceof FloeError) || error.status !== 418) throw error
    note(current, 'failed', error.message)
    batch = undefined
  }
  return {
    valid: checks.every(({ result }) => result !== 'failed'),
    checks,
    digest,
    posted:
      posted === undefined
        ? null
        : { transactionHash: posted.transactionHash, blockNumber: posted.blockNumber },
    batch,
  }
}

async function readCommittee(
  commitment: Hex,
  certificate: Certificate,
  options: VerifyOptions,
): Promise<Run> {
  const { committees, domain } = await createCommittees(options)
  const { epoch } = certificate.header
  const committee = await committees.ofEpoch(epoch)
  if (committee === undefined) {
    throw new FloeError('commitment-invalid', `L1 knows no epoch ${epoch}.`)
  }
  return { l1: connectL1(options.rpcUrls), domain, committee, certificate, commitment, options }
}

async function checkOnChain({ l1, domain, committee, commitment }: Run): Promise<void> {
  const members = committee.members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  const holds = await readContract(l1.client, {
    address: domain.ledger,
    abi: ledgerAbi,
    functionName: 'verify',
    args: [commitment, members],
  }).catch((error: unknown) => {
    throw l1Unavailable(error, 'call Ledger.verify')
  })
  if (!holds) throw new FloeError('commitment-invalid', 'Ledger.verify answers false.')
}

async function checkDisputes({ l1 }: Run, digest: Hex, address: Hex): Promise<string> {
  const { withheld, inconsistent } = await createDisputes(l1, address).faultsOf(digest)
  if (!withheld && !inconsistent) return 'nobody has shown that it is withheld or no encoding'
  const faults = [...(withheld ? ['withheld'] : []), ...(inconsistent ? ['inconsistent'] : [])]
  throw new FloeError('batch-invalid', `L1 has made the header invalid: ${faults.join(', ')}.`)
}

async function findPost({ l1, domain, certificate }: Run, digest: Hex): Promise<PostedHeader | undefined> {
  const { epoch } = certificate.header
  return findPosted({ l1, domain, epoch, order: 'newest-first' }, (posted) => posted.digest === digest)
}

function checkBatch({ committee, certificate }: Run, batch: Uint8Array): void {
  const { root, length, contentHash } = certificate.header
  const wrong = (what: string): FloeError => new FloeError('batch-invalid', what)
  if (batch.length !== length) throw wrong(`Expected ${length} bytes, got ${batch.length}.`)
  const encoded = encodeBatch(nodeKernel(), committee.geometry, batch, (encoding) => encoding.root)
  if (toHex(encoded) !== root) throw wrong(`Expected an encoding with root ${root}, got ${toHex(encoded)}.`)
  if (contentHash !== NO_CONTENT_HASH && keccak256(batch) !== contentHash) {
    throw wrong(`Expected a batch with Keccak-256 ${contentHash}, got ${keccak256(batch)}.`)
  }
}

function certificateText({ header }: Certificate, clock: Clock): string {
  const days = (header.expiry - unixSeconds(clock)) / 86_400
  const expiry =
    days > 0 ? `served for ${days.toFixed(1)} more days` : `expired ${(-days).toFixed(1)} days ago`
  return `a batch of ${bytesText(header.length)}, epoch ${header.epoch}, ${expiry}`
}

function committeeText({ members, geometry }: Committee): string {
  return `${members.length} members with ${geometry.shards} shards, as L1's committeeRoot says`
}

function signaturesText({ committee, certificate }: Run): string {
  const signed = certificate.signatures.reduce(
    (sum, { member }) => sum + (committee.members[member]?.shards ?? 0),
    0,
  )
  const { geometry } = committee
  return `the holders of ${signed} of ${geometry.shards} shards signed, ${quorumOf(geometry)} are needed`
}

function postedText(posted: PostedHeader | undefined): string {
  return posted === undefined
    ? 'not on L1 yet'
    : `in block ${posted.blockNumber}, transaction ${shortHex(posted.transactionHash)}`
}
