// From a dispersal to a certificate: all operators get their pairs concurrently, and a quorum of attestations ends the wait.
// Operators that are slower, the stragglers, are retried in the background.
//
// Guarantees:
// - Bounded: bodies of certified batches stay in memory only within the bounds of straggler-memory.ts. Beyond them a request in flight
//   is cut, and an operator that has its share of them gets no further body. The backfill sends it later what it missed.
import { type DispersalBody, bodyBytes } from '../coding/coder.ts'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'
import type { Member } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { linkAbort, withDeadline } from '../runtime/async/deadline.ts'
import { retry } from '../runtime/async/retry.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { systemRandom } from '../runtime/random.ts'
import type { ReceivedAttestation } from '../store/batch-index.ts'
import type { Dispersal } from './dispersal.ts'
import type { AttestationRequest, Operators } from './operators.ts'
import { gatherQuorum } from './quorum.ts'
import { StragglerMemory } from './straggler-memory.ts'

export type DisperserOptions = {
  readonly operators: Pick<Operators, 'disperse'>
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds until a quorum must have signed. */
  readonly timeoutMs: number
  /** Most bytes kept for stragglers. An operator beyond it is left to the backfill, which reads the batch back. */
  readonly stragglerBytesMax: number
  /** How an operator ended that failed at first, or was late beyond what is kept. */
  readonly onStraggler: (outcome: 'completed' | 'abandoned') => void
  /** An attestation that is not in a certificate: it came after the quorum, or there was none. */
  readonly onAttestation?: (received: ReceivedAttestation) => void
}

const STRAGGLER_BACKOFF = { attemptsMax: 6, backoffMs: 2_000, backoffMsMax: 16_000, random: systemRandom }

export class Disperser {
  readonly #operators: Pick<Operators, 'disperse'>
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #timeoutMs: number
  readonly #onStraggler: DisperserOptions['onStraggler']
  readonly #onAttestation: NonNullable<DisperserOptions['onAttestation']>
  readonly #stragglerMemory: StragglerMemory
  /** Names of stragglers whose bodies are kept. */
  readonly #stragglers = new Set<string>()
  readonly #closing = new AbortController()

  constructor(options: DisperserOptions) {
    this.#operators = options.operators
    this.#clock = options.clock
    this.#logger = options.logger
    this.#timeoutMs = options.timeoutMs
    this.#onStraggler = options.onStraggler
    this.#onAttestation = options.onAttestation ?? (() => undefined)
    this.#stragglerMemory = new StragglerMemory(options.stragglerBytesMax)
  }

  /** @throws FloeError with the code of `gatherQuorum` when no quorum signed in time */
  async certify(dispersal: Dispersal): Promise<Certificate> {
    const { header, committee } = dispersal
    const closing = this.#closing.signal
    const sent = committee.members.map((_, member) => {
      const delivery = this.#deliveryOf(dispersal, member)
      return { delivery, attempt: this.#firstAttempt(delivery, closing) }
    })
    const signatures = await this.#quorumOf(
      dispersal,
      sent.map(({ attempt }) => attempt),
    ).catch((error: unknown) => {
      // The header is signed, so it may be certified without this sidecar: what was attested for it is kept as well.
      for (const { delivery, attempt } of sent) void this.#reportAttestation(delivery, attempt)
      throw error
    })
    const signers = new Set(signatures.map(({ member }) => member))
    for (const { delivery, attempt } of sent)
      if (!signers.has(delivery.member)) void this.#retryStraggler(delivery, attempt)
    return { header, index: 0, path: [], signatures }
  }

  /** Whether an operator is being retried with a batch in the background. */
  isRetrying(digest: Hex, member: number): boolean {
    return this.#stragglers.has(stragglerName(digest, member))
  }

  /** Bytes kept for stragglers. */
  stragglerBytes(): number {
    return this.#stragglerMemory.used()
  }

  /** Ends all requests and retries in the background. */
  close(): void {
    this.#closing.abort(new FloeError('unavailable', 'The sidecar is closing.'))
  }

