// The client of verifiers: a batch for a commitment, with nothing trusted but L1. Runs in browsers.
//
// Guarantees:
// - One chain: a reader is created only if its endpoints name one chain, which is `chainId` where that is given.
// - Checked: a batch is returned only if its certificate holds on L1 and the batch encodes to the certified root.
// - Abortable: a call whose signal aborts is rejected with its reason, and leaves no request behind.
// - Closed: `close` ends every call and request in flight, and later calls fail.
import { loadKernel } from '../coding/kernel/load.ts'
import type { Finality } from '../l1/finality-rule.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import { FinalDisputes } from '../l1/final-disputes.ts'
import { FINALITY_DEFAULT } from '../l1/finality-rule.ts'
import { connectL1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { parseCommitment } from '../protocol/certificate.ts'
import { FloeError } from '../protocol/errors.ts'
import { pureSecp256k1 } from '../protocol/signature.ts'
import { linkAbort } from '../runtime/async/deadline.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Fetch, WebClient, webGet } from '../runtime/web-http.ts'
import { Retriever } from './retriever.ts'
import type { CallOptions } from './call-options.ts'
import type { CheckedCertificate } from './certified-header.ts'

/** Where L1 is, and which contracts are meant. */
export type Deployment = {
  /** L1 endpoints, 1 to 8. What they could lie about is asked of all of them and compared. */
  readonly rpcUrls: readonly string[]
  /** Address of the Committee contract. */
  readonly committee: Hex
  /** Address of the Ledger contract. */
  readonly ledger: Hex
  /** Address of the Disputes contract; left out, a header that L1 made invalid is refused only if its batch shows it. */
  readonly disputes?: Hex | undefined
  /** The chain on which the contracts are; left out, the one that all endpoints name. */
  readonly chainId?: number | undefined
  /** The L1 block that deployed the contracts; left out, it is searched for where an endpoint limits ranges of logs. */
  readonly deploymentBlock?: number | undefined
  /**
   * When an epoch counts as started: `finalized` when left out, `safe`, or a depth in blocks. A certificate is checked against a
   * committee that cannot change any more; for a later epoch, a call fails with `unavailable` until it is final.
   */
  readonly finality?: Finality | undefined
}

export type ReaderOptions = Deployment & {
  /** Milliseconds for a whole retrieval; 10,000 when left out. */
  readonly timeoutMs?: number
  /** Milliseconds after which one more storage node is asked because one is late; 300 when left out. */
  readonly hedgeDelayMs?: number
  /** Asks the storage nodes; the global `fetch` when left out. */
  readonly fetch?: Fetch
  /** For timeouts and expiry; the system's when left out. */
  readonly clock?: Clock
  /** Ends the creation of the reader. */
  readonly signal?: AbortSignal
}

const TIMEOUT_MS_DEFAULT = 10_000
const HEDGE_DELAY_MS_DEFAULT = 300
const RETRIEVALS_MAX = 64

/**
 * Connects to L1 and checks the contracts.
 * @throws FloeError `configuration` when the endpoints or the contracts are not what was expected, `unavailable` when L1 does not
 *   answer; the signal's reason when it aborts
 */
export async function createReader(options: ReaderOptions): Promise<Reader> {
  const closed = new AbortController()
  const unlink = linkAbort(closed, [options.signal])
  try {
    return new Reader(await openRetriever(options, closed.signal), closed)
  } catch (error) {
    options.signal?.throwIfAborted()
    closed.abort(error)
    throw error
  } finally {
    unlink()
  }
}

async function openRetriever(options: ReaderOptions, signal: AbortSignal): Promise<Retriever> {
  const {
    rpcUrls,
    committee,
    ledger,
    disputes,
    finality = FINALITY_DEFAULT,
    chainId,
    clock = systemClock,
  } = options
  const { deploymentBlock } = options
  const { committees, domain } = await CommitteeReader.connect({
    rpcUrls,
    committee,
    ledger,
    finality,
    chainId,
    deploymentBlock,
    clock,
    signal,
  })
  return new Retriever({
    committees,
    checker: { curve: pureSecp256k1, domain },
    clock,
    retrieval: {
      kernel: loadKernel(),
      get: webGet(new WebClient({ clock, fetch: options.fetch })),
      clock,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS_DEFAULT,
      hedgeDelayMs: options.hedgeDelayMs ?? HEDGE_DELAY_MS_DEFAULT,
    },
    disputes:
      disputes &&
      new FinalDisputes({ l1: connectL1(rpcUrls, { clock, signal }), address: disputes, finality }),
    retrievalsMax: RETRIEVALS_MAX,
  })
}

/** Made by `createReader`. */
export class Reader {
  readonly #retriever: Retriever
  readonly #closed: AbortController

  /** @internal */
  constructor(retriever: Retriever, closed: AbortController) {
    this.#retriever = retriever
    this.#closed = closed
  }

  /**
   * The batch of a commitment (hexadecimal), checked.
   * @throws FloeError `commitment-invalid` or `batch-invalid`: skip it, every reader does; `expired`: its signers may have deleted
   *   it; `unavailable`, `overloaded`: try again; the signal's reason when it aborts
   */
  async get(commitment: string, { signal }: CallOptions = {}): Promise<Uint8Array> {
    return this.#untilClosed(signal, async (stop) =>
      this.#retriever.get(parseCommitment(commitment), { signal: stop }),
    )
  }

  /** The certificate of a commitment, checked against the committee of its epoch. @throws FloeError as `get` */
  async certificate(commitment: string, { signal }: CallOptions = {}): Promise<CheckedCertificate> {
    return this.#untilClosed(signal, async (stop) =>
      this.#retriever.certificate(parseCommitment(commitment), { signal: stop }),
    )
  }

  /** Ends the calls in flight, and makes later ones fail. */
  close(): void {
    this.#closed.abort(new FloeError('unavailable', 'The reader is closed.'))
  }

  async #untilClosed<T>(
    signal: AbortSignal | undefined,
    call: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController()
    const unlink = linkAbort(stop, [this.#closed.signal, signal])
    try {
      stop.signal.throwIfAborted()
      return await call(stop.signal)
    } finally {
      unlink()
    }
  }
}
