// A request's body in pieces of known length, each read only when it is asked for: what was not asked for stays with the
// sender, held back by TCP, so that a head can be judged before its body costs anything.
import type { Readable } from 'node:stream'
import { FloeError } from '../protocol/errors.ts'

export type BodyReader = {
  /** Fills `target` with the next bytes. @throws FloeError `malformed` at an early end, or the signal's reason */
  fill(target: Uint8Array, signal: AbortSignal): Promise<void>
}

export function createBodyReader(stream: Readable): BodyReader {
  /** Bytes that came in one piece with those that were asked for. */
  let rest: Uint8Array = new Uint8Array(0)
  stream.pause()
  return {
    fill: async (target, signal) => {
      const at = Math.min(rest.length, target.length)
      target.set(rest.subarray(0, at))
      rest = rest.subarray(at)
      if (at < target.length) rest = await fillFrom(stream, target.subarray(at), signal)
    },
  }
}

/** Fills `target` from the stream and resolves with what came beyond it. */
async function fillFrom(stream: Readable, target: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  let at = 0
  const early = (): FloeError =>
    new FloeError('malformed', `The body ended with ${target.length - at} bytes missing.`, {
      facts: { missingBytes: target.length - at },
    })
  signal.throwIfAborted()
  if (stream.readableEnded || stream.destroyed) throw early()
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stream.pause()
      stream.off('data', take).off('end', end).off('close', end).off('error', end)
      signal.removeEventListener('abort', abort)
      settle()
    }
    const take = (part: Uint8Array): void => {
      const taken = part.subarray(0, target.length - at)
      target.set(taken, at)
      at += taken.length
      if (at === target.length) finish(() => resolve(part.subarray(taken.length)))
    }
    const end = (): void => finish(() => reject(early()))
    const abort = (): void => finish(() => reject(signal.reason as Error))
    stream.on('data', take).on('end', end).on('close', end).on('error', end)
    signal.addEventListener('abort', abort)
    stream.resume()
  })
}
