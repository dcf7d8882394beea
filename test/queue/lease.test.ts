// The lease of a job, on a manual clock: when it is renewed, and when the process knows that it lost the job.
import { describe, expect, it } from 'vitest'
import { Lease } from '../../src/queue/lease.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const LEASE_MS = 1_000

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  await turn()
  for (let i = 0; i < ms; i += 10) {
    clock.advance(10)
    await turn()
  }
}

/** A lease whose extensions are answered by `extend`, and the times at which they were requested. */
function leaseOn(
  clock: ManualClock,
  extend: () => Promise<boolean>,
  ageMs = 0,
): { lease: Lease; times: number[] } {
  const start = clock.monotonic()
  const times: number[] = []
  const lease = new Lease({
    clock,
    leaseMs: LEASE_MS,
    ageMs,
    extend: async () => {
      times.push(clock.monotonic() - start)
      return extend()
    },
  })
  return { lease, times }
}

describe('a lease', () => {
  it('a lease is renewed after each quarter until it is released', async () => {
    const clock = manualClock(1_000)
    const { lease, times } = leaseOn(clock, async () => true)
    const kept = lease.keep()
    await pass(clock, 1_600)
    expect(times).toEqual([250, 500, 750, 1_000, 1_250, 1_500])
    lease.release()
    await kept
    expect({ lost: lease.lost.aborted, sleeping: clock.sleeping() }).toEqual({ lost: false, sleeping: 0 })
  })

  it('a lease is lost as soon as Redis says that another process holds the lock', async () => {
    const clock = manualClock(1_000)
    const { lease } = leaseOn(clock, async () => false)
    const kept = lease.keep()
    await pass(clock, 240)
    expect(lease.lost.aborted).toBe(false)
    await pass(clock, 10)
    expect(lease.lost.aborted).toBe(true)
    await kept
  })

  it.each([
    { what: 'rejects', extend: async () => Promise.reject(new Error('away')) },
    { what: 'never answers', extend: async () => new Promise<boolean>(() => undefined) },
  ])('a lease is lost at its end when Redis $what', async ({ extend }) => {
    const clock = manualClock(1_000)
    const { lease } = leaseOn(clock, extend)
    const kept = lease.keep()
    await pass(clock, LEASE_MS - 10)
    expect(lease.lost.aborted).toBe(false)
    await pass(clock, 10)
    expect(lease.lost.aborted).toBe(true)
    await kept
    expect(clock.sleeping()).toBe(0)
  })

  it('a lease that ended before it is kept is lost without a request', async () => {
    const clock = manualClock(1_000)
    const { lease, times } = leaseOn(clock, async () => true, LEASE_MS)
    await lease.keep()
    expect({ lost: lease.lost.aborted, times }).toEqual({ lost: true, times: [] })
  })

  it('a lease that outlasts a pause of the process is renewed, one that does not is lost', async () => {
    for (const [pauseMs, lost] of [
      [LEASE_MS - 10, false],
      [LEASE_MS, true],
    ] as const) {
      const clock = manualClock(1_000)
      const { lease } = leaseOn(clock, async () => true)
      const kept = lease.keep()
      await turn()
      clock.advance(pauseMs)
      await turn()
      expect(lease.lost.aborted).toBe(lost)
      lease.release()
      await kept
    }
  })
})
