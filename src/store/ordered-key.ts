// Keys that are ordered by a number, for records that are read in that order.

const DIGITS = 15

/** A key that sorts by `order` first. */
export function orderedKey(order: number, name: string): string {
  return `${String(order).padStart(DIGITS, '0')}/${name}`
}

/** The `order` of a key that `orderedKey` made. */
export function orderOfKey(key: string): number {
  return Number(key.slice(0, DIGITS))
}
