// A retrieval, and beside it the question whether L1 has made the header invalid (docs/protocol.md §7). Both are under way at
// once, and whichever decides first does: an invalid header is answered without waiting for its slivers.
//
// L1 adds to what the slivers say, and takes nothing away: what encodes to no batch is none, whatever L1 says or does not. An
// L1 that does not answer makes no batch unavailable. Its silence is waited for as long as a retrieval takes, and a moment more;
// then the answer is what it would have been a little earlier. A header becomes invalid at some block, and a rollup must bear
// readers before that block and readers after it in any case; what it must not bear is everybody waiting for one endpoint.
import type { Disputes } from '../l1/disputes.ts'
import { FloeError } from '../protocol/errors.ts'
import { type RetrieveOptions, type Wanted, retrieveBatch } from './retrieve.ts'

export type JudgedOptions = RetrieveOptions & {
  readonly disputes: Pick<Disputes, 'isInvalid'> | undefined
  /** Told when the slivers are no codeword, before the caller is. Must not throw. */
  readonly onNoBatch: () => void
}

/** How long L1 may be later than the batch. */
const L1_PATIENCE_MS = 1_000

/** @throws FloeError as retrieveBatch, and `batch-invalid` for a header that L1 made invalid */
export async function retrieveJudged(wanted: Wanted, options: JudgedOptions): Promise<Uint8Array> {
  const { disputes, onNoBatch, ...retrieval } = options
  const retrieve = async (signal?: AbortSignal): Promise<Uint8Array> =>
    retrieveBatch(wanted, signal === undefined ? retrieval : { ...retrieval, signal }).catch(
      (error: unknown) => {
        if (isNoBatch(error)) onNoBatch()
        throw error
      },
    )
  if (disputes === undefined) return retrieve()
  const done = new AbortController()
  try {
    const verdict = disputes.isInvalid(wanted.digest).catch(() => false)
    const retrieved = retrieve(done.signal)
    // What is no batch is none at once; what could not be had may be so because it is withheld, which L1 may know.
    const ended = retrieved.then(
      () => undefined,
      (error: unknown) => {
        if (isNoBatch(error)) throw error
      },
    )
    const patience = ended.then(async () => options.sleep(L1_PATIENCE_MS, done.signal)).then(() => false)
    patience.catch(() => undefined)
    if (await Promise.race([verdict, patience])) throw madeInvalid(wanted)
    return await retrieved
  } finally {
    done.abort(new Error('the header is judged'))
  }
}

function isNoBatch(error: unknown): boolean {
  return error instanceof FloeError && error.code === 'batch-invalid'
}

function madeInvalid({ digest }: Wanted): FloeError {
  return new FloeError('batch-invalid', `L1 has made the header ${digest} invalid.`, {
    facts: { digest },
    remedy: 'Treat it as no batch; every reader does.',
  })
}
