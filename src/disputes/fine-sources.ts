// Where the signatures of fines come from: the post of the header on L1, and the storage nodes, which have their own attestation and
// the disperser's signature of every header that they store (docs/protocol.md §7.3).
import { z } from 'zod'
import type { CertifiedHeader } from '../client/certified-header.ts'
import { type Get, askNode } from '../client/storage-node.ts'
import type { Attested } from '../l1/dispute-calls.ts'
import { attestationsOfPost } from '../l1/post-attestations.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { L1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'
import type { Member } from '../protocol/committee.ts'

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
const HEADER = z.object({ disperserSignature: SIGNATURE })
const BATCH = z.object({ attestation: SIGNATURE.nullable() })
/** A header, its pairs and two signatures as JSON. */
const ANSWER_BYTES_MAX = 8_192

export type NodesOptions = {
  readonly get: Get
  /** Milliseconds for one answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * The attestation that a member's own storage node gives, of the header alone, unchecked; empty when it gives none. Rejects when the
 * signal has aborted.
 */
export async function attestationsFromHolder(
  { digest, committee }: CertifiedHeader,
  member: number,
  options: NodesOptions,
): Promise<readonly Attested[]> {
  const holder = committee.members[member]
  if (holder === undefined) return []
  const batch = await askFor(BATCH, holder, `/v1/batches/${digest}`, options)
  const signature = batch?.attestation ?? undefined
  return signature === undefined ? [] : [{ index: 0, path: [], signature }]
}

/** The disperser's signature as each storage node of the committee has it, unchecked. Rejects when the signal has aborted. */
export async function disperserSignaturesFromNodes(
  { digest, committee }: CertifiedHeader,
  options: NodesOptions,
): Promise<readonly Hex[]> {
  const answers = await Promise.all(
    committee.members.map(async (member) => askFor(HEADER, member, `/v1/headers/${digest}`, options)),
  )
  const signatures = answers.flatMap((header) => (header === undefined ? [] : [header.disperserSignature]))
  return [...new Set(signatures)]
}

/** Undefined when the storage node does not have it, does not answer, or answers something else. */
async function askFor<T>(
  schema: z.ZodType<T>,
  member: Member,
  route: string,
  { get, timeoutMs, signal }: NodesOptions,
): Promise<T | undefined> {
  try {
    const limits = { bytes: ANSWER_BYTES_MAX, timeoutMs, signal }
    const body = await askNode(get, member, route, limits)
    return schema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
