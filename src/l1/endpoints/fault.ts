// What is wrong with an endpoint of L1, as one word: it decides whether the endpoint is asked again, when, and for how much, and
// what an operator is told. Providers share no codes, so the texts of their errors are matched as well.
import {
  AbiDecodingDataSizeTooSmallError,
  AbiDecodingZeroDataError,
  BaseError,
  HttpRequestError,
  ResponseBodyTooLargeError,
  RpcRequestError,
  TimeoutError,
} from 'viem'
import { FloeError } from '../../protocol/errors.ts'

const endpointFaults = [
  /** No connection, or one that was closed before the response. */
  'unreachable',
  /** No whole response in time. */
  'timeout',
  /** The provider limits the rate of requests, or the requests of a day. */
  'rate-limited',
  /** The provider refuses this client: a wrong key, or a plan without the method. */
  'forbidden',
  /** A response that is no response to the request, or that contradicts others. */
  'wrong-answer',
  /** The endpoint is on another chain than the one that is configured. */
  'wrong-chain',
  /** State or logs that are so old that the endpoint has deleted them. */
  'no-history',
  /** Too many blocks or logs in one request: a smaller one may succeed. */
  'range-limited',
  /** The endpoint answers that it failed. */
  'broken',
] as const

export type EndpointFault = (typeof endpointFaults)[number]

/** A fault that this process has established itself, without a request. */
export class EndpointFaultError extends BaseError {
  readonly fault: EndpointFault

  constructor(fault: EndpointFault, message: string) {
    super(message, { name: 'EndpointFaultError' })
    this.fault = fault
  }
}

/**
 * What is wrong with the endpoint that failed with `error`. Undefined for anything else: an error of the chain, such as a call that
 * reverts or a transaction that a pool refuses, and an error of the program.
 */
export function faultOf(error: unknown): EndpointFault | undefined {
  if (error instanceof FloeError) return 'contradiction' in error.facts ? 'wrong-answer' : undefined
  if (!(error instanceof BaseError)) return undefined
  for (const cause of causesOf(error)) {
    if (cause instanceof EndpointFaultError) return cause.fault
    if (cause instanceof TimeoutError) return 'timeout'
    if (cause instanceof ResponseBodyTooLargeError) return 'range-limited'
    if (cause instanceof RpcRequestError) return refusalFault(cause)
    if (cause instanceof HttpRequestError) return httpFault(cause)
    if (cause instanceof AbiDecodingZeroDataError || cause instanceof AbiDecodingDataSizeTooSmallError)
      return 'wrong-answer'
  }
  return undefined
}

/**
 * The error and its causes, up to a depth that no real one has.
 * @yields the error first
 */
export function* causesOf(error: unknown): Generator<unknown> {
  let cause = error
  for (let depth = 0; cause instanceof Error && depth < 16; depth++) {
    yield cause
    cause = cause.cause
  }
}

/** EIP-4444: the endpoint has pruned what is asked for. */
const PRUNED_CODE = 4444
/** Codes with which providers limit the rate of requests: EIP-1474's, Alchemy's, QuickNode's. */
const RATE_CODES = new Set([-32005, 429, -32007])
const INTERNAL_CODE = -32603
const METHOD_CODES = new Set([-32601, -32004])

const HISTORY_TEXT =
  /missing trie node|pruned|archive|histor(y|ical)\b.*\b(not|unavailable|no longer|old)|\b(no|old) histor|state (is |at block .* is |for block .* is )?(not available|unavailable|not found)|required historical state|exceeds? (the )?maximum proof window/i
const RANGE_TEXT =
  /block ?range|range (is )?(too|limit)|range [\d,]+ exceeds|limited to (a )?[\d,]+ range|ranges? over|exceed\w* .*\b(range|blocks)|too many (results|logs|blocks|events)|more than [\d,]+ (results|logs|blocks|events)|(limited|up) to (a )?[\d,]+ blocks?|[\d,]+ blocks? (range|limit)|(response|result)s? (set |size )?(is )?(too large|exceed)|size (exceeded|limit)|query (timeout|timed out|returned more)|max(imum)? .*\bblocks?\b/i
const RATE_TEXT =
  /rate.?limit|too many requests|requests? per (second|minute|day|month)|(request|capacity|credits?|quota|compute units?|throughput)\b.*\b(exceeded|reached|limit)|exceeded .*\b(capacity|credits?|quota|compute units?|throughput)/i
const FORBIDDEN_TEXT = /unauthori[sz]ed|forbidden|api ?key|access denied|project id|upgrade your plan/i
const REVERT_TEXT = /revert/i

/** An error of JSON-RPC. The range is recognized first: Infura refuses a range with the code of a rate limit. */
function refusalFault({ code, data, details, status }: RpcRequestError): EndpointFault | undefined {
  if (isRevertData(data) || REVERT_TEXT.test(details)) return undefined
  if (code === PRUNED_CODE || HISTORY_TEXT.test(details)) return 'no-history'
  if (RATE_CODES.has(code) && !isRangeText(details)) return 'rate-limited'
  if (isRangeText(details)) return 'range-limited'
  if (status === 429 || RATE_TEXT.test(details)) return 'rate-limited'
  if (METHOD_CODES.has(code)) return undefined
  if (isForbidden(status) || FORBIDDEN_TEXT.test(details)) return 'forbidden'
  if (code === INTERNAL_CODE || (status !== undefined && status >= 500)) return 'broken'
  return undefined
}

/** Whether the chain itself refuses the call, so that every endpoint would: a call that reverts. */
export function isRevert(error: unknown): boolean {
  for (const cause of causesOf(error))
    if (cause instanceof RpcRequestError) return isRevertData(cause.data) || REVERT_TEXT.test(cause.details)
  return false
}

function isRangeText(text: string): boolean {
  return RANGE_TEXT.test(text)
}

function isRevertData(data: unknown): boolean {
  return typeof data === 'string' && /^0x[0-9a-f]{8}/i.test(data)
}

function isForbidden(status: number | undefined): boolean {
  return status === 401 || status === 402 || status === 403
}

/** A response of HTTP without a valid one of JSON-RPC in it, or none at all. */
function httpFault({ status, details, cause }: HttpRequestError): EndpointFault {
  if (status === undefined) return isUnreadable(cause) ? 'wrong-answer' : 'unreachable'
  if (status === 429) return 'rate-limited'
  if (isForbidden(status)) return RATE_TEXT.test(details) ? 'rate-limited' : 'forbidden'
  if (status === 408 || status === 504) return 'timeout'
  if (status === 413) return 'range-limited'
  return 'broken'
}

/** JSON that does not parse, or another number of responses than requests. */
function isUnreadable(cause: unknown): boolean {
  return (
    cause instanceof SyntaxError || (cause instanceof Error && /^Expected \d+ responses/.test(cause.message))
  )
}
