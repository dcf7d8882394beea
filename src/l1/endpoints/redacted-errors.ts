// viem's errors of a request, without what must not leave the process: the URL of the endpoint, and its secrets wherever the
// endpoint repeats them. The classes stay the same, because callers decide by them.
import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import type { Redactor } from '../../runtime/redaction.ts'

/** The endpoint as messages name it, and what must not be in them. */
export type EndpointIdentity = { readonly name: string; readonly redactor: Redactor }

/** Bound on the text that an endpoint chooses. */
const TEXT_CHARACTERS_MAX = 2_000
/** Bound on the data of a revert that an endpoint chooses, in characters. */
const DATA_CHARACTERS_MAX = 20_000

/** An error of the same class with the same facts. An error that is not viem's has no text of an endpoint, and is returned. */
export function redactedError(
  error: unknown,
  method: string,
  { name: url, redactor }: EndpointIdentity,
): unknown {
  const text = (unsafe: string): string => redactor.text(unsafe.slice(0, TEXT_CHARACTERS_MAX))
  const body = { method }
  if (error instanceof TimeoutError) return new TimeoutError({ body, url })
  if (error instanceof RpcRequestError) {
    const { code, details, data, status } = error
    const refusal = { code: Number(code), message: text(details), data: redactedData(data, redactor) }
    return new RpcRequestError({ body, error: refusal, headers: retryAfterOf(error), status, url })
  }
  if (error instanceof HttpRequestError) {
    const { details, status, cause } = error
    const inner = cause instanceof Error ? redactedCause(cause, text) : undefined
    const headers = retryAfterOf(error)
    return new HttpRequestError({ body, cause: inner, details: text(details), headers, status, url })
  }
  return error
}

/** The result with the secrets of the endpoint replaced. Long texts are data, which no message quotes. */
export function redactedResult(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return value.length > TEXT_CHARACTERS_MAX ? value : redactor.text(value)
  if (Array.isArray(value)) return value.map((item) => redactedResult(item, redactor))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redactedResult(item, redactor)]),
  )
}

/** Data of a revert is hexadecimal; anything else that an endpoint adds is not used. */
function redactedData(data: unknown, redactor: Redactor): string | undefined {
  return typeof data === 'string' ? redactor.text(data.slice(0, DATA_CHARACTERS_MAX)) : undefined
}

function redactedCause(cause: Error, text: (unsafe: string) => string): Error {
  const { message } = innermost(cause)
  return cause instanceof SyntaxError ? new SyntaxError(text(message)) : new Error(text(message))
}

/** `fetch failed` says nothing; its cause says that the connection was refused. */
function innermost(error: Error): Error {
  let inner = error
  for (let depth = 0; inner.cause instanceof Error && depth < 8; depth++) inner = inner.cause
  return inner.message === '' ? error : inner
}

function retryAfterOf({ headers }: RpcRequestError | HttpRequestError): Headers | undefined {
  const value = headers?.get('retry-after') ?? undefined
  return value === undefined ? undefined : new Headers({ 'retry-after': value.slice(0, 64) })
}
