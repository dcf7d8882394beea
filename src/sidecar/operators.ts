// The requests that a sidecar makes to storage nodes on the write path. The responses are signatures, and each is checked before
// it counts: a storage node can delay a certificate, but cannot spoil one.
import { type Hex, fromHex } from '../protocol/bytes.ts'
import type { DispersalBody } from '../coding/coder.ts'
import type { SignatureChecker } from '../protocol/certificate.ts'
import { errorCodeIn, statusText } from '../client/storage-node.ts'
import type { Member } from '../protocol/committee.ts'
import { type ErrorCode, FloeError, asFloeError } from '../protocol/errors.ts'
import { attestationDigest } from '../protocol/header.ts'
import { recoverSigner } from '../protocol/signature.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog, type ConditionLogger } from '../runtime/condition-log.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../runtime/http-client.ts'

/** What an operator signs: Attestation(headersRoot, committeeRoot), of the committee of `epoch`. */
export type AttestationRequest = {
  readonly headersRoot: Uint8Array
  readonly committeeRoot: Hex
  readonly epoch: number
}

export type RequestLimits = { readonly timeoutMs: number; readonly signal: AbortSignal }

export type OperatorsOptions = {
  readonly http: Pick<HttpClient, 'send'>
  /** Checks attestations. */
  readonly checker: SignatureChecker
  readonly clock: Clock
  readonly logger: ConditionLogger
}

const RESPONSE_BYTES_MAX = 16 * 1024
const COMPACT_SIGNATURE = /^0x[0-9a-f]{128}$/

/** Refusals of an operator that a sidecar passes on. Any other is a failure of that operator, and may pass. */
const passedOn: readonly ErrorCode[] = [
  'over-quota',
  'unknown-disperser',
  'no-deposit',
  'wrong-epoch',
  'bad-expiry',
  'too-large',
  'overloaded',
  'not-held',
]

export class Operators {
  readonly #http: Pick<HttpClient, 'send'>
  readonly #checker: SignatureChecker
  readonly #nodes: ConditionLog

  constructor({ http, checker, clock, logger }: OperatorsOptions) {
    this.#http = http
    this.#checker = checker
    const messages = { began: 'storage node failed: it attests nothing', ended: 'storage node attests again' }
    this.#nodes = new ConditionLog({ logger, clock, ...messages })
  }

  /**
   * Sends an operator its dispersal. The memory of the body is given back once the operator has attested and the socket no
   * longer reads it.
   * @returns the operator's compact signature
   * @throws FloeError with the operator's own code, or `bad-signature`
   */
  async disperse(
    member: Member,
    body: DispersalBody,
    asked: AttestationRequest,
    { timeoutMs, signal }: RequestLimits,
  ): Promise<Hex> {
    const request = { url: `${member.endpoint}/v1/dispersals`, body: body.parts, timeoutMs, signal }
    const { response, attestation } = await this.#askAttestation(member, asked, request)
    // The attestation does not prove that the body was read: the header suffices to sign it early.
    if (response.bodyReleased) body.reuse?.()
    return attestation
  }

  /**
   * Asks an operator to attest headers that it holds, under their headersRoot.
   * @returns the operator's compact signature
   * @throws FloeError with the operator's own code, or `bad-signature`
   */
  async attest(
    member: Member,
    digests: readonly Hex[],
    asked: AttestationRequest,
    { timeoutMs, signal }: RequestLimits,
  ): Promise<Hex> {
    const { attestation } = await this.#askAttestation(member, asked, {
      url: `${member.endpoint}/v1/attestations`,
      body: new TextEncoder().encode(JSON.stringify({ epoch: asked.epoch, digests })),
      headers: { 'content-type': 'application/json' },
      timeoutMs,
      signal,
    })
    return attestation
  }

  /** Whether the operator's storage node answers. Never rejects. */
  async reachable(member: Member, timeoutMs: number): Promise<boolean> {
    try {
      const { status } = await this.#http.send({
        method: 'GET',
        url: `${member.endpoint}/v1/health`,
        timeoutMs,
        responseBytesMax: RESPONSE_BYTES_MAX,
      })
      return status === 200
    } catch {
      return false
    }
  }

  /** Asks for an attestation. That an operator gives none is logged when it begins and when it ends. */
  async #askAttestation(
    member: Member,
    asked: AttestationRequest,
    request: Omit<HttpRequest, 'method' | 'responseBytesMax'>,
  ): Promise<{ readonly response: HttpResponse; readonly attestation: Hex }> {
    const { signer, endpoint } = member
    try {
      const response = await this.#http.send({
        method: 'POST',
        responseBytesMax: RESPONSE_BYTES_MAX,
        ...request,
      })
      const attestation = this.#checkAttestation(member, asked, response)
      this.#nodes.held(signer)
      return { response, attestation }
    } catch (error) {
      const { code, message } = asFloeError(error)
      // A node that lacks a batch is not failing, and a request that this sidecar ended says nothing.
      if (code !== 'not-held' && request.signal?.aborted !== true)
        this.#nodes.failed(signer, { member: signer, endpoint, code, reason: message })
      throw error
    }
  }

  #checkAttestation(member: Member, asked: AttestationRequest, { status, body }: HttpResponse): Hex {
    if (status !== 200) throw refusal(member, status, body)
    const response = parseObject(body)
    const { domain, curve } = this.#checker
    const signature = response['signature']
    if (typeof signature === 'string' && COMPACT_SIGNATURE.test(signature)) {
      const digest = attestationDigest(domain, asked.headersRoot, fromHex(asked.committeeRoot))
      if (recoverSigner(curve, digest, fromHex(signature as Hex)) === member.signer) return signature as Hex
    }
    throw new FloeError(
      'bad-signature',
      `Expected from ${member.endpoint} a signature of ${member.signer} over the requested headersRoot, got another response.`,
      { facts: { member: member.signer } },
    )
  }
}

/** The JSON object in `body`; an empty one where there is none. */
function parseObject(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Text of an operator is not passed on: whatever listens at an endpoint could speak to the clients of this sidecar. */
function refusal(member: Member, status: number, body: Uint8Array): FloeError {
  const answered = errorCodeIn(body)
  const code = passedOn.find((known) => known === answered) ?? 'unavailable'
  return new FloeError(code, `${member.endpoint} answered ${statusText(status, body)}.`, {
    facts: { member: member.signer, status },
  })
}
