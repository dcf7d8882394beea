// One LMDB environment in a folder that one process owns: typed tables, durable transactions, storage errors in our words.
//
// Guarantees:
// - Durable: a transaction resolves only after its commit was synced to disk (`overlappingSync` off: lmdb would otherwise
//   resolve at the commit and sync later). Transactions that are begun together are committed, and synced, together.
// - Exclusive: a second process is refused, and a killed one leaves nothing behind that would refuse the next.
// - Versioned: a folder of another schema is refused, not read.
import { createHash } from 'node:crypto'
import { mkdir, realpath, rm } from 'node:fs/promises'
import { type Server, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, type RootDatabase, open } from 'lmdb'
import { FloeError } from '../protocol/errors.ts'

export type Encoding = 'json' | 'binary'

/** A table of ordered keys; its own `put` and `remove` are for use within `transaction`, as `putSync` and `removeSync`. */
export type Table<V> = Database<V, string>

export type DatabaseFolder = {
  /** Opens a table; call it once a table, before the first transaction. */
  table<V>(name: string, encoding: Encoding): Table<V>
  /** Runs `change` in a write transaction and resolves with its result once that is on disk. @throws FloeError `storage` */
  transaction<T>(change: () => T): Promise<T>
  close(): Promise<void>
}

const TABLES_MAX = 16

/** @throws FloeError `configuration` when another process has the folder, or it holds something else */
export async function openDatabase(dir: string, schema: string): Promise<DatabaseFolder> {
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot make the folder ${dir}: ${String(error)}.`, { cause: error })
  })
  const lock = await ownFolder(dir)
  try {
    const root = open({
      path: dir,
      maxDbs: TABLES_MAX,
      overlappingSync: false,
      noMemInit: true,
      encoding: 'json',
    })
    await checkSchema(root, dir, schema)
    return {
      table: <V>(name: string, encoding: Encoding) => root.openDB<V, string>({ name, encoding }),
      transaction: async (change) => {
        try {
          return await root.transaction(change)
        } catch (error) {
          throw storageError(error)
        }
      },
      close: async () => {
        await root.close()
        await releaseFolder(lock)
      },
    }
  } catch (error) {
    await releaseFolder(lock)
    throw error
  }
}

async function checkSchema(root: RootDatabase, dir: string, schema: string): Promise<void> {
  const meta = root.openDB<string, string>({ name: 'meta', encoding: 'json' })
  const found = meta.get('schema')
  if (found === undefined) await meta.put('schema', schema)
  else if (found !== schema) {
    await root.close()
    throw new FloeError('configuration', `Expected a database ${schema} in ${dir}, found ${found}.`, {
      remedy: 'Use the version of Floe that wrote it, or an empty folder.',
    })
  }
}

/** Errors of the disk as ours; everything else as it is. */
export function storageError(error: unknown): unknown {
  if (error instanceof FloeError || !(error instanceof Error)) return error
  const text = error.message
  if (!/MDB_|ENOSPC|EIO|EDQUOT|EROFS|No space|Input\/output|quota|map/i.test(text)) return error
  return new FloeError('storage', `The disk did not take the write: ${text}.`, {
    remedy: 'Free space on it or replace it; nothing that was answered for is lost.',
    retryAfterSeconds: 10,
    cause: error,
  })
}

/**
 * Takes the folder for this process by listening on a socket named after it, which the system closes when the process ends,
 * however it ends. LMDB itself would let two processes in.
 */
async function ownFolder(dir: string): Promise<Server> {
  const name = `floe-${createHash('sha256')
    .update(await realpath(dir))
    .digest('hex')
    .slice(0, 32)}`
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
  const server = createServer((socket) => socket.destroy())
  if (process.platform !== 'linux' && !(await answers(path))) await rm(path, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new FloeError('configuration', `Another process uses the folder ${dir}.`, {
          remedy: 'Stop it, or choose another folder.',
          cause: error,
        }),
      ),
    )
    server.listen(path, resolve)
  })
  server.unref()
  return server
}

async function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function releaseFolder(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
