// Runs one program and ends it when its own standard input ends: `node supervisor.ts PROGRAM [ARGUMENT…]`.
//
// For programs that do not end with their parent by themselves. The parent holds the other end of the pipe and never writes to
// it, so the pipe ends with the parent, however the parent ends. It prints the program's pid; the program's own output goes to
// standard error.
import { spawn } from 'node:child_process'
import { systemClock } from '../runtime/clock.ts'

/** The time that the program gets to write its state to disk before it is killed. */
const GRACE_MS = 8_000

const [program, ...programArguments] = process.argv.slice(2)
if (program === undefined) throw new Error('expected a program to run')

const child = spawn(program, programArguments, { stdio: ['ignore', 2, 2] })
let isEnding = false

async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  child.kill('SIGTERM')
  await systemClock.sleep(GRACE_MS)
  child.kill('SIGKILL')
}

child.on('error', (error) => {
  process.stderr.write(`cannot run ${program}: ${error.message}\n`, () => process.exit(1))
})
child.on('exit', (code, signal) => process.exit(isEnding ? 0 : (code ?? (signal === null ? 1 : 128))))
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => void end())
process.stdin.on('error', () => void end())
process.stdin.on('close', () => void end())
process.stdin.on('end', () => void end())
process.stdin.resume()
// Nothing reads the pid once the parent has ended.
process.stdout.on('error', () => undefined)
process.stdout.write(`${child.pid ?? ''}\n`)
