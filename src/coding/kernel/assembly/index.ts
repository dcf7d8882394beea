// The exports of the module. Arguments are addresses in the linear memory. They are trusted, because
// src/coding/kernel/load.ts checks them.

import { prepareNibbles } from './field'
import { prepareNodeTails } from './sha256'
import { prepareZeros } from './tree'

export { multiply } from './field'
export { INPUTS, LEVELS, MATRIX, OUTPUTS } from './layout'
export { chunkLeaves, pairLeaves, treeRoots } from './tree'

/** The first byte after the static data, on a page boundary. */
export const WORKSPACE: usize = (__heap_base + 4095) & ~4095

/** Fills the tables. Called once, before any other function. */
export function prepare(): void {
  prepareNibbles()
  prepareNodeTails()
  prepareZeros()
}
