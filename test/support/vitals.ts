// Memory and disk use of the processes of a fleet, and whether they grow.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Fleet } from './fleet.ts'

export type Vital = { readonly program: string; readonly rssBytes: number; readonly diskBytes: number }

/** The use of every node and sidecar that runs. That of L1 does not count: its chain grows. */
export function vitalsOf(fleet: Fleet): Vital[] {
  return [...fleet.nodes, ...fleet.sidecars].flatMap((program) => {
    const pid = program.pid()
    const rssBytes = pid === undefined ? undefined : rssOf(pid)
    if (rssBytes === undefined) return []
    return [{ program: program.name, rssBytes, diskBytes: bytesUnder(fleet.dirOf(program)) }]
  })
}

function rssOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** The blocks of the files, not their lengths: files of LMDB have holes on some systems. */
function bytesUnder(dir: string): number {
  return readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return sum + bytesUnder(path)
    return sum + (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }, 0)
}

export type Point = { readonly x: number; readonly y: number }

/** The median of the slopes between any two points (Theil and Sen): a few outliers do not change it. */
export function medianSlope(points: readonly Point[]): number {
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).flatMap((b) => (b.x === a.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  )
  return medianOf(slopes)
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
