// A certificate, a header with the attestations of a quorum, and the commitment that carries it (docs/protocol.md §5). Decoding does
// not verify it: `checkCertificate` does, against the committee of the header's epoch.
import { ByteReader, type Hex, concatBytes, fromHex, parseHex, toHex, uintBytes } from './bytes.ts'
import { type Committee, quorumOf } from './committee.ts'
import { FloeError, assert } from './errors.ts'
import {
  HEADER_BYTES,
  type Domain,
  type Header,
  attestationDigest,
  checkPlace,
  decodeHeader,
  encodeHeader,
  headerDigest,
  headersRootOfPath,
} from './header.ts'
import { HASH_BYTES, HEADER_PATH_MAX, SHARDS_MAX } from './limits.ts'
import { SIGNATURE_BYTES, type Secp256k1, recoverSigner } from './signature.ts'

export type Certificate = {
  readonly header: Header
  /** Position of the header in the list under headersRoot. */
  readonly index: number
  /** Siblings from the header's digest to headersRoot; empty if the header was attested alone. */
  readonly path: readonly Hex[]
  /** Compact signatures over Attestation(headersRoot, committeeRoot), by ascending member index. */
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

const PREFIX = Uint8Array.of(0x01, 0x66)
const KIND_CERTIFICATE = 0x01
const KIND_BLOBS = 0x02
/** Most bytes of a commitment; longer ones are refused unread. */
export const COMMITMENT_BYTES_MAX: number =
  3 + HEADER_BYTES + 2 + 1 + HEADER_PATH_MAX * HASH_BYTES + 1 + 32 + SHARDS_MAX * SIGNATURE_BYTES

/**
 * The bytes of a commitment in hexadecimal, as it occurs in a URL.
 * @throws FloeError `malformed` if it is not hexadecimal; `commitment-invalid` if it is too long: such bytes may be on L1, and a
 * reader has to skip them there
 */
export function parseCommitment(text: string): Uint8Array {
  if (text.length > 2 + 2 * COMMITMENT_BYTES_MAX) {
    throw new FloeError(
      'commitment-invalid',
      `Expected a commitment of at most ${COMMITMENT_BYTES_MAX} bytes, got ${text.length} digits.`,
    )
  }
  return parseHex(text, COMMITMENT_BYTES_MAX + 1)
}

/** The commitment of kind 0x01 that carries `certificate`. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const { index, path } = certificate
  assert(path.length <= HEADER_PATH_MAX && index < 2 ** path.length, `index ${index}, path of ${path.length}`)
  assert(signersAscend(certificate), 'signers ascend')
  let signers = 0n
  for (const { member } of certificate.signatures) signers |= 1n << BigInt(member)
  const digits = signers.toString(16)
  const signerBytes = fromHex(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
  return concatBytes(
    PREFIX,
    Uint8Array.of(KIND_CERTIFICATE),
    encodeHeader(certificate.header),
    uintBytes(index, 2),
    uintBytes(path.length, 1),
    ...path.map(fromHex),
    uintBytes(signerBytes.length, 1),
    signerBytes,
    ...certificate.signatures.map(({ signature }) => fromHex(signature)),
  )
}

/**
 * The certificate in a commitment of kind 0x01.
 * @throws FloeError `commitment-invalid` for any other bytes, and for a non-canonical encoding: such bytes are on L1, and a reader has
 * to skip them there instead of trying again
 */
export function decodeCertificate(commitment: Uint8Array): Certificate {
  return refuseMalformed(() => decodeCanonical(commitment))
}

/** The result of `work`. What it finds malformed is the commitment, so its error says so. */
function refuseMalformed<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof FloeError) || error.code !== 'malformed') throw error
    throw new FloeError('commitment-invalid', `Expected a commitment of Floe. ${error.message}`, {
      facts: { decodes: false },
      cause: error,
    })
  }
}

