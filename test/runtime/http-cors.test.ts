// Which pages may read, and that none of another origin may write.
import express from 'express'
import { afterEach, expect, test } from 'vitest'
import { type CorsOrigins, allowReads, refuseWritesByPages } from '../../src/runtime/http-cors.ts'
import { type RunningServer, answerErrors, listen, noRoute } from '../../src/runtime/http-server.ts'
import { createLogger } from '../../src/runtime/logger.ts'

const allowed = 'https://rollup.example'
let server: RunningServer | undefined

afterEach(async () => {
  await server?.close(0)
  server = undefined
})

async function serve(origins: CorsOrigins): Promise<string> {
  const app = express()
  app.use(refuseWritesByPages, allowReads(origins))
  app.get('/batch', (_request, response) => void response.send('a batch'))
  app.post('/batch', (_request, response) => void response.send('taken'))
  app.use(noRoute, answerErrors(createLogger('test', 'silent')))
  server = await listen(app, { host: '127.0.0.1', port: 0 })
  return server.url
}

async function allowedOrigin(url: string, origin: string | undefined): Promise<string | null> {
  const response = await fetch(`${url}/batch`, { headers: origin === undefined ? {} : { origin } })
  expect([response.status, await response.text()]).toEqual([200, 'a batch'])
  return response.headers.get('access-control-allow-origin')
}

test('Reads are open: a page of an allowed origin may read, and gets the same responses as any other client.', async () => {
  const all = await serve('*')
  expect(await allowedOrigin(all, allowed)).toBe('*')
  expect(await allowedOrigin(all, undefined)).toBe('*')
  await server?.close(0)
  const some = await serve([allowed])
  expect(await allowedOrigin(some, allowed)).toBe(allowed)
  expect(await allowedOrigin(some, 'https://other.example')).toBeNull()
  expect(await allowedOrigin(some, undefined)).toBeNull()
  await server?.close(0)
  expect(await allowedOrigin(await serve([]), allowed)).toBeNull()
})

test('An answer that depends on the origin is marked so for caches.', async () => {
  for (const [origins, vary] of [
    ['*', null],
    [[allowed], 'origin'],
  ] as const) {
    const response = await fetch(`${await serve(origins)}/batch`)
    expect(response.headers.get('vary')).toBe(vary)
    await server?.close(0)
  }
})

test('Writes are closed: a page, of whatever origin, can neither send a write nor read the response to one.', async () => {
  const url = await serve('*')
  const post = async (headers: Record<string, string>): Promise<[number, string | null]> => {
    const response = await fetch(`${url}/batch`, { method: 'POST', body: 'a batch', headers })
    await response.text()
    return [response.status, response.headers.get('access-control-allow-origin')]
  }
  expect(await post({})).toEqual([200, null])
  for (const origin of [url, allowed, 'null']) expect(await post({ origin })).toEqual([403, null])
  const headers = { origin: allowed, 'access-control-request-method': 'POST' }
  const preflight = await fetch(`${url}/batch`, { method: 'OPTIONS', headers })
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
})
