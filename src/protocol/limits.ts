// Every bound that two implementations must share (docs/protocol.md). Bounds of one process are in its configuration.

/** Fewest shards of a committee: below four there is no fault to tolerate. */
export const SHARDS_MIN = 4
/** Most shards of a committee: points of GF(2^8), one byte an index. */
export const SHARDS_MAX = 255
/** Most bytes a batch may ever have. */
export const BATCH_BYTES_MAX: number = 128 * 1024 * 1024
/** Most bytes a batch has unless an operator says otherwise. */
export const BATCH_BYTES_DEFAULT: number = 16 * 1024 * 1024
/** Symbols are multiples of this, so that an aligned word of the EVM never straddles two. */
export const WORD_BYTES = 32
/** Bytes of a SHA-256 or Keccak-256 digest. */
export const HASH_BYTES = 32
/** Bytes of a leaf of a symbol's tree. */
export const CHUNK_BYTES = 2048
/** Deepest path from a header to a headersRoot: 2^16 headers in one post. */
export const HEADER_PATH_MAX = 16
/** Most headers that one post takes (gas bounds it further). */
export const POST_HEADERS_MAX = 1024
