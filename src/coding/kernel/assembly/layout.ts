// The layout of the linear memory, lowest address first: the constants and work areas of this file, then the
// workspace, which the JavaScript side owns and grows. Everything is static; there is no allocator and no
// garbage collector. Because of the work areas, the byte before the workspace can always be read and
// overwritten.

/**
 * Products of coefficients and nibbles. For a coefficient k, 32 bytes at 32k: k·0 … k·15, then k·0x00 … k·0xf0.
 */
export const NIBBLES: usize = memory.data(256 * 32, 64)

/** The arguments of multiply: the coefficients row by row, the input offsets and the output offsets. */
export const MATRIX: usize = memory.data(256 * 256, 64)
export const INPUTS: usize = memory.data(256 * 4, 64)
export const OUTPUTS: usize = memory.data(256 * 4, 64)

/** The matrix in the order in which multiply reads it: 64 rows of blocks × 256 inputs × 4 table offsets of 2 bytes. */
export const PLAN: usize = memory.data(64 * 256 * 8, 64)

/** A tile of inputs split into nibbles; at least 64 bytes for each of 255 inputs. */
export const SPLIT_BYTES: u32 = 24576
export const SPLIT: usize = memory.data(24576, 64)

/** Message schedule of four lanes: 64 words × 4 lanes. */
export const SCHEDULE: usize = memory.data(64 * 16, 64)

/**
 * The last block of a 65-byte message (an inner node or a pair) has one byte that is not constant. Its
 * schedule of 64 words, 256 bytes, is stored here for each value of that byte and need not be computed.
 */
export const NODE_TAILS: usize = memory.data(256 * 256, 64)

/** Chaining values of four lanes: 8 words × 4 lanes. */
export const STATE: usize = memory.data(8 * 16, 64)

/** The last blocks of four messages. */
export const TAILS: usize = memory.data(4 * 64, 64)

/** Digests of four messages. */
export const DIGESTS: usize = memory.data(4 * 32, 64)

/** The message of each of four lanes: u32 source, u32 target, u32 number of targets, 4 bytes unused. */
export const RUNS: usize = memory.data(4 * 16, 64)

/** The two children of each of four inner nodes, if they are not adjacent. */
export const NODES: usize = memory.data(4 * 64, 64)

/** At 32i, the root of a tree of 2^i zero leaves. */
export const ZEROS: usize = memory.data(16 * 32, 64)

/** Levels of trees while they are computed, and chunk leaves before that: at most 2^14, those of the widest tree. */
export const LEVELS: usize = memory.data(1 << 19, 64)
