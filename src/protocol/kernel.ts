// The port to the hot loops: field products, symbol hashing, trees. The protocol is written against it and
// never against an implementation; src/coding holds the fast one (WebAssembly SIMD), test/support the
// readable one.
//
// A kernel owns one workspace, a plain byte array. All offsets are bytes from the workspace's start, all
// offsets and lengths are safe integers, and they need no alignment. Calls are synchronous and hold no state
// but the workspace.
//
// Guarantees:
// - Same bytes: every implementation writes the same bytes for the same arguments and workspace.
// - Contained: a call reads its inputs and writes its outputs, and leaves every other workspace byte as it
//   was.
// - Checked: a span that leaves the reserved workspace, or a shape that is not allowed, is a RangeError
//   before anything is written: it is a programmer's mistake. Overlap of a call's outputs with its inputs or
//   with each other is not checked and makes the outputs undefined.

/** The same product over several groups of vectors: group g shifts every offset by g strides. */
export type ProductGroups = {
  /** Number of groups, ≥ 0. */
  readonly count: number
  /** Bytes from a group's inputs to the next group's, ≥ 0. */
  readonly inputStride: number
  /** Bytes from a group's outputs to the next group's, ≥ 0. */
  readonly outputStride: number
}

/** A matrix over GF(2^8)/0x11d times a column of byte vectors. */
export type Product = {
  /** outputs.length × inputs.length coefficients, row by row (a row makes an output). */
  readonly matrix: Uint8Array
  /** Offsets of the input vectors, 1 … 255 of them. One vector may be named twice. */
  readonly inputs: Uint32Array
  /** Offsets of the output vectors, 1 … 255 of them. */
  readonly outputs: Uint32Array
  /** Bytes of each vector, a multiple of 32 (0 does nothing). */
  readonly length: number
  /** Left out: one group, at the offsets as they are. */
  readonly groups?: ProductGroups
}

/** Symbols that stand one after another. */
export type SymbolSpan = {
  /** Where the first symbol begins. */
  readonly offset: number
  /** Number of symbols, ≥ 0. */
  readonly count: number
  /** Bytes of each symbol, a multiple of 32, 32 … 2^25. */
  readonly symbolBytes: number
  /** Where count × 32 bytes go. */
  readonly out: number
}

/** Trees of one width. Leaf l of tree t is the 32 bytes at offset + t·treeStride + l·leafStride. */
export type TreeSpan = {
  /** Where the first leaf of the first tree begins. */
  readonly offset: number
  /** Number of trees, ≥ 0. */
  readonly count: number
  /** Leaves of each tree before padding, 1 … 2^14. */
  readonly width: number
  /** Bytes from a leaf to the next one of its tree, ≥ 0. Left out: 32. */
  readonly leafStride?: number
  /** Bytes from a tree's first leaf to the next tree's, ≥ 0. Left out: width × leafStride. */
  readonly treeStride?: number
  /** Where count × 32 bytes go. */
  readonly out: number
}

/** Pair leaves of slivers whose roots stand one after another. */
export type PairSpan = {
  /** Where the first of count row roots begins, 32 bytes each. */
  readonly rows: number
  /** Where the first of count column roots begins, 32 bytes each. */
  readonly columns: number
  /** Number of pairs, ≥ 0. */
  readonly count: number
  /** Where count × 32 bytes go. */
  readonly out: number
}

export type Kernel = {
  /** Which implementation this is: 'relaxed-simd', 'simd' or 'reference'. */
  readonly name: string
  /**
   * Grows the workspace to at least `bytes` and returns a view of its first `bytes` bytes. What they hold is
   * undefined, and the view dies with the next reserve (it may be detached). A workspace never shrinks.
   * Throws an Error when there is no memory for it.
   */
  readonly reserve: (bytes: number) => Uint8Array
  /** output o = Σ_i matrix[o × inputs.length + i] · input i, byte by byte, in every group. */
  readonly multiply: (product: Product) => void
  /** The symbolRoot (docs/protocol.md §2) of each symbol. */
  readonly symbolRoots: (span: SymbolSpan) => void
  /** The root (docs/protocol.md §2) of each tree; a tree of one leaf is that leaf. */
  readonly treeRoots: (span: TreeSpan) => void
  /** leaf i = H(0x02 ‖ row root i ‖ column root i). */
  readonly pairLeaves: (span: PairSpan) => void
}
