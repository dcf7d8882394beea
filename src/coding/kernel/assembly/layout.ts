// Where things stand in the linear memory, lowest first: the constants and work areas below, then the
// workspace, which the JavaScript side owns and grows. Everything is static: no allocator, no garbage
// collector. The work areas also serve as guard bytes: reading or overwriting the byte before the workspace
// is always possible.

/**
 * Products of the field by nibbles: for a coefficient k, 32 bytes at 32k: k·0 … k·15, then k·0x00 … k·0xf0.
 */
export const NIBBLES: usize = memory.data(256 * 32, 64)

/** What multiply is called with: the coefficients row by row, then the input and the output offsets. */
export const MATRIX: usize = memory.data(256 * 256, 64)
export const INPUTS: usize = memory.data(256 * 4, 64)
export const OUTPUTS: usize = memory.data(256 * 4, 64)

/** The matrix as multiply walks it: 64 rows of blocks × 256 inputs × 4 table offsets of 2 bytes. */
export const PLAN: usize = memory.data(64 * 256 * 8, 64)

/** A tile of inputs split into nibbles; at least 64 bytes for each of 255 inputs. */
export const SPLIT_BYTES: u32 = 24576
export const SPLIT: usize = memory.data(24576, 64)

/** Message schedule of four lanes: 64 words × 4 lanes. */
export const SCHEDULE: usize = memory.data(64 * 16, 64)

/**
 * The last block of a 65-byte message (an inner node or a pair) holds one byte that is not constant. So its
 * whole schedule of 64 words, 256 bytes, stands here for each value of that byte, and need not be computed.
 */
export const NODE_TAILS: usize = memory.data(256 * 256, 64)

/** Chaining values of four lanes: 8 words × 4 lanes. */
export const STATE: usize = memory.data(8 * 16, 64)

/** The last blocks of four messages. */
export const TAILS: usize = memory.data(4 * 64, 64)

/** Digests of four messages. */
export const DIGESTS: usize = memory.data(4 * 32, 64)

/** What each of four lanes hashes: u32 source, u32 target, u32 number of targets, 4 bytes unused. */
export const RUNS: usize = memory.data(4 * 16, 64)

/** Two children of each of four inner nodes that do not stand side by side. */
export const NODES: usize = memory.data(4 * 64, 64)

/** Root of a tree of 2^i zero leaves, at 32i. */
export const ZEROS: usize = memory.data(16 * 32, 64)

/** Levels of trees while they are computed, and before that chunk leaves: 2^14 of them, the widest tree's. */
export const LEVELS: usize = memory.data(1 << 19, 64)
