// Vectors of error messages: every message that src/protocol gives to its callers, each with a short call that causes it.
import { decodeBatch } from '../../src/protocol/batch.ts'
import { type Hex, concatBytes, parseHex, toHex } from '../../src/protocol/bytes.ts'
import {
  type Certificate,
  checkCertificate,
  decodeCertificate,
  encodeCertificate,
} from '../../src/protocol/certificate.ts'
import { type Member, committeeOf } from '../../src/protocol/committee.ts'
import { decodeDispersalHead, encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { type Header, decodeHeader, encodeHeader, headersRootOfPath } from '../../src/protocol/header.ts'
import { decodeOpening } from '../../src/protocol/opening.ts'
import {
  type Side,
  checkSliver,
  checkSymbol,
  sliverResponseBytes,
  symbolResponseBytes,
} from '../../src/protocol/sliver.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { referenceKernel } from '../../test/support/reference-kernel.ts'

export type ErrorVector = { readonly what: string; readonly code: string; readonly message: string }
export type ErrorVectors = { readonly about: string; readonly errors: readonly ErrorVector[] }

const kernel = referenceKernel()
const geometry = geometryOf(4)
const header: Header = {
  root: `0x${'ab'.repeat(32)}`,
  length: 1000,
  epoch: 7,
  expiry: 1_800_000_000,
  disperser: `0x${'d1'.repeat(20)}`,
  contentHash: `0x${'00'.repeat(32)}`,
}
const seed: Hex = `0x${'5e'.repeat(32)}`
const member: Member = {
  signer: `0x${'11'.repeat(20)}`,
  shards: [0, 2],
  endpoint: 'http://127.0.0.1:1',
}
const other: Member = { ...member, signer: `0x${'22'.repeat(20)}`, shards: [1, 3] }
const members = [member, other]
const committee = committeeOf(7, seed, members)
const signature = toHex(new Uint8Array(64).fill(1))
const certificate: Certificate = { header, index: 0, path: [], signatures: [{ member: 0, signature }] }
const commitment = encodeCertificate(certificate)
/** Offsets of the index and of what follows it, if the path is empty. */
const [indexAt, pathLengthAt, signersAt] = [103, 105, 107]
const checker = { curve: pureSecp256k1, domain: { chainId: 1, ledger: `0x${'1e'.repeat(20)}` } } as const

function edited(bytes: Uint8Array, at: number, by: readonly number[]): Uint8Array {
  const copy = bytes.slice()
  copy.set(by, at)
  return copy
}

const place = (side: Side) => ({ header, geometry, side, pair: 2 })
const headBytes = encodeDispersalHead({ header, signature })

const calls: Record<string, () => unknown> = {
  'a batch decoded from too few rows': () =>
    decodeBatch(kernel, geometry, { root: new Uint8Array(32), length: 1 }, []),
  'hexadecimal text of too many digits': () => parseHex('0x010203', 2),
  'text that is not hexadecimal': () => parseHex('0xhello', 64),
  'bytes that end early': () => decodeHeader(new Uint8Array(40)),
  'bytes after the end': () => decodeHeader(new Uint8Array(101).fill(0).fill(1, 32, 36)),
  'a header without length': () => decodeHeader(encodeHeader({ ...header, length: 0 })),
  'a header with too large an expiry': () => decodeHeader(edited(encodeHeader(header), 40, [0xff])),
  'a dispersal of another version': () => decodeDispersalHead(edited(headBytes, 0, [9])),
  'an opening outside the batch': () => decodeOpening(header, geometry, new Uint8Array(7).fill(4)),
  'a sliver that does not open': () =>
    checkSliver(kernel, place('row'), new Uint8Array(sliverResponseBytes(header, geometry, 'row'))),
  'a symbol that does not open': () =>
    checkSymbol(kernel, place('column'), 0, new Uint8Array(symbolResponseBytes(header, geometry, 'column'))),
  'a sliver of another length': () => checkSliver(kernel, place('column'), new Uint8Array(0)),
  'a committee of too few shards': () => committeeOf(1, seed, [member]),
  'a committee out of order': () => committeeOf(1, seed, [other, member]),
  'a member without shards': () =>
    committeeOf(1, seed, [
      { ...member, shards: [] },
      { ...other, shards: [0, 1, 2, 3] },
    ]),
  'a shard of two members': () => committeeOf(1, seed, [member, { ...other, shards: [2, 3] }]),
  'a shard that no member holds': () => committeeOf(1, seed, [member, { ...other, shards: [1, 4] }]),
  'shards that do not ascend': () => committeeOf(1, seed, [{ ...member, shards: [2, 0] }, other]),
  'a header at a place outside its tree': () =>
    headersRootOfPath(new Uint8Array(32), 2, [new Uint8Array(32)]),
  'a commitment with another prefix': () => decodeCertificate(edited(commitment, 0, [0x00])),
  'a commitment to L1 blobs': () => decodeCertificate(edited(commitment, 2, [0x02])),
  'a commitment of an unknown kind': () => decodeCertificate(edited(commitment, 2, [0x09])),
  'a commitment that ends early': () => decodeCertificate(commitment.subarray(0, 150)),
  'a commitment with a byte too many': () => decodeCertificate(concatBytes(commitment, Uint8Array.of(0))),
  'a commitment with a garbage tail': () =>
    decodeCertificate(concatBytes(commitment, new Uint8Array(100).fill(0xee))),
  'a commitment without its last signature': () => decodeCertificate(edited(commitment, signersAt, [0b11])),
  'a commitment with too large an index': () => decodeCertificate(edited(commitment, indexAt, [0, 1])),
  'a commitment with too long a path': () => decodeCertificate(edited(commitment, pathLengthAt, [10])),
  'a commitment with signers that are not canonical': () =>
    decodeCertificate(edited(commitment, signersAt, [0])),
  'a certificate with too large an index': () =>
    checkCertificate(checker, committee, { ...certificate, index: 1 }),
  'a certificate with a signature of another key': () => checkCertificate(checker, committee, certificate),
  'a certificate without a quorum': () =>
    checkCertificate(checker, committee, { ...certificate, signatures: [] }),
  'a certificate with a signer twice': () =>
    checkCertificate(checker, committee, {
      ...certificate,
      signatures: [...certificate.signatures, ...certificate.signatures],
    }),
}

function outcome(what: string, call: () => unknown): ErrorVector {
  try {
    call()
  } catch (error) {
    if (error instanceof FloeError) return { what, code: error.code, message: error.message }
    throw error
  }
  throw new Error(`Expected an error for ${what}, got none.`)
}

export function errorVectors(): ErrorVectors {
  const errors = Object.entries(calls).map(([what, call]) => outcome(what, call))
  return { about: 'The error messages of src/protocol', errors }
}
