// Reads a request's body in pieces of known length, each only when it is asked for. The rest stays with the sender, held back by
// TCP, so that the head of a dispersal is checked before its body takes memory.
import type { Readable } from 'node:stream'
import { FloeError } from '../protocol/errors.ts'

export class BodyReader {
  readonly #stream: Readable
  /** Bytes that arrived together with the last ones asked for. */
  #buffered: Uint8Array = new Uint8Array(0)

  constructor(stream: Readable) {
    this.#stream = stream
    stream.pause()
  }

  /** Fills `target` with the next bytes. @throws FloeError `malformed` when the body ends early, or the signal's reason */
  async fill(target: Uint8Array, signal: AbortSignal): Promise<void> {
    const filled = Math.min(this.#buffered.length, target.length)
    target.set(this.#buffered.subarray(0, filled))
    this.#buffered = this.#buffered.subarray(filled)
    if (filled < target.length) {
      this.#buffered = await fillFrom(this.#stream, target.subarray(filled), signal)
    }
  }
}

/** Fills `target` from the stream. @returns the bytes that arrived beyond it */
async function fillFrom(stream: Readable, target: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  let filled = 0
  const endedEarly = (): FloeError =>
    new FloeError('malformed', `The body ended with ${target.length - filled} bytes missing.`, {
      facts: { missingBytes: target.length - filled },
    })
  signal.throwIfAborted()
  if (stream.readableEnded || stream.destroyed) throw endedEarly()
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stream.pause()
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd)
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const onData = (part: Uint8Array): void => {
      const taken = part.subarray(0, target.length - filled)
      target.set(taken, filled)
      filled += taken.length
      if (filled === target.length) finish(() => resolve(part.subarray(taken.length)))
    }
    const onEnd = (): void => finish(() => reject(endedEarly()))
    const onAbort = (): void => finish(() => reject(signal.reason as Error))
    stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd)
    signal.addEventListener('abort', onAbort)
    stream.resume()
  })
}
