// A sequencer that follows no rule: it disperses any slivers under any header to any nodes, and makes a certificate of their
// signatures. It uses src/protocol only, and not the disperser of the sidecar.
import { type Hex, concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { type Committee, pairsOfMember } from '../../src/protocol/committee.ts'
import { encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { type Domain, type Header, NO_CONTENT_HASH, headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import { systemClock, unixSeconds } from '../../src/runtime/clock.ts'
import type { EvilEncoding } from '../support/evil-encoder.ts'
import type { Deployment } from '../support/deploy.ts'

/** A deployment of any kind of network, and the key of its disperser. */
type World = { readonly deployment: Deployment; readonly disperserKey: Uint8Array }

export type EvilBatch = {
  readonly header: Header
  readonly digest: Hex
  readonly signature: Hex
  /** The body for each member, in member order. */
  readonly bodies: readonly Uint8Array[]
}

/** An expiry that nodes accept: the notice of most test deployments is a week. */
export function inTenDays(): number {
  return unixSeconds(systemClock) + 10 * 86_400
}

/** The dispersal of `encoding` as a batch of `length` bytes, signed by the network's disperser. */
export function evilBatch(
  network: World,
  encoding: Pick<EvilEncoding, 'rows' | 'columns' | 'leaves' | 'root'>,
  length: number,
  changes: Partial<Header> = {},
): EvilBatch {
  const { disperserKey, deployment } = network
  const header: Header = {
    root: toHex(encoding.root),
    length,
    epoch: deployment.members.epoch,
    expiry: inTenDays(),
    disperser: addressOfSecretKey(disperserKey),
    contentHash: NO_CONTENT_HASH,
    ...changes,
  }
  const { digest, signature } = signHeader(deployment.domain, header, disperserKey)
  const head = encodeDispersalHead({ header, signature })
  const bodies = deployment.members.members.map((_, member) =>
    concatBytes(head, encoding.leaves, ...pairsIn(deployment.members, encoding, header.root, member)),
  )
  return { header, digest, signature, bodies }
}

function pairsIn(
  committee: Committee,
  { rows, columns }: Pick<EvilEncoding, 'rows' | 'columns'>,
  root: Hex,
  member: number,
): Uint8Array[] {
  return pairsOfMember(committee, root, member).flatMap((pair) => [
    rows[pair] as Uint8Array,
    columns[pair] as Uint8Array,
  ])
}

function signHeader(domain: Domain, header: Header, key: Uint8Array): { digest: Hex; signature: Hex } {
  const digest = headerDigest(domain, header)
  return { digest: toHex(digest), signature: toHex(pureSecp256k1.sign(digest, key)) }
}

export type NodeAnswer = { readonly status: number; readonly json: Record<string, unknown> }

/** POSTs a dispersal to the node at `url`. */
export async function disperse(url: string, body: Uint8Array): Promise<NodeAnswer> {
  const response = await fetch(`${url}/v1/dispersals`, { method: 'POST', body: Buffer.from(body) })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}

/** Disperses to `members`, and makes a commitment of their signatures. Fails if one of them refuses. */
export async function certify(
  { deployment }: Pick<World, 'deployment'>,
  batch: EvilBatch,
  members: readonly number[] = deployment.members.members.map((_, i) => i),
): Promise<Uint8Array> {
  const signatures = await Promise.all(
    members.map(async (member) => {
      const url = deployment.members.members[member]?.endpoint ?? ''
      const { status, json } = await disperse(url, batch.bodies[member] as Uint8Array)
      if (status !== 200) throw new Error(`node ${member} answered ${status}: ${JSON.stringify(json)}`)
      return { member, signature: json['signature'] as Hex }
    }),
  )
  return encodeCertificate({ header: batch.header, index: 0, path: [], signatures })
}

/** `bytes` with one bit flipped. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] as number) ^ 1
  return copy
}
