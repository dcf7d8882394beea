// Evidence at rest: a JSON object that convinces whoever reads it and nobody has to be trusted for. It has the certificate, the
// digest of its header, and the evidence with its openings as hexadecimal. What is read is checked: that it is of this version,
// that the digest is the certificate's on this chain, that the certificate holds, and that the evidence proves what it says.
import { z } from 'zod'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Evidence, type Line, type Subject, verifyEvidence } from '../protocol/evidence.ts'
import { type Opening, decodeOpening, encodeOpening } from '../protocol/opening.ts'
import type { CheckedCertificate, Library } from '../client/retriever.ts'

const VERSION = 'floe-evidence-1'

/** 101 openings of a chunk and its paths, as hexadecimal, and a certificate: half of this. */
export const EVIDENCE_FILE_BYTES_MAX: number = 2 ** 20

export type EvidenceFile = {
  readonly version: typeof VERSION
  readonly digest: Hex
  readonly certificate: Hex
  readonly evidence:
    | { readonly kind: 'parity'; readonly line: Line; readonly openings: readonly Hex[] }
    | { readonly kind: 'symbol'; readonly row: Hex; readonly column: Hex }
    | { readonly kind: 'padding'; readonly opening: Hex; readonly byteIndex: number }
}

const hex = z.templateLiteral(['0x', z.string().regex(/^(?:[0-9a-f]{2})*$/)])
const small = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const line = z.strictObject({
  side: z.enum(['row', 'column']),
  index: small,
  chunk: small,
  byteIndex: small,
  points: z.array(small).max(256),
})
const schema: z.ZodType<EvidenceFile> = z.strictObject({
  version: z.literal(VERSION),
  digest: hex,
  certificate: hex,
  evidence: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('parity'), line, openings: z.array(hex).max(256) }),
    z.strictObject({ kind: z.literal('symbol'), row: hex, column: hex }),
    z.strictObject({ kind: z.literal('padding'), opening: hex, byteIndex: small }),
  ]),
})

/** Evidence with the certificate of the header that it is against. */
export type CertifiedEvidence = { readonly checked: CheckedCertificate; readonly evidence: Evidence }

export function toEvidenceFile({ checked, evidence }: CertifiedEvidence): EvidenceFile {
  const { commitment, digest } = checked
  return { version: VERSION, digest, certificate: toHex(commitment), evidence: packEvidence(evidence) }
}

function packEvidence(evidence: Evidence): EvidenceFile['evidence'] {
  switch (evidence.kind) {
    case 'parity': {
      const { kind, openings } = evidence
      const packed = openings.map((opening) => toHex(encodeOpening(opening)))
      return { kind, line: evidence.line, openings: packed }
    }
    case 'symbol': {
      const { kind, row, column } = evidence
      return { kind, row: toHex(encodeOpening(row)), column: toHex(encodeOpening(column)) }
    }
    case 'padding':
      return { ...evidence, opening: toHex(encodeOpening(evidence.opening)) }
  }
}

/**
 * What a file says, checked.
 * @throws FloeError `malformed` for what is no evidence, `commitment-invalid` for a certificate that does not hold, `unavailable`
 */
export async function readEvidenceFile(
  text: string,
  library: Pick<Library, 'certificate'>,
): Promise<CertifiedEvidence> {
  const file = parseFile(text)
  const checked = await library.certificate(fromHex(file.certificate))
  if (checked.digest !== file.digest) {
    throw noEvidence(
      `its certificate has the digest ${checked.digest} on this chain, the file says ${file.digest}`,
    )
  }
  const subject: Subject = { header: checked.header, geometry: checked.committee.geometry }
  const evidence = unpackEvidence(subject, file.evidence)
  if (!verifyEvidence(subject, evidence)) throw noEvidence('what it opens contradicts nothing')
  return { checked, evidence }
}

function parseFile(text: string): EvidenceFile {
  if (text.length > EVIDENCE_FILE_BYTES_MAX) {
    throw noEvidence(`it has more than ${EVIDENCE_FILE_BYTES_MAX} bytes`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw noEvidence('it is not JSON')
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw noEvidence(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not of this version'}`)
}

function unpackEvidence({ header, geometry }: Subject, packed: EvidenceFile['evidence']): Evidence {
  const opened = (encoded: Hex): Opening => decodeOpening(header, geometry, fromHex(encoded))
  switch (packed.kind) {
    case 'parity':
      return { ...packed, openings: packed.openings.map(opened) }
    case 'symbol':
      return { ...packed, row: opened(packed.row), column: opened(packed.column) }
    case 'padding':
      return { ...packed, opening: opened(packed.opening) }
  }
}

function noEvidence(why: string): FloeError {
  return new FloeError('malformed', `The file is no evidence (${VERSION}): ${why}.`)
}
