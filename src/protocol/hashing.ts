// Roots of slivers that are in ordinary memory. A sliver is copied into the kernel's workspace and hashed there.
import type { Kernel } from './kernel.ts'
import { assert } from './errors.ts'
import { HASH_BYTES } from './limits.ts'
import { hashesOf } from './tree.ts'

/** The symbolRoot of each of the `width` symbols of a sliver. Peak memory: the sliver once more, and 64 bytes for each symbol. */
export function symbolRoots(kernel: Kernel, sliver: Uint8Array, width: number): Uint8Array[] {
  const roots = hashSymbols(kernel, sliver, width)
  return hashesOf(roots.slice(0, width * HASH_BYTES))
}

/** The rowRoot or columnRoot of a sliver of `width` symbols. Peak memory: the sliver once more, and 32 bytes for each symbol. */
export function sliverRoot(kernel: Kernel, sliver: Uint8Array, width: number): Uint8Array {
  const roots = hashSymbols(kernel, sliver, width)
  const root = width * HASH_BYTES
  kernel.treeRoots({ offset: sliver.length, count: 1, width, out: sliver.length + root })
  return roots.slice(root, root + HASH_BYTES)
}

/** The root of the tree over hashes of 32 bytes, one after another. */
export function rootOfHashes(kernel: Kernel, hashes: Uint8Array): Uint8Array {
  const workspace = kernel.reserve(hashes.length + HASH_BYTES)
  workspace.set(hashes)
  kernel.treeRoots({ offset: 0, count: 1, width: hashes.length / HASH_BYTES, out: hashes.length })
  return workspace.slice(hashes.length)
}

/** The symbolRoot of one symbol. */
export function symbolRoot(kernel: Kernel, symbol: Uint8Array): Uint8Array {
  // The tree over a single leaf is that leaf.
  return sliverRoot(kernel, symbol, 1)
}

/** Hashes the symbols of a sliver. @returns a view of their roots in the workspace, followed by room for one more hash */
function hashSymbols(kernel: Kernel, sliver: Uint8Array, width: number): Uint8Array {
  assert(sliver.length % width === 0, `sliver of ${sliver.length} bytes has ${width} symbols`)
  const out = sliver.length
  const workspace = kernel.reserve(out + (width + 1) * HASH_BYTES)
  workspace.set(sliver)
  kernel.symbolRoots({ offset: 0, count: width, symbolBytes: sliver.length / width, out })
  return workspace.subarray(out)
}
