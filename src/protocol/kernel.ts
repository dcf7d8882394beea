// The port to the inner loops of coding: field products, symbol hashing, trees. The protocol uses only this port; src/coding has the
// fast implementation (WebAssembly SIMD), test/support a readable one.
//
// A kernel owns one workspace, a byte array. All offsets are in bytes from its start. Offsets and lengths are safe integers and need
// no alignment. Calls are synchronous and keep no state other than the workspace. If the outputs of a call overlap its inputs or each
// other, the outputs are undefined.
//
// Guarantees:
// - Same bytes: every implementation writes the same bytes for the same arguments and workspace.
// - Contained: a call changes no byte of the workspace other than its outputs.
// - Checked: an argument outside the reserved workspace or the allowed shape is a RangeError before anything is written.

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
  /** outputs.length × inputs.length coefficients, row by row; each row computes one output. */
  readonly matrix: Uint8Array
  /** Offsets of the input vectors, 1 … 255 of them. A vector may occur twice. */
  readonly inputs: Uint32Array
  /** Offsets of the output vectors, 1 … 255 of them. */
  readonly outputs: Uint32Array
  /** Bytes of each vector, a multiple of 32 (0 does nothing). */
  readonly length: number
  /** When left out: one group. */
  readonly groups?: ProductGroups
}

/** Adjacent symbols of equal size. */
export type SymbolSpan = {
  /** Offset of the first symbol. */
  readonly offset: number
  /** Number of symbols, ≥ 0. */
  readonly count: number
  /** Bytes of each symbol, a multiple of 32, 32 … 2^25. */
  readonly symbolBytes: number
  /** Offset of the result, count × 32 bytes. */
  readonly out: number
}

/** Trees of equal width. Leaf l of tree t is the 32 bytes at offset + t·treeStride + l·leafStride. */
export type TreeSpan = {
  /** Offset of the first leaf of the first tree. */
  readonly offset: number
  /** Number of trees, ≥ 0. */
  readonly count: number
  /** Leaves of each tree before padding, 1 … 2^14. */
  readonly width: number
  /** Bytes from a leaf to the next leaf of its tree, ≥ 0. When left out: 32. */
  readonly leafStride?: number
  /** Bytes from the first leaf of a tree to that of the next tree, ≥ 0. When left out: width × leafStride. */
  readonly treeStride?: number
  /** Offset of the result, count × 32 bytes. */
  readonly out: number
}

/** Pair leaves of slivers with adjacent roots. */
export type PairSpan = {
  /** Offset of count row roots, 32 bytes each. */
  readonly rows: number
  /** Offset of count column roots, 32 bytes each. */
  readonly columns: number
  /** Number of pairs, ≥ 0. */
  readonly count: number
  /** Offset of the result, count × 32 bytes. */
  readonly out: number
}

export type Kernel = {
  /** The implementation: 'relaxed-simd', 'simd' or 'reference'. */
  readonly name: string
  /**
   * Grows the workspace to at least `bytes` and returns a view of its first `bytes` bytes, whose content is undefined. The next
   * call of reserve may detach the view. A workspace never shrinks. Throws an Error when memory runs out.
   */
  readonly reserve: (bytes: number) => Uint8Array
  /** Computes output o = Σ_i matrix[o × inputs.length + i] · input i, byte by byte, in every group. */
  readonly multiply: (product: Product) => void
  /** Computes the symbolRoot (docs/protocol.md §2) of each symbol. */
  readonly symbolRoots: (span: SymbolSpan) => void
  /** Computes the root (docs/protocol.md §2) of each tree. The root of a tree of one leaf is that leaf. */
  readonly treeRoots: (span: TreeSpan) => void
  /** Computes pair leaf i = H(0x02 ‖ row root i ‖ column root i). */
  readonly pairLeaves: (span: PairSpan) => void
}
