// The HTTP server of a sidecar: the interfaces of the OP Stack and of Nitro and Floe's own on one port, and the operations pages on
// another.
import type { Express, RequestHandler } from 'express'
import { CloseStack } from '../../runtime/close-stack.ts'
import { allowReads } from '../../runtime/http-cors.ts'
import { answerErrors, defaultServerLimits, listen, newApp } from '../../runtime/http-server.ts'
import { type Metrics, serveMetrics } from '../../runtime/metrics.ts'
import { transferMsMax } from '../../runtime/pace.ts'
import type { SidecarConfig } from '../config.ts'
import { Sidecar } from '../service.ts'
import { nativeInterface } from './native.ts'
import { startOperations } from './operations.ts'
import { type NitroInterface, openNitroInterface } from './nitro.ts'
import { answerOpErrors, opStackInterface } from './op-stack.ts'
import { singleSlashes, wrongPath } from './paths.ts'

/** Milliseconds that requests in flight get to finish when the sidecar closes. */
const CLOSE_GRACE_MS = 5_000
const OPERATIONS_GRACE_MS = 500
/**
 * The commitment is in the path, and a rollup's node requests whatever a sequencer put on L1. An invalid commitment must be
 * answered with 418, and not with 431, which the node would retry permanently. A transaction has at most 128 KiB, so its
 * hexadecimal fits.
 */
const HEADERS_BYTES_MAX = 512 * 1024

export type RunningSidecar = {
  readonly url: string
  /** URL of the operations pages. */
  readonly opsUrl: string
  close(): Promise<void>
}

/** @throws FloeError as `Sidecar.open`, and `configuration` when a port cannot be used */
export async function startSidecar(config: SidecarConfig): Promise<RunningSidecar> {
  const stack = new CloseStack()
  return stack.closeOnFailure(async () => {
    const sidecar = await Sidecar.open(config)
    const { logger, metrics, queue, headWatch } = sidecar
    const operations = await startOperations(
      { logger, metrics, queue, headWatch, status: async () => sidecar.status() },
      { host: config.opsHost, port: config.opsPort, allowedHosts: config.allowedHosts },
    ).catch(async (error: unknown) => {
      await sidecar.close()
      throw error
    })
    // The operations pages close last, so that an operator can watch the sidecar close.
    stack.add(async () => operations.close(OPERATIONS_GRACE_MS))
    stack.add(async () => sidecar.close())
    const nitro = await openNitroInterface(sidecar)
    const limits = {
      ...defaultServerLimits,
      headersBytesMax: HEADERS_BYTES_MAX,
      // A call of Nitro has two characters for a byte.
      requestTimeoutMs: transferMsMax(2 * config.batchBytesMax),
    }
    const server = await listen(createApp(sidecar, nitro), config, limits, (request, socket, head) => {
      void nitro.upgrade(request, socket, head)
    })
    stack.add(async () => nitro.close())
    stack.add(async () => {
      // Puts that still arrive on open connections are told to go elsewhere.
      sidecar.intake?.stop()
      await server.close(CLOSE_GRACE_MS)
    })
    logger.info({ url: server.url, opsUrl: operations.url }, 'sidecar listening')
    return { url: server.url, opsUrl: operations.url, close: async () => stack.close() }
  })
}

function createApp(sidecar: Sidecar, nitro: NitroInterface): Express {
  const { opInvalid = 'halt', opExpired = 'unavailable' } = sidecar.config
  const app = newApp(sidecar.config)
  app.use(singleSlashes)
  app.use(['/v1', '/get', '/health', '/ready'], allowReads(sidecar.config.corsOrigins ?? '*'))
  app.use(measureRequests(sidecar.metrics))
  app.use(opStackInterface(sidecar), nativeInterface(sidecar), nitro.router())
  app.get('/metrics', serveMetrics(sidecar.metrics))
  app.use(
    wrongPath,
    answerOpErrors(sidecar.logger, { invalid: opInvalid, expired: opExpired }),
    answerErrors(sidecar.logger),
  )
  return app
}

function measureRequests(metrics: Metrics): RequestHandler {
  const seconds = metrics.duration('floe_sidecar_request_seconds', 'Time to answer a request', [
    'method',
    'route',
    'status',
  ])
  return (request, response, next) => {
    const end = seconds.startTimer()
    response.once('close', () => {
      // The route is from a closed list: label values must not grow with what clients send.
      const route =
        /^\/(put|get|v1\/batches|v1\/headers|v1\/status|health|ready|metrics)(?=\/|$)/.exec(
          request.path,
        )?.[1] ?? 'other'
      end({ method: request.method === 'GET' ? 'GET' : 'PUT', route, status: String(response.statusCode) })
    })
    next()
  }
}
