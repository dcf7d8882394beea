// The methods of Nitro's DA provider interface (nitro v3.10, daprovider/server/provider_server.go), on the batches of this sidecar.
//
// Guarantees:
// - One rule: what a certificate is worth is what the contract says of it at the same view of L1 (docs/protocol.md §8).
// - Never empty by mistake: a certificate is called invalid only when it is so for every node, permanently.
// - Falls back: a store that finds no quorum in time tells the batch poster to use its next writer.
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { CheckedCertificate } from '../../client/certified-header.ts'
import type { RetrieveOptions } from '../../client/retrieve.ts'
import type { Retriever } from '../../client/retriever.ts'
import { type NitroSources, decideForNitro } from '../../disputes/nitro-decision.ts'
import { readProof } from '../../disputes/read-proof.ts'
import { type Committees, committeeFor } from '../../l1/committees.ts'
import { type Hex, toHex } from '../../protocol/bytes.ts'
import { decodeCertificate } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { headerDigest } from '../../protocol/header.ts'
import { withDeadline } from '../../runtime/async/deadline.ts'
import type { ClientBudget } from '../../runtime/shared-budget.ts'
import { type Clock, timeText } from '../../runtime/clock.ts'
import type { BatchIntake } from '../batch-intake.ts'
import { ChunkedStores } from './chunked-stores.ts'
import { invalidCertificate, plainError, storeError } from './error-texts.ts'
import type { RpcMethod } from './json-rpc.ts'
import type { RpcArguments } from './rpc-arguments.ts'
import { INVALID_PARAMS, RpcError } from './rpc-error.ts'
import { PADDING_BYTES_MAX, storableMessage } from './storable-message.ts'

/** The first byte of every commitment, which Nitro keeps for DA certificates. */
const HEADER_BYTES = '0x01'
/** What the parent chain's inbox puts before the certificate. */
const SEQUENCER_HEADER_BYTES = 40
/** Bytes of the certificate field of a call: a transaction has at most 128 KiB, whatever its author put into it. */
const MESSAGE_BYTES_MAX = 128 * 1024
/** Nitro's type of a preimage that a DA certificate names. */
const DA_CERTIFICATE_PREIMAGE = '3'
const SIGNATURE_BYTES = 32

export type DaProviderOptions = {
  readonly sources: NitroSources & { readonly committees: Pick<Committees, 'ofEpoch'> }
  readonly retriever: Pick<Retriever, 'get'>
  readonly retrieval: Omit<RetrieveOptions, 'signal'>
  /** Undefined in a read-only sidecar. */
  readonly intake: Pick<BatchIntake, 'admit' | 'put'> | undefined
  readonly batchBytesMax: number
  /** Milliseconds for a read with everything it needs. */
  readonly readTimeoutMs: number
  readonly memory: ClientBudget
  readonly clock: Clock
  /** Notes that a certificate was asked for that is not on L1 yet. Must not throw. */
  readonly requestPost: (checked: CheckedCertificate) => void
}

export class DaProvider {
  readonly #options: DaProviderOptions
  readonly #stores: ChunkedStores

  constructor(options: DaProviderOptions) {
    this.#options = options
    const { clock, memory } = options
    this.#stores = new ChunkedStores({ clock, memory, messageBytesMax: this.#messageBytesMax })
  }

