// Checks a commitment with nothing trusted but L1: each check alone, in the order in which they build on each other. Runs in
// browsers.
//
// Whether the header stands posted, the faults that L1 has of it, and so the validity for Nitro (docs/protocol.md §8) are those in the
// state of one block.
import { keccak_256 } from '@noble/hashes/sha3.js'
import { getBlockNumber } from 'viem/actions'
import { loadKernel } from '../coding/kernel/load.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import { committeeAbi } from '../l1/generated/committee.ts'
import { ledgerAbi } from '../l1/generated/ledger.ts'
import { FinalDisputes } from '../l1/final-disputes.ts'
import { FINALITY_DEFAULT, type Finality } from '../l1/finality-rule.ts'
import { LedgerReader, type PinnedView } from '../l1/ledger-reader.ts'
import { readContract } from '../l1/read-contract.ts'
import { type L1, askEach, connectL1 } from '../l1/rpc.ts'
import { encodeBatch } from '../protocol/batch.ts'
import { type Hex, toHex } from '../protocol/bytes.ts'
import {
  type Certificate,
  checkCertificate,
  decodeCertificate,
  parseCommitment,
} from '../protocol/certificate.ts'
import { type Committee, epochMembersOf } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Domain, type Header, NO_CONTENT_HASH, headerDigest } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type NitroVerdict, nitroVerdict } from '../protocol/nitro.ts'
import { type Secp256k1, pureSecp256k1 } from '../protocol/signature.ts'
import { linkAbort } from '../runtime/async/deadline.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { committeeOfCertificate, onceDecided } from './committee-of-certificate.ts'
import { faultsInView, findPost, readPosting } from './posting.ts'
import type { Post, Posting } from './posting-result.ts'
import { type Deployment, createReader } from './reader.ts'

/** What a check found, by its name. */
export type Finding =
  | { readonly name: 'certificate'; readonly header: Header }
  | { readonly name: 'committee'; readonly committee: Committee }
  | { readonly name: 'signatures'; readonly committee: Committee; readonly shardsSigned: number }
  | { readonly name: 'contract' }
  | { readonly name: 'posted'; readonly posting: Posting; readonly post: Post | undefined }
  | { readonly name: 'disputes' }
  | { readonly name: 'nitro'; readonly verdict: NitroVerdict }
  | { readonly name: 'batch'; readonly bytes: number; readonly root: Hex }

export type CheckName = Finding['name']

export type Check =
  /**
   * `pending`: the header is not on L1 yet. `warning`: it never stands posted, or is not valid for Nitro. The certificate holds
   * nevertheless.
   */
  | ({ readonly result: 'ok' | 'pending' | 'warning' } & Finding)
  | { readonly result: 'failed'; readonly name: CheckName; readonly error: FloeError }

export type Verification = {
  /** Whether no check failed. */
  readonly valid: boolean
  readonly checks: readonly Check[]
  /** Of the header; undefined when the certificate cannot be decoded or its committee does not exist. */
  readonly digest: Hex | undefined
  /** Undefined when a check before it failed. */
  readonly posting: Posting | undefined
  /** The newest transaction that showed the header on L1; undefined when it is not posted, or no endpoint has the transaction. */
  readonly post: Post | undefined
  /** Undefined where no Disputes contract is named, unless an earlier check failed. */
  readonly nitro: NitroVerdict | undefined
  /** Undefined when a check failed. */
  readonly batch: Uint8Array | undefined
}

