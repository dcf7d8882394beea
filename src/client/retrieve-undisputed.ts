// A retrieval, and concurrently the question whether L1 has made the header invalid (docs/protocol.md §7). An invalid header is
// answered without waiting for its slivers.
//
// L1 can only add to what the slivers show: an invalid encoding is refused whatever L1 answers. A silent L1 makes no batch
// unavailable: its response is awaited for as long as the retrieval takes and three seconds more, then the retrieval alone decides.
// A header becomes invalid at some block, and counts as invalid once that block is final. A rollup has readers before and after that
// in any case. It must not have readers that all wait for one endpoint.
import type { FinalDisputes } from '../l1/final-disputes.ts'
import { FloeError } from '../protocol/errors.ts'
import { linkAbort } from '../runtime/async/deadline.ts'
import { type RetrieveOptions, retrieveBatch } from './retrieve.ts'
import type { CertifiedHeader } from './certified-header.ts'

export type UndisputedOptions = {
  readonly retrieval: Omit<RetrieveOptions, 'signal'>
  /** The batch, where it was retrieved before. */
  readonly inMemory?: Uint8Array | undefined
  readonly disputes: Pick<FinalDisputes, 'isInvalid'> | undefined
  /** Called when the slivers are an invalid encoding, before the caller gets the error. Must not throw. */
  readonly onInvalidEncoding: () => void
  readonly signal: AbortSignal
}

/** How much longer than the retrieval L1 may take. */
const L1_PATIENCE_MS = 3_000

/** @throws FloeError as retrieveBatch, and `batch-invalid` for a header that L1 made invalid */
export async function retrieveUndisputed(
  certified: CertifiedHeader,
  options: UndisputedOptions,
): Promise<Uint8Array> {
  const { disputes, signal } = options
  if (disputes === undefined) return retrieve(certified, options, signal)
  const stop = new AbortController()
  const unlink = linkAbort(stop, [signal])
  try {
    const batch = retrieve(certified, options, stop.signal)
    const invalid = disputes.isInvalid(certified.digest, stop.signal).catch(() => false)
    if (await Promise.race([invalid, patienceEnds(batch, options, stop.signal)])) throw madeInvalid(certified)
    return await batch
  } finally {
    unlink()
    stop.abort(new Error('the header is decided'))
  }
}

async function retrieve(
  certified: CertifiedHeader,
  { retrieval, inMemory, onInvalidEncoding }: UndisputedOptions,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (inMemory !== undefined) return inMemory
  try {
    return await retrieveBatch(certified, { ...retrieval, signal })
  } catch (error) {
    if (isInvalidEncoding(error)) onInvalidEncoding()
    throw error
  }
}

/**
 * Resolves with false when L1 need not be awaited any longer.
 * @throws the error of a retrieval that found an invalid encoding, immediately; a batch that is unavailable may be withheld, which
 *   L1 may know
 */
async function patienceEnds(
  batch: Promise<Uint8Array>,
  { retrieval }: UndisputedOptions,
  signal: AbortSignal,
): Promise<false> {
  await batch.catch((error: unknown) => {
    if (isInvalidEncoding(error)) throw error
  })
  await retrieval.clock.sleep(L1_PATIENCE_MS, signal).catch(() => undefined)
  return false
}

function isInvalidEncoding(error: unknown): boolean {
  return error instanceof FloeError && error.code === 'batch-invalid'
}

function madeInvalid({ digest }: CertifiedHeader): FloeError {
  return new FloeError('batch-invalid', `L1 has made the header ${digest} invalid.`, {
    facts: { digest },
    remedy: 'Skip this commitment: every reader gets the same result.',
  })
}
