// The journal of the transactions that an account has signed for L1.
//
// A signed transaction that was sent to an endpoint may be mined whatever the endpoint answered, also when it answered nothing.
// After a crash, a lost response or a reorg the same bytes are therefore sent again, never others. An entry has one nonce, and
// every attempt of it replaces the attempt before.
//
// A transaction of another chain is never mined on this one. It is set aside: kept, and returned when the journal is used on its
// chain again.
//
// Guarantees:
// - Journalled before sent: an entry is on disk when `record` resolves; a caller sends it only then.
// - Kept until final: an entry stays until its nonce is used in a final block, after which it cannot return.
// - Remembered: of entries whose call succeeded, the newest SUCCEEDED_MAX ids are kept for longer.
import type { Hex } from '../protocol/bytes.ts'
import { orderedKey } from './ordered-key.ts'
import { RecordFolder, type Records } from './records.ts'

export type SignedTransaction = { readonly hash: Hex; readonly raw: Hex }

export type JournalEntry = {
  /** Names what the transaction is to achieve; one entry for each such intent. */
  readonly id: Hex
  /** Names the transaction in messages. */
  readonly label: string
  /** No other entry has one of these keys while this entry is in the journal. */
  readonly keys: readonly Hex[]
  readonly nonce: number
  /** Oldest first; all have the same nonce, so at most one of them is ever mined. */
  readonly attempts: readonly SignedTransaction[]
}

const SCHEMA = 'floe-journal-5'
/** More entries than a transaction manager ever has; a read needs a bound. */
const ENTRIES_MAX = 4096
/** Entries that are set aside; beyond them the oldest are removed. */
const ASIDE_MAX = 1024
const SUCCEEDED_MAX = 4096

export class Journal {
  readonly #folder: RecordFolder
  readonly #entries: Records<JournalEntry>
  /** Keys that are ordered by nonce, by the ids of entries whose call succeeded, and those ids by their keys. */
  readonly #succeeded: Records<string>
  readonly #succeededOrder: Records<Hex>
  /** Keys start with a number that grows. */
  readonly #aside: Records<JournalEntry>

  /** @throws FloeError `configuration` when another process has the folder open, or the folder has another schema */
  static async open(dir: string): Promise<Journal> {
    return new Journal(await RecordFolder.open(dir, SCHEMA))
  }

  private constructor(folder: RecordFolder) {
    this.#folder = folder
    this.#entries = folder.records('entries')
    this.#aside = folder.records('aside')
    this.#succeeded = folder.records('succeeded')
    this.#succeededOrder = folder.records('succeeded-order')
  }

  /** Entries whose nonce is not yet used in a final block, in the order of their nonces. */
  pending(): JournalEntry[] {
    return this.#entries
      .first(ENTRIES_MAX)
      .map(({ value }) => value)
      .sort((a, b) => a.nonce - b.nonce)
  }

  /** Writes an entry, or an entry with a further attempt; resolves when it is on disk. */
  async record(entry: JournalEntry): Promise<void> {
    return this.#folder.write(() => this.#entries.put(entry.id, entry))
  }

  /** Removes an entry whose nonce is used in a final block. @param succeeded whether its call took effect there */
  async finish(id: Hex, succeeded: boolean): Promise<void> {
    return this.#folder.write(() => {
      if (succeeded) this.#remember(id)
      this.#entries.remove(id)
    })
  }

  /** Whether the call of an entry took effect in a final block, as far as it is remembered. */
  succeeded(id: Hex): boolean {
    return this.#succeeded.get(id) !== undefined
  }

  #remember(id: Hex): void {
    const before = this.#succeeded.get(id)
    if (before !== undefined) this.#succeededOrder.remove(before)
    const key = orderedKey(this.#entries.get(id)?.nonce ?? 0, id)
    this.#succeeded.put(id, key)
    this.#succeededOrder.put(key, id)
    const excess = this.#succeededOrder.count() + 1 - SUCCEEDED_MAX
    for (const { key: oldest, value } of this.#succeededOrder.first(Math.max(0, excess))) {
      this.#succeededOrder.remove(oldest)
      if (this.#succeeded.get(value) === oldest) this.#succeeded.remove(value)
    }
  }

  /** Entries that were set aside, oldest first. */
  aside(): JournalEntry[] {
    return this.#aside.first(ASIDE_MAX).map(({ value }) => value)
  }

  /** Writes entries, and sets others aside, in one change. An entry without attempts is removed from where it was. */
  async exchange(entries: readonly JournalEntry[], aside: readonly JournalEntry[]): Promise<void> {
    return this.#folder.write(() => {
      for (const entry of entries) {
        if (entry.attempts.length > 0) this.#entries.put(entry.id, entry)
        else this.#entries.remove(entry.id)
      }
      for (const { key } of this.#aside.first(ASIDE_MAX)) this.#aside.remove(key)
      aside.slice(-ASIDE_MAX).forEach((entry, i) => this.#aside.put(orderedKey(i, entry.id), entry))
    })
  }

  async close(): Promise<void> {
    return this.#folder.close()
  }
}
