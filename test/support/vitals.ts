// What the processes of a fleet take of memory and of disk, and whether that grows.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Fleet } from './fleet.ts'

export type Vital = { readonly part: string; readonly rssBytes: number; readonly diskBytes: number }

/** Of every node and sidecar that runs, and of Redis. L1 is not ours: its chain grows. */
export function vitalsOf(fleet: Fleet): Vital[] {
  return [...fleet.nodes, ...fleet.sidecars].flatMap((part) => {
    const pid = part.pid()
    const rssBytes = pid === undefined ? undefined : rssOf(pid)
    return rssBytes === undefined
      ? []
      : [{ part: part.name, rssBytes, diskBytes: bytesUnder(fleet.dirOf(part)) }]
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

/** What files take, not how long they are: LMDB's have holes on some systems. */
function bytesUnder(dir: string): number {
  return readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return sum + bytesUnder(path)
    return sum + (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }, 0)
}

export type Point = { readonly x: number; readonly y: number }

/** The median of the slopes between any two points (Theil and Sen): a few points that lie off do not move it. */
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
