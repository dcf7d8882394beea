// The entry `floe` of the package, in Node and in browsers: reads and checks batches with nothing trusted but L1.
//
//     const reader = await createReader({ rpcUrls, committee, ledger })
//     const batch = await reader.get('0x016601…', { signal })
//     reader.close()
export type { Finality } from '../l1/finality-rule.ts'
export type { Hex } from '../protocol/bytes.ts'
export type { Certificate } from '../protocol/certificate.ts'
export type { Committee, Member } from '../protocol/committee.ts'
export { type ErrorCode, FloeError } from '../protocol/errors.ts'
export type { Domain, Header } from '../protocol/header.ts'
export type { Kernel } from '../protocol/kernel.ts'
export { loadKernel } from '../coding/kernel/load.ts'
export type { Clock } from '../runtime/clock.ts'
export { checkText } from './check-text.ts'
export { type Deployment, type Reader, type ReaderOptions, createReader } from './reader.ts'
export type { Post, Posting } from './posting-result.ts'
export type { NitroVerdict } from '../protocol/nitro.ts'
export type { PostingStatus } from '../protocol/posting.ts'
export type { CallOptions } from './call-options.ts'
export type { CertifiedHeader, CheckedCertificate } from './certified-header.ts'
export {
  type Check,
  type CheckName,
  type Finding,
  type Verification,
  type VerifyOptions,
  verify,
} from './verify.ts'
