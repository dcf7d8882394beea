// What a sidecar makes of a path before and after its routes: clients build them by pasting strings together.
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { FloeError } from '../../protocol/errors.ts'

/** A client configured with a trailing slash asks for `//get/…`. */
export const singleSlashes: RequestHandler = (request, _response, next) => {
  request.url = request.url.replace(/^\/{2,}/, '/')
  next()
}

/** Express fails with a status of its own where a path cannot be decoded; it is the client's error, not ours. */
export const undecodablePath: ErrorRequestHandler = (thrown: unknown, request, _response, next) => {
  const { status } = (thrown ?? {}) as { status?: unknown }
  const foreign =
    !(thrown instanceof FloeError) && typeof status === 'number' && status >= 400 && status < 500
  next(foreign ? new FloeError('malformed', `Cannot decode the path ${request.url.slice(0, 200)}.`) : thrown)
}

/**
 * The last handler: no route matched. Not 404, which says to a rollup that a batch is gone: a server URL with a wrong path in
 * its configuration would say it of every batch.
 */
export const wrongPath: RequestHandler = (request) => {
  throw new FloeError('malformed', `There is no ${request.method} ${request.path.slice(0, 200)} here.`, {
    remedy: 'Give clients the URL of the sidecar without a path.',
  })
}
