// An LMDB environment in a folder that one process owns: tables of bytes, and durable atomic changes to them.
//
// Guarantees:
// - Exclusive: one process at a time has the folder open (folder-lock.ts).
// - Atomic: the puts and removes of one `write` are one transaction; a killed process leaves all of them or none.
// - Durable: `write` resolves after fsync.
// - Ordered: writes are committed in the order of their calls, and each gets its own result (commit-queue.ts).
// - Refused before the disk is full: a write that does not fit is rejected before LMDB sees it (commit-queue.ts, file-room.ts).
// - Nothing lost quietly: a database that is damaged, or has less than its last commit left in it, is not opened (database-file.ts).
// - Private: the folder and its files are for the account of the process only, since a journal has transactions ready to be sent.
//
// Durability needs `overlappingSync: false`. With lmdb-js' default a promise resolves when a commit is visible, before it is
// synced, and `flushed` never settles when the sync fails. Without it LMDB writes the pages, calls fdatasync, writes the meta
// page through an O_DSYNC descriptor, and only then settles the promise (traced with strace). It is not slower (measured:
// 0.6 ms for a durable put of 128 KiB, 520 MB/s with eight writers).
//
// `eventTurnBatching` is off because with it a failed commit is also an unhandled rejection, which ends the process.
// `noMemInit` stays off: it would write the memory of this process, keys included, into unused parts of pages.
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
  statfsSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Database, type RootDatabase, open } from 'lmdb'
import { FloeError } from '../protocol/errors.ts'
import { CommitQueue } from './commit-queue.ts'
import { CommitRecord } from './commit-record.ts'
import { type DatabaseFiles, SummaryReader, checkDatabaseFile } from './database-file.ts'
import type { OnValue } from './database-walk.ts'
import { FileRoom } from './file-room.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'

export type Entry = { readonly key: Uint8Array; readonly value: Uint8Array }

export type LmdbFolderOptions = {
  /** Bytes that are free on the disk of a folder; for tests. */
  readonly freeBytes?: (dir: string) => number
  /** Called for every stored value before the folder is opened. It throws DamagedPage for one that is damaged. */
  readonly onValue?: OnValue
}

type BytesDatabase = Database<Uint8Array, Uint8Array>
type RootBytesDatabase = RootDatabase<Uint8Array, Uint8Array>

const TABLES_MAX = 32
const DATABASE_FILE = 'data.mdb'
/** What the last commit left (commit-record.ts). */
const RECORD_FILE = 'contents'
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
/** An option of lmdb-js that its types do not know. */
const PRIVATE = { permissionsMode: FILE_MODE }
const SCHEMA_KEY = Buffer.from('schema')

export class LmdbFolder {
  readonly #descriptor: number
  readonly #record: CommitRecord
  readonly #summary: SummaryReader
  readonly #room: FileRoom
  readonly #root: RootBytesDatabase
  readonly #lock: FolderLock
  readonly #commits: CommitQueue
  readonly #state: FolderState = { closed: false }

  /**
   * Opens the folder, and creates it where it does not exist.
   * @throws FloeError `configuration` when another process has the folder open, or the folder has another schema or is damaged
   */
  static async open(dir: string, schema: string, options: LmdbFolderOptions = {}): Promise<LmdbFolder> {
    const { freeBytes = freeBytesUnder, onValue } = options
    const files = { database: join(dir, DATABASE_FILE), record: join(dir, RECORD_FILE) }
    makeFolder(dir)
    const lock = lockFolder(dir)
    let root: RootBytesDatabase | undefined
    try {
      checkDatabaseFile(files, onValue)
      root = openRoot(dir)
      restrictFiles(dir)
      await checkSchema(root, dir, schema)
      syncFolder(dir)
      syncFolder(dirname(resolve(dir)))
      return new LmdbFolder({ files, root, lock, freeBytes: () => freeBytes(dir) })
    } catch (error) {
      await root?.close()
      lock.release()
      throw error
    }
  }

  private constructor(options: {
    readonly files: DatabaseFiles
    readonly root: RootBytesDatabase
    readonly lock: FolderLock
    readonly freeBytes: () => number
  }) {
    const { files, root, lock, freeBytes } = options
    this.#root = root
    this.#lock = lock
    this.#descriptor = openSync(files.database, 'r+')
    this.#record = new CommitRecord(files.record)
    this.#summary = new SummaryReader(this.#descriptor)
    this.#room = new FileRoom(this.#descriptor)
    const onCommit = (): void => this.#recordCommit()
    onCommit()
    const reserve = (writes: number, bytes: number): void => this.#room.reserve(writes, bytes)
    this.#commits = new CommitQueue({ root, freeBytes, reserve, onCommit })
  }

