// What commands print: results on standard output, as text or as one JSON object; everything else on standard error, and
// progress only where somebody watches.
import { systemClock } from '../runtime/clock.ts'

const FRAME_MS = 100
const CLEAR_LINE = '\r\u001B[2K'

/** Prints a result: `text` for people, `value` as one JSON object where --json asks for it. */
export function printResult(json: boolean, value: object, text: string): void {
  console.log(json ? JSON.stringify(value, jsonValue) : text)
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Runs `work` with a line on the terminal that says what is being waited for, and for how long. */
export async function withProgress<T>(label: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work()
  const controller = new AbortController()
  const drawn = draw(label, controller.signal)
  try {
    return await work()
  } finally {
    controller.abort()
    await drawn
    process.stderr.write(CLEAR_LINE)
  }
}

async function draw(label: string, signal: AbortSignal): Promise<void> {
  const start = systemClock.monotonic()
  while (!signal.aborted) {
    const seconds = (systemClock.monotonic() - start) / 1000
    process.stderr.write(`${CLEAR_LINE}${label} ${seconds.toFixed(1)} s`)
    await systemClock.sleep(FRAME_MS, signal).catch(() => {})
  }
}

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

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit] ?? ''}`
}

/** The start and the end of a long hexadecimal string. */
export function shortHex(hex: string): string {
  return hex.length <= 22 ? hex : `${hex.slice(0, 12)}…${hex.slice(-8)}`
}

/** Text from outside, fit for a terminal: no control characters, bounded. */
export function plainText(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E\u00A0-\uFFFD]/g, '?').slice(0, 300)
}
