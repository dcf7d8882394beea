// The operations pages of a sidecar, for operators and their tools. They have a listener of their own, so that access to them can
// be restricted, and so that they answer when the other listener is overloaded. They only read.
import type { Queue } from 'bullmq'
import { type RequestHandler, type Response, Router } from 'express'
import type { Status } from '../../client/sidecar-status.ts'
import { countsInStatus } from '../status.ts'
import { FloeError } from '../../protocol/errors.ts'
import type { HeadWatch } from '../../l1/head-watch.ts'
import { isShared } from '../../queue/create-queue.ts'
import type { JobQueue } from '../../queue/queue.ts'
import {
  type ListenerOptions,
  type RunningServer,
  answerErrors,
  listen,
  newApp,
  noRoute,
} from '../../runtime/http-server.ts'
import type { Logger } from '../../runtime/logger.ts'
import { type Metrics, serveMetrics } from '../../runtime/metrics.ts'
import { loadOptional } from '../../runtime/optional-package.ts'

export type OperationsSources = {
  readonly logger: Logger
  readonly metrics: Metrics
  /** Undefined in a read-only sidecar. */
  readonly queue: JobQueue | undefined
  readonly headWatch: Pick<HeadWatch, 'requireRecent'>
  readonly status: () => Promise<Status>
}

/** A content security policy by which the dashboard's pages load nothing from other origins. */
const SAME_ORIGIN =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'"

export async function startOperations(
  { logger, metrics, queue, headWatch, status }: OperationsSources,
  at: ListenerOptions,
): Promise<RunningServer> {
  const app = newApp(at)
  app.use((request, response, next) => {
    response.set('content-security-policy', SAME_ORIGIN)
    if (request.method === 'GET' || request.method === 'HEAD') next()
    else noRoute(request, response, next)
  })
  app.get('/', (_request, response) => {
    const links = ['queue', 'metrics', 'v1/status', 'health', 'ready'].map(
      (path) => `<li><a href="/${path}">/${path}</a>`,
    )
    page(response, 'Floe sidecar', `<ul>${links.join('')}</ul>`)
  })
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/ready', (_request, response) => {
    headWatch.requireRecent()
    response.json({ status: 'ok' })
  })
  app.get('/metrics', serveMetrics(metrics))
  app.get('/v1/status', async (_request, response) => void response.json(await status()))
  if (queue !== undefined) app.use('/queue', await queuePages(queue, logger))
  app.use(noRoute, answerErrors(logger))
  return listen(app, at)
}

async function queuePages(queue: JobQueue, logger: Logger): Promise<Router> {
  const router = Router()
  const shared = isShared(queue)
  if (shared) router.use(refuseWithoutRedis(queue))
  const pages = shared ? await dashboard(queue.queues, logger) : undefined
  if (pages === undefined) router.get('/', countsPage(queue))
  else router.use(pages)
  return router
}

/** Without Redis the dashboard would wait and not answer. */
function refuseWithoutRedis(queue: JobQueue): RequestHandler {
  return (_request, _response, next) => {
    if (queue.reachable()) next()
    else
      throw new FloeError('unavailable', 'Expected Redis to be reachable, it is not.', {
        remedy: 'The log has the reason. Jobs wait, and none is lost.',
        retryAfterSeconds: 5,
      })
  }
}

/** Loaded on demand: a sidecar without Redis does not need it. Undefined where it is not installed: it is a comfort only. */
async function dashboard(queues: readonly Queue[], logger: Logger): Promise<RequestHandler | undefined> {
  const board = await loadOptional(
    ['@bull-board/api', '@bull-board/express'],
    'the page of the queue on Redis',
    async () =>
      Promise.all([
        import('@bull-board/api'),
        import('@bull-board/api/bullMQAdapter'),
        import('@bull-board/express'),
      ]),
  ).catch((error: unknown) => {
    if (!(error instanceof FloeError) || error.code !== 'configuration') throw error
    logger.warn({ reason: error.message }, 'queue page reduced to counts: packages missing')
    return undefined
  })
  if (board === undefined) return undefined
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = board
  const serverAdapter = new ExpressAdapter().setBasePath('/queue')
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Floe', hideRedisDetails: true } },
  })
  return serverAdapter.getRouter() as RequestHandler
}

/** The number of jobs by kind and state: as HTML for operators, as JSON for their tools. */
function countsPage(queue: JobQueue): RequestHandler {
  const title = isShared(queue) ? 'Work queue on Redis' : 'Work queue in this process'
  return async (_request, response) => {
    const counts = countsInStatus(await queue.counts())
    const states = ['waiting', 'active', 'delayed', 'failed'] as const
    const cells = (tag: string, texts: readonly (string | number)[]): string =>
      `<tr>${texts.map((text) => `<${tag}>${text}</${tag}>`).join('')}</tr>`
    const rows = Object.entries(counts).map(([kind, count]) =>
      cells('td', [kind, ...states.map((state) => count[state])]),
    )
    const json = (): void => void response.json(counts)
    response.format({
      html: () => page(response, title, `<table>${cells('th', ['kind', ...states])}${rows.join('')}</table>`),
      json,
      // A client that accepts neither gets what tools read.
      default: json,
    })
  }
}

function page(response: Response, title: string, body: string): void {
  response
    .type('html')
    .send(`<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}\n`)
}