function decodeCanonical(commitment: Uint8Array): Certificate {
  const input = new ByteReader(commitment, 'a commitment')
  const prefix = toHex(input.bytes(PREFIX.length, 'prefix'))
  if (prefix !== toHex(PREFIX)) throw new FloeError('malformed', `Expected the prefix 0x0166, got ${prefix}.`)
  const kind = input.uint(1, 'kind')
  if (kind === KIND_BLOBS)
    throw new FloeError(
      'malformed',
      'Expected kind 0x01, got 0x02 (L1 blobs), which this version does not serve.',
    )
  if (kind !== KIND_CERTIFICATE) throw new FloeError('malformed', `Expected kind 0x01, got ${kind}.`)
  const header = decodeHeader(input.bytes(HEADER_BYTES, 'header'))
  const index = input.uint(2, 'index')
  const pathLength = input.uint(1, 'path length')
  checkPlace(index, pathLength)
  const path = Array.from({ length: pathLength }, () => toHex(input.bytes(HASH_BYTES, 'path')))
  const members = decodeSigners(input.bytes(input.uint(1, 'signers length'), 'signers'))
  const signatures = members.map((member) => ({
    member,
    signature: toHex(input.bytes(SIGNATURE_BYTES, 'signature')),
  }))
  input.end()
  return { header, index, path, signatures }
}

function decodeSigners(bytes: Uint8Array): number[] {
  if (bytes.length < 1 || bytes.length > 32 || bytes[0] === 0) {
    throw new FloeError(
      'malformed',
      `Expected signers of 1…32 bytes without a leading zero, got ${toHex(bytes)}.`,
    )
  }
  const members: number[] = []
  for (let member = 0; member < bytes.length * 8; member++) {
    const byte = bytes[bytes.length - 1 - (member >> 3)] as number
    if ((byte >> (member & 7)) & 1) members.push(member)
  }
  return members
}

/** Whether the members ascend strictly. A certificate that does not come from `decodeCertificate` may violate this. */
function signersAscend({ signatures }: Certificate): boolean {
  return signatures.every(({ member }, i) => i === 0 || member > (signatures[i - 1]?.member ?? -1))
}

/** What is needed to check signatures: the curve, and the domain for which they were made. */
export type SignatureChecker = { readonly curve: Secp256k1; readonly domain: Domain }

/**
 * Fails unless a quorum of `committee`, which is the one of the header's epoch, signed `certificate`.
 * @throws FloeError `commitment-invalid`, which is final because the committee of an epoch never changes
 */
export function checkCertificate(
  checker: SignatureChecker,
  committee: Committee,
  certificate: Certificate,
): void {
  const { header, index, path, signatures } = certificate
  assert(committee.epoch === header.epoch, `committee of epoch ${header.epoch}, got ${committee.epoch}`)
  if (!signersAscend(certificate)) {
    throw new FloeError(
      'commitment-invalid',
      'Expected every signer once, in ascending order; got another order.',
    )
  }
  const leaf = headerDigest(checker.domain, header)
  const headersRoot = refuseMalformed(() => headersRootOfPath(leaf, index, path.map(fromHex)))
  const digest = attestationDigest(checker.domain, headersRoot, fromHex(committee.root))
  let shards = 0
  for (const { member, signature } of signatures) {
    const expected = committee.members[member]
    if (
      expected === undefined ||
      recoverSigner(checker.curve, digest, fromHex(signature)) !== expected.signer
    ) {
      throw new FloeError(
        'commitment-invalid',
        `Expected a signature of member ${member} of epoch ${header.epoch}, got one of another key.`,
      )
    }
    shards += expected.shards.length
  }
  if (shards < quorumOf(committee.geometry)) {
    throw new FloeError(
      'commitment-invalid',
      `Expected signers with at least ${quorumOf(committee.geometry)} of ${committee.geometry.shards} shards, got ${shards}.`,
    )
  }
}
