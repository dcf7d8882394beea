// The memory that encoding and decoding take from the operating system, measured from outside the process that does it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const BATCH_BYTES = 16 * 1024 * 1024
const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)

/** The program of the process: it makes a batch, does a small job of each kind, and waits before each large job. */
const script = `
  import { randomFillSync } from 'node:crypto'
  import { once } from 'node:events'
  import { nodeKernel } from ${url('coding/node-kernel.ts')}
  import { decodeBatch, encodePairs } from ${url('protocol/batch.ts')}
  import { geometryOf, sliverBytesOf, symbolBytesOf } from ${url('protocol/geometry.ts')}
  const kernel = nodeKernel()
  const geometry = geometryOf(100)
  const batch = randomFillSync(new Uint8Array(${BATCH_BYTES}))
  const encode = (bytes) => {
    const { pair } = sliverBytesOf(geometry, symbolBytesOf(geometry, bytes.length))
    const pairs = Array.from({ length: 100 }, () => new Uint8Array(pair))
    return { pairs, ...encodePairs(kernel, geometry, bytes, pairs) }
  }
  const rowsOf = (pairs) => Array.from({ length: geometry.rows }, (_, i) =>
    ({ index: 66 + i, row: pairs[66 + i].subarray(0, pairs[0].length * 67 / 101) }))
  const decode = (bytes, root, rows) => decodeBatch(kernel, geometry, { root, length: bytes.length }, rows).length
  const small = batch.slice(0, 1000)
  const first = encode(small)
  decode(small, first.root, rowsOf(first.pairs))
  const pause = async (name) => { process.stdout.write(name + '\\n'); await once(process.stdin, 'data') }
  await pause('ready')
  const { root, pairs } = encode(batch)
  await pause('encoded')
  decode(batch, root, rowsOf(pairs))
  await pause('decoded')
  process.exit(0)`

/** The peak resident bytes of a process so far. */
async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

test.runIf(process.platform === 'linux')(
  'encoding and decoding 16 MiB for 100 shards take less than 6 times the batch of memory',
  async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const pid = child.pid ?? 0
    const peaks: Record<string, number> = {}
    for (const name of ['ready', 'encoded', 'decoded']) {
      const [said] = (await once(child.stdout, 'data')) as [Buffer]
      expect(said.toString().trim()).toBe(name)
      peaks[name] = await peakBytes(pid)
      child.stdin.write('\n')
    }
    await once(child, 'exit')
    const times = (later: string, earlier: string): number =>
      ((peaks[later] ?? Number.NaN) - (peaks[earlier] ?? Number.NaN)) / BATCH_BYTES
    // All slivers have 4.4 times the bytes of the batch. The workspace is small compared with them.
    expect(times('encoded', 'ready')).toBeGreaterThan(4.3)
    expect(times('encoded', 'ready')).toBeLessThan(5)
    // Besides the rows, only the decoded batch is new: the workspace exists already.
    expect(times('decoded', 'encoded')).toBeLessThan(1.5)
  },
)
