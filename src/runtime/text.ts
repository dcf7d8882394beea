// Values as text for a terminal.

/** Lines of columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A number of bytes in the largest fitting unit. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit] ?? ''}`
}

/** A duration in its largest unit that leaves a whole number, or with one digit: `14 days`, `90 minutes`, `1.5 days`. */
export function durationText(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ] as const
  const fitting = units.filter(([, size]) => seconds >= size)
  const [name, size] = fitting.find(([, unit]) => seconds % unit === 0) ?? ['second', 1]
  const [largest = name, largestSize = size] = fitting[0] ?? []
  const isLong = seconds / size >= 1_000
  const [unit, count] = isLong
    ? [largest, Number((seconds / largestSize).toFixed(1))]
    : [name, seconds / size]
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** The start and the end of a long hexadecimal string. */
export function shortHex(hex: string): string {
  return hex.length <= 22 ? hex : `${hex.slice(0, 12)}…${hex.slice(-8)}`
}

/** Text from outside made safe for a terminal: bounded, without control characters. */
export function plainText(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E\u00A0-\uFFFD]/g, '?').slice(0, 300)
}
