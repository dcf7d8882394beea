// Commits the writes of one LMDB environment: writes that arrive while a commit runs share the next one, and its fsync.
//
// One commit is in flight at a time. lmdb-js could group writes itself, but with several transactions in flight a failed one
// leaves promises of others that never settle (found with a limit on the file's size).
//
// After a failed commit every later write is rejected until the process restarts; reads go on. LMDB stops by itself when it
// could not write a meta page (lmdb-js then never settles), and its report of any other failed write damages the memory of the
// process. So room in the file is made before each commit (file-room.ts); what is left are disks that break during a commit.
import type { RootDatabase } from 'lmdb'
import { FloeError } from '../protocol/errors.ts'

export type CommitQueueOptions = {
  readonly root: Pick<RootDatabase, 'batch'>
  /** Bytes that are free on the disk. */
  readonly freeBytes: () => number
  /** Makes room in the file for writes that add `bytes`. @throws FloeError `storage` */
  readonly reserve: (writes: number, bytes: number) => void
  /** Called after each commit, before its writes resolve. It must not throw. */
  readonly onCommit?: () => void
}

type Write = {
  readonly change: () => void
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: FloeError) => void
}

const WRITES_PER_COMMIT_MAX = 256
const RETRY_SECONDS = 10
/** Room that a change leaves free: for pages copied on write, for the list of free pages, for other programs' files. */
const FREE_BYTES_MIN = 8 * 1024 * 1024
/** The same for a change that adds, so that deletions still succeed on a disk on which additions no longer do. */
const FREE_BYTES_MIN_ADDING = 64 * 1024 * 1024

export class CommitQueue {
  readonly #options: CommitQueueOptions
  readonly #writes: Write[] = []
  #committing: Promise<void> | undefined
  /** Why a commit failed; set once. */
  #failure: FloeError | undefined

  constructor(options: CommitQueueOptions) {
    this.#options = options
  }

  /** Runs `change` in the next commit, and resolves when that commit is on disk. @throws FloeError `storage` */
  async write(change: () => void, bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.push({ change, bytes, resolve, reject })
      this.#committing ??= this.#commitAll()
    })
  }

  /** Resolves when no write is left. */
  async idle(): Promise<void> {
    await this.#committing
  }

  async #commitAll(): Promise<void> {
    while (this.#writes.length > 0) {
      const group = this.#writes.splice(0, WRITES_PER_COMMIT_MAX)
      const failure = await this.#commitGroup(group)
      for (const { resolve, reject } of group) {
        if (failure === undefined) resolve()
        else reject(failure)
      }
    }
    this.#committing = undefined
  }

  /** Commits a group in one transaction. @returns why it failed: then all of the group has failed */
  async #commitGroup(group: readonly Write[]): Promise<FloeError | undefined> {
    const bytes = group.reduce((sum, write) => sum + write.bytes, 0)
    const refusal = this.#failure ?? this.#noRoom(group.length, bytes)
    if (refusal !== undefined) return refusal
    try {
      await this.#options.root.batch(() => {
        for (const { change } of group) change()
      })
      this.#options.onCommit?.()
      return undefined
    } catch (error) {
      this.#failure = storageError(await causeOf(error))
      return this.#failure
    }
  }

  /** Why the writes do not fit on the disk; they may later. */
  #noRoom(writes: number, bytes: number): FloeError | undefined {
    const { freeBytes, reserve } = this.#options
    try {
      const refusal = diskFull(bytes, freeBytes())
      if (refusal === undefined) reserve(writes, bytes)
      return refusal
    } catch (error) {
      return error instanceof FloeError ? error : storageError(error)
    }
  }
}

function diskFull(bytes: number, free: number): FloeError | undefined {
  const needed = bytes === 0 ? FREE_BYTES_MIN : FREE_BYTES_MIN_ADDING + 2 * bytes
  if (free >= needed) return undefined
  return new FloeError('storage', `The disk has ${free} bytes free, a write of ${bytes} needs ${needed}.`, {
    facts: { free, needed, bytes },
    remedy: 'Free space on it.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}

/** lmdb-js rejects with an error that holds a promise of the real one; unhandled, that promise would end the process. */
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
  return new FloeError('storage', `The write to disk failed: ${reason}.`, {
    remedy: 'Check the disk and restart; everything that was acknowledged before is stored.',
    retryAfterSeconds: RETRY_SECONDS,
    cause,
  })
}
