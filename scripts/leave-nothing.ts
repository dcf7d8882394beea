// Runs a command and fails when it leaves something behind: `node scripts/leave-nothing.ts COMMAND [ARGUMENT…]`.
//
// - Folders: the command gets a temporary folder of its own, which must be empty when it has ended, but for the compile
//   cache of Node.
// - Processes, and with them ports: every process of the command inherits a mark in its environment. No process with the mark may
//   run when the command has ended. Processes are searched on Linux only.
// - Files: those in the checkout that git does not track are compared with the ones before.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/runtime/clock.ts'

const MARK = 'LEAVE_NOTHING_RUN'
/** A process may end a moment after its parent. */
const GRACE_MS = 10_000
const POLL_MS = 100
/** `floe` keeps its compiled code in this folder of Node for its next start. */
const COMPILE_CACHE = 'node-compile-cache'

const [command, ...commandArguments] = process.argv.slice(2)
if (command === undefined) {
  console.error('Expected a command to run, got none: node scripts/leave-nothing.ts COMMAND [ARGUMENT…]')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'floe-'))
const run = `${process.pid}-${systemClock.now()}`
try {
  const filesBefore = untrackedFiles()
  const code = await runCommand(command, commandArguments)
  const left = [
    ...(await remainingProcesses()).map((line) => `process ${line}`),
    ...readdirSync(folder)
      .filter((name) => name !== COMPILE_CACHE)
      .map((name) => `temporary ${name}`),
    ...untrackedFiles()
      .filter((file) => !filesBefore.includes(file))
      .map((file) => `file ${file}`),
  ]
  for (const line of left) console.error(`*** left behind: ${line}`)
  process.exitCode = code !== 0 ? code : left.length > 0 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function runCommand(program: string, programArguments: readonly string[]): Promise<number> {
  const child = spawn(program, programArguments, {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: folder, [MARK]: run },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** The processes with the mark that do not end by themselves within the grace. */
async function remainingProcesses(): Promise<string[]> {
  const deadline = systemClock.monotonic() + GRACE_MS
  for (;;) {
    const lines = markedProcesses()
    if (lines.length === 0 || systemClock.monotonic() > deadline) return lines
    await systemClock.sleep(POLL_MS)
  }
}

function markedProcesses(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${run}`)) return []
        return [`${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`]
      } catch {
        // The process has ended meanwhile, or belongs to another user.
        return []
      }
    })
}

function untrackedFiles(): string[] {
  return execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}
