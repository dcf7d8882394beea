// Getting a batch back from a committee of which up to f members are silent, slow or lying.
//
// Rows are asked for in order, the systematic ones first. A request that fails, or whose answer does not open under the root,
// is replaced by the next row at once; one that is late is joined by the next row, so that a slow node costs its delay once.
// Rows are checked and hashed as they arrive; the first r that open are decoded, and the batch is what they say only if it encodes to the root again: otherwise it is
// invalid whichever nodes answered (design §3). Nothing here trusts a node or a clock for anything but speed.
import type { IndexedRow } from '../protocol/batch.ts'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import { type Committee, memberOfPair } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Header } from '../protocol/header.ts'
import { type Coder, threadCoder } from '../coding/coder.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { sliverAnswerBytes } from '../protocol/sliver.ts'
import { type Get, askNode, sliverRoute } from './storage-node.ts'

/** A certified header: what to get, and from whom. */
export type Wanted = { readonly digest: Hex; readonly header: Header; readonly committee: Committee }

export type RetrieveOptions = {
  readonly kernel: Kernel
  /** Where rows are checked and decoded; left out, on this thread with the kernel. */
  readonly coder?: Coder
  readonly get: Get
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Milliseconds for the whole retrieval. */
  readonly timeoutMs: number
  /** Milliseconds that a row may be late before another one is asked for as well. */
  readonly hedgeDelayMs: number
  readonly signal?: AbortSignal
  /** Told of every row that could not be had, and why. */
  readonly onFailure?: (failure: { member: number; pair: number; error: FloeError }) => void
}

/**
 * The batch of a certified header.
 * @throws FloeError `batch-invalid` when its slivers are not a codeword; `unavailable` when too few rows came in time
 */
export async function retrieveBatch(wanted: Wanted, options: RetrieveOptions): Promise<Uint8Array> {
  const rows = await collectRows(wanted, options)
  const { header, committee } = wanted
  const { kernel, coder = threadCoder(kernel) } = options
  const batch = await coder.decode(
    committee.geometry,
    { root: fromHex(header.root), length: header.length },
    rows,
  )
  if (batch === undefined) {
    throw new FloeError(
      'batch-invalid',
      `The slivers under ${header.root} are not the encoding of any batch.`,
      {
        facts: { root: header.root, digest: wanted.digest },
        remedy: 'Treat it as no batch; every reader does.',
      },
    )
  }
  return batch
}

/** A reason of its own spares every row the making of a DOMException. */
const FINISHED = new Error('the retrieval has what it needs')

/** One retrieval in progress: which rows are had, asked for, and still to ask. */
type Collection = {
  readonly rows: IndexedRow[]
  readonly waiting: number[]
  readonly failures: string[]
  asked: number
}

async function collectRows(wanted: Wanted, options: RetrieveOptions): Promise<IndexedRow[]> {
  const { geometry } = wanted.committee
  const stop = new AbortController()
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const signal = AbortSignal.any([
    stop.signal,
    timeout,
    ...(options.signal === undefined ? [] : [options.signal]),
  ])
  const collection: Collection = {
    rows: [],
    waiting: [...Array(geometry.shards).keys()],
    failures: [],
    asked: 0,
  }
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (): void =>
        reject(tooFewRows(wanted, collection, timeout.aborted ? options.timeoutMs : undefined))
      signal.addEventListener('abort', fail, { once: true })
      const settle = (): void => {
        if (collection.rows.length >= geometry.rows) resolve()
        else if (collection.asked === 0 && collection.waiting.length === 0) fail()
      }
      const ask = (): void => {
        const pair = collection.waiting.shift()
        if (pair === undefined) return
        collection.asked += 1
        void fetchRow(wanted, pair, { options, signal, collection, askNext: ask }).finally(() => {
          collection.asked -= 1
          settle()
        })
      }
      if (signal.aborted) fail()
      for (let i = 0; i < geometry.rows; i++) ask()
    })
    return collection.rows
  } finally {
    stop.abort(FINISHED)
  }
}

/** Asks for one row, and for the next one when this one is late or fails. Never rejects. */
async function fetchRow(
  wanted: Wanted,
  pair: number,
  run: { options: RetrieveOptions; signal: AbortSignal; collection: Collection; askNext: () => void },
): Promise<void> {
  const { options, signal, collection, askNext } = run
  const member = memberOfPair(wanted.committee, wanted.header.root, pair)
  const done = new AbortController()
  let replaced = false
  const replace = (): void => {
    if (!replaced && !signal.aborted) askNext()
    replaced = true
  }
  options.sleep(options.hedgeDelayMs, AbortSignal.any([signal, done.signal])).then(replace, () => undefined)
  try {
    collection.rows.push(await requestRow(wanted, pair, member, run))
  } catch (error) {
    if (signal.aborted) return
    const failure =
      error instanceof FloeError ? error : new FloeError('unavailable', String(error), { cause: error })
    collection.failures.push(`row ${pair}: ${failure.message}`)
    options.onFailure?.({ member, pair, error: failure })
    replace()
  } finally {
    done.abort(FINISHED)
  }
}

async function requestRow(
  wanted: Wanted,
  pair: number,
  member: number,
  run: { options: RetrieveOptions; signal: AbortSignal },
): Promise<IndexedRow> {
  const { digest, header, committee } = wanted
  const { options, signal } = run
  const { kernel, coder = threadCoder(kernel) } = options
  const owner = committee.members[member]
  if (owner === undefined)
    throw new FloeError('internal', `There is no member ${member} in epoch ${header.epoch}.`)
  const answer = await askNode(options.get, owner, sliverRoute(digest, 'row', pair), {
    bytes: sliverAnswerBytes(header, committee.geometry, 'row'),
    timeoutMs: options.timeoutMs,
    signal,
  })
  return coder.openRow({ header, geometry: committee.geometry, side: 'row', pair }, answer)
}

function tooFewRows(wanted: Wanted, collection: Collection, timeoutMs: number | undefined): FloeError {
  const { rows, shards } = wanted.committee.geometry
  const when = timeoutMs === undefined ? '' : ` within ${timeoutMs} ms`
  return new FloeError(
    'unavailable',
    `Expected ${rows} of ${shards} rows of ${wanted.digest}${when}, got ${collection.rows.length}. ` +
      collection.failures.slice(0, 3).join(' '),
    {
      facts: { rows, got: collection.rows.length },
      remedy: 'Try again: its signers promised to serve it.',
      retryAfterSeconds: 2,
    },
  )
}
