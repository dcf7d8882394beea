// Bounds the log files of a devnet: a file that has grown too long is truncated. The processes append, so they continue at its start.
import { statSync, truncateSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'

const LOG_BYTES_MAX = 64 * 1024 * 1024
const INTERVAL_MS = 10_000

/** Runs until the signal aborts. A folder that cannot be read is tried again after the interval. */
export async function boundLogFiles(logs: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const options = { clock, intervalMs: INTERVAL_MS, onError: () => undefined }
  await runLoop(options, async () => truncateLongFiles(logs), signal)
}

async function truncateLongFiles(logs: string): Promise<void> {
  for (const name of await readdir(logs)) {
    const file = join(logs, name)
    if (statSync(file).size > LOG_BYTES_MAX) truncateSync(file)
  }
}
