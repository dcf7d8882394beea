// How a sidecar treats paths before and after its routes, because clients build them by joining strings.
import type { RequestHandler } from 'express'
import { FloeError } from '../../protocol/errors.ts'

const QUOTED_CHARACTERS_MAX = 200

/** A client that is configured with a trailing slash requests `//get/…`. */
export const singleSlashes: RequestHandler = (request, _response, next) => {
  request.url = request.url.replace(/^\/{2,}/, '/')
  next()
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
