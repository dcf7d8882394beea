// Intake of dispersals: a storage node checks the head, reserves memory and disk, reads the body, checks it, stores it, and then
// signs an attestation.
//
// Guarantees:
// - Signed means stored: an attestation is signed only after the store has flushed the pairs to disk.
// - Refused early: what the head decides is decided before the body is read or takes memory.
// - Nothing left behind: a refused, broken or stalled dispersal returns its memory and its disk space, and stores nothing.
// - Idempotent: a batch that is stored is attested again without reading the body, unless what is stored is damaged.
// - Independent: concurrent dispersals of one batch each read their own body, and one of them is stored.
import type { Coder } from '../coding/coder.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { DISPERSAL_HEAD_BYTES, type DispersalHead, decodeDispersalHead } from '../protocol/dispersal.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { type Domain, headerDigest } from '../protocol/header.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { type Secp256k1, recoverSigner } from '../protocol/signature.ts'
import type { BodyReader } from '../runtime/body-reader.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog, type ConditionLogger } from '../runtime/condition-log.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { withMinimumPace } from '../runtime/pace.ts'
import type { BudgetShare, SharedBudget } from '../runtime/shared-budget.ts'
import type { BatchClaim, SliverStore } from '../store/sliver-store.ts'
import type { CheckedPair } from '../store/stored-batch.ts'
import {
  type Assignment,
  type PromiseLimits,
  admissionError,
  assignmentOf,
  dispersalLengthError,
  signingCommittee,
} from './admission.ts'
import type { Attestation, Attester } from './attestation.ts'
import type { DisperserStanding } from './disperser-standing.ts'
import { checkLeaves, checkPair, hashesOfPair } from './pairs.ts'

export type DispersalIntakeOptions = {
  /** Hashes the pairs. */
  readonly coder: Pick<Coder, 'hashPairs'>
  readonly curve: Secp256k1
  readonly domain: Domain
  readonly committees: Committees
  readonly standing: Pick<DisperserStanding, 'quotaOf'>
  readonly sliverStore: SliverStore
  readonly attester: Attester
  readonly limits: PromiseLimits
  /** Bytes of bodies that are in memory. */
  readonly memory: SharedBudget
  readonly clock: Clock
  readonly logger: ConditionLogger
}

export type IncomingDispersal = {
  /** The body's Content-Length; undefined: it has none. */
  readonly declaredBytes: number | undefined
  readonly body: BodyReader
  /** Who sends it; clients share the memory. */
  readonly client: string
}

export type AcceptedDispersal = {
  readonly attestation: Attestation
  /** `held`: the batch was stored already. */
  readonly outcome: 'stored' | 'held'
}

/** A decoded head with the digest of its header, and the length that was declared for the whole dispersal. */
type ReceivedHead = DispersalHead & { readonly digest: Hex; readonly declaredBytes: number }

/** A body, and the memory that its bytes take. */
type ReservedBody = { readonly body: BodyReader; readonly share: BudgetShare }

const RETRY_SECONDS = 1

export class DispersalIntake {
  readonly #options: DispersalIntakeOptions
  readonly #storage: ConditionLog

