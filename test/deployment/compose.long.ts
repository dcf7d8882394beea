// Runs docker-compose.yml without Docker: each service is a process with the same command line and environment. A loopback address
// replaces each host name, and a folder each volume. Linux routes all of 127.0.0.0/8 to itself.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { globSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import {
  type ComposeService,
  imageEnvironment,
  readCompose,
  readDockerfile,
  root,
  servicesOf,
} from './compose.ts'

const compose = readCompose()
const dir = mkdtempSync(join(tmpdir(), 'floe-rehearsal-'))
const READY_MS = 120_000
/** The network of this run. Every kind of service has a subnet, in which storage nodes and sidecars are numbered. */
const net = `127.${randomInt(1, 255)}`
const processes = new Map<string, ChildProcess>()

function addressOf(name: string): string {
  const [kind = '', number = '0'] = name.split('-')
  return `${net}.${Object.keys(parts).indexOf(kind) + 1}.${number}`
}

const parts = { anvil: 8545, redis: 6379, node: 4242, sidecar: 4242, challenger: 4242 }

/** A word of a command line, or a variable, with the addresses and folders of this run. */
function rewritten(text: string, name: string): string {
  return text
    .replace('0.0.0.0', addressOf(name))
    .replace('/setup', join(dir, 'setup'))
    .replace('/data', join(dir, name))
    .replace('//node-*', `//${net}.3.*`)
    .replaceAll(/\/\/((?:anvil|redis)):/g, (_all, host: string) => `//${addressOf(host)}:`)
}

/** The program in place of the entry point of the image or of the service. */
function programOf({ image, entrypoint }: ComposeService): string[] {
  if (image !== 'floe') return []
  if (entrypoint?.[0] === 'anvil') {
    const link = readDockerfile().find((line) => line.endsWith(' /usr/local/bin/anvil')) ?? ''
    const [binary = 'no anvil'] = globSync(join(root, link.split(' ')[3]?.replace('/floe/', '') ?? ''))
    return [binary]
  }
  return [process.execPath, join(root, 'src/cli/main.ts')]
}

function run(name: string): ChildProcess {
  const service = compose.services[name]
  if (service === undefined) throw new Error(`Expected a service ${name} in docker-compose.yml.`)
  mkdirSync(join(dir, name), { recursive: true })
  const [program = '', ...floeArguments] = [...programOf(service), ...(service.command ?? [])].map((word) =>
    word.startsWith(root) ? word : rewritten(word, name),
  )
  // The command line of Redis names no address, because in Docker its host name is enough.
  const bind = name === 'redis' ? ['--bind', addressOf(name), '--dir', join(dir, name)] : []
  const given = { ...(service.image === 'floe' ? imageEnvironment() : {}), ...service.environment }
  const environment = Object.entries(given).map(([key, value]) => [key, rewritten(value, name)])
  const log = openSync(join(dir, `${name}.log`), 'a')
  const child = spawn(program, [...floeArguments, ...bind], {
    cwd: dir,
    env: { PATH: process.env['PATH'], ...Object.fromEntries(environment) },
    stdio: ['ignore', log, log],
  })
  processes.set(name, child)
  return child
}

async function ended(name: string): Promise<number | null> {
  const child = processes.get(name)
  if (child === undefined) throw new Error(`Expected ${name} to run, but it was not started.`)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  processes.delete(name)
  return child.exitCode
}

/** Waits until the service listens. Fails with its log when it ends first. */
async function ready(name: string): Promise<void> {
  const port = parts[name.split('-')[0] as keyof typeof parts]
  await until(
    `${name} listens`,
    async () => {
      const child = processes.get(name)
      if (child?.exitCode !== null) throw new Error(`${name} has ended:\n${logOf(name)}`)
      return (await listens(addressOf(name), port)) ? true : undefined
    },
    READY_MS,
  )
}

async function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function logOf(name: string): string {
  return readFileSync(join(dir, `${name}.log`), 'utf8')
}

