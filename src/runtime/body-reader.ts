// Reads a request's body in pieces, each only when it is asked for. The rest stays with the sender, held back by TCP, so that the head
// of a dispersal is checked before its body takes memory.
import type { Readable } from 'node:stream'
import { FloeError } from '../protocol/errors.ts'

/** Told how many bytes have arrived, before they are stored. What it throws ends the reading. */
type OnBytes = (bytes: number) => void

export class BodyReader {
  readonly #stream: Readable
  /** Bytes that arrived together with the last ones asked for. */
  #buffered: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#stream = stream
    stream.pause()
  }

  /** Fills `target` with the next bytes. @throws FloeError `malformed` when the body ends early; the signal's reason */
  async fill(target: Uint8Array, signal: AbortSignal, onBytes?: OnBytes): Promise<void> {
    // A Buffer copies to shared memory as fast as to any other; Uint8Array.set does not, for bytes at odd places.
    const memory = Buffer.from(target.buffer, target.byteOffset, target.length)
    let filled = 0
    const take = (part: Buffer): Buffer | undefined => {
      const taken = part.subarray(0, memory.length - filled)
      onBytes?.(taken.length)
      taken.copy(memory, filled)
      filled += taken.length
      return filled === memory.length ? part.subarray(taken.length) : undefined
    }
    const rest = take(this.#buffered)
    this.#buffered = rest ?? Buffer.alloc(0)
    if (rest !== undefined) return
    const excess = await readParts(this.#stream, signal, take)
    if (excess === undefined) {
      const missingBytes = memory.length - filled
      throw new FloeError('malformed', `The body ended with ${missingBytes} bytes missing.`, {
        facts: { missingBytes },
      })
    }
    this.#buffered = excess
  }

  /** All bytes up to the end of the body. @throws FloeError `malformed` when the connection ends first; the signal's reason */
  async rest(signal: AbortSignal, onBytes: OnBytes): Promise<Buffer> {
    const parts: Buffer[] = []
    const take = (part: Buffer): undefined => {
      onBytes(part.length)
      parts.push(part)
    }
    if (this.#buffered.length > 0) take(this.#buffered)
    await readParts(this.#stream, signal, take)
    if (!this.#stream.readableEnded)
      throw new FloeError('malformed', 'Expected a whole body, the connection ended within it.')
    return Buffer.concat(parts)
  }
}

/**
 * Gives `take` the parts of `stream` as they arrive, until it returns what it does not need.
 * @returns that; undefined when the stream ended first
 */
async function readParts(
  stream: Readable,
  signal: AbortSignal,
  take: (part: Buffer) => Buffer | undefined,
): Promise<Buffer | undefined> {
  signal.throwIfAborted()
  if (stream.readableEnded || stream.destroyed) return undefined
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stream.pause()
      stream.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onEnd)
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const onData = (part: Buffer): void => {
      try {
        const rest = take(part)
        if (rest !== undefined) finish(() => resolve(rest))
      } catch (error) {
        finish(() => reject(error as Error))
      }
    }
    const onEnd = (): void => finish(() => resolve(undefined))
    const onAbort = (): void => finish(() => reject(signal.reason as Error))
    stream.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onEnd)
    signal.addEventListener('abort', onAbort)
    stream.resume()
  })
}
