// A real Redis for a test, with a folder of its own. It ends with the test's process, and a test may kill, pause and restart it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { reservePorts } from '../../src/devnet/ports.ts'
import { canRun } from './requirements.ts'
import { until } from './until.ts'

const supervisor = fileURLToPath(new URL('../../src/devnet/supervisor.ts', import.meta.url))

const installed = spawnSync('redis-server', ['--version']).status === 0
const REMEDY = 'Install redis-server (apt-get install redis-server, brew install redis).'

/** Whether `tests` can run, which start a Redis of their own. */
export function canStartRedis(tests: string): boolean {
  return canRun(tests, { name: 'redis', present: installed, remedy: REMEDY })
}

/** Whether `tests` can run, which need any Redis: the one that REDIS_URL names, or one of their own. */
export function canUseRedis(tests: string): boolean {
  const present = installed || process.env['REDIS_URL'] !== undefined
  return canRun(tests, { name: 'redis', present, remedy: REMEDY })
}

export type TestRedis = AsyncDisposable & {
  readonly url: string
  /** A connection for a test's own questions. */
  readonly client: Redis
  /** As if by kill -9; what it wrote to its disk stays. */
  kill(): Promise<void>
  start(): Promise<void>
  /** It keeps its connections and answers nothing. */
  pause(): void
  resume(): void
}

export async function startTestRedis(
  options: { password?: string; flags?: readonly string[] } = {},
): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-redis-'))
  const [port = 0] = await reservePorts(1)
  const { password, flags = [] } = options
  const url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--appendonly',
    'yes',
    '--save',
    '',
  ]
  if (password !== undefined) settings.push('--requirepass', password)
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 20 })
  client.on('error', () => undefined)
  let child: ChildProcess | undefined
  let pid = 0
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [supervisor, 'redis-server', ...settings, ...flags], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    })
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    pid = Number(line.toString('utf8'))
    if (client.status === 'wait') await client.connect().catch(() => undefined)
    await until('redis answers', async () => (await client.ping()) === 'PONG' || undefined)
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    process.kill(pid, 'SIGKILL')
    await ended
  }
  await start()
  return {
    url,
    client,
    start,
    kill,
    pause: () => process.kill(pid, 'SIGSTOP'),
    resume: () => process.kill(pid, 'SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      client.disconnect()
      await kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The Redis that REDIS_URL names, or one of its own, for tests that leave it as it is. */
export async function anyTestRedis(): Promise<{ url: string } & AsyncDisposable> {
  const url = process.env['REDIS_URL']
  return url === undefined ? startTestRedis() : { url, [Symbol.asyncDispose]: async () => undefined }
}
