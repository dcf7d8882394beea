// A disk of a few megabytes that a test fills and empties: a tmpfs, which takes root and Linux.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type SmallDisk = Disposable & {
  readonly dir: string
  /** Takes everything but about `bytes`. */
  fillUpTo(bytes: number): void
  /** Gives back what `fillUpTo` took. */
  empty(): void
}

export function createSmallDisk(bytes: number): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'floe-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir])
  if (mounted.status !== 0) {
    rmSync(dir, { recursive: true })
    throw new Error(`cannot mount a tmpfs: ${mounted.stderr?.toString().trim() ?? mounted.error?.message}`)
  }
  const ballast = join(dir, 'ballast')
  const free = (): number => {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  }
  return {
    dir,
    fillUpTo: (left) => {
      // Others write meanwhile: again, until there is no more than that.
      for (let part = 0; free() > left && part < 20; part++) {
        spawnSync('fallocate', ['-l', String(free() - left), `${ballast}-${part}`])
      }
      if (free() > left) throw new Error(`cannot fill ${dir}: ${free()} bytes are free`)
    },
    empty: () => {
      for (let part = 0; existsSync(`${ballast}-${part}`); part++) rmSync(`${ballast}-${part}`)
    },
    [Symbol.dispose]: () => {
      spawnSync('umount', ['--lazy', dir])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Why a small disk cannot be had here; undefined when it can. Said once, since tests are left out for it. */
export function noSmallDisk(): string | undefined {
  try {
    createSmallDisk(2 ** 20)[Symbol.dispose]()
    return undefined
  } catch (error) {
    const reason = String(error)
    console.warn(`\nLEFT OUT, since it takes a file system of its own: ${reason}\n`)
    return reason
  }
}
