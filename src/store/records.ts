// JSON records by string keys, over an LMDB folder: what a sidecar remembers. Durable, atomic and exclusive as lmdb-folder.ts
// says. A change is computed from what was read before it, so whoever changes a record twice waits for the first write.
import { type LmdbFolder, type Table, openLmdbFolder } from './lmdb-folder.ts'

export type Records<V> = {
  get(key: string): V | undefined
  /** The first `limit` records in the order of their keys. */
  first(limit: number): { key: string; value: V }[]
  count(): number
  /** `put` and `remove` only within `write`. */
  put(key: string, value: V): void
  remove(key: string): void
}

export type RecordFolder = {
  /** Opens a table; once a table, before the first write. */
  records<V>(name: string): Records<V>
  /** Writes what `change` puts and removes, at once and durably. @throws FloeError `storage` */
  write(change: () => void): Promise<void>
  close(): Promise<void>
}

/** @throws FloeError `configuration` when another process has the folder, or it holds something else */
export async function openRecordFolder(dir: string, schema: string): Promise<RecordFolder> {
  const folder: LmdbFolder = await openLmdbFolder(dir, schema)
  return {
    records: (name) => recordsOver(folder.table(name)),
    write: async (change) => folder.write(change),
    close: async () => folder.close(),
  }
}

const START = new Uint8Array(0)

function recordsOver<V>(table: Table): Records<V> {
  const parse = (bytes: Uint8Array): V => JSON.parse(Buffer.from(bytes).toString()) as V
  return {
    get: (key) => {
      const found = table.get(Buffer.from(key))
      return found && parse(found)
    },
    first: (limit) =>
      table
        .range(START, limit)
        .map(({ key, value }) => ({ key: Buffer.from(key).toString(), value: parse(value) })),
    count: () => table.count(),
    put: (key, value) => table.put(Buffer.from(key), Buffer.from(JSON.stringify(value))),
    remove: (key) => table.remove(Buffer.from(key)),
  }
}
