// What a sliver store knows of the state of its batches: those that were read and compared with their checksums lately, and those of
// which a value is damaged.
//
// Guarantees:
// - Counted: each read of a damaged value is reported, with its table.
// - Bounded: results of checks are remembered for an hour, at most of 65,536 batches, and at most 10,000 damaged batches are.
import { LRUCache } from 'lru-cache'
import type { Hex } from '../protocol/bytes.ts'
import type { Clock } from '../runtime/clock.ts'

/** Hears of stored values that do not match their checksums. */
export type DamageObserver = {
  /** @param batches that are known to be damaged, with this one */
  damaged(damage: { readonly table: string; readonly digest: Hex; readonly batches: number }): void
  /** A damaged batch was stored again or deleted. @param batches that are still damaged */
  healed(healed: { readonly digest: Hex; readonly batches: number }): void
}

/** A check reads everything that is stored of a batch, and anyone may ask for attestations. */
const CHECKED_FOR_MS = 3_600_000
const CHECKED_MAX = 65_536
const DAMAGED_MAX = 10_000

export class BatchChecks {
  readonly #clock: Clock
  readonly #observer: DamageObserver | undefined
  /** When the batches were checked that were whole. */
  readonly #whole = new LRUCache<Hex, number>({ max: CHECKED_MAX })
  readonly #damaged = new Set<Hex>()

  constructor({ clock, observer }: { readonly clock: Clock; readonly observer: DamageObserver | undefined }) {
    this.#clock = clock
    this.#observer = observer
  }

  /** Whether a batch was whole within the last hour; undefined: it has to be checked. */
  isWhole(digest: Hex): boolean | undefined {
    if (this.#damaged.has(digest)) return false
    const checkedAt = this.#whole.get(digest)
    const isRecent = checkedAt !== undefined && this.#clock.monotonic() - checkedAt < CHECKED_FOR_MS
    return isRecent ? true : undefined
  }

  /** Whether a value of this batch is known to be damaged. */
  isDamaged(digest: Hex): boolean {
    return this.#damaged.has(digest)
  }

  damagedCount(): number {
    return this.#damaged.size
  }

  foundDamaged(table: string, digest: Hex): void {
    this.#whole.delete(digest)
    if (this.#damaged.size < DAMAGED_MAX) this.#damaged.add(digest)
    this.#observer?.damaged({ table, digest, batches: this.#damaged.size })
  }

  /** Everything of this batch was just written, or read and compared. */
  foundWhole(digest: Hex): void {
    this.forget(digest)
    this.#whole.set(digest, this.#clock.monotonic())
  }

  /** The batch was deleted. */
  forget(digest: Hex): void {
    this.#whole.delete(digest)
    if (this.#damaged.delete(digest)) this.#observer?.healed({ digest, batches: this.#damaged.size })
  }
}
