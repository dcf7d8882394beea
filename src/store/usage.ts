// What is used of a storage node: bytes on disk in total, and bytes of batches for each disperser.
//
// Guarantees:
// - Bounded: stored and reserved bytes together stay within the disk's bound and each disperser's quota.
// - Counted once: concurrent dispersals of one batch share one reservation.
//
// The counts live in memory. They are taken from the expiry index at every start, so they cannot differ from what is stored.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'

/** What one batch uses. */
export type Share = {
  readonly disperser: Hex
  /** Bytes of the batch: what quotas count. */
  readonly batchBytes: number
  /** Bytes on disk of what this node stores of the batch. */
  readonly storedBytes: number
}

/** Callers that store the same batch at the same time, and whether one of them has stored it. */
type SharedRoom = { holders: number; kept: boolean }

const RETRY_SECONDS = 60

export class Usage {
  readonly #diskBytesMax: number
  #batches = 0
  #storedBytes = 0
  readonly #usedBytes = new Map<Hex, number>()
  readonly #reserved = new Map<Hex, SharedRoom>()

  constructor(diskBytesMax: number) {
    this.#diskBytesMax = diskBytesMax
  }

  /** Reserves room for a batch before its body is read. @throws FloeError `over-quota` or `storage` */
  reserve(digest: Hex, share: Share, quotaBytes: bigint): Reservation {
    const room = this.#reserved.get(digest) ?? { holders: 0, kept: false }
    if (room.holders === 0) {
      this.#checkQuota(share, quotaBytes)
      this.#checkDisk(share)
      this.#count(share, 1)
      this.#reserved.set(digest, room)
    }
    room.holders += 1
    return new Reservation({
      room,
      onKeep: () => {
        this.#batches += 1
      },
      onLastRelease: () => {
        this.#reserved.delete(digest)
        if (!room.kept) this.#count(share, -1)
      },
    })
  }

  /** Counts a stored batch without a reservation: at the start. */
  add(share: Share): void {
    this.#batches += 1
    this.#count(share, 1)
  }

  /** Gives back what a deleted batch used. */
  remove(share: Share): void {
    this.#batches -= 1
    this.#count(share, -1)
  }

  totals(): { readonly batches: number; readonly storedBytes: number } {
    return { batches: this.#batches, storedBytes: this.#storedBytes }
  }

  /** Bytes of batches that count towards a disperser's quota. */
  usedBy(disperser: Hex): number {
    return this.#usedBytes.get(disperser) ?? 0
  }

  #count(share: Share, sign: 1 | -1): void {
    this.#storedBytes += sign * share.storedBytes
    const bytes = this.usedBy(share.disperser) + sign * share.batchBytes
    assert(this.#storedBytes >= 0 && bytes >= 0, 'usage is not negative')
    if (bytes === 0) this.#usedBytes.delete(share.disperser)
    else this.#usedBytes.set(share.disperser, bytes)
  }

  #checkQuota({ disperser, batchBytes }: Share, quotaBytes: bigint): void {
    const usedBytes = this.usedBy(disperser)
    if (BigInt(usedBytes + batchBytes) <= quotaBytes) return
    const rest = Math.max(Number(quotaBytes) - usedBytes, 0)
    throw new FloeError(
      'over-quota',
      `Disperser ${disperser} has room for ${rest} of its ${quotaBytes} bytes, the batch has ${batchBytes}.`,
      {
        facts: { usedBytes, quotaBytes: Number(quotaBytes), batchBytes },
        remedy: 'Wait until a batch expires, or ask for a larger quota.',
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }

  #checkDisk(share: Share): void {
    const [storedBytes, diskBytesMax] = [this.#storedBytes, this.#diskBytesMax]
    if (storedBytes + share.storedBytes <= diskBytesMax) return
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

/** One caller's part in the room of a batch. */
export class Reservation {
  readonly #room: SharedRoom
  readonly #onKeep: () => void
  readonly #onLastRelease: () => void
  #released = false

  constructor(options: {
    readonly room: SharedRoom
    readonly onKeep: () => void
    readonly onLastRelease: () => void
  }) {
    this.#room = options.room
    this.#onKeep = options.onKeep
    this.#onLastRelease = options.onLastRelease
  }

  /** The batch is stored: its share stays counted until `Usage.remove`. */
  keep(): void {
    assert(!this.#released && !this.#room.kept, 'a batch is kept once, before its reservation is released')
    this.#room.kept = true
    this.#onKeep()
  }

  /** Gives back room that is not kept. A second call does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#room.holders -= 1
    if (this.#room.holders === 0) this.#onLastRelease()
  }
}
