// Where a process connects to when others name the host: scopes of addresses, the rule of a setting, and connections by it.
import type { lookup } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type AddressRule,
  type AddressScope,
  addressRuleOf,
  guardedConnector,
  scopeOf,
} from '../../src/runtime/addresses.ts'
import { HttpClient } from '../../src/runtime/http-client.ts'

const requests: string[] = []
const server = createServer((request, response) => {
  requests.push(request.url ?? '')
  if (request.url === '/redirect') response.writeHead(302, { location: '/secret' }).end('moved')
  else response.end('internal')
})
let port: number
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

test.each<[AddressScope, string[]]>([
  ['loopback', ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1']],
  ['private', ['10.0.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.1.2.3']],
  ['local', ['169.254.169.254', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.169.254', '2002:a9fe:a9fe::1']],
  ['local', ['100.100.100.200', 'fd00:ec2::254', '0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'ff02::1']],
  ['local', ['192.0.2.1', '2001:db8::1', 'no address', '']],
  ['public', ['1.1.1.1', '172.32.0.1', '8.8.8.8', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::808:808']],
])('addresses of the scope %s: %j', (scope, addresses) => {
  expect(addresses.map((address) => [address, scopeOf(address)])).toStrictEqual(
    addresses.map((address) => [address, scope]),
  )
})

test.each<[string, string[], AddressScope[]]>([
  ['of the internet', ['https://8.8.8.8', 'https://[2606:4700::1111]/key'], ['public']],
  ['on this machine', ['http://127.0.0.1:8545', 'http://localhost:8545'], ['public', 'loopback']],
  ['in a private network', ['http://10.0.0.4:8545'], ['public', 'private']],
  ['some on this machine and some of the internet', ['http://127.0.0.1:8545', 'https://8.8.8.8'], ['public']],
])('with L1 endpoints %s, endpoints of the committee may be as near', async (_, urls, scopes) => {
  expect(await addressRuleOf(undefined, urls)).toStrictEqual(new Set(scopes))
})

test('a setting decides alone where endpoints of the committee may be', async () => {
  const local = ['http://127.0.0.1:8545']
  expect((await addressRuleOf('public', local)).has('loopback')).toBe(false)
  expect((await addressRuleOf('private', local)).has('local')).toBe(false)
  expect((await addressRuleOf('any', ['https://8.8.8.8'])).has('local')).toBe(true)
})

async function answerOf(url: string, addresses: AddressRule): Promise<string> {
  const http = new HttpClient({ addresses })
  const request = { method: 'GET', url, timeoutMs: 20_000, responseBytesMax: 100 } as const
  const answer = await http.send(request).then(
    ({ status, body }) => `${status} ${Buffer.from(body).toString()}`,
    (error: Error) => error.message,
  )
  await http.close()
  return answer
}

test.each(['127.0.0.1', 'localhost', '127.1', '2130706433', '[::ffff:127.0.0.1]'])(
  'no connection is made to %s unless the loopback is allowed',
  async (host) => {
    requests.length = 0
    const refused = await answerOf(`http://${host}:${port}/secret`, new Set<AddressScope>(['public']))
    expect(refused).toMatch(/expected an endpoint at an address that is allowed, .* has a loopback one/)
    expect(requests).toStrictEqual([])
    expect(await answerOf(`http://${host}:${port}/`, new Set<AddressScope>(['loopback']))).toBe(
      '200 internal',
    )
  },
)

test('a redirect is not followed, also to an address that is allowed', async () => {
  requests.length = 0
  expect(await answerOf(`http://127.0.0.1:${port}/redirect`, new Set<AddressScope>(['loopback']))).toBe(
    '302 moved',
  )
  expect(requests).toStrictEqual(['/redirect'])
})

test('the address of the connection counts, also when a name had another one before', async () => {
  requests.length = 0
  const answers = ['8.8.8.8', '127.0.0.1']
  const rebinding = ((_host: string, _options: object, callback: (...found: unknown[]) => void) =>
    callback(null, [
      { address: answers.length > 1 ? answers.shift() : answers[0], family: 4 },
    ])) as unknown as typeof lookup
  // The name was public when it was first looked up.
  await new Promise((resolve) => rebinding('node.example', { all: true }, resolve))
  const connect = guardedConnector(new Set<AddressScope>(['public']), {}, rebinding)
  const target = {
    hostname: 'node.example',
    host: `node.example:${port}`,
    protocol: 'http:',
    port: String(port),
  }
  const failure = await new Promise((resolve) => connect(target, (...[error]) => resolve(error)))
  expect(String(failure)).toMatch(/node\.example has a loopback one/)
  expect(requests).toStrictEqual([])
})
