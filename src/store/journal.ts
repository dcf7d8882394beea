// The record of what an account has signed for L1: every signed transaction is here, on disk, before anybody else sees it.
//
// A signed transaction that was handed to an endpoint may be mined whatever the answer was, or if there was none. So after a
// crash or a lost response the same bytes are sent again, never others: an intent has one nonce, and every attempt at it
// replaces the one before. Outcomes are kept, a bounded number of them, so that an intent that comes again is answered.
import type { Hex } from '../protocol/bytes.ts'
import { type Records, openRecordFolder } from './records.ts'

export type SignedTransaction = { readonly hash: Hex; readonly raw: Hex }

export type JournalEntry = {
  /** Names what the transaction is to achieve; one entry an intent. */
  readonly id: Hex
  readonly nonce: number
  /** Oldest first; all have the nonce, so at most one of them is ever mined. */
  readonly attempts: readonly SignedTransaction[]
}

export type JournalOutcome = {
  readonly transactionHash: Hex
  readonly blockNumber: number
  readonly gasUsed: number
}

export type Journal = {
  /** Entries that have no outcome, oldest first. */
  unfinished(): JournalEntry[]
  outcomeOf(id: Hex): JournalOutcome | undefined
  /** Writes an entry, or a further attempt of one; resolves when it is on disk. */
  record(entry: JournalEntry): Promise<void>
  finish(id: Hex, outcome: JournalOutcome): Promise<void>
  /** Drops an entry that can have no outcome: its nonce went to another transaction, or it reverted. */
  forget(id: Hex): Promise<void>
  close(): Promise<void>
}

const SCHEMA = 'floe-journal-1'
const OUTCOMES_MAX = 1024
/** The poster has one at a time; the bound is there so that there is one. */
const UNFINISHED_MAX = 1024
const SEQUENCE_DIGITS = 15

type Sequenced<T> = T & { readonly sequence: number }
type Tables = {
  /** By id. */
  readonly entries: Records<Sequenced<JournalEntry>>
  readonly outcomes: Records<Sequenced<JournalOutcome>>
  /** Sequence number to the id of an outcome, for dropping the oldest. */
  readonly finished: Records<Hex>
  /** 'sequence': the next one. */
  readonly state: Records<number>
}

/** Opens the journal in `dir`. @throws FloeError `configuration` when another process has it, or it is of another version */
export async function openJournal(dir: string): Promise<Journal> {
  const folder = await openRecordFolder(dir, SCHEMA)
  const tables: Tables = {
    entries: folder.records('entries'),
    outcomes: folder.records('outcomes'),
    finished: folder.records('finished'),
    state: folder.records('state'),
  }
  const { entries, outcomes } = tables
  return {
    unfinished: () =>
      entries
        .first(UNFINISHED_MAX)
        .map(({ value }) => value)
        .sort((a, b) => a.sequence - b.sequence),
    outcomeOf: (id) => outcomes.get(id),
    record: async (entry) =>
      folder.write(() => {
        const sequence = entries.get(entry.id)?.sequence ?? nextSequence(tables)
        entries.put(entry.id, { ...entry, sequence })
      }),
    finish: async (id, outcome) => folder.write(() => finish(tables, id, outcome)),
    forget: async (id) => folder.write(() => entries.remove(id)),
    close: async () => folder.close(),
  }
}

function nextSequence({ state }: Tables): number {
  const sequence = state.get('sequence') ?? 0
  state.put('sequence', sequence + 1)
  return sequence
}

function finish(tables: Tables, id: Hex, outcome: JournalOutcome): void {
  const { entries, outcomes, finished } = tables
  const earlier = outcomes.get(id)
  if (earlier !== undefined) finished.remove(sequenceKey(earlier.sequence))
  const sequence = nextSequence(tables)
  entries.remove(id)
  outcomes.put(id, { ...outcome, sequence })
  finished.put(sequenceKey(sequence), id)
  // What this write adds is not counted yet.
  const excess = finished.count() + 1 - OUTCOMES_MAX
  if (excess <= 0) return
  for (const { key, value } of finished.first(excess)) {
    finished.remove(key)
    outcomes.remove(value)
  }
}

function sequenceKey(sequence: number): string {
  return String(sequence).padStart(SEQUENCE_DIGITS, '0')
}
