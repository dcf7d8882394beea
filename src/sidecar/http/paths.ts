// How a sidecar treats paths before and after its routes, because clients build them by joining strings.
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { FloeError } from '../../protocol/errors.ts'

const QUOTED_CHARACTERS_MAX = 200

/** A client that is configured with a trailing slash requests `//get/…`. */
export const singleSlashes: RequestHandler = (request, _response, next) => {
  request.url = request.url.replace(/^\/{2,}/, '/')
  next()
}

/** Express fails with a status of its own when it cannot decode a path. That is an error of the client, not of the sidecar. */
export const undecodablePath: ErrorRequestHandler = (thrown: unknown, request, _response, next) => {
  const { status } = (thrown ?? {}) as { status?: unknown }
  const fromExpress =
    !(thrown instanceof FloeError) && typeof status === 'number' && status >= 400 && status < 500
  const path = request.url.slice(0, QUOTED_CHARACTERS_MAX)
  next(fromExpress ? new FloeError('malformed', `Expected a path that can be decoded, got ${path}.`) : thrown)
}

/**
 * The last handler: no route matches. The status is not 404, which tells a rollup that a batch has expired: a sidecar URL with a
 * wrong path in a rollup's configuration would say so of every batch.
 */
export const wrongPath: RequestHandler = (request) => {
  const path = request.path.slice(0, QUOTED_CHARACTERS_MAX)
  throw new FloeError('malformed', `Expected a known route, got ${request.method} ${path}.`, {
    remedy: 'Configure clients with the URL of the sidecar, without a path.',
  })
}
