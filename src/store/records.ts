// JSON records by string keys, over an LMDB folder: what a sidecar remembers. Durable, atomic and exclusive as lmdb-folder.ts
// says. What is read outside a change is on disk. A change sees what the changes before it did, also those that go into the
// same commit, so whoever reads and writes within one change loses no update, however many come at once.
import { type LmdbFolder, type Table, openLmdbFolder } from './lmdb-folder.ts'

export type Entry<V> = { readonly key: string; readonly value: V }

export type Records<V> = {
  get(key: string): V | undefined
  /** The first `limit` records in the order of their keys, as they are on disk. */
  first(limit: number): Entry<V>[]
  /** The first `limit` records whose keys are `start` or come after it, as they are on disk. */
  from(start: string, limit: number): Entry<V>[]
  /** Number of records on disk. */
  count(): number
  /** `put` and `remove` only within `write`. */
  put(key: string, value: V): void
  remove(key: string): void
}

export type RecordFolder = {
  /** Opens a table; once a table, before the first write. */
  records<V>(name: string): Records<V>
  /**
   * Writes what `change` puts and removes, at once and durably. It runs when its turn comes, and must not throw.
   * @param bytes what it adds, about; left out, it is small or deletes, and goes through while there is some room at all
   * @throws FloeError `storage`
   */
  write(change: () => void, bytes?: number): Promise<void>
  /** Bytes of the folder's files. */
  bytes(): number
  close(): Promise<void>
}

/** @throws FloeError `configuration` when another process has the folder, or it holds something else */
export async function openRecordFolder(dir: string, schema: string): Promise<RecordFolder> {
  const folder: LmdbFolder = await openLmdbFolder(dir, schema)
  const changes: Changes = { running: undefined }
  return {
    records: (name) => recordsOver(folder.table(name), changes),
    write: async (change, bytes) => {
      const undos: (() => void)[] = []
      try {
        await folder.write(() => {
          changes.running = undos
          try {
            change()
          } finally {
            changes.running = undefined
          }
        }, bytes)
      } finally {
        for (const undo of undos) undo()
      }
    },
    bytes: () => folder.bytes(),
    close: async () => folder.close(),
  }
}

/** The change that runs now, by what it wants done once it is on disk, or will never be. */
type Changes = { running: (() => void)[] | undefined }

const START = new Uint8Array(0)

function recordsOver<V>(table: Table, changes: Changes): Records<V> {
  const parse = (bytes: Uint8Array): V => JSON.parse(Buffer.from(bytes).toString()) as V
  /** What changes have done that may not be on disk yet. */
  const pending = new Map<string, { readonly value: V | undefined }>()
  const change = (key: string, value: V | undefined): void => {
    const entry = { value }
    pending.set(key, entry)
    changes.running?.push(() => {
      if (pending.get(key) === entry) pending.delete(key)
    })
  }
  const list = (start: Uint8Array, limit: number): Entry<V>[] =>
    table
      .range(start, limit)
      .map(({ key, value }) => ({ key: Buffer.from(key).toString(), value: parse(value) }))
  return {
    get: (key) => {
      const changed = changes.running === undefined ? undefined : pending.get(key)
      if (changed !== undefined) return changed.value
      const found = table.get(Buffer.from(key))
      return found && parse(found)
    },
    first: (limit) => list(START, limit),
    from: (start, limit) => list(Buffer.from(start), limit),
    count: () => table.count(),
    put: (key, value) => {
      change(key, value)
      table.put(Buffer.from(key), Buffer.from(JSON.stringify(value)))
    },
    remove: (key) => {
      change(key, undefined)
      table.remove(Buffer.from(key))
    },
  }
}
