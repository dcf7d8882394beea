// The known name that somebody most likely meant.

/** Letters that may be wrong, as a part of the longer name. */
const DISTANCE_MAX = 0.5
const NAME_CHARACTERS_MAX = 100

/** The nearest of `known` by letters to insert, delete or replace; undefined if none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const asked = name.slice(0, NAME_CHARACTERS_MAX).toLowerCase()
  let best: { name: string; share: number } | undefined
  for (const candidate of known) {
    const share = distance(asked, candidate.toLowerCase()) / Math.max(asked.length, candidate.length)
    if (share <= DISTANCE_MAX && (best === undefined || share < best.share)) best = { name: candidate, share }
  }
  return best?.name
}

/** Levenshtein's, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
