// A header with what a quorum's signatures make of it.
import type { Hex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import type { Header } from '../protocol/header.ts'

/** A header that a quorum has signed, its digest, and the committee that holds its slivers. */
export type CertifiedHeader = { readonly digest: Hex; readonly header: Header; readonly committee: Committee }

/** A certificate whose signatures were checked against the committee of its epoch. */
export type CheckedCertificate = CertifiedHeader & {
  readonly certificate: Certificate
  /** The commitment that it was decoded from. */
  readonly commitment: Uint8Array
}
