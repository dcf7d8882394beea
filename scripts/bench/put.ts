// Measures certified puts and gets on a devnet of seven storage nodes, and a lower bound in the same run: the bytes that operators
// receive, sent over loopback to seven processes that write and fdatasync them, until a quorum has acknowledged. The two alternate.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'
import { committeeOf } from '../../src/protocol/committee.ts'
import { dispersalLayout } from '../../src/protocol/dispersal.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const NODES = 7
const QUORUM = 5
const SIZES = [119_823, 1_048_576] as const
const COUNTS: Record<number, number> = { 119_823: 150, 1_048_576: 60 }
/** Puts before the measurement: V8 compiles hot functions first, and a sequencer runs for weeks. */
const WARM_UP = 200
const CONCURRENCY = 4

type Row = {
  operation: 'floor' | 'put' | 'get'
  bytes: number
  count: number
  p50Ms: number
  p99Ms: number
  mbPerSecond: number
  mbPerSecondConcurrent: number | null
  ratioToFloor: number | null
}

export async function benchPut(json: boolean): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-bench-'))
  const children: ChildProcess[] = []
  try {
    const url = await startDevnet(dir, children)
    const floor = await startFloor(dir, children)
    const rows: Row[] = []
    for (const bytes of SIZES) rows.push(...(await measure(url, floor, bytes)))
    for (const socket of floor) socket.destroy()
    console.log(json ? JSON.stringify(rows) : table(rows))
  } finally {
    await Promise.all(children.map(stop))
    await rm(dir, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a process. @returns the first value that `pick` finds in a line of its output */
async function startUntil<T>(
  children: ChildProcess[],
  args: string[],
  pick: (line: string) => T | undefined,
): Promise<T> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const { stdout } = child
  if (stdout === null) throw new Error('a piped child has an output')
  for await (const line of createInterface({ input: stdout })) {
    const picked = pick(line)
    if (picked !== undefined) {
      stdout.resume()
      return picked
    }
  }
  throw new Error(`Expected ${args.join(' ')} to become ready, but it ended.`)
}

async function startDevnet(dir: string, children: ChildProcess[]): Promise<string> {
  const port = await freePort()
  const args = [
    'src/cli/main.ts',
    'devnet',
    '--nodes',
    String(NODES),
    '--port',
    String(port),
    '--dir',
    join(dir, 'devnet'),
  ]
  return startUntil(children, args, (line) => /^floe devnet ready: (\S+)/.exec(line)?.[1])
}

async function startFloor(dir: string, children: ChildProcess[]): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: NODES }, async (_, i) => {
      const args = ['scripts/bench/floor-server.ts', join(dir, `floor-${i}`)]
      const port = await startUntil(children, args, (line) => Number(line) || undefined)
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      await new Promise((resolve) => socket.once('connect', resolve))
      return socket
    }),
  )
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exited
}

/** Bytes of the body for one operator of seven, for a batch of `bytes`. */
function bodyBytes(bytes: number): number {
  const members = Array.from({ length: NODES }, (_, i) => {
    const signer = `0x${String(i).padStart(40, '0')}` as const
    return { signer, shards: [i], endpoint: '' }
  })
  return dispersalLayout(committeeOf(1, `0x${'00'.repeat(32)}`, members), 0, bytes).total
}

async function floorOnce(sockets: readonly Socket[], body: Buffer): Promise<number> {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const started = performance.now()
  const acknowledgements = sockets.map(async (socket) => {
    const acknowledged = new Promise((resolve) => socket.once('data', resolve))
    socket.write(length)
    socket.write(body)
    await acknowledged
  })
  let quorumMs = 0
  let count = 0
  await Promise.all(
    acknowledgements.map(async (one) =>
      one.then(() => {
        count += 1
        if (count === QUORUM) quorumMs = performance.now() - started
      }),
    ),
  )
  return quorumMs
}

/** Not `fetch`: its streams take more time on the measured cores than the request itself. */
const client = new Agent({ connections: CONCURRENCY })

async function putOnce(url: string, batch: Buffer): Promise<{ milliseconds: number; commitment: string }> {
  const started = performance.now()
  const response = await request(`${url}/put`, { dispatcher: client, method: 'POST', body: batch })
  const commitment = Buffer.from(await response.body.arrayBuffer()).toString('hex')
  if (response.statusCode !== 200) throw new Error(`put answered ${response.statusCode}`)
  return { milliseconds: performance.now() - started, commitment }
}

async function getOnce(url: string, commitment: string, bytes: number): Promise<number> {
  const started = performance.now()
  const response = await request(`${url}/get/0x${commitment}`, { dispatcher: client })
  const { byteLength } = await response.body.arrayBuffer()
  if (response.statusCode !== 200 || byteLength !== bytes)
    throw new Error(`get answered ${response.statusCode}`)
  return performance.now() - started
}

/** Megabytes per second of `work` over `items`, `CONCURRENCY` of them concurrently. */
async function throughput<T>(
  items: readonly T[],
  bytes: number,
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  const rest = [...items]
  const started = performance.now()
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item)
    }),
  )
  return (items.length * bytes) / 1000 / (performance.now() - started)
}

async function measure(url: string, sockets: readonly Socket[], bytes: number): Promise<Row[]> {
  const count = COUNTS[bytes] ?? 50
  const body = randomBytes(bodyBytes(bytes))
  const floor: number[] = []
  const puts: number[] = []
  const commitments: string[] = []
  for (let i = -WARM_UP; i < count; i++) {
    const floorMs = await floorOnce(sockets, body)
    const { milliseconds, commitment } = await putOnce(url, randomBytes(bytes))
    if (i < 0) continue
    floor.push(floorMs)
    puts.push(milliseconds)
    commitments.push(commitment)
  }
  const gets: number[] = []
  for (const commitment of commitments) gets.push(await getOnce(url, commitment, bytes))
  const batches = Array.from({ length: count }, () => randomBytes(bytes))
  const putRate = await throughput(batches, bytes, async (batch) => putOnce(url, batch))
  const getRate = await throughput(commitments, bytes, async (commitment) => getOnce(url, commitment, bytes))
  const row = (operation: Row['operation'], times: number[], concurrent: number | null): Row => ({
    operation,
    bytes,
    count,
    p50Ms: rounded(median(times)),
    p99Ms: rounded(percentile(times, 0.99)),
    mbPerSecond: rounded((bytes * times.length) / 1000 / times.reduce((sum, time) => sum + time, 0)),
    mbPerSecondConcurrent: concurrent === null ? null : rounded(concurrent),
    ratioToFloor: operation === 'put' ? rounded(median(times) / median(floor)) : null,
  })
  return [row('floor', floor, null), row('put', puts, putRate), row('get', gets, getRate)]
}
