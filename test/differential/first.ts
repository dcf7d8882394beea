// The first item of a list that has one.

export function first<T>(items: readonly T[]): T {
  const [item] = items
  if (item === undefined) throw new Error('expected an item')
  return item
}
