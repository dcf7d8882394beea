// Runs a command and fails when it leaves something behind: `node scripts/leave-nothing.ts COMMAND [ARGUMENT…]`.
//
// The command gets a temporary folder of its own, which must be empty at the end, and a mark in its environment, which every
// process that it starts inherits: none of them may be alive at the end, so none of them holds a port. Files in the checkout
// that git does not know are compared with those before. Processes are looked for on Linux only.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const MARK = 'LEAVE_NOTHING_RUN'
/** Processes end by themselves a moment after the one that started them. */
const GRACE_MS = 10_000
const POLL_MS = 100

const [command, ...commandArguments] = process.argv.slice(2)
if (command === undefined) {
  console.error('Expected a command to run, got none: node scripts/leave-nothing.ts COMMAND [ARGUMENT…]')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'floe-'))
const run = `${process.pid}-${Date.now()}`
const filesBefore = untrackedFiles()
const child = spawn(command, commandArguments, {
  stdio: 'inherit',
  env: { ...process.env, TMPDIR: folder, [MARK]: run },
})
const [code] = (await once(child, 'exit')) as [number | null]
const left = [
  ...(await processesLeft()).map((line) => `process ${line}`),
  ...readdirSync(folder).map((name) => `temporary ${name}`),
  ...untrackedFiles()
    .filter((file) => !filesBefore.includes(file))
    .map((file) => `file ${file}`),
]
rmSync(folder, { recursive: true, force: true })
for (const line of left) console.error(`*** left behind: ${line}`)
process.exitCode = code !== 0 ? (code ?? 1) : left.length > 0 ? 1 : 0

async function processesLeft(): Promise<string[]> {
  const deadline = performance.now() + GRACE_MS
  for (;;) {
    const lines = markedProcesses()
    if (lines.length === 0 || performance.now() > deadline) return lines
    await delay(POLL_MS)
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
        // It has ended meanwhile, or is another user's.
        return []
      }
    })
}

function untrackedFiles(): string[] {
  return execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}
