// Runs one program and ends it when its own standard input ends: `node supervisor.ts PROGRAM [ARGUMENT…]`.
//
// For programs that do not know how to end with their parent. The parent holds the other end of the pipe and never writes to
// it, so the pipe ends when the parent does, however it does. Prints the program's pid; its output goes to standard error.
import { spawn } from 'node:child_process'
import { systemClock } from '../runtime/clock.ts'

/** Time to write its state to disk, before it is killed. */
const GRACE_MS = 8_000

const [program, ...programArguments] = process.argv.slice(2)
if (program === undefined) throw new Error('expected a program to run')

const child = spawn(program, programArguments, { stdio: ['ignore', 2, 2] })
let ending = false

async function end(): Promise<void> {
  if (ending) return
  ending = true
  child.kill('SIGTERM')
  await systemClock.sleep(GRACE_MS)
  child.kill('SIGKILL')
}

child.on('error', (error) => {
  console.error(`cannot run ${program}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(ending ? 0 : (code ?? (signal === null ? 1 : 128))))
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => void end())
process.stdin.on('error', () => void end())
process.stdin.on('close', () => void end())
process.stdin.on('end', () => void end())
process.stdin.resume()
// A parent that is gone reads nothing.
process.stdout.on('error', () => {})
process.stdout.write(`${child.pid ?? ''}\n`)
