// What a failed request to an endpoint is in a message.
import { BaseError, RpcRequestError } from 'viem'
import { EndpointFaultError, causesOf } from './fault.ts'

/** Bound on the text that an endpoint chooses. */
const DETAILS_CHARACTERS_MAX = 200

/** The reason of an endpoint's failure, without its URL. */
export function rpcReason(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error)
  for (const cause of causesOf(error)) {
    if (cause instanceof EndpointFaultError) return cause.shortMessage
    // viem's names of codes, such as `JSON is not a valid request object`, are not what providers mean by them.
    if (cause instanceof RpcRequestError)
      return `The endpoint refused the request (${detailsOf(cause.details)})`
  }
  const root = error.walk()
  const details = error.details || (root instanceof BaseError ? root.shortMessage : root?.message)
  const summary = error.shortMessage.split('\n')[0] ?? ''
  return details ? `${summary} (${detailsOf(details)})` : summary
}

function detailsOf(text: string): string {
  return text.slice(0, DETAILS_CHARACTERS_MAX)
}
