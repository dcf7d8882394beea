// A real Redis for a test, with a folder of its own. It ends with the process of the test, which may kill, pause and restart it.
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

const supervisorScript = fileURLToPath(new URL('../../src/devnet/supervisor.ts', import.meta.url))

const installed = spawnSync('redis-server', ['--version']).status === 0
const RECONNECT_MS = 20
const REMEDY = 'Install redis-server (apt-get install redis-server, brew install redis).'

/** Whether `tests`, which start a Redis of their own, can run on this machine. */
export function canStartRedis(tests: string): boolean {
  return canRun(tests, { name: 'redis', present: installed, remedy: REMEDY })
}

/** Whether `tests`, which use any Redis, can run: the one that REDIS_URL names, or one of their own. */
export function canUseRedis(tests: string): boolean {
  const present = installed || process.env['REDIS_URL'] !== undefined
  return canRun(tests, { name: 'redis', present, remedy: REMEDY })
}

export type TestRedisOptions = { readonly password?: string; readonly flags?: readonly string[] }

export class TestRedis implements AsyncDisposable {
  readonly url: string
  /** A connection for the questions of a test. */
  readonly client: Redis
  readonly #arguments: readonly string[]
  readonly #dir: string
  #supervisor: ChildProcess | undefined
  #pid = 0

  static async start(options: TestRedisOptions = {}): Promise<TestRedis> {
    const dir = await mkdtemp(join(tmpdir(), 'floe-redis-'))
    const [port = 0] = await reservePorts(1)
    const redis = new TestRedis(options, dir, port)
    try {
      await redis.start()
      return redis
    } catch (error) {
      await redis[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor({ password, flags = [] }: TestRedisOptions, dir: string, port: number) {
    this.#dir = dir
    this.url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`
    const address = ['--bind', '127.0.0.1', '--port', String(port)]
    const storage = ['--dir', dir, '--appendonly', 'yes', '--save', '']
    const access = password === undefined ? [] : ['--requirepass', password]
    this.#arguments = [...address, ...storage, ...access, ...flags]
    const retryStrategy = (): number => RECONNECT_MS
    this.client = new Redis(this.url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy })
    // The client reconnects after an error, and commands wait for it.
    this.client.on('error', () => undefined)
  }

  /** Starts Redis over what it wrote to its folder before. */
  async start(): Promise<void> {
    const supervisor = spawn(
      process.execPath,
      [supervisorScript, 'redis-server', ...this.#arguments],
      // A process group of its own: a signal from the terminal must not end Redis before the test does.
      { stdio: ['pipe', 'pipe', 'ignore'], detached: true },
    )
    this.#supervisor = supervisor
    const [line] = (await once(supervisor.stdout, 'data')) as [Buffer]
    this.#pid = Number(line.toString('utf8'))
    if (this.client.status === 'wait') await this.client.connect().catch(() => undefined)
    await until('redis answers', async () => {
      if (supervisor.exitCode !== null) throw new Error('Expected redis-server to run, but it has ended.')
      return this.client.status === 'ready' && (await this.client.ping()) === 'PONG' ? true : undefined
    })
  }

  /** Kills Redis as `kill -9` does. What it wrote to its disk stays. */
  async kill(): Promise<void> {
    const supervisor = this.#supervisor
    if (supervisor === undefined || supervisor.exitCode !== null) return
    const ended = once(supervisor, 'exit')
    this.#signal('SIGKILL')
    await ended
  }

  /** Stops Redis so that it keeps its connections and answers nothing. */
  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.disconnect()
    await this.kill()
    await rm(this.#dir, { recursive: true, force: true })
  }

  #signal(name: NodeJS.Signals): void {
    process.kill(this.#pid, name)
  }
}

/** The Redis that REDIS_URL names, or a new one. For tests that leave it as it is. */
export async function anyTestRedis(): Promise<{ url: string } & AsyncDisposable> {
  const url = process.env['REDIS_URL']
  return url === undefined ? TestRedis.start() : { url, [Symbol.asyncDispose]: async () => undefined }
}