  constructor(options: DispersalIntakeOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'dispersals refused: no room', ended: 'dispersals stored again' }
    this.#storage = new ConditionLog({ logger, clock, ...messages, level: 'error' })
  }

  /** Accepts a dispersal or refuses it. @throws FloeError whose code names the reason of the refusal */
  async accept(incoming: IncomingDispersal): Promise<AcceptedDispersal> {
    try {
      const accepted = await this.#accept(incoming)
      if (accepted.outcome === 'stored') this.#storage.held('storage')
      return accepted
    } catch (error) {
      const { code, message } = asFloeError(error)
      if (code === 'storage') this.#storage.failed('storage', { reason: message })
      throw error
    }
  }

  async #accept(incoming: IncomingDispersal): Promise<AcceptedDispersal> {
    const { attester, committees, standing } = this.#options
    const head = await this.#readHead(incoming)
    const { header, digest } = head
    if (await this.#isHeld(digest)) {
      this.#checkSignature(head)
      const { root } = await committeeFor(header.epoch, committees)
      return { attestation: attester.attest(fromHex(digest), root), outcome: 'held' }
    }
    const assignment = await this.#admit(head)
    const quotaBytes = await standing.quotaOf(header.disperser)
    const share = this.#reserveMemory(incoming.client, bodyBytesOf(assignment))
    try {
      const attestation = await this.#store(head, assignment, quotaBytes, { body: incoming.body, share })
      return { attestation, outcome: 'stored' }
    } finally {
      share.release()
    }
  }

  async #readHead({ declaredBytes, body }: IncomingDispersal): Promise<ReceivedHead> {
    if (declaredBytes === undefined || declaredBytes < DISPERSAL_HEAD_BYTES) {
      throw new FloeError(
        'malformed',
        `Expected a Content-Length of at least ${DISPERSAL_HEAD_BYTES}, got ${declaredBytes ?? 'none'}.`,
        { remedy: 'Send the dispersal as one body with its length, not chunked.' },
      )
    }
    const bytes = new Uint8Array(DISPERSAL_HEAD_BYTES)
    await withMinimumPace(this.#options.clock, async (signal) => body.fill(bytes, signal))
    const { header, signature } = decodeDispersalHead(bytes)
    const digest = toHex(headerDigest(this.#options.domain, header))
    return { header, signature, digest, declaredBytes }
  }

  /** Reads the pairs. Their bytes take memory as they arrive, so that a sender that stalls keeps no one out. */
  async #readBody({ body, share }: ReservedBody, bytes: number): Promise<Uint8Array> {
    const pairs = Buffer.allocUnsafeSlow(bytes)
    await withMinimumPace(this.#options.clock, async (signal, onProgress) =>
      body.fill(pairs, signal, (more) => {
        if (!share.grow(more)) throw this.#overloaded(bytes)
        onProgress(more)
      }),
    )
    return pairs
  }

  /** Whether this node stores its pairs of the batch, undamaged, and the promise has not ended. */
  async #isHeld(digest: Hex): Promise<boolean> {
    const { sliverStore, attester, clock } = this.#options
    const batch = sliverStore.batch(digest)
    if (batch?.operator !== attester.signer || batch.header.expiry <= unixSeconds(clock)) return false
    return sliverStore.isWhole(digest)
  }

  /** Checks all that the head decides, except for the disperser's quota. */
  async #admit(head: ReceivedHead): Promise<Assignment> {
    const { committees, attester, clock, limits } = this.#options
    const { header, declaredBytes } = head
    const current = await committees.current()
    const committee = await signingCommittee(header.epoch, current, committees)
    const facts = { limits, signer: attester.signer, currentEpoch: current.epoch, committee }
    const refusal = admissionError(header, facts, unixSeconds(clock))
    if (refusal !== undefined) throw refusal
    if (committee === undefined) throw new FloeError('internal', 'A header without a committee was admitted.')
    const assignment = assignmentOf(header, committee, attester.signer)
    const wrongLength = dispersalLengthError(assignment, declaredBytes)
    if (wrongLength !== undefined) throw wrongLength
    this.#checkSignature(head)
    return assignment
  }

  #checkSignature({ header, digest, signature }: ReceivedHead): void {
    const { disperser } = header
    const signer = recoverSigner(this.#options.curve, fromHex(digest), fromHex(signature))
    if (signer === disperser) return
    throw new FloeError(
      'bad-signature',
      `Expected the header ${digest} signed by its disperser ${disperser}, got ${signer ?? 'no signature'}.`,
      {
        facts: { disperser, signer: signer ?? 'none' },
        remedy: 'Sign the EIP-712 digest of the header for this chain and ledger.',
      },
    )
  }

  /** Takes no memory yet, but a body for which there is no room now need not be sent. */
  #reserveMemory(client: string, bytes: number): BudgetShare {
    const { memory } = this.#options
    const { bytesMax } = memory
    if (bytes > bytesMax) {
      throw new FloeError(
        'too-large',
        `Expected at most ${bytesMax} bytes of pairs in one dispersal, got ${bytes}.`,
        {
          facts: { bytesMax, bytes },
          remedy: 'Split the batch, or give this node more memory for intake.',
        },
      )
    }
    const share = memory.hasRoom(client, bytes) ? memory.take(client, 0) : undefined
    if (share === undefined) throw this.#overloaded(bytes)
    return share
  }

  #overloaded(bytes: number): FloeError {
    const { memory } = this.#options
    const [usedBytes, bytesMax] = [memory.used(), memory.bytesMax]
    return new FloeError(
      'overloaded',
      `Expected memory for ${bytes} bytes, got ${usedBytes} of ${bytesMax} in use, or the share of this client.`,
      {
        facts: { usedBytes, bytesMax, bytes },
        remedy: 'Try again in a moment.',
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }

  /** Reads, checks and stores the pairs, and attests the header. */
  async #store(
    head: ReceivedHead,
    assignment: Assignment,
    quotaBytes: bigint,
    body: ReservedBody,
  ): Promise<Attestation> {
    const { sliverStore, attester } = this.#options
    const { header, signature, digest } = head
    const { pairs: indexes, committee } = assignment
    const claim: BatchClaim = { digest, header, geometry: committee.geometry, pairs: indexes }
    const reservation = sliverStore.reserve(claim, quotaBytes)
    try {
      const bytes = await this.#readBody(body, bodyBytesOf(assignment))
      const { leaves, pairs } = await this.#checkBody(head, assignment, bytes)
      this.#checkStillAdmitted(head, assignment)
      await sliverStore.put({ ...claim, signature, operator: attester.signer, leaves }, pairs, reservation)
      crashPoint('node.stored')
      const attestation = attester.attest(fromHex(digest), committee.root)
      crashPoint('node.signed')
      return attestation
    } finally {
      reservation.release()
    }
  }

  /**
   * Checks that the leaves and pairs of a body open under the root.
   * @param body is given away; the results are views of the memory that the coder returns
   */
  async #checkBody(
    { header }: ReceivedHead,
    { committee, layout, pairs: indexes }: Assignment,
    body: Uint8Array,
  ): Promise<{ leaves: Uint8Array; pairs: CheckedPair[] }> {
    const { geometry } = committee
    const leavesAt = layout.leaves - DISPERSAL_HEAD_BYTES
    const leavesOf = (bytes: Uint8Array): Uint8Array =>
      bytes.subarray(leavesAt, leavesAt + geometry.shards * HASH_BYTES)
    checkLeaves(header, geometry, leavesOf(body))
    const start = layout.pair(0) - DISPERSAL_HEAD_BYTES
    const hashed = await this.#options.coder.hashPairs(geometry, {
      bytes: body,
      start,
      count: indexes.length,
    })
    const leaves = leavesOf(hashed.bytes)
    const pairs = indexes.map((pair, k) => {
      const rowAt = layout.pair(k) - DISPERSAL_HEAD_BYTES
      const columnAt = rowAt + layout.rowBytes
      const row = hashed.bytes.subarray(rowAt, columnAt)
      const column = hashed.bytes.subarray(columnAt, columnAt + layout.columnBytes)
      return checkPair(leaves, { pair, bytes: { row, column }, hashes: hashesOfPair(geometry, hashed, k) })
    })
    return { leaves, pairs }
  }

  /** The notice may have begun while the body was received. @throws FloeError `bad-expiry` */
  #checkStillAdmitted({ header }: ReceivedHead, { committee }: Assignment): void {
    const { limits, attester, clock } = this.#options
    const facts = { limits, signer: attester.signer, currentEpoch: committee.epoch, committee }
    const refusal = admissionError(header, facts, unixSeconds(clock))
    if (refusal !== undefined) throw refusal
  }
}

/** Bytes of a dispersal after its head. */
function bodyBytesOf({ layout }: Assignment): number {
  return layout.total - DISPERSAL_HEAD_BYTES
}