  /** Opens a table. Open each table once, before the first write. */
  table(name: string): LmdbTable {
    return new LmdbTable(openDatabase(this.#root, name), this.#state)
  }

  /**
   * Writes what `change` puts and removes. `change` must not throw, and its values must not change until this resolves.
   * @param bytes the approximate number of bytes added; 0 for a change that is small or deletes
   * @throws FloeError `storage`
   */
  async write(change: () => void, bytes = 0): Promise<void> {
    return this.#commits.write(change, bytes)
  }

  /** Bytes of the database file. */
  bytes(): number {
    return fstatSync(this.#descriptor).size
  }

  async close(): Promise<void> {
    await this.#commits.idle()
    this.#state.closed = true
    await this.#root.close()
    try {
      // Tables that were opened since the last commit are in it now.
      this.#recordCommit()
    } finally {
      this.#record.close()
      closeSync(this.#descriptor)
      this.#lock.release()
    }
  }

  #recordCommit(): void {
    const { summary, usedBytes } = this.#summary.read()
    this.#record.write(summary)
    this.#room.use(usedBytes)
  }
}

/** Whether the folder is closed: lmdb-js ends the process for a read after that (an uncaught error in a timer of its own). */
type FolderState = { closed: boolean }

/** Values by keys, both bytes, in the order of the keys. Reads throw FloeError `storage` once the folder is closed. */
export class LmdbTable {
  readonly #database: BytesDatabase
  readonly #state: FolderState

  constructor(database: BytesDatabase, state: FolderState) {
    this.#database = database
    this.#state = state
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const found = this.#read(() => this.#database.getBinary(key))
    // What lmdb-js returns has a `length` property of its own; a view over the same bytes is an ordinary array again.
    return found && new Uint8Array(found.buffer, found.byteOffset, found.byteLength)
  }

  /** As `get`, for long values: pages that are not in memory are read on another thread. */
  async load(key: Uint8Array): Promise<Uint8Array | undefined> {
    if (!this.#state.closed) await this.#database.prefetch([key])
    return this.get(key)
  }

  /** The first `limit` entries whose keys are not below `start`. */
  range(start: Uint8Array, limit: number): Entry[] {
    return this.#read(() =>
      [...this.#database.getRange({ start, limit })].map(({ key, value }) => ({
        key: Uint8Array.from(key),
        value: Uint8Array.from(value),
      })),
    )
  }

  /** The first `limit` keys that are not below `start`, and below `end` if it is given. */
  keys(start: Uint8Array, limit: number, end?: Uint8Array): Uint8Array[] {
    const range = { start, limit, ...(end && { end }) }
    return this.#read(() => [...this.#database.getKeys(range)].map((key) => Uint8Array.from(key)))
  }

  /** Number of entries; reads the root page only. */
  count(): number {
    return this.#read(() => (this.#database.getStats() as { entryCount: number }).entryCount)
  }

  /** Only within a change that `LmdbFolder.write` runs: the promise of that write is the one that counts. */
  put(key: Uint8Array, value: Uint8Array): void {
    void this.#database.put(key, value)
  }

  /** Only within a change that `LmdbFolder.write` runs. */
  remove(key: Uint8Array): void {
    void this.#database.remove(key)
  }

  /** A read of an open folder fails only after LMDB itself has failed. @throws FloeError `storage` */
  #read<T>(read: () => T): T {
    if (this.#state.closed) throw new FloeError('storage', 'The database is closed: the process is stopping.')
    try {
      return read()
    } catch (error) {
      throw new FloeError('storage', `The database cannot be read: ${String(error)}.`, {
        remedy: 'Replace the disk if it is broken, and restart.',
        cause: error,
      })
    }
  }
}

/** Synchronous: a local disk answers in microseconds, and a thread switch before every commit would cost a put more. */
function freeBytesUnder(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: FOLDER_MODE })
  } catch (error) {
    throw new FloeError('configuration', `Cannot make the folder ${dir}: ${String(error)}.`, {
      remedy: 'Let the process create it, or choose another folder.',
      cause: error,
    })
  }
}

function openRoot(dir: string): RootBytesDatabase {
  try {
    return open<Uint8Array, Uint8Array>({
      path: dir,
      // The default takes a folder with a dot in its name for a file.
      noSubdir: false,
      maxDbs: TABLES_MAX,
      overlappingSync: false,
      eventTurnBatching: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      ...PRIVATE,
    })
  } catch (error) {
    throw new FloeError('configuration', `Cannot open the database in ${dir}: ${String(error)}.`, {
      remedy:
        'If it is damaged, start with an empty folder: what was stored can be repaired from the committee.',
      cause: error,
    })
  }
}

/** For files that were there already. A folder that a group is to read keeps its own mode. */
function restrictFiles(dir: string): void {
  for (const name of [DATABASE_FILE, 'lock.mdb']) {
    const file = join(dir, name)
    // Only the owner of a file can change its mode; another account with access to it was given that access on purpose.
    if (statSync(file).uid === process.getuid?.()) chmodSync(file, FILE_MODE)
  }
}

function openDatabase(root: RootBytesDatabase, name: string): BytesDatabase {
  return root.openDB<Uint8Array, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' })
}

/** Makes the names of new files durable: fsync of a file does not include its entry in the folder. */
function syncFolder(dir: string): void {
  const descriptor = openSync(dir, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

async function checkSchema(root: RootBytesDatabase, dir: string, schema: string): Promise<void> {
  const meta = openDatabase(root, 'meta')
  const found = meta.getBinary(SCHEMA_KEY)?.toString()
  if (found === undefined) await meta.put(SCHEMA_KEY, Buffer.from(schema))
  else if (found !== schema) {
    throw new FloeError('configuration', `Expected a database ${schema} in ${dir}, found ${found}.`, {
      remedy: 'Use the version of Floe that wrote it, or an empty folder.',
    })
  }
}
