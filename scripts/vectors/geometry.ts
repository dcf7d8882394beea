// Vectors of the geometry of every committee, and of symbol sizes around the lengths at which they grow.

export type GeometryVectors = {
  readonly about: string
  readonly committees: readonly { shards: number; faults: number; rows: number; columns: number }[]
  readonly symbols: readonly { shards: number; length: number; symbolBytes: number }[]
}

const limit = 2 ** 27

export function geometryVectors(): GeometryVectors {
  const committees = Array.from({ length: 252 }, (_, i) => {
    const shards = i + 4
    // The largest f with 3·f < n, counted instead of divided.
    let faults = 0
    while (3 * (faults + 1) < shards) faults++
    return { shards, faults, rows: shards - 2 * faults, columns: shards - faults }
  })
  const symbols = committees
    .filter(({ shards }) => [4, 7, 10, 31, 100, 255].includes(shards))
    .flatMap(({ shards, rows, columns }) => {
      const matrix = 32 * rows * columns
      const lengths = [1, 31, 32, 33, matrix - 1, matrix, matrix + 1, 119_823, 2 ** 20, 2 ** 24, limit]
      return lengths.map((length) => {
        const words = Number((BigInt(length) + BigInt(matrix) - 1n) / BigInt(matrix))
        return { shards, length, symbolBytes: 32 * words }
      })
    })
  return { about: 'n, f, r, c of every committee; s of batches (docs/protocol.md §1)', committees, symbols }
}
