// What commands print: results on standard output, as text or as one JSON object; everything else on standard error, and
// progress only where somebody watches.
import { systemClock } from '../../runtime/clock.ts'

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
