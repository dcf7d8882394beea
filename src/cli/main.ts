#!/usr/bin/env node
// The `floe` command. Ends the process itself, so that no connection that was left open keeps it waiting.
import { enableCompileCache } from 'node:module'

enableCompileCache()
// A reader that has seen enough (`floe get … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})
const { run } = await import('./shared/program.ts')
const exitCode = await run(process.argv)
// What was written must have left before the process does.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
