// The record of what an account has signed for L1: every signed transaction is here, on disk, before anybody else sees it.
//
// A signed transaction that was handed to an endpoint may be mined whatever the answer was, or if there was none. So after a
// crash, a lost response or a reorg the same bytes are sent again, never others: an intent has one nonce, and every attempt at
// it replaces the one before. An entry stays until what became of its nonce is final; only then can nothing of it come back.
import type { Hex } from '../protocol/bytes.ts'
import { type Records, openRecordFolder } from './records.ts'

export type SignedTransaction = { readonly hash: Hex; readonly raw: Hex }

export type JournalEntry = {
  /** Names what the transaction is to achieve; one entry an intent. */
  readonly id: Hex
  /** What its transaction is called in messages. */
  readonly label: string
  /** What no other entry may have as long as this one is here. */
  readonly keys: readonly Hex[]
  readonly nonce: number
  /** Oldest first; all have the nonce, so at most one of them is ever mined. */
  readonly attempts: readonly SignedTransaction[]
}

export type Journal = {
  /** Entries whose end is not final, in the order of their nonces. */
  pending(): JournalEntry[]
  /** Writes an entry, or a further attempt of one; resolves when it is on disk. */
  record(entry: JournalEntry): Promise<void>
  /** Drops an entry: what became of its nonce is final. */
  remove(id: Hex): Promise<void>
  close(): Promise<void>
}

const SCHEMA = 'floe-journal-3'
/** More than a sender ever has; the bound is there so that there is one. */
const LIVE_MAX = 4096

/** Opens the journal in `dir`. @throws FloeError `configuration` when another process has it, or it is of another version */
export async function openJournal(dir: string): Promise<Journal> {
  const folder = await openRecordFolder(dir, SCHEMA)
  const entries: Records<JournalEntry> = folder.records('entries')
  return {
    pending: () =>
      entries
        .first(LIVE_MAX)
        .map(({ value }) => value)
        .sort((a, b) => a.nonce - b.nonce),
    record: async (entry) => folder.write(() => entries.put(entry.id, entry)),
    remove: async (id) => folder.write(() => entries.remove(id)),
    close: async () => folder.close(),
  }
}
