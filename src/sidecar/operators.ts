// What a sidecar asks of storage nodes on the write path. Every answer is a signature that is checked before it counts, so a
// node can delay a certificate but never spoil one.
import { type Hex, fromHex } from '../protocol/bytes.ts'
import type { Body } from '../coding/coder.ts'
import type { Checker } from '../protocol/certificate.ts'
import type { Member } from '../protocol/committee.ts'
import { type ErrorCode, FloeError } from '../protocol/errors.ts'
import { attestationDigest } from '../protocol/header.ts'
import { recoverSigner } from '../protocol/signature.ts'
import type { HttpClient, HttpResponse } from '../runtime/http-client.ts'

const ANSWER_BYTES_MAX = 16 * 1024

/** An operator's compact signature over Attestation(headersRoot, epoch). */
export type AttestationRequest = { readonly headersRoot: Uint8Array; readonly epoch: number }

export type Operators = {
  /**
   * Hands a dispersal to an operator. Once it has attested and the socket is done with the body, the body is reused.
   * @throws FloeError with the operator's own code, or `bad-signature`
   */
  disperse(member: Member, body: Body, asked: AttestationRequest, limits: Limits): Promise<Hex>
  /** Asks an operator to attest headers that it holds under their headersRoot. @throws FloeError likewise */
  attest(member: Member, digests: readonly Hex[], asked: AttestationRequest, limits: Limits): Promise<Hex>
  /** Whether the operator's node answers. Never rejects. */
  reachable(member: Member, timeoutMs: number): Promise<boolean>
}

export type Limits = { readonly timeoutMs: number; readonly signal: AbortSignal }

export function createOperators(http: HttpClient, checker: Checker): Operators {
  return {
    disperse: async (member, body, asked, limits) => {
      const url = `${member.endpoint}/v1/dispersals`
      const response = await http.send({
        method: 'POST',
        url,
        body: body.parts,
        responseBytesMax: ANSWER_BYTES_MAX,
        ...limits,
      })
      const attestation = attestationIn(checker, member, asked, response)
      // An attestation alone proves nothing about the socket: a header is all that it takes to sign one early.
      if (response.bodyReleased) body.reuse?.()
      return attestation
    },
    attest: async (member, digests, asked, limits) => {
      const url = `${member.endpoint}/v1/attestations`
      const body = new TextEncoder().encode(JSON.stringify({ epoch: asked.epoch, digests }))
      const headers = { 'content-type': 'application/json' }
      const response = await http.send({
        method: 'POST',
        url,
        body,
        headers,
        responseBytesMax: ANSWER_BYTES_MAX,
        ...limits,
      })
      return attestationIn(checker, member, asked, response)
    },
    reachable: async (member, timeoutMs) => {
      const request = {
        method: 'GET' as const,
        url: `${member.endpoint}/v1/health`,
        timeoutMs,
        responseBytesMax: ANSWER_BYTES_MAX,
      }
      return http.send(request).then(
        ({ status }) => status === 200,
        () => false,
      )
    },
  }
}

function attestationIn(
  checker: Checker,
  member: Member,
  asked: AttestationRequest,
  response: HttpResponse,
): Hex {
  const answer = jsonIn(response.body)
  if (response.status !== 200) throw refusalOf(member, response.status, answer)
  const signature = answer['signature']
  if (typeof signature === 'string' && /^0x[0-9a-f]{128}$/.test(signature)) {
    const digest = attestationDigest(checker.domain, asked.headersRoot, asked.epoch)
    if (recoverSigner(checker.curve, digest, fromHex(signature as Hex)) === member.signer)
      return signature as Hex
  }
  throw new FloeError(
    'bad-signature',
    `${member.endpoint} answered without a signature of ${member.signer} over what was asked.`,
    {
      facts: { member: member.signer },
    },
  )
}

function jsonIn(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Codes of an operator that a sidecar passes on; any other refusal is the operator's trouble, and may pass. */
const passedOn: readonly ErrorCode[] = [
  'over-quota',
  'unknown-disperser',
  'wrong-epoch',
  'bad-expiry',
  'too-large',
  'overloaded',
  'not-held',
]

function refusalOf(member: Member, status: number, answer: Record<string, unknown>): FloeError {
  const code = passedOn.find((known) => known === answer['code']) ?? 'unavailable'
  const message = typeof answer['message'] === 'string' ? answer['message'].slice(0, 300) : ''
  return new FloeError(code, `${member.endpoint} answered ${status}: ${message}`, {
    facts: { member: member.signer, status },
  })
}
