// Retrieves a batch from a committee of which up to f members may be silent, slow or lying.
//
// Rows are requested in order, the systematic ones first. A row whose request fails, or whose response does not open under the
// root, is replaced by the next row immediately. A row that is late is joined by the next row, so that a slow node costs its
// delay once. The first r rows that open are decoded, and the result is encoded again: if that does not give the same root, the
// encoding is invalid, whichever nodes answered (docs/protocol.md §2). A node or the clock can only make a retrieval slower.
import { type Coder, InlineCoder } from '../coding/coder.ts'
import type { IndexedRow } from '../protocol/batch.ts'
import { fromHex } from '../protocol/bytes.ts'
import { memberOfPair } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { sliverResponseBytes } from '../protocol/sliver.ts'
import { type Deadline, startDeadline, withFallback } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'
import type { CertifiedHeader } from './certified-header.ts'
import { type Get, askNode, sliverRoute } from './storage-node.ts'

export type RetrieveOptions = {
  readonly kernel: Kernel
  /** Checks and decodes rows; left out, `kernel` does, on this thread. */
  readonly coder?: Coder
  readonly get: Get
  readonly clock: Clock
  /** Milliseconds for the whole retrieval. */
  readonly timeoutMs: number
  /** Milliseconds after which one more row is requested because this one is late. */
  readonly hedgeDelayMs: number
  readonly signal?: AbortSignal
  /** Called for every row that was requested and not obtained. Must not throw. */
  readonly onFailure?: (failure: RowFailure) => void
}

export type RowFailure = { readonly member: number; readonly pair: number; readonly error: FloeError }

/**
 * The batch of a certified header.
 * @throws FloeError `batch-invalid` when its slivers are not an encoding; `unavailable` when too few rows arrived in time
 */
export async function retrieveBatch(
  certified: CertifiedHeader,
  options: RetrieveOptions,
): Promise<Uint8Array> {
  const { header, digest, committee } = certified
  const coder = options.coder ?? new InlineCoder(options.kernel)
  const rows = await new RowCollector(certified, coder, options).collect()
  const expected = { root: fromHex(header.root), length: header.length }
  const batch = await coder.decode(committee.geometry, expected, rows)
  if (batch !== undefined) return batch
  throw new FloeError(
    'batch-invalid',
    `The slivers under ${header.root} are not the encoding of any batch.`,
    {
      facts: { root: header.root, digest },
      remedy: 'Skip this commitment: every reader gets the same result.',
    },
  )
}

/** The reason of the abort when a retrieval has its rows; one object, so that ending a retrieval builds no stack. */
const FINISHED = new Error('the retrieval has enough rows')

/** Collects r rows that open under the root. Used once. */
class RowCollector {
  readonly #certified: CertifiedHeader
  readonly #coder: Coder
  readonly #options: RetrieveOptions
  readonly #rows: IndexedRow[] = []
  readonly #failures: string[] = []
  readonly #enough = Promise.withResolvers<void>()
  readonly #stop = new AbortController()
  readonly #deadline: Deadline
  #nextPair = 0
  #inFlight = 0

  constructor(certified: CertifiedHeader, coder: Coder, options: RetrieveOptions) {
    this.#certified = certified
    this.#coder = coder
    this.#options = options
    const { clock, timeoutMs, signal } = options
    this.#deadline = startDeadline({ clock, timeoutMs, signals: [this.#stop.signal, signal] })
  }

  async collect(): Promise<IndexedRow[]> {
    const { signal } = this.#deadline
    const fail = (): void => this.#fail()
    signal.addEventListener('abort', fail, { once: true })
    try {
      if (signal.aborted) fail()
      for (let i = 0; i < this.#certified.committee.geometry.rows; i++) this.#requestNext()
      await this.#enough.promise
      return this.#rows
    } finally {
      signal.removeEventListener('abort', fail)
      this.#stop.abort(FINISHED)
      this.#deadline.release()
    }
  }

  /** Requests the next row that was not requested yet, if there is one. */
  #requestNext(): void {
    if (this.#deadline.signal.aborted || this.#nextPair >= this.#certified.committee.geometry.shards) return
    const pair = this.#nextPair++
    this.#inFlight += 1
    void this.#fetchWithHedge(pair).finally(() => {
      this.#inFlight -= 1
      this.#endIfDecided()
    })
  }

  /** Fetches a row, and requests another one, once, when this one is late or fails. Never rejects. */
  async #fetchWithHedge(pair: number): Promise<void> {
    const { clock, hedgeDelayMs } = this.#options
    const fetched = this.#fetch(pair)
    const wait = { clock, timeoutMs: hedgeDelayMs, signals: [this.#deadline.signal] }
    const obtained = await withFallback(wait, fetched, () => false)
    if (!obtained) this.#requestNext()
    await fetched
  }

  /** Fetches and checks a row. Never rejects. @returns whether it opened under the root */
  async #fetch(pair: number): Promise<boolean> {
    const { committee, header } = this.#certified
    const member = memberOfPair(committee, header.root, pair)
    try {
      this.#rows.push(await this.#request(pair, member))
      this.#endIfDecided()
      return true
    } catch (error) {
      if (!this.#deadline.signal.aborted) this.#noteFailure(member, pair, error)
      return false
    }
  }

  async #request(pair: number, member: number): Promise<IndexedRow> {
    const { digest, header, committee } = this.#certified
    const { geometry } = committee
    const owner = committee.members[member]
    if (owner === undefined)
      throw new FloeError('internal', `There is no member ${member} in epoch ${header.epoch}.`)
    const response = await askNode(this.#options.get, owner, sliverRoute(digest, 'row', pair), {
      bytes: sliverResponseBytes(header, geometry, 'row'),
      timeoutMs: this.#options.timeoutMs,
      signal: this.#deadline.signal,
    })
    return this.#coder.checkRow({ header, geometry, side: 'row', pair }, response)
  }

  #noteFailure(member: number, pair: number, cause: unknown): void {
    const error = cause instanceof FloeError ? cause : new FloeError('unavailable', String(cause), { cause })
    this.#failures.push(`row ${pair}: ${error.message}`)
    this.#options.onFailure?.({ member, pair, error })
  }

  #endIfDecided(): void {
    const { rows, shards } = this.#certified.committee.geometry
    if (this.#rows.length >= rows) this.#enough.resolve()
    else if (this.#inFlight === 0 && this.#nextPair >= shards) this.#fail()
  }

  #fail(): void {
    const { committee, digest } = this.#certified
    const { rows, shards } = committee.geometry
    const within = this.#deadline.expired() ? ` within ${this.#options.timeoutMs} ms` : ''
    const got = this.#rows.length
    const reasons = this.#failures.slice(0, 3).join(' ')
    this.#enough.reject(
      new FloeError(
        'unavailable',
        `Expected ${rows} of ${shards} rows of ${digest}${within}, got ${got}. ${reasons}`,
        {
          facts: { rows, got },
          remedy: 'Try again: its signers promised to serve it.',
          retryAfterSeconds: 2,
        },
      ),
    )
  }
}
