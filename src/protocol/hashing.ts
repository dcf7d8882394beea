// Roots of slivers that stand in ordinary memory: copied into the kernel's workspace, hashed there.
import type { Kernel } from './kernel.ts'
import { assert } from './errors.ts'
import { HASH_BYTES } from './limits.ts'
import { hashesOf, treeRoot } from './tree.ts'

/** The symbolRoot of each of the `width` symbols of a sliver. */
export function symbolRoots(kernel: Kernel, sliver: Uint8Array, width: number): Uint8Array[] {
  assert(sliver.length % width === 0, `sliver of ${sliver.length} bytes has ${width} symbols`)
  const out = sliver.length
  const workspace = kernel.reserve(out + width * HASH_BYTES)
  workspace.set(sliver)
  kernel.symbolRoots({ offset: 0, count: width, symbolBytes: sliver.length / width, out })
  return hashesOf(workspace.slice(out, out + width * HASH_BYTES))
}

/** The rowRoot or columnRoot of a sliver of `width` symbols. */
export function sliverRoot(kernel: Kernel, sliver: Uint8Array, width: number): Uint8Array {
  return treeRoot(symbolRoots(kernel, sliver, width))
}

export function symbolRoot(kernel: Kernel, symbol: Uint8Array): Uint8Array {
  return symbolRoots(kernel, symbol, 1)[0] as Uint8Array
}
