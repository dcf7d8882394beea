// From a batch to a certificate: encode, sign the header, hand every operator its pairs at once, and stop waiting at a quorum.
// The operators that were slower are completed in the background, within a bound on the bytes kept for them.
import pRetry from 'p-retry'
import { type Body, type Coder, bodyBytes, threadCoder } from '../coding/coder.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { encodeDispersalHead } from '../protocol/dispersal.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { type Domain, type Header, headerDigest } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Secp256k1 } from '../protocol/signature.ts'
import { createBudget } from '../runtime/budget.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Operators } from './operators.ts'
import { type Ask, gatherQuorum } from './quorum.ts'

/** A header that its disperser signed, and what each member of the committee is to hold of it. */
export type Dispersal = {
  readonly header: Header
  readonly digest: Hex
  readonly signature: Hex
  readonly committee: Committee
  /** One body a member, in member order. */
  readonly bodies: readonly Body[]
}

export type Signer = {
  readonly curve: Secp256k1
  readonly secretKey: Uint8Array
  readonly address: Hex
  readonly domain: Domain
}

/** Everything in a header but the root, which the encoding gives. */
export type HeaderTerms = { readonly expiry: number; readonly contentHash: Hex }

/**
 * Encodes `batch` for `committee`, signs its header, and lays out the body for every member. The batch must not change until
 * then.
 * @param deps coder: where the encoding happens; left out, on this thread with the kernel
 * @throws FloeError `overloaded` when too much waits to be encoded
 */
export async function prepareDispersal(
  deps: { kernel: Kernel; coder?: Coder | undefined; signer: Signer },
  committee: Committee,
  batch: Uint8Array,
  { expiry, contentHash }: HeaderTerms,
): Promise<Dispersal> {
  const { kernel, coder = threadCoder(kernel), signer } = deps
  const { root, bodies } = await coder.disperse(committee, batch)
  const header: Header = {
    root: toHex(root),
    length: batch.length,
    epoch: committee.epoch,
    expiry,
    disperser: signer.address,
    contentHash,
  }
  const digest = headerDigest(signer.domain, header)
  const signature = toHex(signer.curve.sign(digest, signer.secretKey))
  const head = encodeDispersalHead({ header, signature })
  for (const { parts } of bodies) parts[0]?.set(head)
  return { header, digest: toHex(digest), signature, committee, bodies }
}

export type Disperser = {
  /** @throws FloeError `unavailable` and the like when no quorum signed in time */
  certify(dispersal: Dispersal): Promise<Certificate>
  /** Bytes kept for operators that are being completed in the background. */
  stragglerBytes(): number
  /** Whether an operator is being completed in the background with a batch. */
  completing(digest: Hex, member: number): boolean
  close(): void
}

export type DisperserOptions = {
  readonly operators: Operators
  readonly logger: Logger
  /** Milliseconds until a quorum must have signed. */
  readonly timeoutMs: number
  /** Most bytes kept for slow operators; beyond it they are left to whoever reads the batch back for them. */
  readonly stragglerBytesMax: number
  /** What became of an operator that failed or was late beyond what is kept. */
  readonly onStraggler: (outcome: 'completed' | 'abandoned') => void
  /** An operator that was not among the signers holds the batch now. */
  readonly onHeld?: (digest: Hex, member: number) => void
}

const STRAGGLER_RETRIES = 5
const STRAGGLER_BACKOFF = { minTimeout: 1_000, maxTimeout: 16_000, factor: 2, randomize: true }

export function createDisperser(options: DisperserOptions): Disperser {
  const kept = createBudget(options.stragglerBytesMax)
  const closing = new AbortController()
  const inHand = new Set<string>()
  return {
    certify: async (dispersal) => certify(dispersal, options, { kept, inHand, closing: closing.signal }),
    stragglerBytes: kept.used,
    completing: (digest, member) => inHand.has(stragglerName({ digest, member })),
    close: () => closing.abort(),
  }
}

