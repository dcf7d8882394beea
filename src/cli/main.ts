#!/usr/bin/env node
// The `floe` command. Ends the process itself, so that no connection that was left open keeps it waiting.
import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Batches live outside the JavaScript heap, and every 32 MB of them would make V8 collect all of the heap: half of the
// processor time of a put (docs/decisions/006). Counted together with the heap, they are collected when it is worth it.
if (process.versions.node.startsWith('24.')) setFlagsFromString('--external-memory-accounted-in-global-limit')
enableCompileCache()
// A reader that has seen enough (`floe get … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})
const { run } = await import('./program.ts')
const exitCode = await run(process.argv)
// What was written must have left before the process does.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
