// Receives bodies of requests. A body is refused by its declared size before any byte is read. Its bytes count against memory that
// clients share as they arrive, so that uploads that stall keep no one out, until the share is released.
import type { Request } from 'express'
import { FloeError } from '../protocol/errors.ts'
import { BodyReader } from './body-reader.ts'
import type { Clock } from './clock.ts'
import { clientOf, declaredLength, tooLarge } from './http-server.ts'
import { withMinimumPace } from './pace.ts'
import type { BudgetShare, SharedBudget } from './shared-budget.ts'

/** Bytes that must have arrived before memory for a larger body is taken. */
const FIRST_BYTES = 256 * 1024
const RETRY_SECONDS = 1

export type BodyLimits = {
  readonly memory: SharedBudget
  readonly bytesMax: number
  readonly clock: Clock
  /** Where a body of a declared length is read to; left out, new memory. */
  readonly allocate?: (bytes: number) => Uint8Array
}

/**
 * A share of the memory for the body of `request`. Nothing is taken yet. But a body for which there is no room now need not be sent.
 * @throws FloeError `too-large`, `overloaded`
 */
export function shareForBody(
  request: Request,
  { memory, bytesMax }: Pick<BodyLimits, 'memory' | 'bytesMax'>,
): BudgetShare {
  const declared = declaredLength(request)
  if (declared !== undefined && declared > bytesMax) throw tooLarge(bytesMax, declared)
  const client = clientOf(request)
  const share = memory.hasRoom(client, declared ?? 1) ? memory.take(client, 0) : undefined
  if (share === undefined) throw overloaded(memory)
  return share
}

/**
 * Reads the body of `request`.
 * @throws FloeError `too-slow`, `overloaded`, `too-large` for one without a declared length, `malformed` when the connection ends
 */
export async function receiveBody(
  request: Request,
  share: BudgetShare,
  limits: BodyLimits,
): Promise<Uint8Array> {
  const { memory, bytesMax, clock, allocate = (bytes) => Buffer.allocUnsafeSlow(bytes) } = limits
  const declared = declaredLength(request)
  const reader = new BodyReader(request)
  return withMinimumPace(clock, async (signal, onProgress) => {
    let bytes = 0
    const onBytes = (more: number): void => {
      bytes += more
      if (bytes > bytesMax) throw tooLarge(bytesMax, bytes)
      if (!share.grow(more)) throw overloaded(memory)
      onProgress(more)
    }
    if (declared === undefined) return reader.rest(signal, onBytes)
    if (declared <= FIRST_BYTES) {
      const body = allocate(declared)
      await reader.fill(body, signal, onBytes)
      return body
    }
    const first = Buffer.allocUnsafeSlow(FIRST_BYTES)
    await reader.fill(first, signal, onBytes)
    const body = allocate(declared)
    Buffer.from(body.buffer, body.byteOffset).set(first)
    await reader.fill(body.subarray(FIRST_BYTES), signal, onBytes)
    return body
  })
}

function overloaded(memory: SharedBudget): FloeError {
  const [usedBytes, bytesMax] = [memory.used(), memory.bytesMax]
  return new FloeError(
    'overloaded',
    `Expected room for this body, got ${usedBytes} of ${bytesMax} bytes in use, or the share of this client.`,
    {
      facts: { usedBytes, bytesMax },
      remedy: 'Try again when some requests are answered.',
      retryAfterSeconds: RETRY_SECONDS,
    },
  )
}
