// An LMDB environment in a folder that one process owns: tables of bytes, and changes that are on disk when they resolve.
//
// Guarantees:
// - Atomic: the puts and removes of one `write` are one transaction; a killed process leaves all of them or none.
// - Durable: `write` resolves after fsync. With lmdb-js' default (`overlappingSync`) a promise resolves when a commit is
//   visible, before it is synced, and `flushed` never settles when the sync fails. Without it LMDB commits as it always did:
//   pages, fdatasync, then the meta page through an O_DSYNC descriptor, and only then does the promise settle (traced with
//   strace). It is not slower (measured: 0.75 ms a durable put of 128 KiB, 460 MB/s with eight at a time).
// - Grouped: lmdb-js commits on another thread; what is written meanwhile goes into the next commit, with one sync for all.
// - Honest: a failed commit rejects its writes with `storage` and the next ones try again. When LMDB itself gives up (it
//   could not write a meta page), every write is refused until the process restarts: lmdb-js would let them hang.
//
// `eventTurnBatching` is off because with it a failed commit is also an unhandled rejection, which ends the process.
// `noMemInit` stays off: it would write whatever this process had in memory, keys too, into unused parts of pages.
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Database, type RootDatabase, open } from 'lmdb'
import { FloeError } from '../protocol/errors.ts'
import { lockFolder } from './folder-lock.ts'

export type Entry = { readonly key: Uint8Array; readonly value: Uint8Array }

/** Bytes by bytes, in the order of the keys. `put` and `remove` only within `write`. */
export type Table = {
  get(key: Uint8Array): Uint8Array | undefined
  /** Like `get`, for long values: pages that are not in memory are read on another thread. */
  load(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The first `limit` entries from `start` on. */
  range(start: Uint8Array, limit: number): Entry[]
  /** Number of entries; asks the root page only. */
  count(): number
  put(key: Uint8Array, value: Uint8Array): void
  remove(key: Uint8Array): void
}

export type LmdbFolder = {
  /** Opens a table; once a table, before the first write. */
  table(name: string): Table
  /**
   * Writes what `change` puts and removes. It must not throw half-way, and values must not change until this resolves.
   * @throws FloeError `storage`
   */
  write(change: () => void): Promise<void>
  close(): Promise<void>
}

const TABLES_MAX = 16
const SCHEMA_KEY = Buffer.from('schema')
const RETRY_SECONDS = 10

/** @throws FloeError `configuration` when another process has the folder, or it holds something else */
export async function openLmdbFolder(dir: string, schema: string): Promise<LmdbFolder> {
  makeFolder(dir)
  const lock = lockFolder(dir)
  let root: RootDatabase<Uint8Array, Uint8Array> | undefined
  try {
    root = openRoot(dir)
    await checkSchema(root, dir, schema)
    syncFolder(dir)
    syncFolder(dirname(resolve(dir)))
  } catch (error) {
    await root?.close()
    lock.release()
    throw error
  }
  const env = root
  const writer = createWriter(env)
  return {
    table: (name) => tableOver(openTable(env, name)),
    write: async (change) => writer.write(change),
    close: async () => {
      // An environment that gave up never ends its last write, so it is left to the end of the process.
      if (writer.isDead()) return
      await env.close()
      lock.release()
    },
  }
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true })
  } catch (error) {
    throw new FloeError('configuration', `Cannot make the folder ${dir}: ${String(error)}.`, { cause: error })
  }
}

function openRoot(dir: string): RootDatabase<Uint8Array, Uint8Array> {
  try {
    return open<Uint8Array, Uint8Array>({
      path: dir,
      maxDbs: TABLES_MAX,
      overlappingSync: false,
      eventTurnBatching: false,
      encoding: 'binary',
      keyEncoding: 'binary',
    })
  } catch (error) {
    throw new FloeError('configuration', `Cannot open the database in ${dir}: ${String(error)}.`, {
      remedy:
        'If it is damaged, start with an empty folder: what was stored can be repaired from the committee.',
      cause: error,
    })
  }
}

