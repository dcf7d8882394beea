// The command line as scripts and new users see it: help, errors, exit codes and JSON.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { callFloe } from '../support/call-floe.ts'
import { runFloe } from '../support/floe.ts'

const commands = [
  'devnet',
  'put',
  'get',
  'verify',
  'post',
  'status',
  'disputes',
  'challenge',
  'answer',
  'expire',
  'disprove',
  'prove',
  'demo',
  'node',
  'sidecar',
  'challenger',
  'doctor',
  'setup',
  'version',
]

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-cli-'))
})
afterAll(async () => rm(dir, { recursive: true }))

/** A server that stands for a sidecar. */
async function fakeSidecar(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A sidecar that answers every request with this error. */
async function refusingSidecar(status: number, body: object): Promise<string> {
  return fakeSidecar((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

describe('the help', () => {
  it('floe --help names every command, a first example and the exit codes', async () => {
    const { code, stdout } = await runFloe(['--help'])
    expect(code).toBe(0)
    for (const command of commands) expect(stdout).toContain(`\n  ${command}`)
    expect(stdout).toContain('Start here:')
    expect(stdout).toContain('4  unavailable for now: try again')
  })

  it('the help of every command has its usage and examples', async () => {
    for (const command of commands) {
      const { code, stdout } = await callFloe([command, '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^Usage: floe ${command}`))
      expect(stdout).toMatch(/Examples:|print the version/)
      expect(stdout).not.toContain('--exit-with-parent')
    }
  })
})

describe('wrong usage', () => {
  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['put'], "missing required argument 'file'"],
    [['put', 'a', 'b'], 'too many arguments'],
    [['get', 'xyz'], 'Expected hexadecimal'],
    [['status', '--url', 'ftp://a'], 'http or https URL'],
    [['devnet', '--nodes', '3'], 'Expected a whole number in 4…100'],
    [['devnet', '--posting-interval', '5'], 'Expected a time with its unit'],
    [['verify', '0x01', '--committee', '0x12'], 'Expected an address'],
    [['put', 'no-such-file'], 'Cannot read no-such-file: the file does not exist.'],
    [['verify', '0x01'], 'Expected --rpc-url or FLOE_RPC_URL, got neither of them.'],
  ])('floe %j exits with 2 and prints one line', async (floeArguments, message) => {
    const { code, stdout, stderr } = await callFloe(floeArguments, { cwd: dir })
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/^floe: /)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('floe get with --json and without a file exits with 2', async () => {
    const { code, stderr } = await callFloe(['get', '0x01', '--json'])
    expect(code).toBe(2)
    expect(stderr).toContain('Expected -o FILE together with --json')
  })

  it('floe without a command prints the help and exits with 2', async () => {
    const { code, stderr } = await callFloe([])
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: floe')
  })
})

describe('the URL of the sidecar', () => {
  it('a flag overrides the variable, which overrides the default', async () => {
    const putError = async (floeArguments: string[], env: Record<string, string>): Promise<string> =>
      (await callFloe(['put', 'a', ...floeArguments], { env, cwd: dir })).stderr
    await writeFile(join(dir, 'a'), 'a')
    expect(await putError([], {})).toContain('http://127.0.0.1:4242')
    expect(await putError([], { FLOE_URL: 'http://127.0.0.1:2' })).toContain('http://127.0.0.1:2.')
    expect(await putError(['--url', 'http://127.0.0.1:3'], { FLOE_URL: 'http://127.0.0.1:2' })).toContain(
      'http://127.0.0.1:3.',
    )
  })
})

describe('exit codes', () => {
  it('the exit code is 4 when no sidecar answers', async () => {
    const { code, stderr } = await callFloe(['status', '--url', 'http://127.0.0.1:2'])
    expect(code).toBe(4)
    expect(stderr).toBe(
      'floe: No sidecar answers at http://127.0.0.1:2. Start one with floe devnet, or name another with --url or FLOE_URL.\n',
    )
  })

  it.each([
    [418, 'batch-invalid', 3],
    [418, 'commitment-invalid', 3],
    [503, 'unavailable', 4],
    [429, 'overloaded', 4],
    [404, 'expired', 1],
    [500, 'something-new', 4],
    [400, 'something-new', 2],
  ])('after the answer %d %s the exit code is %d', async (status, errorCode, exitCode) => {
    const url = await refusingSidecar(status, { code: errorCode, message: 'Two\u001B[31m\nlines.' })
    const { code, stderr } = await callFloe(['get', '0x016601', '--url', url])
    expect(code).toBe(exitCode)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('the exit code is 1 for a batch that is too large for the sidecar', async () => {
    const url = await refusingSidecar(413, { code: 'too-large', message: 'Too large.' })
    expect((await runFloe(['put', '-', '--url', url], { input: 'abc' })).code).toBe(1)
  })

  it('the exit code is 1 for an empty batch', async () => {
    const { code, stderr } = await runFloe(['put', '-'], { input: '' })
    expect(stderr).toContain('standard input is empty')
    expect(code).toBe(1)
  })

  it('the exit code is 2 when the server is not a sidecar', async () => {
    const url = await fakeSidecar((_request, response) => response.end('<html>'))
    const { code, stderr } = await callFloe(['status', '--url', url])
    expect(stderr).toContain(`Expected a Floe sidecar at ${url}`)
    expect(code).toBe(2)
  })
})

describe('the option --json', () => {
  it('a result is printed as one JSON object', async () => {
    const { stdout } = await runFloe(['version', '--json'])
    expect(JSON.parse(stdout)).toEqual({ version: expect.any(String), node: process.version })
  })

  it('an error is printed as one JSON object', async () => {
    const { stdout, stderr } = await callFloe(['status', '--url', 'http://127.0.0.1:2', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'unavailable', retryable: true } })
    expect(stderr).toMatch(/^floe: No sidecar answers/)
  })

  it('a put prints its receipt, size and duration', async () => {
    const url = await fakeSidecar((request, response) => {
      request
        .resume()
        .on('end', () => response.end(JSON.stringify({ commitment: '0x016601', digest: '0x00' })))
    })
    const { stdout, stderr } = await runFloe(['put', '-', '--url', url, '--json'], { input: 'abc' })
    expect(JSON.parse(stdout)).toEqual({
      commitment: '0x016601',
      digest: '0x00',
      bytes: 3,
      milliseconds: expect.any(Number),
    })
    expect(stderr).toBe('')
  })
})

describe('floe get', () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i)

  it('a get writes the batch to standard output or to a file', async () => {
    const url = await fakeSidecar((_request, response) => response.end(bytes))
    const output = join(dir, 'batch.bin')
    const { code, stdout } = await runFloe(['get', '0x016601', '--url', url, '-o', output])
    expect(code).toBe(0)
    expect(stdout).toContain('written to')
    expect(Buffer.compare(await readFile(output), bytes)).toBe(0)
    expect((await runFloe(['get', '0x016601', '--url', url])).stdout.length).toBeGreaterThan(0)
  })
})
