// Trees and paths, compared with the kernel and with the definition, for every width that a committee can have.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { treeDepth } from '../../src/protocol/geometry.ts'
import { sliverRoot, symbolRoot, symbolRoots } from '../../src/protocol/hashing.ts'
import { chunkHashes, hashesOf, rootOfPath, treeRoot, treeWithPath } from '../../src/protocol/tree.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { referenceSymbolRoot, referenceTreeRoot } from '../support/reference-kernel.ts'
import { flipped, kernel } from './support.ts'

function leavesOf(width: number): Uint8Array[] {
  return hashesOf(seededBytes(`leaves ${width}`, 32 * width))
}

describe('trees', () => {
  test('a tree of any width has the root of the definition, in the kernel too', () => {
    for (let width = 1; width <= 255; width++) {
      const leaves = leavesOf(width)
      const expected = referenceTreeRoot(leaves)
      expect(treeRoot(leaves), `${width} leaves`).toEqual(expected)
      const workspace = kernel.reserve(32 * (width + 1))
      workspace.set(concatBytes(...leaves))
      kernel.treeRoots({ offset: 0, count: 1, width, out: 32 * width })
      expect(workspace.slice(32 * width), `${width} leaves in the kernel`).toEqual(expected)
    }
  })

  test('the root of a tree of one leaf is that leaf', () => {
    const [leaf] = leavesOf(1) as [Uint8Array]
    expect(treeWithPath([leaf], 0)).toEqual({ root: leaf, path: [] })
  })

  test('every leaf of a tree has a path to the root', () => {
    const widths = [1, 2, 3, 4, 5, 7, 8, 9, 21, 67, 255]
    for (const width of widths) {
      const leaves = leavesOf(width)
      leaves.forEach((leaf, index) => {
        const { root, path } = treeWithPath(leaves, index)
        expect(path).toHaveLength(treeDepth(width))
        expect(rootOfPath(leaf, index, concatBytes(...path))).toEqual(root)
      })
    }
  })

  test('a path gives another root for another leaf, index or sibling', () => {
    const widths = fc.integer({ min: 2, max: 255 })
    fc.assert(
      fc.property(widths, fc.nat(), fc.nat(), (width, place, noise) => {
        const leaves = leavesOf(width)
        const index = place % width
        const { root, path } = treeWithPath(leaves, index)
        const joined = concatBytes(...path)
        const leaf = leaves[index] as Uint8Array
        expect(rootOfPath(flipped(leaf, noise % 256), index, joined)).not.toEqual(root)
        expect(rootOfPath(leaf, index, flipped(joined, noise % (8 * joined.length)))).not.toEqual(root)
        expect(rootOfPath(leaf, index ^ (1 << (noise % path.length)), joined)).not.toEqual(root)
      }),
    )
  })

  test('the path of a leaf outside the tree fails an assertion', () => {
    expect(() => treeWithPath(leavesOf(3), 3)).toThrow('assertion failed: leaf 3 of 3')
    expect(() => hashesOf(new Uint8Array(33))).toThrow('assertion failed: 33 bytes of hashes')
  })
})

describe('symbols', () => {
  test.each([32, 2016, 2048, 2080, 4096, 4128, 6144, 10_240, 65_536])(
    'a symbol of %s bytes has the root of the definition',
    (symbolBytes) => {
      const symbol = seededBytes('symbol', symbolBytes)
      const expected = referenceSymbolRoot(symbol)
      expect(treeRoot(chunkHashes(symbol))).toEqual(expected)
      expect(symbolRoot(kernel, symbol)).toEqual(expected)
    },
  )

  test('the symbol roots of a sliver are the leaves under its root', () => {
    const sliver = seededBytes('sliver', 5 * 2080)
    const roots = symbolRoots(kernel, sliver, 5)
    expect(roots).toEqual(
      [0, 1, 2, 3, 4].map((i) => referenceSymbolRoot(sliver.subarray(i * 2080, (i + 1) * 2080))),
    )
    expect(sliverRoot(kernel, sliver, 5)).toEqual(referenceTreeRoot(roots))
  })
})
