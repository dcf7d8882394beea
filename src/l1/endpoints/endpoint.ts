// One endpoint of L1, with what this process knows about it: whether it asked to be left alone, fails, or is on another chain.
//
// Guarantees:
// - Left alone: an endpoint that limits the rate, or forbids every request, gets none before its pause ends.
// - Survives: a call that meets a rate limit is sent again after the pause, while its caller has patience.
// - One chain: while the endpoint names another chain than the expected one, it gets no call but that question, once a minute.
// - Told once: a fault that lasts is a line when it begins and one when it ends.
import { HttpRequestError, RpcRequestError } from 'viem'
import { linkAbort } from '../../runtime/async/deadline.ts'
import { type Clock, parseDateMs } from '../../runtime/clock.ts'
import { BackOff } from './back-off.ts'
import { type EndpointFault, EndpointFaultError, causesOf, faultOf } from './fault.ts'
import { JsonRpc, type RpcCall } from './json-rpc.ts'
import type { EndpointIdentity } from './redacted-errors.ts'
import { rpcReason } from './reason.ts'
import { RequestQueue } from './request-queue.ts'

/** How a call ended: `refused` is an error of the chain, such as a call that reverts. */
export type CallOutcome = 'answered' | 'refused' | EndpointFault

/** What watches the endpoints of a process. */
export type EndpointWatcher = {
  called(endpoint: number, outcome: CallOutcome): void
  /** A fault that lasts; reported at every failure. */
  failed(endpoint: number, fields: { readonly fault: EndpointFault; readonly reason: string }): void
  /** The endpoint answers; reported when it failed before. */
  held(endpoint: number): void
}

export type EndpointOptions = {
  readonly url: string
  /** Its place in the configuration, from 1. */
  readonly number: number
  readonly identity: EndpointIdentity
  readonly clock: Clock
  readonly random: () => number
  /** Milliseconds for one request. */
  readonly timeoutMs: number
  readonly watcher: EndpointWatcher | undefined
  /** Ends every request. */
  readonly signal: AbortSignal | undefined
}

export type RequestOptions = {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for which the call waits until it may be sent. */
  readonly patienceMs: number
}

/** A single failure is common; a state that lasts is told. */
const FAILURES_TO_TELL = 3
/** Requests may be forbidden by their method; several in a row are forbidden for this client. */
const FORBIDDEN_TO_PAUSE = 3
const ATTEMPTS_MAX = 10
/** How often an endpoint of another chain is asked whether it still is. */
const WRONG_CHAIN_AGAIN_MS = 60_000
/** How often an endpoint is asked for its chain. */
const CHAIN_AGAIN_MS = 10 * 60_000

/** After one of these the endpoint is avoided for a while. */
const FAILS: ReadonlySet<EndpointFault | undefined> = new Set<EndpointFault>([
  'unreachable',
  'timeout',
  'rate-limited',
  'forbidden',
  'wrong-answer',
  'broken',
])

export class Endpoint {
  readonly #options: EndpointOptions
  readonly #queue: RequestQueue
  readonly #backOff: BackOff
  #fault: EndpointFault | undefined
  #expectedChainId: number | undefined
  /** The chain that the endpoint named last, where it is not the expected one. */
  #wrongChainId: number | undefined
  #chainAgainMs = -Infinity
  #chainCheck: Promise<void> | undefined

  constructor(options: EndpointOptions) {
    const { url, identity, clock, random, timeoutMs } = options
    this.#options = options
    const rpc = new JsonRpc({ url, identity, clock, timeoutMs })
    this.#queue = new RequestQueue({ rpc, clock, timeoutMs, name: identity.name })
    this.#backOff = new BackOff({ clock, random })
  }

  /** The chain that it must be on; other endpoints get no calls from now on. */
  expectChain(chainId: number): void {
    if (this.#expectedChainId === chainId) return
    this.#expectedChainId = chainId
    this.#chainAgainMs = -Infinity
  }

  /** Milliseconds for which other endpoints are to be preferred; 0 for one that answers. */
  avoidedMs(): number {
    const chainMs =
      this.#wrongChainId === undefined ? 0 : Math.max(0, this.#chainAgainMs - this.#options.clock.monotonic())
    return Math.max(chainMs, this.#backOff.remainingMs())
  }

  /** The result of a call. @throws viem's errors without secrets, `EndpointFaultError`; the reason of a signal that aborts */
  async request(call: RpcCall, options: RequestOptions): Promise<unknown> {
    if (call.method !== 'eth_chainId') await this.#ensureChain(options)
    const result = await this.#attempt(call, options)
    if (call.method === 'eth_chainId') this.#compareChain(result)
    return result
  }

  async #attempt(call: RpcCall, { signal, patienceMs }: RequestOptions): Promise<unknown> {
    const { clock, signal: closed } = this.#options
    const signals = [closed, signal]
    const patientUntilMs = clock.monotonic() + patienceMs
    let failure: Error | undefined
    for (let attempt = 1; ; attempt++) {
      const pauseMs = this.#pauseMs()
      const isPatient = this.#fault === 'rate-limited' && clock.monotonic() + pauseMs <= patientUntilMs
      if (pauseMs > 0 && !isPatient) throw failure ?? this.#pausedError(pauseMs)
      if (pauseMs > 0) await sleep(clock, pauseMs, signals)
      const { turn } = this.#backOff
      try {
        const result = await this.#queue.send(call, signals)
        this.#answered(turn, 'answered')
        return result
      } catch (error) {
        for (const each of signals) if (each?.aborted === true) throw error
        this.#failed(turn, error)
        if (faultOf(error) !== 'rate-limited' || attempt === ATTEMPTS_MAX) throw error
        failure = error as Error
      }
    }
  }

  /** Milliseconds before the endpoint may be asked. One that is away is asked by everyone who has no other. */
  #pauseMs(): number {
    const isBinding =
      this.#fault === 'rate-limited' ||
      (this.#fault === 'forbidden' && this.#backOff.failures >= FORBIDDEN_TO_PAUSE)
    return isBinding ? this.#backOff.remainingMs() : 0
  }

  #pausedError(pauseMs: number): EndpointFaultError {
    const fault = this.#fault ?? 'rate-limited'
    const reason = fault === 'forbidden' ? 'forbids every request' : 'limits the rate of requests'
    const { name } = this.#options.identity
    return new EndpointFaultError(
      fault,
      `${name} ${reason}, and is asked again in ${Math.ceil(pauseMs / 1000)} s.`,
    )
  }