export type VerifyOptions = Deployment & {
  /** Fetches the batch from a source that need not be trusted, such as a sidecar; left out, the storage nodes. */
  readonly fetchBatch?: (signal: AbortSignal) => Promise<Uint8Array>
  /** Called with each check as it is made. */
  readonly onCheck?: (check: Check) => void
  readonly kernel?: Kernel
  readonly curve?: Secp256k1
  readonly clock?: Clock
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes the checks one after another; the first that fails is the last.
 * @param commitment in hexadecimal
 * @throws FloeError when a check cannot be made: L1 does not answer, or the batch is unavailable; the signal's reason when it aborts
 */
export async function verify(commitment: string, options: VerifyOptions): Promise<Verification> {
  const stop = new AbortController()
  const unlink = linkAbort(stop, [options.signal])
  try {
    stop.signal.throwIfAborted()
    return await new Verifier(commitment, options, stop.signal).run()
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  } finally {
    unlink()
    stop.abort(new Error('the verification has ended'))
  }
}

/** What later checks need of the first ones. */
type Certified = {
  readonly l1: L1
  readonly domain: Domain
  readonly certificate: Certificate
  readonly committee: Committee
  readonly digest: Hex
}

class Verifier {
  readonly #commitment: string
  readonly #options: VerifyOptions
  readonly #signal: AbortSignal
  readonly #clock: Clock
  readonly #checks: Check[] = []
  #current: CheckName = 'certificate'
  #digest: Hex | undefined
  #posting: Posting | undefined
  #post: Post | undefined
  #nitro: NitroVerdict | undefined

  constructor(commitment: string, options: VerifyOptions, signal: AbortSignal) {
    this.#commitment = commitment
    this.#options = options
    this.#signal = signal
    this.#clock = options.clock ?? systemClock
  }

  async run(): Promise<Verification> {
    const batch = await this.#checkAll().catch((error: unknown) => this.#noteFailure(error))
    return {
      valid: batch !== undefined,
      checks: this.#checks,
      digest: this.#digest,
      posting: this.#posting,
      post: this.#post,
      nitro: this.#nitro,
      batch,
    }
  }

  async #checkAll(): Promise<Uint8Array> {
    const certificate = await this.#check(
      'certificate',
      async () => decodeCertificate(parseCommitment(this.#commitment)),
      ({ header }) => ({ name: 'certificate', header }),
    )
    const certified = await this.#check(
      'committee',
      async () => this.#readCommittee(certificate),
      ({ committee }) => ({ name: 'committee', committee }),
    )
    const { committee } = certified
    this.#digest = certified.digest
    await this.#check(
      'signatures',
      async () => this.#checkSignatures(certified),
      (shardsSigned) => ({ name: 'signatures', committee, shardsSigned }),
    )
    await this.#check(
      'contract',
      async () => checkContract(certified, this.#commitment),
      () => ({ name: 'contract' }),
    )
    await this.#checkNitro(certified, await this.#checkPosted(certified))
    return this.#check(
      'batch',
      async () => this.#checkBatch(certified),
      ({ length }) => ({ name: 'batch', bytes: length, root: certificate.header.root }),
    )
  }

  async #checkPosted(certified: Certified): Promise<PinnedView> {
    const { l1, domain, certificate, digest } = certified
    const { view } = await this.#check(
      'posted',
      async () => {
        const { posting, view: state } = await readPosting(
          new LedgerReader({ l1, domain }),
          domain,
          certificate,
        )
        this.#posting = posting
        if (state.post !== undefined) this.#post = await findPost(l1, domain, certificate, digest)
        return { posting, view: state }
      },
      ({ posting }) => ({ name: 'posted', posting, post: this.#post }),
    )
    return view
  }

  /** By the faults in the same state, and the signatures that hold. */
  async #checkNitro({ l1, certificate, digest }: Certified, view: PinnedView): Promise<void> {
    const { disputes, finality = FINALITY_DEFAULT } = this.#options
    if (disputes === undefined) return
    await this.#check(
      'disputes',
      async () => checkDisputes({ view, l1, disputes, finality }, digest),
      () => ({ name: 'disputes' }),
    )
    await this.#check(
      'nitro',
      async () => {
        const { header } = certificate
        const { status: posting = 'never' } = this.#posting ?? {}
        this.#nitro = nitroVerdict({ header, signaturesHold: true, posting, isInvalid: false })
        return this.#nitro
      },
      (verdict) => ({ name: 'nitro', verdict }),
    )
  }

  /** Makes one check, and notes what it found. */
  async #check<T>(name: CheckName, work: () => Promise<T>, findingOf: (value: T) => Finding): Promise<T> {
    this.#current = name
    const value = await work()
    const finding = findingOf(value)
    this.#note({ result: resultOf(finding), ...finding })
    return value
  }

  #note(check: Check): void {
    this.#checks.push(check)
    this.#options.onCheck?.(check)
  }

  /** An error that tells every reader to skip the commitment is the result of a check; another one is thrown. */
  #noteFailure(error: unknown): undefined {
    if (!(error instanceof FloeError) || error.status !== 418) throw error
    // A batch that L1 does not know to be invalid leaves the certificate valid for Nitro.
    this.#nitro ??= this.#current === 'batch' ? undefined : 'invalid'
    this.#note({ result: 'failed', name: this.#current, error })
  }

  async #readCommittee(certificate: Certificate): Promise<Certified> {
    const { rpcUrls, committee: address, ledger, finality, chainId, deploymentBlock } = this.#options
    const [clock, signal] = [this.#clock, this.#signal]
    const deployment = { rpcUrls, committee: address, ledger, finality, chainId, deploymentBlock }
    const { committees, domain } = await CommitteeReader.connect({ ...deployment, clock, signal })
    const { epoch } = certificate.header
    const commitment = parseCommitment(this.#commitment)
    const committee = await onceDecided({ clock, signal }, async () =>
      committeeOfCertificate(committees, { epoch, commitment }),
    )
    const digest = toHex(headerDigest(domain, certificate.header))
    return {
      l1: connectL1(rpcUrls, { deploymentBlock, clock, signal }),
      domain,
      certificate,
      committee,
      digest,
    }
  }

  /** @returns shards of the members that signed */
  #checkSignatures({ domain, committee, certificate }: Certified): number {
    checkCertificate({ curve: this.#options.curve ?? pureSecp256k1, domain }, committee, certificate)
    const shardsOf = ({ member }: { readonly member: number }): number =>
      committee.members[member]?.shards.length ?? 0
    return certificate.signatures.reduce((sum, signature) => sum + shardsOf(signature), 0)
  }

  async #checkBatch({ committee, certificate }: Certified): Promise<Uint8Array> {
    const batch = await this.#fetchBatch()
    const { root, length, contentHash } = certificate.header
    const kernel = this.#options.kernel ?? loadKernel()
    expectEqual('a batch with length', length, batch.length)
    const encodedRoot = encodeBatch(kernel, committee.geometry, batch, (encoding) => encoding.root)
    expectEqual('an encoding with root', root, toHex(encodedRoot))
    if (contentHash !== NO_CONTENT_HASH)
      expectEqual('a batch with Keccak-256', contentHash, toHex(keccak_256(batch)))
    return batch
  }

  async #fetchBatch(): Promise<Uint8Array> {
    const { rpcUrls, committee, ledger, finality, chainId, deploymentBlock, fetchBatch } = this.#options
    if (fetchBatch !== undefined) return fetchBatch(this.#signal)
    const deployment = { rpcUrls, committee, ledger, finality, chainId, deploymentBlock }
    const reader = await createReader({ ...deployment, clock: this.#clock, signal: this.#signal })
    try {
      return await reader.get(this.#commitment, { signal: this.#signal })
    } finally {
      reader.close()
    }
  }
}

/** By the first endpoint whose newest block has the epoch: before it starts, the contract answers false to every certificate. */
async function checkContract(
  { l1, committee, certificate, domain }: Certified,
  commitment: string,
): Promise<void> {
  const { epoch } = certificate.header
  const answers = await askEach(l1, 'call Ledger.verify', async (endpoint) => {
    const contract = { address: domain.ledger, abi: ledgerAbi, blockNumber: await getBlockNumber(endpoint) }
    const address = await readContract(endpoint, { ...contract, functionName: 'committee' })
    const [root, holds] = await Promise.all([
      readContract(endpoint, {
        ...contract,
        address,
        abi: committeeAbi,
        functionName: 'committeeRoot',
        args: [epoch],
      }),
      readContract(endpoint, {
        ...contract,
        functionName: 'verify',
        args: [toHex(parseCommitment(commitment)), epochMembersOf(committee)],
      }),
    ])
    return { hasEpoch: root === committee.root, holds }
  })
  const knowing = answers.filter(({ hasEpoch }) => hasEpoch)
  if (knowing.some(({ holds }) => holds)) return
  if (knowing.length > 0)
    throw new FloeError('commitment-invalid', 'Expected true from Ledger.verify, got false.')
  throw new FloeError(
    'unavailable',
    `Expected an L1 endpoint that has epoch ${epoch}, got only some that lag.`,
    {
      remedy: 'Try again. If this continues, replace the endpoint that lags.',
      retryAfterSeconds: 12,
    },
  )
}

function expectEqual<T extends string | number>(what: string, expected: T, got: T): void {
  if (got !== expected) throw new FloeError('batch-invalid', `Expected ${what} ${expected}, got ${got}.`)
}

type DisputesView = {
  readonly view: PinnedView
  readonly l1: L1
  readonly disputes: Hex
  readonly finality: Finality
}

/** @throws FloeError `batch-invalid` for faults in a final block, `unavailable` for those that a reorg can still undo */
async function checkDisputes({ view, l1, disputes, finality }: DisputesView, digest: Hex): Promise<void> {
  const { withheld, inconsistent } = await faultsInView(view, disputes, digest)
  if (!withheld && !inconsistent) return
  const faults = [...(withheld ? ['withheld'] : []), ...(inconsistent ? ['inconsistent'] : [])]
  if (await new FinalDisputes({ l1, address: disputes, finality }).isInvalid(digest))
    throw new FloeError('batch-invalid', `L1 has made the header invalid: ${faults.join(', ')}.`)
  throw new FloeError(
    'unavailable',
    `L1 has made the header invalid, in a block that is not final: ${faults.join(', ')}.`,
    { remedy: 'Wait until the block is final.', retryAfterSeconds: 12 },
  )
}

/** What a finding means for a rollup. */
function resultOf(finding: Finding): 'ok' | 'pending' | 'warning' {
  if (finding.name === 'posted')
    return ({ stands: 'ok', postable: 'pending', never: 'warning' } as const)[finding.posting.status]
  if (finding.name === 'nitro')
    return ({ valid: 'ok', 'not-decided': 'pending', invalid: 'warning' } as const)[finding.verdict]
  return 'ok'
}
