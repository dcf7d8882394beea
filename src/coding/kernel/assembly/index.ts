// What the module exports. Arguments are addresses in the linear memory and are trusted: src/coding/kernel/load.ts
// checks them.

import { prepareNibbles } from './field'
import { prepareNodeTails } from './sha256'
import { prepareZeros } from './tree'

export { multiply } from './field'
export { INPUTS, LEVELS, MATRIX, OUTPUTS } from './layout'
export { chunkLeaves, pairLeaves, treeRoots } from './tree'

/** The first byte after everything static. */
export const WORKSPACE: usize = (__heap_base + 4095) & ~4095

/** Fills the tables; to be called once, before all else. */
export function prepare(): void {
  prepareNibbles()
  prepareNodeTails()
  prepareZeros()
}
