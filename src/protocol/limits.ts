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
/** Most headers under one headersRoot, and so in one post: more would not fit a transaction of 128 KiB. */
export const POST_HEADERS_MAX = 512
/** Most hashes on the path from a header to its headersRoot. */
export const HEADER_PATH_MAX = 9
