// What no route of any listener sees: foreign hosts, writes by pages, encoded bodies, and targets without a path.
import { afterEach, describe, expect, test } from 'vitest'
import { allowReads } from '../../src/runtime/http-cors.ts'
import type { AllowedHosts } from '../../src/runtime/http-checks.ts'
import { type RunningServer, answerErrors, listen, newApp, noRoute } from '../../src/runtime/http-server.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { type TargetAnswer, requestTarget } from '../support/request-target.ts'

let server: RunningServer | undefined

afterEach(async () => {
  await server?.close(0)
  server = undefined
})

async function serve(allowedHosts?: AllowedHosts, host = '127.0.0.1'): Promise<string> {
  const at = { host, port: 0, allowedHosts }
  const app = newApp(at)
  app.use(allowReads('*'))
  app.get('/batch', (request, response) => void response.json(request.query))
  app.post('/batch', (_request, response) => void response.send('taken'))
  app.use(noRoute, answerErrors(createLogger('test', 'silent')))
  server = await listen(app, at)
  return `http://127.0.0.1:${new URL(server.url).port}`
}

function codeOf({ headers, body }: TargetAnswer): unknown {
  const { code } = JSON.parse(body) as { code?: string }
  expect(code).toBe(headers['x-floe-error'])
  return code
}

describe('hosts', () => {
  const own = [
    'localhost',
    'localhost:4242',
    'floe.localhost',
    '127.0.0.1:1',
    '[::1]:4242',
    '10.1.2.3',
    'LOCALHOST.',
  ]
  const foreign = [
    'attacker.example',
    'attacker.example:80',
    'localhost.attacker.example',
    '127.0.0.1.example',
    '[',
  ]

  test('Hosts are checked: On a loopback address, a name that resolves to it by DNS rebinding reaches no route.', async () => {
    const url = await serve()
    for (const host of own)
      expect([host, (await requestTarget(url, '/batch', { host })).status]).toEqual([host, 200])
    for (const host of foreign) {
      const answer = await requestTarget(url, '/batch', { host })
      expect([host, answer.status, codeOf(answer)]).toEqual([host, 421, 'wrong-host'])
    }
    const write = await requestTarget(url, '/batch', { host: 'attacker.example' }, 'POST')
    expect(write.status).toBe(421)
  })

  test('A host that is configured is served, and a list of hosts holds on every address.', async () => {
    const url = await serve(['da.example'])
    expect((await requestTarget(url, '/batch', { host: 'DA.example:443' })).status).toBe(200)
    await server?.close(0)
    const everywhere = await serve(['da.example'], '0.0.0.0')
    expect((await requestTarget(everywhere, '/batch', { host: 'other.example' })).status).toBe(421)
    expect((await requestTarget(everywhere, '/batch', { host: 'da.example' })).status).toBe(200)
  })

  test('Any host is served where the address is not loopback and no host is configured, or all are.', async () => {
    for (const url of [await serve(undefined, '0.0.0.0'), await serve('*')]) {
      expect((await requestTarget(url, '/batch', { host: 'any.example' })).status).toBe(200)
    }
  })

  test('The host of an absolute target counts instead of the Host header.', async () => {
    const url = await serve()
    const host = 'localhost'
    const own = await requestTarget(url, 'http://127.0.0.1/batch?a=1', { host: 'attacker.example' })
    expect([own.status, own.body]).toEqual([200, '{"a":"1"}'])
    expect((await requestTarget(url, 'http://attacker.example/batch', { host })).status).toBe(421)
  })
})

test('A target that is no path is answered with 400 as JSON.', async () => {
  const url = await serve()
  for (const target of ['file://', 'file:///etc/passwd', '*', 'ftp://localhost/batch', 'http://[/']) {
    const answer = await requestTarget(url, target)
    expect([target, answer.status, codeOf(answer)]).toEqual([target, 400, 'malformed'])
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
  }
  // The parser of HTTP refuses this one.
  expect(await requestTarget(url, 'batch')).toMatchObject({ status: 400, body: '' })
})

test('Writes are closed: A page, of whatever origin, can neither send a write nor read the response to one.', async () => {
  const url = await serve()
  const post = async (headers: Record<string, string>): Promise<[number, string | null]> => {
    const response = await fetch(`${url}/batch`, { method: 'POST', body: 'a batch', headers })
    await response.text()
    return [response.status, response.headers.get('access-control-allow-origin')]
  }
  expect(await post({})).toEqual([200, null])
  for (const origin of [url, 'https://rollup.example', 'null'])
    expect(await post({ origin })).toEqual([403, null])
  for (const site of ['cross-site', 'same-site', 'same-origin'])
    expect((await requestTarget(url, '/batch', { 'sec-fetch-site': site }, 'POST')).status).toBe(403)
  const headers = { origin: 'https://rollup.example', 'access-control-request-method': 'POST' }
  const preflight = await fetch(`${url}/batch`, { method: 'OPTIONS', headers })
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
})

test('Bodies are plain: A body with a Content-Encoding is refused, and never stored as it is.', async () => {
  const url = await serve()
  const statusOf = async (encoding: string): Promise<number> =>
    (await requestTarget(url, '/batch', { 'content-encoding': encoding }, 'POST')).status
  for (const encoding of ['gzip', 'x-gzip', 'br', 'identity, gzip'])
    expect(await statusOf(encoding)).toBe(415)
  for (const encoding of ['', 'identity', 'Identity']) expect(await statusOf(encoding)).toBe(200)
})
