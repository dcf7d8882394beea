// Who uses how much of a storage node: bytes on disk of everybody together, bytes of batches of each disperser.
//
// Guarantees:
// - Bounded: what is stored and what is being stored never passes the disk's bound or, together, a disperser's quota, however
//   many dispersals come at once: room is reserved before a body is read.
// - Once a batch: dispersals of one batch at the same time share one reservation.
//
// It lives in memory and is counted anew from the expiry index at every start, so that it cannot drift from what is stored.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'

/** What one batch takes. */
export type Share = {
  readonly disperser: Hex
  /** Bytes of the batch: what quotas count. */
  readonly batchBytes: number
  /** Bytes on disk of what this node stores of it. */
  readonly storedBytes: number
}

export type Reservation = {
  /** The batch is stored: its share stays counted until `remove`. */
  keep(): void
  /** Gives back what is not kept; harmless when called again. */
  release(): void
}

export type Usage = {
  /** @throws FloeError `over-quota` or `storage` */
  reserve(digest: Hex, share: Share, quotaBytes: bigint): Reservation
  add(share: Share): void
  remove(share: Share): void
  totals(): { readonly batches: number; readonly storedBytes: number }
  usedBy(disperser: Hex): number
}

type Shared = { holders: number; kept: boolean }

const RETRY_SECONDS = 60

export function createUsage(diskBytesMax: number): Usage {
  let batches = 0
  let storedBytes = 0
  const used = new Map<Hex, number>()
  const reserved = new Map<Hex, Shared>()
  const usedBy = (disperser: Hex): number => used.get(disperser) ?? 0
  const count = (share: Share, sign: 1 | -1): void => {
    storedBytes += sign * share.storedBytes
    const bytes = usedBy(share.disperser) + sign * share.batchBytes
    assert(storedBytes >= 0 && bytes >= 0, 'usage is not negative')
    if (bytes === 0) used.delete(share.disperser)
    else used.set(share.disperser, bytes)
  }
  return {
    usedBy,
    totals: () => ({ batches, storedBytes }),
    add: (share) => {
      batches += 1
      count(share, 1)
    },
    remove: (share) => {
      batches -= 1
      count(share, -1)
    },
    reserve: (digest, share, quotaBytes) => {
      const shared = reserved.get(digest) ?? { holders: 0, kept: false }
      if (shared.holders === 0) {
        checkRoom(share, { quotaBytes, usedBytes: usedBy(share.disperser), storedBytes, diskBytesMax })
        count(share, 1)
        reserved.set(digest, shared)
      }
      shared.holders += 1
      return reservationOf(shared, {
        onKept: () => (batches += 1),
        onLast: () => {
          reserved.delete(digest)
          if (!shared.kept) count(share, -1)
        },
      })
    },
  }
}

function reservationOf(shared: Shared, on: { onKept: () => void; onLast: () => void }): Reservation {
  let held = true
  return {
    keep: () => {
      assert(held && !shared.kept, 'a batch is kept once, before its reservation is released')
      shared.kept = true
      on.onKept()
    },
    release: () => {
      if (!held) return
      held = false
      shared.holders -= 1
      if (shared.holders === 0) on.onLast()
    },
  }
}

type Room = {
  readonly quotaBytes: bigint
  readonly usedBytes: number
  readonly storedBytes: number
  readonly diskBytesMax: number
}

function checkRoom(share: Share, room: Room): void {
  const { disperser, batchBytes } = share
  const { quotaBytes, usedBytes, storedBytes, diskBytesMax } = room
  if (BigInt(usedBytes + batchBytes) > quotaBytes) {
    const rest = Number(quotaBytes) - usedBytes
    throw new FloeError(
      'over-quota',
      `Disperser ${disperser} has room for ${Math.max(rest, 0)} of its ${quotaBytes} bytes, the batch has ${batchBytes}.`,
      {
        facts: { usedBytes, quotaBytes: Number(quotaBytes), batchBytes },
        remedy: 'Wait until a batch expires, or ask for a larger quota.',
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }
  if (storedBytes + share.storedBytes > diskBytesMax) {
    throw new FloeError(
      'storage',
      `This node stores ${storedBytes} of at most ${diskBytesMax} bytes, the batch needs ${share.storedBytes}.`,
      {
        facts: { storedBytes, diskBytesMax, neededBytes: share.storedBytes },
        remedy: 'Wait until a batch expires; the operator can give the node more disk.',
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }
}
