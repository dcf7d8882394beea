// Where the signatures of fines come from: the post of the header on L1, and the storage nodes, which have the disperser's
// signature of every header that they store (docs/protocol.md §7.3).
import { z } from 'zod'
import type { CertifiedHeader } from '../client/certified-header.ts'
import { type Get, askNode } from '../client/storage-node.ts'
import type { Attested } from '../l1/dispute-calls.ts'
import { attestationsOfPost } from '../l1/post-attestations.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { L1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'

/** The attestations of a member that the transaction of a post shows; empty when a contract made the post. @throws FloeError `unavailable` */
export async function attestationsInPost(
  l1: L1,
  posted: PostedHeader,
  member: number,
): Promise<readonly Attested[]> {
  const { index, path } = posted
  const signatures = await attestationsOfPost(l1, posted)
  return signatures
    .filter((one) => one.member === member)
    .map(({ signature }) => ({ index, path, signature }))
}

/** The attestation of a member that a certificate has. */
export function attestationsInCertificate(
  { index, path, signatures }: Certificate,
  member: number,
): readonly Attested[] {
  return signatures
    .filter((one) => one.member === member)
    .map(({ signature }) => ({ index, path, signature }))
}

const SIGNATURE = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{128}$/)])
const STORED = z.object({ disperserSignature: SIGNATURE })
/** A header, its pairs and two signatures as JSON. */
const STORED_BYTES_MAX = 8_192

export type NodesOptions = {
  readonly get: Get
  /** Milliseconds for one answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The disperser's signature as each storage node of the committee has it, unchecked. Rejects when the signal has aborted. */
export async function disperserSignaturesFromNodes(
  { digest, committee }: CertifiedHeader,
  { get, timeoutMs, signal }: NodesOptions,
): Promise<readonly Hex[]> {
  const limits = { bytes: STORED_BYTES_MAX, timeoutMs, signal }
  const answers = await Promise.allSettled(
    committee.members.map(async (member) => askNode(get, member, `/v1/headers/${digest}`, limits)),
  )
  signal.throwIfAborted()
  const signatures = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? signatureIn(answer.value) : [],
  )
  return [...new Set(signatures)]
}

function signatureIn(body: Uint8Array): Hex[] {
  try {
    const { disperserSignature } = STORED.parse(JSON.parse(new TextDecoder().decode(body)))
    return [disperserSignature]
  } catch {
    return []
  }
}
