// A disk of a few megabytes that a test fills and empties: a tmpfs, which needs Linux and root.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canRun } from './requirements.ts'

const FILES_MAX = 20

export class SmallDisk implements Disposable {
  readonly dir: string

  constructor(bytes: number) {
    this.dir = mkdtempSync(join(tmpdir(), 'floe-disk-'))
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', this.dir])
    if (mounted.status === 0) return
    rmSync(this.dir, { recursive: true })
    const reason = mounted.stderr?.toString().trim() ?? mounted.error?.message
    throw new Error(`Expected to mount a tmpfs: ${reason}`)
  }

  /** Writes files until about `left` bytes are free. */
  fillUpTo(left: number): void {
    // Other processes write and remove files meanwhile, so one file may not be enough.
    for (let part = 0; this.#freeBytes() > left && part < FILES_MAX; part++)
      spawnSync('fallocate', ['-l', String(this.#freeBytes() - left), this.#ballast(part)])
    const free = this.#freeBytes()
    if (free > left)
      throw new Error(`Expected to fill ${this.dir} up to ${left} bytes, but ${free} are free.`)
  }

  /** Removes the files of `fillUpTo`. */
  empty(): void {
    for (let part = 0; existsSync(this.#ballast(part)); part++) rmSync(this.#ballast(part))
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['--lazy', this.dir])
    rmSync(this.dir, { recursive: true, force: true })
  }

  #ballast(part: number): string {
    return join(this.dir, `ballast-${part}`)
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.dir)
    return bavail * bsize
  }
}

/** Whether `tests`, which need small disks, can run on this machine. */
export function canMakeSmallDisks(tests: string): boolean {
  return canRun(tests, { name: 'tmpfs', present: isMountable(), remedy: 'Run them as root on Linux.' })
}

function isMountable(): boolean {
  try {
    new SmallDisk(2 ** 20)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}
