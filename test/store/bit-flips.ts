// Runs bit-flip-process.ts over many offsets of a database file, and collects what came of each.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const PAGE = 4096
const SCRIPT = join(import.meta.dirname, 'bit-flip-process.ts')

/** Makes the store whose copies are damaged. */
export function makeStore(dir: string): void {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, 'make', dir], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the store was not made: ${stderr}`)
}

/** Pages of a store. The room behind the last one is zeros that no one reads. */
export function pagesOf(dir: string): number {
  const bytes = readFileSync(join(dir, 'data.mdb'))
  return Math.floor(bytes.findLastIndex((byte) => byte !== 0) / PAGE) + 1
}

/** The outcomes by offset. The offset at which a process ended is told as `crashed`, and the next process goes on behind it. */
export function outcomesOf(dir: string, offsets: readonly number[]): Map<number, string> {
  const outcomes = new Map<number, string>()
  let rest = offsets
  while (rest.length > 0) {
    const args = [SCRIPT, 'flip', dir, `${dir}-copy`, rest.join(',')]
    const { stdout, signal, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    const lines = stdout.split('\n').filter((line) => line !== '')
    for (const line of lines) {
      const [offset = '', ...words] = line.split(' ')
      outcomes.set(Number(offset), words.join(' ') || `crashed: ${signal ?? status}`)
    }
    if (lines.length === 0) throw new Error(`nothing was tried: ${signal ?? status}`)
    rest = rest.slice(lines.length)
  }
  return outcomes
}
