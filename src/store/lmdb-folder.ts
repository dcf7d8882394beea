// An LMDB environment in a folder that one process owns: tables of bytes, and changes that are on disk when they resolve.
//
// Guarantees:
// - Atomic: the puts and removes of one `write` are one transaction; a killed process leaves all of them or none.
// - Durable: `write` resolves after fsync. With lmdb-js' default (`overlappingSync`) a promise resolves when a commit is
//   visible, before it is synced, and `flushed` never settles when the sync fails. Without it LMDB commits as it always did:
//   pages, fdatasync, then the meta page through an O_DSYNC descriptor, and only then does the promise settle (traced with
//   strace). It is not slower (measured: 0.6 ms a durable put of 128 KiB, 520 MB/s with eight at a time).
// - Grouped: lmdb-js commits on another thread; what is written meanwhile goes into the next commit, with one sync for all.
//   One commit is in hand at a time, and the groups are made here: lmdb-js makes them too, but with several transactions
//   in hand a failed one leaves promises of others that never settle (found with a limit on the file's size).
// - Honest: a write that does not fit the disk is refused before LMDB sees it, and the next one is tried again. A commit that
//   fails all the same rejects its writes, and every later one until the process restarts; reads go on. LMDB gives up itself
//   when it could not write a meta page (lmdb-js then never settles), and its report of any other failed write overruns the
//   buffer that it is printed into (mdb_page_flush, `last_error`), so a second one is not risked.
//
// `eventTurnBatching` is off because with it a failed commit is also an unhandled rejection, which ends the process.
// `noMemInit` stays off: it would write whatever this process had in memory, keys too, into unused parts of pages.
import { closeSync, fsyncSync, mkdirSync, openSync, statSync, statfsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Database, type RootDatabase, open } from 'lmdb'
import { FloeError } from '../protocol/errors.ts'
import { checkDatabaseFile } from './database-file.ts'
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
   * @param bytes what it adds, about; left out, it is small or deletes
   * @throws FloeError `storage`
   */
  write(change: () => void, bytes?: number): Promise<void>
  /** Bytes of the database's file. */
  bytes(): number
  close(): Promise<void>
}

const TABLES_MAX = 16
const DATABASE_FILE = 'data.mdb'
const SCHEMA_KEY = Buffer.from('schema')
const RETRY_SECONDS = 10

/**
 * Opens the folder, and makes it if there is none.
 * @param freeBytes bytes that the disk under a folder has left; for tests
 * @throws FloeError `configuration` when another process has the folder, or it holds something else
 */
export async function openLmdbFolder(
  dir: string,
  schema: string,
  freeBytes: (dir: string) => number = freeBytesUnder,
): Promise<LmdbFolder> {
  makeFolder(dir)
  const lock = lockFolder(dir)
  let root: RootDatabase<Uint8Array, Uint8Array> | undefined
  try {
    checkDatabaseFile(join(dir, DATABASE_FILE))
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
  const writer = createWriter(env, () => freeBytes(dir))
  return {
    table: (name) => tableOver(openTable(env, name)),
    write: async (change, bytes = 0) => writer.write(change, bytes),
    bytes: () => statSync(join(dir, 'data.mdb')).size,
    close: async () => {
      await writer.idle()
      await env.close()
      lock.release()
    },
  }
}

/** Synchronous: a local disk answers in microseconds, and a thread's hop before every commit would cost a put more. */
function freeBytesUnder(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
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
      // Left to itself, it takes a folder with a dot in its name for a file.
      noSubdir: false,
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
    const found = readIn(() => db.getBinary(key))
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
      readIn(() =>
        [...db.getRange({ start, limit })].map(({ key, value }) => ({
          key: Uint8Array.from(key),
          value: Uint8Array.from(value),
        })),
      ),
    count: () => readIn(() => (db.getStats() as { entryCount: number }).entryCount),
    // Within `write` these only queue; the transaction's promise is the one that counts.
    put: (key, value) => void db.put(key, value),
    remove: (key) => void db.remove(key),
  }
}

/** Reads fail only where LMDB has given up. @throws FloeError `storage` */
function readIn<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new FloeError('storage', `The database cannot be read: ${String(error)}.`, {
      remedy: 'Replace the disk if it is broken, and restart.',
      cause: error,
    })
  }
}

type Writer = { write(change: () => void, bytes: number): Promise<void>; idle(): Promise<void> }

type Waiting = {
  readonly change: () => void
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: FloeError) => void
}

/** Writes in one commit; more wait for the next one. */
const GROUP_MAX = 256

function createWriter(root: RootDatabase, freeBytes: () => number): Writer {
  const queue: Waiting[] = []
  let dead: FloeError | undefined
  let committing = false
  let done: Promise<void> | undefined
  const commitAll = async (): Promise<void> => {
    while (queue.length > 0) {
      const group = queue.splice(0, GROUP_MAX)
      const bytes = group.reduce((sum, waiting) => sum + waiting.bytes, 0)
      const full = dead ?? roomFor(bytes, freeBytes)
      if (full === undefined) dead = await commit(root, group)
      const failure = full ?? dead
      for (const { resolve, reject } of group) {
        if (failure === undefined) resolve()
        else reject(failure)
      }
    }
    committing = false
  }
  return {
    idle: async () => done,
    write: async (change, bytes) =>
      new Promise((resolve, reject) => {
        queue.push({ change, bytes, resolve, reject })
        if (committing) return
        committing = true
        done = commitAll()
      }),
  }
}

/** Room that a change has to leave: for pages copied on write, for the list of free pages, for other programs' files. */
const FREE_BYTES_MIN = 8 * 1024 * 1024
/** The same for a change that adds, so that deleting goes on when adding no longer does. */
const FREE_BYTES_MIN_ADDING = 64 * 1024 * 1024

function roomFor(bytes: number, freeBytes: () => number): FloeError | undefined {
  const needed = bytes === 0 ? FREE_BYTES_MIN : FREE_BYTES_MIN_ADDING + 2 * bytes
  try {
    const free = freeBytes()
    if (free >= needed) return undefined
    return new FloeError('storage', `The disk has ${free} bytes free, a write of ${bytes} needs ${needed}.`, {
      facts: { free, needed, bytes },
      remedy: 'Free space on it.',
      retryAfterSeconds: RETRY_SECONDS,
    })
  } catch (error) {
    return storageError(error)
  }
}

/** Commits the changes of a group in one transaction. Resolves with why it failed; all of them have then. */
async function commit(root: RootDatabase, group: readonly Waiting[]): Promise<FloeError | undefined> {
  try {
    await root.batch(() => {
      for (const { change } of group) change()
    })
    return undefined
  } catch (error) {
    return storageError(await causeOf(error))
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

function storageError(cause: unknown): FloeError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new FloeError('storage', `The disk did not take a write: ${reason}.`, {
    remedy: 'See to the disk and restart; nothing that was answered for is lost.',
    retryAfterSeconds: RETRY_SECONDS,
    cause,
  })
}
