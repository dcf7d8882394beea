// One devnet a folder, and a way to ask it for things: a socket named after the folder, which the system closes when the
// process ends, however it ends. One line of JSON each way.
import { createHash } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { type Server, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { FloeError } from '../protocol/errors.ts'

export type ControlRequest =
  | { command: 'identify' }
  | { command: 'start-node'; index: number }
  | { command: 'start-sidecar' }

export type ControlReply = {
  pid: number
  /** Why it was not done. */
  error?: string | undefined
}

const requestSchema: z.ZodType<ControlRequest> = z.discriminatedUnion('command', [
  z.object({ command: z.literal('identify') }),
  z.object({ command: z.literal('start-node'), index: z.int().min(0) }),
  z.object({ command: z.literal('start-sidecar') }),
])
const replySchema: z.ZodType<ControlReply> = z.object({ pid: z.int(), error: z.string().optional() })

const LINE_CHARACTERS_MAX = 4096
const REPLY_MS_MAX = 60_000

export type Control = {
  /** Answers requests from now on; before, they wait. */
  serve(handle: (request: ControlRequest) => Promise<ControlReply>): void
  close(): Promise<void>
}

/**
 * Takes the folder for this process.
 * @throws FloeError `configuration` when a devnet runs on it
 */
export async function takeControl(dir: string): Promise<Control> {
  const path = await socketPath(dir)
  const handler = Promise.withResolvers<(request: ControlRequest) => Promise<ControlReply>>()
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      text += data.toString('utf8')
      if (text.length > LINE_CHARACTERS_MAX) socket.destroy()
      if (!text.includes('\n')) return
      void answer(text, handler.promise).then((reply) => socket.end(`${JSON.stringify(reply)}\n`))
    })
  })
  if (process.platform !== 'linux' && (await identify(dir)) === undefined) await rm(path, { force: true })
  await listenOn(server, path).catch(async (error: unknown) => {
    const pid = await identify(dir)
    throw new FloeError('configuration', `A devnet runs on ${dir} already, as process ${pid ?? 'unknown'}.`, {
      remedy: 'Use it, stop it, or choose another --dir.',
      cause: error,
    })
  })
  server.unref()
  return {
    serve: (handle) => handler.resolve(handle),
    close: async () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function listenOn(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

async function answer(
  text: string,
  handler: Promise<(request: ControlRequest) => Promise<ControlReply>>,
): Promise<ControlReply> {
  try {
    const request = requestSchema.parse(JSON.parse(text))
    // Whoever finds the folder taken asks while the devnet is still starting.
    if (request.command === 'identify') return { pid: process.pid }
    return await (
      await handler
    )(request)
  } catch (error) {
    return { pid: process.pid, error: error instanceof Error ? error.message : String(error) }
  }
}

/** Asks the devnet on `dir`. @throws FloeError `unavailable` when none runs there */
export async function askDevnet(dir: string, request: ControlRequest): Promise<ControlReply> {
  const path = await socketPath(dir).catch(() => undefined)
  const reply = path === undefined ? undefined : await exchange(path, request)
  if (reply !== undefined) return reply
  throw new FloeError('unavailable', `No devnet runs on ${dir}.`, { remedy: 'Start it with floe devnet.' })
}

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

/** On Linux a name that is no file, so that nothing is left behind and no folder is too deep. */
async function socketPath(dir: string): Promise<string> {
  const name = createHash('sha256')
    .update(await realpath(dir))
    .digest('hex')
    .slice(0, 32)
  return process.platform === 'linux' ? `\0floe-devnet-${name}` : join(tmpdir(), `floe-devnet-${name}.sock`)
}
