// What commands print. A result goes to standard output, as text or as one JSON object. Everything else goes to standard error, and
// progress is drawn only on a terminal.
import { runLoop } from '../../runtime/async/loop.ts'
import { systemClock } from '../../runtime/clock.ts'

const FRAME_MS = 100
const CLEAR_LINE = '\r\u001B[2K'

/** @param value is printed as one JSON object with `--json`, `text` otherwise */
export function printResult(json: boolean, value: object, text: string): void {
  console.log(json ? JSON.stringify(value, toJsonValue) : text)
}

function toJsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Runs `work`, and shows `label` and the elapsed time on the terminal until it has settled. */
export async function withProgress<T>(label: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work()
  const finished = new AbortController()
  const drawing = drawProgress(label, finished.signal)
  try {
    return await work()
  } finally {
    finished.abort()
    await drawing
    process.stderr.write(CLEAR_LINE)
  }
}

async function drawProgress(label: string, signal: AbortSignal): Promise<void> {
  const startedAt = systemClock.monotonic()
  const drawFrame = async (): Promise<void> => {
    const seconds = (systemClock.monotonic() - startedAt) / 1000
    process.stderr.write(`${CLEAR_LINE}${label} ${seconds.toFixed(1)} s`)
  }
  await runLoop({ clock: systemClock, intervalMs: FRAME_MS }, drawFrame, signal)
}
