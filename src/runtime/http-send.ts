// Sends the body of a response at the pace of its reader, without a copy: what waits is a view of memory that others may read too.
import type { Response } from 'express'
import type { Clock } from './clock.ts'
import { withMinimumPace } from './pace.ts'

/** Bytes of one write. A socket would take any number in one call, and copy them within it while all other requests wait. */
const PIECE_BYTES = 1024 * 1024

export type Sending = 'sent' | 'left' | 'cut'

/**
 * Sends `parts` as the body, and resolves when no part is needed any more. Its Content-Length is set here.
 * @returns `left`: the reader has disconnected; `cut`: it was slower than the minimum, and its connection was closed
 */
export async function sendBody(
  clock: Clock,
  response: Response,
  parts: readonly Uint8Array[],
): Promise<Sending> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.set('content-length', String(length))
  const pieces = response.req.method === 'HEAD' ? [] : piecesOf(parts)
  return withMinimumPace(clock, async (signal, onProgress) => {
    await new Promise<void>((resolve) => {
      response.once('close', resolve)
      signal.addEventListener('abort', () => response.destroy(), { once: true })
      if (response.destroyed) resolve()
      else writeInTurn(response, pieces, onProgress)
    })
    if (response.writableFinished) return 'sent'
    return signal.aborted ? 'cut' : 'left'
  })
}

/** Writes a piece once the one before has left this process. Short ones go with the next. */
function writeInTurn(response: Response, pieces: Uint8Array[], onProgress: (bytes: number) => void): void {
  const last = pieces.pop()
  const next = (): void => {
    const piece = pieces.shift()
    if (piece === undefined) response.end(last)
    else if (piece.length < PIECE_BYTES) {
      response.write(piece)
      next()
    } else {
      // A failed write is followed by `close`.
      response.write(piece, (error) => {
        if (error) return
        onProgress(piece.length)
        next()
      })
    }
  }
  next()
}

function piecesOf(parts: readonly Uint8Array[]): Uint8Array[] {
  return parts.flatMap((part) =>
    Array.from({ length: Math.ceil(part.length / PIECE_BYTES) }, (_, i) =>
      part.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
    ),
  )
}