type Background = {
  readonly kept: ReturnType<typeof createBudget>
  /** Names of stragglers whose bytes are kept. */
  readonly inHand: Set<string>
  readonly closing: AbortSignal
}

function stragglerName({ digest, member }: { digest: Hex; member: number }): string {
  return `${digest}.${member}`
}

async function certify(
  dispersal: Dispersal,
  options: DisperserOptions,
  background: Background,
): Promise<Certificate> {
  const { header, committee } = dispersal
  const deadline = AbortSignal.any([background.closing, AbortSignal.timeout(options.timeoutMs)])
  const started = startAll(dispersal, options, background.closing)
  const signatures = await gatherQuorum(committee, askOf(started.map(({ attempt }) => attempt)), deadline)
  const signed = new Set(signatures.map(({ member }) => member))
  // Certified: what is still under way, or failed, goes on without anybody waiting for it.
  for (const straggler of started)
    if (!signed.has(straggler.member)) void complete(straggler, options, background)
  return { header, path: [], signatures }
}

function startAll(dispersal: Dispersal, options: DisperserOptions, closing: AbortSignal): Straggler[] {
  const { committee, digest } = dispersal
  return committee.members.map((_, member) => {
    const handover = handoverOf(dispersal, member, options)
    return { ...handover, digest, member, attempt: handover.send(closing) }
  })
}

/** A function of its own: what a pending promise can reach stays in memory, and here that is other promises, no bodies. */
function askOf(attempts: readonly Promise<Hex>[]): Ask {
  return async (member) => attempts[member] as Promise<Hex>
}

type Handover = { readonly bytes: number; readonly send: (signal: AbortSignal) => Promise<Hex> }

/**
 * A way to hand one operator its pairs. It keeps that operator's body in memory and nothing else of the batch. Only the first
 * attempt may let the body be reused: what a failed one leaves behind in a socket nobody knows.
 */
function handoverOf(dispersal: Dispersal, member: number, options: DisperserOptions): Handover {
  const owner = dispersal.committee.members[member]
  const body = dispersal.bodies[member]
  if (owner === undefined || body === undefined)
    throw new FloeError('internal', `There is no member ${member}.`)
  const asked = { headersRoot: fromHex(dispersal.digest), epoch: dispersal.header.epoch }
  const { operators, timeoutMs } = options
  let next = body
  return {
    bytes: bodyBytes(body),
    send: async (signal) => {
      const now = next
      next = { parts: body.parts }
      return operators.disperse(owner, now, asked, { timeoutMs, signal })
    },
  }
}

type Straggler = Handover & {
  readonly digest: Hex
  readonly member: number
  readonly attempt: Promise<Hex>
}

/** Sees to it that one operator gets its pairs, by the first attempt or by later ones. Never rejects. */
async function complete(
  straggler: Straggler,
  options: DisperserOptions,
  { kept, inHand, closing }: Background,
): Promise<void> {
  const { digest, member, bytes, attempt, send } = straggler
  const { onStraggler, onHeld, logger } = options
  const release = kept.take(bytes)
  if (release === undefined) {
    attempt.then(
      () => onHeld?.(digest, member),
      () => onStraggler('abandoned'),
    )
    return
  }
  inHand.add(stragglerName(straggler))
  try {
    await attempt.catch(async () =>
      pRetry(async () => send(closing), {
        retries: STRAGGLER_RETRIES,
        ...STRAGGLER_BACKOFF,
        signal: closing,
        unref: true,
        shouldRetry: ({ error }) => asFloeError(error).retryable,
      }).then(() => onStraggler('completed')),
    )
    onHeld?.(digest, member)
  } catch (error) {
    onStraggler('abandoned')
    logger.warn({ digest, member, reason: asFloeError(error).message }, 'operator left incomplete')
  } finally {
    inHand.delete(stragglerName(straggler))
    release()
  }
}
