// The operations address of a sidecar: what operators and their tools look at, on a listener of its own, so that it can be kept
// from those who put and get, and answers when that one is busy. Everything here only reads.
import type { Queue } from 'bullmq'
import express, { type RequestHandler, type Response, Router } from 'express'
import { FloeError } from '../../protocol/errors.ts'
import { isShared } from '../../queue/create-queue.ts'
import { type JobQueue, jobKinds } from '../../queue/queue.ts'
import { type RunningServer, answerErrors, listen, noRoute } from '../../runtime/http-server.ts'
import { serveMetrics } from '../../runtime/metrics.ts'
import type { Sidecar } from '../service.ts'

export type OperationsSources = Pick<Sidecar, 'logger' | 'metrics' | 'queue' | 'status'>

/** The dashboard's pages load nothing from elsewhere, whatever they ask for. */
const SELF_ONLY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'"

export async function startOperations(
  { logger, metrics, queue, status }: OperationsSources,
  at: { host: string; port: number },
): Promise<RunningServer> {
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.use((request, response, next) => {
    response.set('content-security-policy', SELF_ONLY)
    if (request.method === 'GET' || request.method === 'HEAD') next()
    else noRoute(request, response, next)
  })
  app.get('/', (_request, response) => {
    const links = ['queue', 'metrics', 'v1/status', 'health'].map(
      (path) => `<li><a href="/${path}">/${path}</a>`,
    )
    page(response, 'Floe sidecar', `<ul>${links.join('')}</ul>`)
  })
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/metrics', serveMetrics(metrics))
  app.get('/v1/status', async (_request, response) => void response.json(await status()))
  if (queue !== undefined) app.use('/queue', await queuePages(queue))
  app.use(noRoute, answerErrors(logger))
  return listen(app, at)
}

async function queuePages(queue: JobQueue): Promise<Router> {
  const router = Router()
  if (isShared(queue)) router.use(onlyReachable(queue), await dashboard(queue.queues))
  else router.get('/', countsPage(queue))
  return router
}

/** The dashboard would wait for a Redis that is away. */
function onlyReachable(queue: JobQueue): RequestHandler {
  return (_request, _response, next) => {
    if (queue.reachable()) next()
    else
      throw new FloeError('unavailable', 'Redis cannot be reached.', {
        remedy: 'Work waits for it and nothing is lost; the log says why.',
        retryAfterSeconds: 5,
      })
  }
}

/** Only who has Redis waits for it to load. */
async function dashboard(queues: readonly Queue[]): Promise<RequestHandler> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ])
  const serverAdapter = new ExpressAdapter().setBasePath('/queue')
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Floe', hideRedisDetails: true } },
  })
  return serverAdapter.getRouter() as RequestHandler
}

/** How much work there is, for people and, as JSON, for their tools. */
function countsPage(queue: JobQueue): RequestHandler {
  return async (_request, response) => {
    const counts = await queue.counts()
    const states = ['waiting', 'active', 'delayed', 'failed'] as const
    const cells = (tag: string, texts: readonly (string | number)[]): string =>
      `<tr>${texts.map((text) => `<${tag}>${text}</${tag}>`).join('')}</tr>`
    const rows = jobKinds.map((kind) => cells('td', [kind, ...states.map((state) => counts[kind][state])]))
    response.format({
      html: () =>
        page(
          response,
          'Work queue in this process',
          `<table>${cells('th', ['kind', ...states])}${rows.join('')}</table>`,
        ),
      json: () => void response.json(counts),
    })
  }
}

function page(response: Response, title: string, body: string): void {
  response
    .type('html')
    .send(`<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}\n`)
}
