// The bounds that all implementations must share (docs/protocol.md). Bounds of one process are in its configuration.

/** Fewest shards of a committee: fewer than four tolerate no fault. */
export const SHARDS_MIN = 4
/** Most shards of a committee: each is a point of GF(2^8) and has an index of one byte. */
export const SHARDS_MAX = 255
/** Most bytes of a batch. */
export const BATCH_BYTES_MAX: number = 128 * 1024 * 1024
/** Most bytes of a batch unless an operator configures another limit. */
export const BATCH_BYTES_DEFAULT: number = 16 * 1024 * 1024
/** Symbols are multiples of this, so that an aligned word of the EVM never straddles two symbols. */
export const WORD_BYTES = 32
/** Bytes of a SHA-256 or Keccak-256 digest. */
export const HASH_BYTES = 32
/** Bytes of a chunk, a leaf of a symbol's tree. The last chunk of a symbol may be shorter. */
export const CHUNK_BYTES = 2048
/** Most hashes on the path from a header to a headersRoot: 2^16 headers in one post. */
export const HEADER_PATH_MAX = 16
/** Most headers in one post. Gas bounds it further. */
export const POST_HEADERS_MAX = 1024