function openTable(
  root: RootDatabase<Uint8Array, Uint8Array>,
  name: string,
): Database<Uint8Array, Uint8Array> {
  return root.openDB<Uint8Array, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' })
}

/** Makes the names of new files durable too; fsync of a file says nothing of its folder. */
function syncFolder(dir: string): void {
  const descriptor = openSync(dir, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

async function checkSchema(
  root: RootDatabase<Uint8Array, Uint8Array>,
  dir: string,
  schema: string,
): Promise<void> {
  const meta = openTable(root, 'meta')
  const found = meta.getBinary(SCHEMA_KEY)?.toString()
  if (found === undefined) await meta.put(SCHEMA_KEY, Buffer.from(schema))
  else if (found !== schema) {
    throw new FloeError('configuration', `Expected a database ${schema} in ${dir}, found ${found}.`, {
      remedy: 'Use the version of Floe that wrote it, or an empty folder.',
    })
  }
}

function tableOver(db: Database<Uint8Array, Uint8Array>): Table {
  const get = (key: Uint8Array): Uint8Array | undefined => {
    const found = db.getBinary(key)
    // What lmdb-js returns has a `length` of its own; a view over the same bytes is an ordinary array again.
    return found && new Uint8Array(found.buffer, found.byteOffset, found.byteLength)
  }
  return {
    get,
    load: async (key) => {
      await db.prefetch([key])
      return get(key)
    },
    range: (start, limit) =>
      [...db.getRange({ start, limit })].map(({ key, value }) => ({
        key: Uint8Array.from(key),
        value: Uint8Array.from(value),
      })),
    count: () => (db.getStats() as { entryCount: number }).entryCount,
    // Within `write` these only queue; the transaction's promise is the one that counts.
    put: (key, value) => void db.put(key, value),
    remove: (key) => void db.remove(key),
  }
}

type Writer = { write(change: () => void): Promise<void>; isDead(): boolean }

function createWriter(root: RootDatabase): Writer {
  /** Rejects of the writes in hand, for the case that lmdb-js never settles them. */
  const inHand = new Set<(error: FloeError) => void>()
  let dead: FloeError | undefined
  const fail = async (error: unknown): Promise<FloeError> => {
    const failure = storageError(await causeOf(error))
    if (dead === undefined && gaveUp(root)) {
      dead = new FloeError('storage', `${failure.message} LMDB takes no more writes.`, {
        remedy: 'Replace the disk if it is broken, and restart the node.',
        cause: error,
      })
      for (const reject of inHand) reject(dead)
    }
    return failure
  }
  return {
    isDead: () => dead !== undefined,
    write: async (change) => {
      if (dead !== undefined) throw dead
      let giveUp: ((error: FloeError) => void) | undefined
      try {
        await new Promise<void>((resolve, reject) => {
          giveUp = reject
          inHand.add(reject)
          root.batch(change).then(
            () => resolve(),
            (error: unknown) => void fail(error).then(reject, reject),
          )
        })
      } finally {
        if (giveUp !== undefined) inHand.delete(giveUp)
      }
    },
  }
}

/** lmdb-js rejects with an error that has a promise of the real one; unhandled, that promise would end the process. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> }
  if (commitError === undefined) return error
  return commitError.then(
    () => error,
    (cause: unknown) => cause,
  )
}

/** Whether LMDB is in its fatal state, in which it begins no transaction of either kind. */
function gaveUp(root: RootDatabase): boolean {
  try {
    root.resetReadTxn()
    root.getBinary(SCHEMA_KEY)
    return false
  } catch {
    return true
  }
}

function storageError(cause: unknown): FloeError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FloeError('storage', `The disk did not take the write: ${reason}.`, {
    remedy: 'Free space on it or replace it; nothing that was answered for is lost.',
    retryAfterSeconds: RETRY_SECONDS,
    cause,
  })
}
