// Requests of a reader to storage nodes. The transport is given: undici on Node, `fetch` in browsers.
import type { Hex } from '../protocol/bytes.ts'
import type { Member } from '../protocol/committee.ts'
import { type ErrorCode, FloeError, isErrorCode } from '../protocol/errors.ts'
import type { Side } from '../protocol/sliver.ts'

/** One bounded GET: rejects when no response arrives in time, or when its body is longer than `bytesMax`. */
export type Get = (request: {
  url: string
  timeoutMs: number
  bytesMax: number
  signal: AbortSignal
}) => Promise<{ status: number; body: Uint8Array }>

/** The JSON of an error may be longer than the response that was asked for. */
const ERROR_BYTES_MAX = 4096

/** Path of a sliver at a storage node. */
export function sliverRoute(digest: Hex, side: Side, pair: number): string {
  return `/v1/batches/${digest}/${side}s/${pair}`
}

/**
 * The unchecked response of one storage node for `route`.
 * @throws FloeError `unavailable`, with the code of the error that the node answered; text of a node is not passed on
 */
export async function askNode(
  get: Get,
  member: Member,
  route: string,
  limits: { bytes: number; timeoutMs: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const { bytes, timeoutMs, signal } = limits
  const url = `${member.endpoint}${route}`
  const { status, body } = await get({ url, timeoutMs, bytesMax: Math.max(bytes, ERROR_BYTES_MAX), signal })
  if (status === 200) return body
  throw new FloeError('unavailable', `${member.endpoint} answered ${statusText(status, body)}.`, {
    facts: { status },
  })
}

/** A status with the code of the error in `body`, if it is one that Floe has. */
export function statusText(status: number, body: Uint8Array): string {
  const code = errorCodeIn(body)
  return code === undefined ? String(status) : `${status} (${code})`
}

/** The code of the error that a storage node answered; undefined where there is none that Floe has. */
export function errorCodeIn(body: Uint8Array): ErrorCode | undefined {
  try {
    const { code } = JSON.parse(new TextDecoder().decode(body)) as { code?: unknown }
    return isErrorCode(code) ? code : undefined
  } catch {
    return undefined
  }
}
