// JSON records by string keys, in an LMDB folder: durable, atomic and exclusive as lmdb-folder.ts says.
//
// Guarantees:
// - Reads see the disk: outside a change, a read returns what is on disk.
// - Refused when damaged: a read of a record that does not match its checksum fails, and a change that reads it is not written.
// - No lost update: within a change, a read sees all earlier changes, also those that share its commit.
import { FloeError } from '../protocol/errors.ts'
import { CheckedTable, type DamagedValue, isWhole } from './checked-table.ts'
import { DamagedPage } from './database-pages.ts'
import { LmdbFolder } from './lmdb-folder.ts'

export type RecordEntry<V> = { readonly key: string; readonly value: V }

/** Set while a change runs: what it did in memory is dropped by these functions once it is on disk or has failed. */
type RunningChange = { onSettled: (() => void)[] | undefined }

const START = new Uint8Array(0)

export class RecordFolder {
  readonly #folder: LmdbFolder
  readonly #running: RunningChange = { onSettled: undefined }

  /** @throws FloeError `configuration` when another process has the folder open, or the folder has another schema */
  static async open(dir: string, schema: string): Promise<RecordFolder> {
    return new RecordFolder(await LmdbFolder.open(dir, schema, { onValue: checkValue }))
  }

  private constructor(folder: LmdbFolder) {
    this.#folder = folder
  }

  /** Opens a table. Open each table once, before the first write. */
  records<V>(name: string): Records<V> {
    const table = new CheckedTable({ name, table: this.#folder.table(name), onDamaged: failDamaged })
    return new Records<V>(table, this.#running)
  }

  /**
   * Writes what `change` puts and removes, in one durable transaction. `change` runs later, and must not throw.
   * @param bytes the approximate number of bytes added; left out for a change that is small or deletes, which needs less free disk
   * @throws FloeError `storage`
   */
  async write(change: () => void, bytes?: number): Promise<void> {
    const onSettled: (() => void)[] = []
    try {
      await this.#folder.write(() => {
        this.#running.onSettled = onSettled
        try {
          change()
        } finally {
          this.#running.onSettled = undefined
        }
      }, bytes)
    } finally {
      for (const settle of onSettled) settle()
    }
  }

  /** Bytes of the database file. */
  bytes(): number {
    return this.#folder.bytes()
  }

  async close(): Promise<void> {
    return this.#folder.close()
  }
}

export class Records<V> {
  readonly #table: CheckedTable
  readonly #running: RunningChange
  /** What changes have put (or removed: undefined) that may not be on disk yet. */
  readonly #pending = new Map<string, { readonly value: V | undefined }>()

  constructor(table: CheckedTable, running: RunningChange) {
    this.#table = table
    this.#running = running
  }

  get(key: string): V | undefined {
    const pending = this.#running.onSettled && this.#pending.get(key)
    if (pending !== undefined) return pending.value
    const found = this.#table.get(Buffer.from(key))
    return found && parse<V>(found)
  }

  /** The first `limit` records in the order of their keys, as they are on disk. */
  first(limit: number): RecordEntry<V>[] {
    return this.#list(START, limit)
  }

  /** The first `limit` records whose keys are not below `start`, as they are on disk. */
  from(start: string, limit: number): RecordEntry<V>[] {
    return this.#list(Buffer.from(start), limit)
  }

  /** Number of records on disk. */
  count(): number {
    return this.#table.count()
  }

  /** Only within a change that `RecordFolder.write` runs. */
  put(key: string, value: V): void {
    this.#remember(key, value)
    this.#table.put(Buffer.from(key), Buffer.from(JSON.stringify(value)))
  }

  /** Only within a change that `RecordFolder.write` runs. */
  remove(key: string): void {
    this.#remember(key, undefined)
    this.#table.remove(Buffer.from(key))
  }

  #remember(key: string, value: V | undefined): void {
    const entry = { value }
    this.#pending.set(key, entry)
    this.#running.onSettled?.push(() => {
      if (this.#pending.get(key) === entry) this.#pending.delete(key)
    })
  }

  #list(start: Uint8Array, limit: number): RecordEntry<V>[] {
    return this.#table.range(start, limit).flatMap(({ key, value }) => {
      const name = Buffer.from(key).toString()
      // `failDamaged` has thrown for a value that is damaged.
      return value === undefined ? [] : [{ key: name, value: parse<V>(value) }]
    })
  }
}

/** All records are compared with their checksums at the start: one that is missed later would be missed quietly. */
function checkValue(table: string, key: Uint8Array, value: Uint8Array): void {
  const isRecord = table !== 'meta\0'
  if (isRecord && !isWhole(key, value))
    throw new DamagedPage(`a record of ${table.slice(0, -1)} does not match its checksum`)
}

/** A record is the only one of its kind, so nothing goes on without it. */
function failDamaged({ table, key }: DamagedValue): never {
  const name = Buffer.from(key).toString('latin1').slice(0, 100)
  throw new FloeError(
    'storage',
    `Expected a record of ${table} with its checksum, got damaged bytes at ${JSON.stringify(name)}.`,
    {
      facts: { table },
      remedy: 'Check the disk, and restore the folder from a copy, or start with an empty folder.',
    },
  )
}

function parse<V>(bytes: Uint8Array): V {
  return JSON.parse(Buffer.from(bytes).toString()) as V
}
