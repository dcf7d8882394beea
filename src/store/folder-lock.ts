// A lock that lets one process use a folder. LMDB itself lets several in, and a second storage node in one folder would spend
// the same quota and the same disk twice.
//
// The lock is an exclusive transaction on an empty SQLite file, the only way to a POSIX record lock that Node has. The kernel
// holds it, so the lock ends with the process, also on kill -9. It belongs to the file, so it also separates containers that
// share a volume, where process ids and sockets of one mean nothing to the other.
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FloeError } from '../protocol/errors.ts'

export type FolderLock = { release(): void }

const FILE = 'owner.lock'
const SQLITE_BUSY = 5

/** @throws FloeError `configuration` when another process, or another part of this one, has the folder */
export function lockFolder(dir: string): FolderLock {
  let database: DatabaseSync | undefined
  try {
    createPrivate(join(dir, FILE))
    database = new DatabaseSync(join(dir, FILE), { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw lockError(dir, error)
  }
  // The closure keeps the handle from being collected, which would end the lock.
  const held = database
  return { release: () => held.close() }
}

/** Creates the file for this account only; SQLite would let others read it. An existing file is not opened: closing it would end its lock. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function lockError(dir: string, error: unknown): FloeError {
  const busy = (error as { errcode?: unknown }).errcode === SQLITE_BUSY
  return busy
    ? new FloeError('configuration', `Another process uses the folder ${dir}.`, {
        remedy: 'Stop it, or choose another folder.',
        cause: error,
      })
    : new FloeError('configuration', `Cannot lock the folder ${dir}: ${String(error)}.`, {
        remedy: 'Let the process create files in it.',
        cause: error,
      })
}
