// A disk of a few megabytes that a test fills and empties: a tmpfs, which needs Linux and root.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type SmallDisk = Disposable & {
  readonly dir: string
  /** Writes a file that leaves about `bytes` free. */
  fillUpTo(bytes: number): void
  /** Removes the files of `fillUpTo`. */
  empty(): void
}

export function createSmallDisk(bytes: number): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'floe-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', dir])
  if (mounted.status !== 0) {
    rmSync(dir, { recursive: true })
    throw new Error(
      `Expected to mount a tmpfs: ${mounted.stderr?.toString().trim() ?? mounted.error?.message}`,
    )
  }
  const ballast = join(dir, 'ballast')
  const free = (): number => {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  }
  return {
    dir,
    fillUpTo: (left) => {
      // Other processes write and remove files meanwhile, so one file may not be enough.
      for (let part = 0; free() > left && part < 20; part++) {
        spawnSync('fallocate', ['-l', String(free() - left), `${ballast}-${part}`])
      }
      if (free() > left)
        throw new Error(`Expected to fill ${dir} up to ${left} bytes, but ${free()} are free.`)
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

/** The reason why this machine cannot make a small disk, which is also printed; undefined when it can. */
export function noSmallDisk(): string | undefined {
  try {
    createSmallDisk(2 ** 20)[Symbol.dispose]()
    return undefined
  } catch (error) {
    const reason = String(error)
    process.stderr.write(`\n*** SKIPPED because a small disk cannot be made: ${reason}\n\n`)
    return reason
  }
}
