// The HTTP face of a sidecar: every gateway on one port, with metrics and errors alike for all.
import express, { type RequestHandler } from 'express'
import { answerErrors, defaultServerLimits, listen } from '../../runtime/http-server.ts'
import { type Metrics, serveMetrics } from '../../runtime/metrics.ts'
import type { SidecarConfig } from '../config.ts'
import { createSidecar } from '../service.ts'
import { nativeApi } from './native.ts'
import { startOperations } from './operations.ts'
import { opStackGateway } from './op-stack.ts'
import { singleSlashes, undecodablePath, wrongPath } from './paths.ts'

/** Milliseconds that requests in hand get to finish when the sidecar closes. */
const CLOSE_GRACE_MS = 5_000
const OPERATIONS_GRACE_MS = 500

/**
 * The commitment is in the path, and whatever a sequencer put on L1 is asked for: what is no commitment must be told so by 418,
 * not by 431, which a rollup's node would retry for ever. A transaction has at most 128 KiB, so its hexadecimal fits.
 */
const HEADERS_BYTES_MAX = 512 * 1024
/** Milliseconds for the largest batch to arrive: 4.5 Mbit/s. While it does, its memory is taken. */
const REQUEST_TIMEOUT_MS = 30_000

export type RunningSidecar = {
  readonly url: string
  /** Of the operations pages. */
  readonly opsUrl: string
  close(): Promise<void>
}

export async function startSidecar(config: SidecarConfig): Promise<RunningSidecar> {
  const sidecar = await createSidecar(config)
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.use(singleSlashes, measureRequests(sidecar.metrics))
  app.use(opStackGateway(sidecar), nativeApi(sidecar))
  app.get('/metrics', serveMetrics(sidecar.metrics))
  app.use(wrongPath, undecodablePath, answerErrors(sidecar.logger))
  const at = { host: config.opsHost, port: config.opsPort }
  const operations = await startOperations(sidecar, at).catch(async (error: unknown) => {
    await sidecar.close()
    throw error
  })
  try {
    const server = await listen(app, config, {
      ...defaultServerLimits,
      headersBytesMax: HEADERS_BYTES_MAX,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    })
    sidecar.logger.info({ url: server.url, opsUrl: operations.url }, 'sidecar listening')
    return {
      url: server.url,
      opsUrl: operations.url,
      close: async () => {
        // What comes in on open connections meanwhile is told to go elsewhere.
        sidecar.intake?.stop()
        await server.close(CLOSE_GRACE_MS)
        await sidecar.close()
        // Last, so that one can see how it ends.
        await operations.close(OPERATIONS_GRACE_MS)
      },
    }
  } catch (error) {
    await operations.close(0)
    await sidecar.close()
    throw error
  }
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
      // The first word of the path, from a closed list: labels must not grow with what clients send.
      const route =
        /^\/(put|get|v1\/batches|v1\/status|health|metrics)(?=\/|$)/.exec(request.path)?.[1] ?? 'other'
      end({ method: request.method === 'GET' ? 'GET' : 'PUT', route, status: String(response.statusCode) })
    })
    next()
  }
}