const nodes = servicesOf(compose, 'node').map(([name]) => name)
const sidecars = servicesOf(compose, 'sidecar').map(([name]) => name)
const services = [...nodes, ...sidecars, ...servicesOf(compose, 'challenger').map(([name]) => name)]

beforeAll(async () => {
  // Without Redis the sidecars work as they do when it is unreachable.
  const hasRedis = spawnSync('redis-server', ['--version']).status === 0
  const first = hasRedis ? ['anvil', 'redis'] : ['anvil']
  for (const name of first) run(name)
  await Promise.all(first.map(ready))
  run('setup')
  if ((await ended('setup')) !== 0) throw new Error(logOf('setup'))
  for (const name of services) run(name)
  await Promise.all(services.map(ready))
}, 2 * READY_MS)

afterAll(async () => {
  const running = [...processes]
  for (const [, child] of running) child.kill('SIGKILL')
  await Promise.all(running.map(async ([name]) => ended(name)))
  rmSync(dir, { recursive: true })
})

function url(name: string, path: string): string {
  return `http://${addressOf(name)}:4242${path}`
}

async function put(name: string, batch: Uint8Array): Promise<string> {
  const response = await fetch(url(name, '/v1/batches'), { method: 'POST', body: batch })
  const answer = (await response.json()) as { commitment?: string }
  if (answer.commitment === undefined) throw new Error(`${response.status} ${JSON.stringify(answer)}`)
  return answer.commitment
}

describe('the services of docker-compose.yml', () => {
  const batch = randomBytes(100_000)
  let commitment: string

  it('all services of docker-compose.yml are healthy and have metrics', async () => {
    for (const name of services) {
      expect((await fetch(url(name, '/health'))).status).toBe(200)
      expect(await (await fetch(url(name, '/metrics'))).text()).toContain('process_start_time_seconds')
    }
  })

  it('a batch that is put at one sidecar is posted, and read from the other sidecar', async () => {
    commitment = await put('sidecar-0', batch)
    const got = await fetch(url('sidecar-1', `/v1/batches/${commitment}`))
    expect(Buffer.compare(Buffer.from(await got.arrayBuffer()), batch)).toBe(0)
    await until(
      'a post of the sidecar',
      async () => {
        const { lastPost } = (await (await fetch(url('sidecar-0', '/v1/status'))).json()) as {
          lastPost: object | null
        }
        return lastPost ?? undefined
      },
      READY_MS,
    )
  })

  it('nodes and sidecars can pay for answers to challenges, and the challenger samples posted batches', async () => {
    for (const name of [...nodes, ...sidecars]) {
      const metric = new RegExp(`^floe_${name.split('-')[0]}_funded_answers [1-9]\\d*$`, 'm')
      await until(`funded answers of ${name}`, async () => {
        const text = await (await fetch(url(name, '/metrics'))).text()
        return metric.test(text) ? true : undefined
      })
      expect(logOf(name)).not.toMatch(/"check":"(answers|accounts)"/)
    }
    await until('a sample of the challenger', async () => {
      const { operators } = (await (await fetch(url('challenger', '/v1/status'))).json()) as {
        operators: { successes: number }[]
      }
      return operators.some(({ successes }) => successes > 0) ? true : undefined
    })
  })

  it('a sidecar ends gracefully, and the other sidecar still accepts batches', async () => {
    processes.get('sidecar-0')?.kill('SIGTERM')
    expect(await ended('sidecar-0')).toBe(0)
    expect(await put('sidecar-1', randomBytes(1000))).toMatch(/^0x016601/)
  })

  it('a second run of setup changes nothing, and a sidecar serves earlier batches after a restart', async () => {
    const before = readFileSync(join(dir, 'setup/floe.json'), 'utf8')
    run('setup')
    expect(await ended('setup')).toBe(0)
    expect(readFileSync(join(dir, 'setup/floe.json'), 'utf8')).toBe(before)
    run('sidecar-0')
    await ready('sidecar-0')
    const got = await fetch(url('sidecar-0', `/v1/batches/${commitment}`))
    expect(Buffer.compare(Buffer.from(await got.arrayBuffer()), batch)).toBe(0)
  })
})
