#!/usr/bin/env node
// The `floe` command. It ends the process itself, because an open connection would keep the process alive.
import { enableCompileCache } from 'node:module'

enableCompileCache()
// A closed pipe (`floe get … | head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
})
const { run } = await import('./shared/program.ts')
const exitCode = await run(process.argv)
// The output must be flushed before the process ends.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