  #answered(turn: number, outcome: CallOutcome): void {
    const { watcher, number } = this.#options
    watcher?.called(number, outcome)
    this.#backOff.succeeded(turn)
    if (this.#backOff.failures > 0 || this.#fault === undefined) return
    this.#fault = undefined
    watcher?.held(number)
  }

  #failed(turn: number, error: unknown): void {
    const { watcher, number, clock } = this.#options
    const fault = faultOf(error)
    if (fault === undefined || !FAILS.has(fault)) return this.#answered(turn, fault ?? 'refused')
    watcher?.called(number, fault)
    const isFirst = this.#backOff.failed(turn, retryAfterMs(error, clock))
    this.#fault = fault
    if (isFirst && fault === 'rate-limited') this.#queue.slowDown()
    const isTold =
      fault === 'rate-limited' || fault === 'forbidden' || this.#backOff.failures >= FAILURES_TO_TELL
    if (isTold) watcher?.failed(number, { fault, reason: rpcReason(error) })
  }

  /** @throws EndpointFaultError `wrong-chain` */
  async #ensureChain(options: RequestOptions): Promise<void> {
    if (this.#expectedChainId === undefined) return
    const isDue = this.#options.clock.monotonic() >= this.#chainAgainMs
    const isKnown = this.#chainAgainMs !== -Infinity
    if (isDue && isKnown && this.#wrongChainId === undefined) {
      // The answers meanwhile are checked like all others; what counts is that the next calls go elsewhere.
      this.#checkChain({ patienceMs: options.patienceMs }).catch(() => undefined)
      return
    }
    if (isDue) await this.#checkChain(options)
    if (this.#wrongChainId !== undefined) throw this.#wrongChainError(this.#wrongChainId)
  }

  /** Asks for the chain, once for all callers. */
  async #checkChain(options: RequestOptions): Promise<void> {
    this.#chainCheck ??= this.#attempt({ method: 'eth_chainId' }, options)
      .then((result) => this.#compareChain(result))
      .finally(() => (this.#chainCheck = undefined))
    await this.#chainCheck
  }

  /** @throws EndpointFaultError `wrong-chain` */
  #compareChain(result: unknown): void {
    if (this.#expectedChainId === undefined) return
    const { watcher, number, clock } = this.#options
    const chainId = Number(result)
    const isRight = chainId === this.#expectedChainId
    this.#chainAgainMs = clock.monotonic() + (isRight ? CHAIN_AGAIN_MS : WRONG_CHAIN_AGAIN_MS)
    if (isRight) {
      if (this.#wrongChainId !== undefined) watcher?.held(number)
      this.#wrongChainId = undefined
      return
    }
    this.#wrongChainId = chainId
    const error = this.#wrongChainError(chainId)
    watcher?.called(number, 'wrong-chain')
    watcher?.failed(number, { fault: 'wrong-chain', reason: error.shortMessage })
    throw error
  }

  #wrongChainError(chainId: number): EndpointFaultError {
    const { name } = this.#options.identity
    const got = Number.isSafeInteger(chainId) ? `chain ${chainId}` : 'no chain id'
    return new EndpointFaultError(
      'wrong-chain',
      `Expected ${name} to be of chain ${this.#expectedChainId}, got ${got}.`,
    )
  }
}

async function sleep(clock: Clock, ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  const stop = new AbortController()
  const unlink = linkAbort(stop, signals)
  try {
    await clock.sleep(ms, stop.signal)
  } catch (error) {
    stop.signal.throwIfAborted()
    throw error
  } finally {
    unlink()
  }
}

/** Retry-After in seconds or as a date; undefined without one that can be read. */
function retryAfterMs(error: unknown, clock: Clock): number | undefined {
  for (const cause of causesOf(error)) {
    if (!(cause instanceof HttpRequestError) && !(cause instanceof RpcRequestError)) continue
    const text = cause.headers?.get('retry-after') ?? undefined
    if (text === undefined) continue
    if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
    const dateMs = parseDateMs(text)
    return dateMs === undefined ? undefined : Math.max(0, dateMs - clock.now())
  }
  return undefined
}
