// What pages of other origins may do: over HTTP as a browser asks, and in a real browser, which reads a batch from storage nodes
// of which one lies, and verifies it against L1.
import { spawnSync } from 'node:child_process'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { createReader, verify } from '../../src/client/index.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { type Bundle, bundleForBrowser } from '../support/browser-bundle.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { canRun } from '../support/requirements.ts'
import { commit } from './rollup.ts'

const CHROMIUM = 'chromium'
const canBrowse = canRun('reading and verifying a batch in headless Chromium', {
  name: CHROMIUM,
  present: spawnSync(CHROMIUM, ['--version']).status === 0,
  remedy: 'Install chromium (apt-get install chromium).',
})
const BUNDLE_GZIP_BYTES_MAX = 100_000
const batch = seededBytes('browser', 300_000)
const page = 'https://rollup.example'

let network: Network
let commitment: Hex

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1], disputes: {} })
  commitment = toHex(await commit(network.url, batch))
})

afterAll(async () => network[Symbol.asyncDispose]())

/** The CORS headers of the answer to a request as a browser sends it from `page`. */
async function asked(
  url: string,
  method: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; cors: Record<string, string> }> {
  const response = await fetch(url, { method, headers: { origin: page, ...headers } })
  await response.arrayBuffer()
  const cors = [...response.headers].filter(([name]) => name.startsWith('access-control-'))
  return { status: response.status, cors: Object.fromEntries(cors) }
}

function readRoutes(): string[] {
  const digest = `0x${'00'.repeat(32)}`
  const node = network.nodes[0]?.proxy.url ?? ''
  return [
    `${node}/v1/batches/${digest}/rows/0`,
    `${node}/v1/health`,
    `${network.url}/v1/batches/${commitment}`,
    `${network.url}/get/${commitment}`,
    `${network.url}/v1/status`,
  ]
}

test('the read routes of storage nodes and sidecars answer preflights and let any origin read, also their errors', async () => {
  for (const url of readRoutes()) {
    const preflight = await asked(url, 'OPTIONS', {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-trace',
    })
    expect([url, preflight]).toEqual([
      url,
      {
        status: 204,
        cors: {
          'access-control-allow-origin': '*',
          'access-control-allow-methods': 'GET, HEAD',
          'access-control-allow-headers': 'x-trace',
          'access-control-max-age': '86400',
        },
      },
    ])
    expect((await asked(url, 'GET')).cors).toMatchObject({ 'access-control-allow-origin': '*' })
  }
})

test('the write routes of storage nodes and sidecars answer preflights without allowing anything', async () => {
  const node = network.nodes[0]?.proxy.url ?? ''
  for (const url of [`${node}/v1/dispersals`, `${network.url}/v1/batches`, `${network.url}/put`]) {
    const preflight = await asked(url, 'OPTIONS', { 'access-control-request-method': 'POST' })
    expect([url, preflight.cors]).toEqual([url, {}])
  }
})

test('a sidecar refuses a write that a page of another origin sends without a preflight', async () => {
  for (const path of ['/v1/batches', '/put']) {
    const refused = await asked(`${network.url}${path}`, 'POST', { 'content-type': 'text/plain' })
    expect([path, refused]).toEqual([path, { status: 403, cors: {} }])
  }
})

type Library = { readonly createReader: typeof createReader; readonly verify: typeof verify }

const HTML = `<!doctype html><title>A page of a rollup</title>
<script type="module">import * as floe from '/main.js'; globalThis.floe = floe</script>`

/** The page and the bundle, on an origin of their own. */
async function servePage({ files }: Bundle): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const code = files.get((request.url ?? '').slice(1))
    response.setHeader('content-type', code === undefined ? 'text/html' : 'text/javascript')
    response.end(code ?? HTML)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

type Findings = { sha256: string; checks: string[]; valid: boolean; write: string }

/** In the browser: reads the batch from the storage nodes, verifies it against L1, and tries to write to the sidecar. */
async function findingsOf(
  view: Page,
  given: { deployment: object; commitment: string; sidecarUrl: string },
): Promise<Findings> {
  return view.evaluate(async ({ deployment, commitment: name, sidecarUrl }) => {
    const { floe: library } = globalThis as unknown as { floe: Library }
    const options = deployment as Parameters<typeof createReader>[0]
    const reader = await library.createReader(options)
    const bytes = await reader.get(name)
    reader.close()
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()))
    const { checks, valid } = await library.verify(name, options)
    const write = await fetch(`${sidecarUrl}/v1/batches`, { method: 'POST', body: 'a batch' }).then(
      () => 'answered',
      () => 'refused',
    )
    return {
      sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      checks: checks.map((check) => `${check.name} ${check.result}`),
      valid,
      write,
    }
  }, given)
}

test.runIf(canBrowse)(
  'a page in headless Chromium reads a batch from storage nodes of which one lies, and verifies it against L1',
  async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const bundle = await bundleForBrowser(
      root,
      "export { createReader, verify } from './src/client/index.ts'",
    )
    expect(bundle.gzipBytes).toBeLessThan(BUNDLE_GZIP_BYTES_MAX)
    const { header } = decodeCertificate(Buffer.from(commitment.slice(2), 'hex'))
    const liar = network.nodes[memberOfPair(network.deployment.members, header.root, 0)]
    if (liar === undefined) throw new Error('Expected a holder of row 0.')
    const flip = (body: Buffer): Buffer => {
      const lie = Buffer.from(body)
      lie[lie.length - 1] = (lie.at(-1) ?? 0) ^ 1
      return lie
    }
    liar.proxy.fault = { kind: 'change', of: /^GET .*\/rows\//, change: flip }
    const seenBefore = liar.proxy.seen.length
    const { server, url } = await servePage(bundle)
    const browser = await chromium.launch({
      executablePath: spawnSync('which', [CHROMIUM], { encoding: 'utf8' }).stdout.trim(),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    })
    try {
      const view = await browser.newPage()
      await view.goto(url)
      const { committee, ledger, disputes, domain } = network.deployment
      const l1 = { rpcUrls: [network.rpcUrl], chainId: domain.chainId, finality: 2 }
      const deployment = { ...l1, committee, ledger, disputes }
      const findings = await findingsOf(view, { deployment, commitment, sidecarUrl: network.url })
      const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', batch.slice()))).slice(2)
      expect(findings).toEqual({
        sha256,
        checks: expect.arrayContaining([
          'signatures ok',
          'contract ok',
          'disputes ok',
          'batch ok',
        ]) as string[],
        valid: true,
        write: 'refused',
      })
      expect(liar.proxy.seen.slice(seenBefore).some((request) => request.includes('/rows/0'))).toBe(true)
    } finally {
      liar.proxy.fault = { kind: 'none' }
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    }
  },
)
