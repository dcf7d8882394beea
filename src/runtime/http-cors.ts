// Cross-origin requests (the Fetch standard, §3.3): pages of other origins may read. src/runtime/http-checks.ts refuses their writes.
//
// Guarantees:
// - Reads are open: a page of an allowed origin may read, and gets the same responses as any other client.
import type { Request, RequestHandler } from 'express'

/** Origins whose pages may read, such as `https://rollup.example`; `*` for all. */
export type CorsOrigins = '*' | readonly string[]

/** Browsers keep the response to a preflight for at most so many seconds (Chromium for two hours). */
const PREFLIGHT_SECONDS = 86_400
/** Headers of a response that a page may read besides those of the standard. */
const EXPOSED = 'retry-after, x-floe-error, x-floe-message'

/** Lets pages of `origins` read, and answers the preflights of reads. */
export function allowReads(origins: CorsOrigins): RequestHandler {
  return (request, response, next) => {
    const origin = request.get('origin')
    // A cache must not give the response for one origin to another.
    if (origins !== '*') response.vary('origin')
    if (!isRead(requestedMethod(request)) || !isAllowed(origins, origin)) {
      next()
      return
    }
    response.set('access-control-allow-origin', origins === '*' ? '*' : origin)
    if (request.method !== 'OPTIONS') {
      response.set('access-control-expose-headers', EXPOSED)
      next()
      return
    }
    response
      .set({
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': request.get('access-control-request-headers') ?? '*',
        'access-control-max-age': String(PREFLIGHT_SECONDS),
      })
      .status(204)
      .end()
  }
}

/** The method that a preflight asks for; the request's own otherwise. */
function requestedMethod(request: Request): string {
  if (request.method !== 'OPTIONS') return request.method
  return request.get('access-control-request-method') ?? request.method
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isAllowed(origins: CorsOrigins, origin: string | undefined): boolean {
  return origins === '*' || (origin !== undefined && origins.includes(origin))
}