  methods(): ReadonlyMap<string, RpcMethod> {
    const reads: Record<string, RpcMethod> = {
      getSupportedHeaderBytes: async () => ({ headerBytes: HEADER_BYTES }),
      recoverPayload: async (args) => ({ Payload: base64(await this.#payload(args)) }),
      collectPreimages: async (args) => ({ Preimages: preimagesOf(args, await this.#payload(args)) }),
      recoverPayloadAndPreimages: async (args) => {
        const payload = await this.#payload(args)
        return { Payload: base64(payload), Preimages: preimagesOf(args, payload) }
      },
      generateReadPreimageProof: async (args) => ({ proof: toHex(await this.#readProof(args)) }),
      generateCertificateValidityProof: async (args) => ({ proof: toHex(await this.#validityProof(args)) }),
    }
    const writes: Record<string, RpcMethod> = {
      getMaxMessageSize: async () => ({ maxSize: this.#messageBytesMax }),
      store: async (args) => {
        args.expectCount(2)
        args.uint64(1)
        // A larger message is refused in the words that make the poster build a smaller one; the request bounds it.
        return stored(await this.#storeOnce(args.bytes(0, 2 * this.#options.batchBytesMax)))
      },
      startChunkedStore: async (args) => ({ BatchId: quantity(this.#startChunked(args)) }),
      sendChunk: async (args) => this.#receiveChunk(args),
      commitChunkedStore: async (args) => stored(await this.#commitChunked(args)),
    }
    const named = (methods: Record<string, RpcMethod>, errorOf: (thrown: unknown) => unknown) =>
      Object.entries(methods).map(
        ([name, call]) => [`daprovider_${name}`, withErrors(call, errorOf)] as const,
      )
    return new Map([...named(reads, plainError), ...named(writes, storeError)])
  }

  /** Ends chunked messages of which nothing arrives any more. Call it now and then. */
  removeIdle(): void {
    this.#stores.removeIdle()
  }

  /** The longest message that is stored: the padding must fit as well. */
  get #messageBytesMax(): number {
    return this.#options.batchBytesMax - PADDING_BYTES_MAX
  }

  /** The batch of the certificate in a sequencer message. @throws RpcError for an invalid certificate; FloeError */
  async #payload(args: RpcArguments): Promise<Uint8Array> {
    args.expectCount(3)
    args.uint64(0)
    args.hash(1)
    return this.#withinTime(async (signal) => {
      const commitment = certificateOf(args)
      const decision = await decideForNitro(this.#options.sources, commitment)
      if (decision.verdict === 'invalid') throw invalidCertificate(decision.reason)
      if (decision.verdict === 'not-decided') throw this.#notPosted(decision)
      return this.#options.retriever.get(commitment, { signal })
    })
  }

  async #readProof(args: RpcArguments): Promise<Uint8Array> {
    // Nitro 3.8 and 3.9 put the hash of the certificate before the two.
    const shift = args.length === 3 ? 1 : 0
    args.expectCount(2 + shift)
    const offset = args.uint64(shift)
    const certificate = args.bytes(1 + shift, MESSAGE_BYTES_MAX)
    if (shift === 1 && args.hash(0) !== toHex(keccak_256(certificate)))
      throw new RpcError(INVALID_PARAMS, 'Expected the Keccak-256 of the certificate as argument 0.')
    if (offset > BigInt(Number.MAX_SAFE_INTEGER))
      throw new RpcError(INVALID_PARAMS, `Expected an offset within the batch, got ${offset}.`)
    const { sources, retrieval } = this.#options
    const { header } = decodeCertificate(certificate)
    const committee = await committeeFor(header.epoch, sources.committees)
    const digest = toHex(headerDigest(sources.checker.domain, header))
    const { opening } = await this.#withinTime(async (signal) =>
      readProof({ header, digest, committee }, Number(offset), { ...retrieval, signal }),
    )
    return opening
  }

  async #validityProof(args: RpcArguments): Promise<Uint8Array> {
    args.expectCount(1)
    const decision = await decideForNitro(this.#options.sources, args.bytes(0, MESSAGE_BYTES_MAX))
    if (decision.verdict === 'not-decided') throw this.#notPosted(decision)
    return decision.proof
  }

  #notPosted({
    checked,
    digest,
    postableUntil,
  }: {
    readonly checked: CheckedCertificate
    readonly digest: Hex
    readonly postableUntil: number | undefined
  }): FloeError {
    this.#options.requestPost(checked)
    const until = postableUntil === undefined ? '' : ` It can be until ${timeText(postableUntil)}.`
    return new FloeError(
      'unavailable',
      `Expected a header that is posted on L1, ${digest} is not yet.${until}`,
      {
        remedy: 'Ask again: the sequencer posts it, and any account can (floe post).',
      },
    )
  }

  async #storeOnce(message: Uint8Array): Promise<Hex> {
    if (message.length > this.#messageBytesMax) {
      throw new FloeError(
        'too-large',
        `Expected a message of at most ${this.#messageBytesMax} bytes, got ${message.length}.`,
      )
    }
    const release = this.#options.memory.take(message.length)
    if (release === undefined) {
      throw new FloeError('overloaded', 'The memory for batches is used up.', {
        remedy: 'Store the message again when some batches are certified.',
      })
    }
    try {
      return await this.#store(message)
    } finally {
      release()
    }
  }

  /** @param message whose memory is taken */
  async #store(message: Uint8Array): Promise<Hex> {
    const { intake } = this.#options
    if (intake === undefined) {
      throw new RpcError(
        INVALID_PARAMS,
        'Expected a sidecar that takes batches, this one is read-only. Configure the batch poster with the URL of the other.',
      )
    }
    intake.admit()
    const { commitment } = await intake.put(storableMessage(message), { postedAlone: true })
    return commitment
  }

  #startChunked(args: RpcArguments): bigint {
    args.expectCount(6)
    return this.#stores.start({
      timestamp: args.uint64(0),
      chunks: args.uint64(1),
      chunkBytes: args.uint64(2),
      totalBytes: args.uint64(3),
      timeout: args.uint64(4),
      signature: args.bytes(5, SIGNATURE_BYTES),
    })
  }

  #receiveChunk(args: RpcArguments): null {
    args.expectCount(4)
    const bytes = args.bytes(2, this.#options.batchBytesMax)
    this.#stores.receive(args.uint64(0), args.uint64(1), bytes, args.bytes(3, SIGNATURE_BYTES))
    return null
  }

  async #commitChunked(args: RpcArguments): Promise<Hex> {
    args.expectCount(2)
    const { message, release } = this.#stores.commit(args.uint64(0), args.bytes(1, SIGNATURE_BYTES))
    try {
      return await this.#store(message)
    } finally {
      release()
    }
  }

  async #withinTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, readTimeoutMs } = this.#options
    const reason = (): Error =>
      new FloeError('unavailable', `The batch was not retrieved within ${readTimeoutMs} ms.`, {
        remedy: 'Ask again; if this continues, look for storage nodes that are down.',
      })
    return withDeadline({ clock, timeoutMs: readTimeoutMs, reason }, work)
  }
}

/** The bytes after the header of a sequencer message. */
function certificateOf(args: RpcArguments): Uint8Array {
  const message = args.bytes(2, SEQUENCER_HEADER_BYTES + MESSAGE_BYTES_MAX)
  if (message.length < SEQUENCER_HEADER_BYTES) {
    throw new RpcError(
      INVALID_PARAMS,
      `Expected a sequencer message with a header of ${SEQUENCER_HEADER_BYTES} bytes, got ${message.length}.`,
    )
  }
  return message.subarray(SEQUENCER_HEADER_BYTES)
}

function preimagesOf(args: RpcArguments, payload: Uint8Array): object {
  return { [DA_CERTIFICATE_PREIMAGE]: { [toHex(keccak_256(certificateOf(args)))]: base64(payload) } }
}

/** As Go's encoding/json writes bytes. */
function base64({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('base64')
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`
}

function stored(commitment: Hex): object {
  return { 'serialized-da-cert': commitment }
}

function withErrors(call: RpcMethod, errorOf: (thrown: unknown) => unknown): RpcMethod {
  return async (args) => {
    try {
      return await call(args)
    } catch (thrown) {
      if (thrown instanceof RpcError) throw thrown
      throw errorOf(thrown)
    }
  }
}
