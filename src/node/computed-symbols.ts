// The symbols that a node computes for peers that repair: the only work that costs a node much more than the request costs a client.
//
// Guarantees:
// - One at a time: clients take turns, and each has a few requests that wait; further ones are refused.
// - A share of a core: a computation is followed by a pause three times as long, so that dispersals and reads come first. Under load it
//   takes longer, and so does the pause.
// - Once: a symbol that several clients ask for is computed once, and kept while there is room.
import { LRUCache } from 'lru-cache'
import { FloeError } from '../protocol/errors.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'

type Turn = { readonly start: () => void }

const WAITING_PER_CLIENT_MAX = 4
const WAITING_MAX = 64
const PAUSE_FACTOR = 3
const PAUSE_MS_MAX = 1_000
const KEPT_BYTES_MAX = 16 * 1024 * 1024
const RETRY_SECONDS = 1

export class ComputedSymbols {
  readonly #clock: Clock
  readonly #kept = new LRUCache<string, Uint8Array>({
    maxSize: KEPT_BYTES_MAX,
    sizeCalculation: ({ length }) => length,
  })
  readonly #flights = new SingleFlight<string, Uint8Array>()
  /** Requests that wait, by client; the client whose turn is next comes first. */
  readonly #waiting = new Map<string, Turn[]>()
  #busy = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * The symbol that `key` names.
   * @param compute runs in the client's turn
   * @throws FloeError `overloaded`
   */
  async get(client: string, key: string, compute: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    return this.#flights.run(key, async () => {
      await this.#turnOf(client)
      const startMs = this.#clock.monotonic()
      try {
        const symbol = await compute()
        this.#kept.set(key, symbol)
        return symbol
      } finally {
        void this.#endTurn(this.#clock.monotonic() - startMs)
      }
    })
  }

  /** Requests that wait for their turn. */
  waiting(): number {
    return [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0)
  }

  async #turnOf(client: string): Promise<void> {
    if (!this.#busy) {
      this.#busy = true
      return
    }
    const turns = this.#waiting.get(client) ?? []
    if (turns.length >= WAITING_PER_CLIENT_MAX || this.waiting() >= WAITING_MAX) throw tooMany(turns.length)
    const { promise, resolve } = Promise.withResolvers<void>()
    turns.push({ start: resolve })
    this.#waiting.set(client, turns)
    await promise
  }

  async #endTurn(tookMs: number): Promise<void> {
    const pauseMs = Math.min(PAUSE_FACTOR * tookMs, PAUSE_MS_MAX)
    if (pauseMs > 0) await this.#clock.sleep(pauseMs)
    const [next] = this.#waiting
    if (next === undefined) {
      this.#busy = false
      return
    }
    const [client, turns] = next
    const turn = turns.shift()
    // The client goes to the end of the line.
    this.#waiting.delete(client)
    if (turns.length > 0) this.#waiting.set(client, turns)
    turn?.start()
  }
}

function tooMany(waiting: number): FloeError {
  return new FloeError(
    'overloaded',
    `Expected fewer requests for computed symbols, ${waiting} of this client wait.`,
    {
      facts: { waiting, waitingMax: WAITING_PER_CLIENT_MAX },
      remedy: 'Try again in a moment, or ask a peer that stores the symbol.',
      retryAfterSeconds: RETRY_SECONDS,
    },
  )
}
