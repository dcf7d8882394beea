// The socket by which other commands talk to a running devnet, one line of JSON each way. It is named after the devnet's folder, so
// that only one devnet runs on a folder. The system closes it when the process ends, however the process ends.
import { createHash } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { type Server, type Socket, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { FloeError } from '../protocol/errors.ts'

export type ControlRequest =
  | { command: 'identify' }
  | { command: 'start-node'; index: number }
  | { command: 'start-sidecar' }

export type ControlReply = {
  /** Of the devnet, or of the process that it started. */
  pid: number
  /** Why the request failed. */
  error?: string | undefined
}

export type ControlHandler = (request: ControlRequest) => Promise<ControlReply>

const requestSchema: z.ZodType<ControlRequest> = z.discriminatedUnion('command', [
  z.object({ command: z.literal('identify') }),
  z.object({ command: z.literal('start-node'), index: z.int().min(0) }),
  z.object({ command: z.literal('start-sidecar') }),
])
const replySchema: z.ZodType<ControlReply> = z.object({ pid: z.int(), error: z.string().optional() })

const LINE_CHARACTERS_MAX = 4096
const REPLY_MS_MAX = 60_000

/** The devnet's end of the socket. */
export class ControlSocket {
  readonly #server: Server
  readonly #handler = Promise.withResolvers<ControlHandler>()

  /** Takes the folder for this process. @throws FloeError `configuration` when another devnet runs on it */
  static async open(dir: string): Promise<ControlSocket> {
    const path = await socketPath(dir)
    const control = new ControlSocket()
    // A file of a devnet that was killed would be in the way; Linux needs none.
    if (process.platform !== 'linux' && (await identify(dir)) === undefined) await rm(path, { force: true })
    await control.#listen(path).catch(async (error: unknown) => {
      const pid = (await identify(dir)) ?? 'unknown'
      throw new FloeError('configuration', `A devnet runs on ${dir} already, as process ${pid}.`, {
        remedy: 'Use it, stop it, or choose another --dir.',
        cause: error,
      })
    })
    return control
  }

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.unref()
  }

  /** Answers requests from now on. Those that came earlier have waited. */
  serve(handler: ControlHandler): void {
    this.#handler.resolve(handler)
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
  }

  #accept(socket: Socket): void {
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      text += data.toString('utf8')
      if (text.length > LINE_CHARACTERS_MAX) socket.destroy()
      if (!text.includes('\n')) return
      void this.#answer(text).then((reply) => socket.end(`${JSON.stringify(reply)}\n`))
    })
  }

  async #answer(text: string): Promise<ControlReply> {
    try {
      const request = requestSchema.parse(JSON.parse(text))
      // A second devnet on the folder asks this while the first one is still starting.
      if (request.command === 'identify') return { pid: process.pid }
      const handle = await this.#handler.promise
      return await handle(request)
    } catch (error) {
      return { pid: process.pid, error: error instanceof Error ? error.message : String(error) }
    }
  }
}

/** Sends a request to the devnet on `dir`. @throws FloeError `unavailable` when none runs there */
export async function askDevnet(dir: string, request: ControlRequest): Promise<ControlReply> {
  const path = await socketPath(dir).catch(() => undefined)
  const reply = path === undefined ? undefined : await exchange(path, request)
  if (reply !== undefined) return reply
  throw new FloeError('unavailable', `No devnet runs on ${dir}.`, { remedy: 'Start it with floe devnet.' })
}

/** The pid of the devnet on `dir`; undefined: none runs there. */
async function identify(dir: string): Promise<number | undefined> {
  return (await exchange(await socketPath(dir), { command: 'identify' }))?.pid
}

async function exchange(path: string, request: ControlRequest): Promise<ControlReply | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(path)
    socket.setTimeout(REPLY_MS_MAX, () => socket.destroy())
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('data', (data) => (text += data.toString('utf8')))
    socket.on('error', () => resolve(undefined))
    socket.on('close', () => {
      const parsed = replySchema.safeParse(parseLine(text))
      resolve(parsed.success ? parsed.data : undefined)
    })
  })
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** On Linux a name in the abstract namespace: it leaves no file behind and its length does not depend on the folder's. */
async function socketPath(dir: string): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(dir))
    .digest('hex')
    .slice(0, 32)
  return process.platform === 'linux' ? `\0floe-devnet-${name}` : join(tmpdir(), `floe-devnet-${name}.sock`)
}