  #deliveryOf({ committee, bodies, digest, header }: Dispersal, member: number): Delivery {
    const owner = committee.members[member]
    const body = bodies[member]
    if (owner === undefined || body === undefined)
      throw new FloeError('internal', `There is no member ${member}.`)
    const asked = { headersRoot: fromHex(digest), committeeRoot: committee.root, epoch: header.epoch }
    const operators = this.#operators
    return new Delivery({ operators, digest, member, owner, body, asked, timeoutMs: this.#timeoutMs })
  }

  /**
   * Waits for a quorum of `attempts`. A method of its own: a promise that stays pending keeps alive what its callbacks can
   * reach, which here is other promises, and no bodies.
   */
  async #quorumOf(
    { committee }: Pick<Dispersal, 'committee'>,
    attempts: readonly Promise<Hex>[],
  ): ReturnType<typeof gatherQuorum> {
    const attemptOf = async (member: number): Promise<Hex> => attempts[member] as Promise<Hex>
    return withDeadline(
      { clock: this.#clock, timeoutMs: this.#timeoutMs, signals: [this.#closing.signal] },
      async (deadline) => gatherQuorum(committee, attemptOf, deadline),
    )
  }

  /** An operator that takes no bytes would have its next body in memory as well, and in the buffers of a socket. */
  async #firstAttempt(delivery: Delivery, signal: AbortSignal): Promise<Hex> {
    const { signer, bytes } = delivery
    if (this.#stragglerMemory.hasRoom(signer, bytes)) return delivery.send(signal)
    throw new FloeError('unavailable', `${signer} has not taken what it was sent before.`, {
      facts: { operator: signer, bytes },
    })
  }

  /** Waits for the first attempt of an operator that missed the quorum, and retries it if it fails. Never rejects. */
  async #retryStraggler(delivery: Delivery, firstAttempt: Promise<Hex>): Promise<void> {
    const { digest, member } = delivery
    const release = this.#stragglerMemory.take(delivery.signer, delivery.bytes)
    if (release === undefined) {
      delivery.cancel(new FloeError('unavailable', 'Too many bytes wait for operators that are late.'))
      if (!(await this.#reportAttestation(delivery, firstAttempt))) this.#onStraggler('abandoned')
      return
    }
    const name = stragglerName(digest, member)
    this.#stragglers.add(name)
    try {
      const signature = await firstAttempt.catch(async () => this.#resend(delivery))
      this.#onAttestation({ digest, member, index: 0, path: [], signature })
    } catch (error) {
      this.#onStraggler('abandoned')
      // That the operator fails has a line of its own (operators.ts); a backfill follows.
      this.#logger.debug({ digest, member, reason: asFloeError(error).message }, 'straggler abandoned')
    } finally {
      this.#stragglers.delete(name)
      release()
    }
  }

  async #resend(delivery: Delivery): Promise<Hex> {
    const signal = this.#closing.signal
    const backoff = { clock: this.#clock, signal, ...STRAGGLER_BACKOFF }
    const signature = await retry(backoff, async () => delivery.send(signal))
    this.#onStraggler('completed')
    return signature
  }

  /** Never rejects. @returns whether the attempt gave an attestation */
  async #reportAttestation({ digest, member }: Delivery, attempt: Promise<Hex>): Promise<boolean> {
    const signature = await attempt.catch(() => undefined)
    if (signature === undefined) return false
    this.#onAttestation({ digest, member, index: 0, path: [], signature })
    return true
  }
}

function stragglerName(digest: Hex, member: number): string {
  return `${digest}.${member}`
}

type DeliveryOptions = {
  readonly operators: Pick<Operators, 'disperse'>
  readonly digest: Hex
  readonly member: number
  readonly owner: Member
  readonly body: DispersalBody
  readonly asked: AttestationRequest
  readonly timeoutMs: number
}

/** The pairs of one operator while they are sent to it. It keeps that operator's body in memory, and nothing else of the batch. */
class Delivery {
  readonly digest: Hex
  readonly member: number
  readonly signer: Hex
  readonly bytes: number
  readonly #operators: Pick<Operators, 'disperse'>
  readonly #owner: Member
  readonly #asked: AttestationRequest
  readonly #timeoutMs: number
  #body: DispersalBody
  #stop = new AbortController()

  constructor({ operators, digest, member, owner, body, asked, timeoutMs }: DeliveryOptions) {
    this.digest = digest
    this.member = member
    this.signer = owner.signer
    this.bytes = bodyBytes(body)
    this.#operators = operators
    this.#owner = owner
    this.#asked = asked
    this.#timeoutMs = timeoutMs
    this.#body = body
  }

  /**
   * Sends the body. Only the first attempt may let its memory be reused: after a failed attempt a socket may still read it.
   * @throws FloeError as `Operators.disperse`
   */
  async send(signal: AbortSignal): Promise<Hex> {
    const body = this.#body
    this.#body = { parts: body.parts }
    this.#stop = new AbortController()
    const unlink = linkAbort(this.#stop, [signal])
    const limits = { timeoutMs: this.#timeoutMs, signal: this.#stop.signal }
    try {
      return await this.#operators.disperse(this.#owner, body, this.#asked, limits)
    } finally {
      unlink()
    }
  }

  /** Ends the attempt in flight, which frees its memory. */
  cancel(reason: FloeError): void {
    this.#stop.abort(reason)
  }
}
