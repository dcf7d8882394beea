// The entry `floe/protocol`: the protocol as pure functions, without I/O, clocks or Node built-ins. It has what a second
// implementation or a tool needs to read and write every byte of docs/protocol.md. Encoding and decoding take a Kernel as an argument;
// `floe` exports the loader of the WebAssembly kernel.
//
// Byte strings are Uint8Array; hashes, addresses and signatures in headers and certificates are 0x-prefixed lower-case Hex. Lengths
// and offsets are in bytes, times in unix seconds. Functions that check bytes from outside throw FloeError with the code
// that their documentation names; `verify…` functions return a boolean instead.

export { type Hex, fromHex, parseHex, toHex } from './bytes.ts'
export { type ErrorCode, type ErrorDetails, FloeError } from './errors.ts'
export {
  BATCH_BYTES_DEFAULT,
  BATCH_BYTES_MAX,
  CHUNK_BYTES,
  HASH_BYTES,
  HEADER_PATH_MAX,
  POST_HEADERS_MAX,
  SHARDS_MAX,
  SHARDS_MIN,
  WORD_BYTES,
} from './limits.ts'

// Committees and the geometry of their code (§1).
export {
  type Geometry,
  chunkCount,
  geometryOf,
  pairOfShard,
  shardOfPair,
  sliverBytesOf,
  symbolBytesOf,
  treeDepth,
} from './geometry.ts'
export {
  type Committee,
  type Member,
  type PackedMember,
  committeeOf,
  committeeRoot,
  encodeEpochMembers,
  epochMembersOf,
  memberIndexOf,
  memberOfPair,
  packMembers,
  pairsOfMember,
  quorumOf,
  shardBits,
  shardsOfBits,
} from './committee.ts'

// Encoding and decoding (§1–2).
export type { Kernel, PairSpan, Product, ProductGroups, SymbolSpan, TreeSpan } from './kernel.ts'
export {
  type Encoding,
  type IndexedRow,
  type PairTree,
  decodeBatch,
  encodeBatch,
  encodePairs,
  hashRow,
} from './batch.ts'
export { type Point, extendSliver, repairSliver } from './repair.ts'

// Headers, signatures, certificates and commitments (§4–5).
export {
  type Domain,
  HEADER_BYTES,
  type Header,
  NO_CONTENT_HASH,
  attestationDigest,
  decodeHeader,
  encodeHeader,
  headerDigest,
  headersRootOfPath,
  headersTree,
} from './header.ts'
export {
  SIGNATURE_BYTES,
  type Secp256k1,
  addressOfSecretKey,
  pureSecp256k1,
  recoverSigner,
} from './signature.ts'
export {
  COMMITMENT_BYTES_MAX,
  type Certificate,
  type SignatureChecker,
  checkCertificate,
  decodeCertificate,
  encodeCertificate,
  parseCommitment,
} from './certificate.ts'

// What stands posted on L1 (§6.2).
export {
  type PostingStatus,
  type PostingTerms,
  type PostingView,
  postableUntil,
  postingStatus,
  standsPosted,
} from './posting.ts'

// The wire: dispersals, and the responses of storage nodes.
export {
  DISPERSAL_HEAD_BYTES,
  type DispersalHead,
  type DispersalLayout,
  decodeDispersalHead,
  dispersalLayout,
  encodeDispersalHead,
} from './dispersal.ts'
export {
  type SliverPosition,
  type ProvenSliver,
  type Side,
  checkProvenSliver,
  checkRow,
  checkSliver,
  checkSymbol,
  pairProof,
  sliverResponseBytes,
  sliverPath,
  sliverWidth,
  symbolResponseBytes,
} from './sliver.ts'

// Openings, evidence and Nitro's proofs (§3, §7, §8).
export {
  type HeldPair,
  type Opening,
  decodeOpening,
  encodeOpening,
  openChunk,
  openSliver,
  verifyOpening,
} from './opening.ts'
export {
  type DisputedBatch,
  type Evidence,
  type Line,
  readOpening,
  positionOfRead,
  verifyEvidence,
} from './evidence.ts'
export {
  type NitroFacts,
  type NitroVerdict,
  PROOF_WITHOUT_MEMBERS,
  isNitroLength,
  nitroVerdict,
  validityProof,
} from './nitro.ts'
