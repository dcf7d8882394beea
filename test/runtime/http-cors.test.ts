// Which pages may read.
import { afterEach, expect, test } from 'vitest'
import { type CorsOrigins, allowReads } from '../../src/runtime/http-cors.ts'
import { type RunningServer, answerErrors, listen, newApp, noRoute } from '../../src/runtime/http-server.ts'
import { createLogger } from '../../src/runtime/logger.ts'

const allowed = 'https://rollup.example'
let server: RunningServer | undefined

afterEach(async () => {
  await server?.close(0)
  server = undefined
})

async function serve(origins: CorsOrigins): Promise<string> {
  const at = { host: '127.0.0.1', port: 0 }
  const app = newApp(at)
  app.use(allowReads(origins))
  app.get('/batch', (_request, response) => void response.send('a batch'))
  app.use(noRoute, answerErrors(createLogger('test', 'silent')))
  server = await listen(app, at)
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
