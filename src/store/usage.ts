// The usage of a storage node: bytes on disk in total, and bytes of batches for each disperser.
//
// Guarantees:
// - Bounded: stored and reserved bytes together stay within the disk's bound and each disperser's quota.
// - Counted once: concurrent dispersals of one batch share one reservation.
//
// The counts live in memory. They are taken from the expiry index at every start, so they cannot differ from what is stored.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'

/** What one batch uses. */
export type BatchUsage = {
  readonly disperser: Hex
  /** Bytes of the batch: what quotas count. */
  readonly batchBytes: number
  /** Bytes on disk of what this node stores of the batch. */
  readonly storedBytes: number
}

/** Callers that store the same batch at the same time, and whether one of them has stored it. */
type SharedReservation = { holders: number; kept: boolean }

const RETRY_SECONDS = 60

export class Usage {
  readonly #diskBytesMax: number
  readonly #otherBytes: () => number
  #batches = 0
  #storedBytes = 0
  readonly #usedBytes = new Map<Hex, number>()
  readonly #reserved = new Map<Hex, SharedReservation>()

  /** @param otherBytes bytes on disk of what is not batches, which count towards the disk's bound */
  constructor(diskBytesMax: number, otherBytes: () => number = () => 0) {
    this.#diskBytesMax = diskBytesMax
    this.#otherBytes = otherBytes
  }

  /** Reserves disk and quota for a batch before its body is read. @throws FloeError `over-quota` or `storage` */
  reserve(digest: Hex, usage: BatchUsage, quotaBytes: bigint): Reservation {
    const room = this.#reserved.get(digest) ?? { holders: 0, kept: false }
    if (room.holders === 0) {
      this.#checkQuota(usage, quotaBytes)
      this.#checkDisk(usage)
      this.#count(usage, 1)
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
        if (!room.kept) this.#count(usage, -1)
      },
    })
  }

  /** Counts a stored batch without a reservation: at the start. */
  add(usage: BatchUsage): void {
    this.#batches += 1
    this.#count(usage, 1)
  }

  /** Subtracts the usage of a deleted batch. */
  remove(usage: BatchUsage): void {
    this.#batches -= 1
    this.#count(usage, -1)
  }

  totals(): { readonly batches: number; readonly storedBytes: number } {
    return { batches: this.#batches, storedBytes: this.#storedBytes }
  }

  /** Bytes of batches that count towards a disperser's quota. */
  usedBy(disperser: Hex): number {
    return this.#usedBytes.get(disperser) ?? 0
  }

  #count(usage: BatchUsage, sign: 1 | -1): void {
    this.#storedBytes += sign * usage.storedBytes
    const bytes = this.usedBy(usage.disperser) + sign * usage.batchBytes
    assert(this.#storedBytes >= 0 && bytes >= 0, 'usage is not negative')
    if (bytes === 0) this.#usedBytes.delete(usage.disperser)
    else this.#usedBytes.set(usage.disperser, bytes)
  }

  #checkQuota({ disperser, batchBytes }: BatchUsage, quotaBytes: bigint): void {
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

  #checkDisk(usage: BatchUsage): void {
    const [storedBytes, diskBytesMax] = [this.#storedBytes + this.#otherBytes(), this.#diskBytesMax]
    if (storedBytes + usage.storedBytes <= diskBytesMax) return
    throw new FloeError(
      'storage',
      `This node stores ${storedBytes} of at most ${diskBytesMax} bytes, the batch needs ${usage.storedBytes}.`,
      {
        facts: { storedBytes, diskBytesMax, neededBytes: usage.storedBytes },
        remedy: 'Wait until a batch expires; the operator can give the node more disk.',
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }
}

/** One caller's part in the reservation of a batch. */
export class Reservation {
  readonly #room: SharedReservation
  readonly #onKeep: () => void
  readonly #onLastRelease: () => void
  #released = false

  constructor(options: {
    readonly room: SharedReservation
    readonly onKeep: () => void
    readonly onLastRelease: () => void
  }) {
    this.#room = options.room
    this.#onKeep = options.onKeep
    this.#onLastRelease = options.onLastRelease
  }

  /** The batch is stored: its usage stays counted until `Usage.remove`. */
  keep(): void {
    assert(!this.#released && !this.#room.kept, 'a batch is kept once, before its reservation is released')
    this.#room.kept = true
    this.#onKeep()
  }

  /** Returns what was reserved, unless the batch was kept. A second call does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#room.holders -= 1
    if (this.#room.holders === 0) this.#onLastRelease()
  }
}
