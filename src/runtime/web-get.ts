// HTTP out by `fetch`, for the client library: bounded like src/runtime/http-client.ts, and it runs in browsers.
import { FloeError } from '../protocol/errors.ts'

/** A GET by `fetch`, bounded in time and bytes. @throws FloeError `unavailable` */
export async function webGet(request: {
  url: string
  timeoutMs: number
  bytesMax: number
  signal: AbortSignal
}): Promise<{ status: number; body: Uint8Array }> {
  const { url, timeoutMs, bytesMax } = request
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)])
  try {
    const response = await fetch(url, { signal, redirect: 'error' })
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of response.body ?? []) {
      length += part.length
      if (length > bytesMax)
        throw new FloeError('unavailable', `Expected at most ${bytesMax} bytes from ${url}, got more.`)
      parts.push(part)
    }
    const body = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      body.set(part, at)
      at += part.length
    }
    return { status: response.status, body }
  } catch (error) {
    if (error instanceof FloeError) throw error
    throw new FloeError('unavailable', `GET ${url}: ${String(error)}.`, { cause: error })
  }
}
