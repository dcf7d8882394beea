// Evidence as a file: a JSON object that any reader can check without trusting its writer. It has a header with its place under a
// headersRoot, its digest, and the evidence with its openings as hexadecimal. A reader checks the version, that the digest is the
// header's on this chain, and that the evidence proves the encoding invalid. Whether the header stands posted, L1 decides.
import { z } from 'zod'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Evidence, type Line, type DisputedBatch, verifyEvidence } from '../protocol/evidence.ts'
import { type Opening, decodeOpening, encodeOpening } from '../protocol/opening.ts'
import type { ShownHeader } from '../l1/posted.ts'
import type { Geometry } from '../protocol/geometry.ts'
import { type Domain, checkPlace, decodeHeader, encodeHeader, headerDigest } from '../protocol/header.ts'
import { HEADER_PATH_MAX } from '../protocol/limits.ts'

const VERSION = 'floe-evidence-2'

/** Twice the largest evidence: 172 openings of a chunk with its paths as hexadecimal, and a header. */
export const EVIDENCE_FILE_BYTES_MAX: number = 2 ** 21

export type EvidenceFile = {
  readonly version: typeof VERSION
  readonly digest: Hex
  readonly header: Hex
  readonly index: number
  readonly path: readonly Hex[]
  readonly evidence:
    | { readonly kind: 'parity'; readonly line: Line; readonly openings: readonly Hex[] }
    | { readonly kind: 'symbol'; readonly row: Hex; readonly column: Hex }
    | { readonly kind: 'padding'; readonly opening: Hex; readonly byteIndex: number }
}

const hex = z.templateLiteral(['0x', z.string().regex(/^(?:[0-9a-f]{2})*$/)])
const uint32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const line = z.strictObject({
  side: z.enum(['row', 'column']),
  index: uint32,
  chunk: uint32,
  byteIndex: uint32,
  points: z.array(uint32).max(256),
})
const schema: z.ZodType<EvidenceFile> = z.strictObject({
  version: z.literal(VERSION),
  digest: hex,
  header: hex,
  index: uint32,
  path: z.array(z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{64}$/)])).max(HEADER_PATH_MAX),
  evidence: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('parity'), line, openings: z.array(hex).max(256) }),
    z.strictObject({ kind: z.literal('symbol'), row: hex, column: hex }),
    z.strictObject({ kind: z.literal('padding'), opening: hex, byteIndex: uint32 }),
  ]),
})

/** Evidence, with the header whose encoding it proves invalid. */
export type HeaderEvidence = {
  readonly digest: Hex
  readonly shown: ShownHeader
  readonly evidence: Evidence
}

export function toEvidenceFile({ digest, shown, evidence }: HeaderEvidence): EvidenceFile {
  const { header, index, path } = shown
  const place = { header: toHex(encodeHeader(header)), index, path }
  return { version: VERSION, digest, ...place, evidence: packEvidence(evidence) }
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

/** The checked content of a file. @throws FloeError `malformed` when the file proves nothing */
export function readEvidenceFile(
  text: string,
  { domain, geometry }: { readonly domain: Domain; readonly geometry: Geometry },
): HeaderEvidence {
  const file = parseFile(text)
  const { index, path } = file
  const header = decodeHeader(fromHex(file.header))
  checkPlace(index, path.length)
  const digest = toHex(headerDigest(domain, header))
  if (digest !== file.digest) {
    throw invalidFile(`expected the digest ${digest} of its header on this chain, got ${file.digest}`)
  }
  const subject: DisputedBatch = { header, geometry }
  const evidence = unpackEvidence(subject, file.evidence)
  if (!verifyEvidence(subject, evidence)) throw invalidFile('its openings do not contradict each other')
  return { digest, shown: { header, index, path }, evidence }
}

function parseFile(text: string): EvidenceFile {
  if (text.length > EVIDENCE_FILE_BYTES_MAX) {
    throw invalidFile(`expected at most ${EVIDENCE_FILE_BYTES_MAX} bytes, got ${text.length}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalidFile('expected JSON')
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalidFile(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'expected this version'}`)
}

function unpackEvidence({ header, geometry }: DisputedBatch, packed: EvidenceFile['evidence']): Evidence {
  const decode = (encoded: Hex): Opening => decodeOpening(header, geometry, fromHex(encoded))
  switch (packed.kind) {
    case 'parity':
      return { ...packed, openings: packed.openings.map(decode) }
    case 'symbol':
      return { ...packed, row: decode(packed.row), column: decode(packed.column) }
    case 'padding':
      return { ...packed, opening: decode(packed.opening) }
  }
}

function invalidFile(reason: string): FloeError {
  return new FloeError('malformed', `The file is not valid evidence (${VERSION}): ${reason}.`)
}
