// The setting that says which blocks of L1 are trusted. Apart from what reads blocks, so that public types need nothing of viem.

/** Up to the newest block with a tag, or those at least so many blocks below the tip. */
export type Finality = 'finalized' | 'safe' | number

/** Ethereum itself does not undo what it finalized. */
export const FINALITY_DEFAULT: Finality = 'finalized'
/** Bound on a finality in blocks; a follower remembers a few more. */
export const FINALITY_BLOCKS_MAX = 1_000
