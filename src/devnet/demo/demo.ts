// The demonstration: it follows one batch from a put to a verification, measures every number that it prints, and checks every
// statement that it makes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getTransactionReceipt } from 'viem/actions'
import { checkText } from '../../client/check-text.ts'
import { SidecarClient } from '../../client/sidecar.ts'
import type { Post } from '../../client/posting-result.ts'
import { type Check, verify } from '../../client/verify.ts'
import { nodeKernel } from '../../coding/node-kernel.ts'
import { findPosted } from '../../l1/posted.ts'
import { connectL1 } from '../../l1/rpc.ts'
import { type Hex, fromHex } from '../../protocol/bytes.ts'
import { decodeCertificate } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { poll } from '../../runtime/async/poll.ts'
import { type Clock, unixSeconds } from '../../runtime/clock.ts'
import { loadSecp256k1 } from '../../runtime/secp256k1.ts'
import { bytesText, shortHex, table } from '../../runtime/text.ts'
import { Devnet } from '../devnet.ts'
import { batchOf, hashesOfBatch, sendTransactions } from './transactions.ts'

export type DemoOptions = {
  /** Number of storage nodes. */
  readonly nodes: number
  /** Number of transactions in the batch. */
  readonly transactions: number
  /** Called with the text of each step, one or more lines. */
  readonly print: (text: string) => void
  readonly clock: Clock
  /** Ends the demonstration early. */
  readonly signal: AbortSignal
}

/** Milliseconds of each step. */
type Durations = Record<'start' | 'put' | 'post' | 'get' | 'verify', number>

export type DemoResult = {
  readonly nodes: number
  readonly transactions: number
  /** Indexes of the nodes that were killed. */
  readonly killed: readonly number[]
  readonly milliseconds: Partial<Durations>
  readonly bytes: { readonly batch: number; readonly commitment: number }
  readonly gas: number
  readonly commitment: Hex
}

const POSTING_INTERVAL_MS = 2_000
const POST_WAIT_MS = 60_000
const POST_POLL_MS = 200
const KILL_WAIT_MS = 10_000
const KILL_POLL_MS = 10

/**
 * Runs the demonstration on a devnet of its own, in a temporary folder that it removes.
 * @throws FloeError `batch-invalid` when a statement turns out false, `unavailable` when it was stopped
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { nodes, clock, signal } = options
  const dir = await mkdtemp(join(tmpdir(), 'floe-demo-'))
  let devnet: Devnet | undefined
  try {
    const startMs = clock.monotonic()
    devnet = await Devnet.start({
      dir: join(dir, 'devnet'),
      nodes,
      port: 0,
      reset: false,
      postingIntervalMs: POSTING_INTERVAL_MS,
      signal,
      clock,
      report: () => undefined,
    })
    return await new Demo(options, devnet).run(Math.round(clock.monotonic() - startMs))
  } catch (error) {
    if (!signal.aborted) throw error
    throw new FloeError('unavailable', 'The demo was stopped.')
  } finally {
    await devnet?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

class Demo {
  readonly #options: DemoOptions
  readonly #devnet: Devnet
  readonly #client: SidecarClient
  readonly #milliseconds: Partial<Durations> = {}

  constructor(options: DemoOptions, devnet: Devnet) {
    this.#options = options
    this.#devnet = devnet
    const { url } = devnet.description().sidecar
    this.#client = new SidecarClient({ url, retriesMax: 0, clock: options.clock })
  }

  async run(startMilliseconds: number): Promise<DemoResult> {
    const { transactions, print, signal } = this.#options
    const { l1, nodes } = this.#devnet.description()
    this.#milliseconds.start = startMilliseconds
    print(`1  A devnet: an L1, ${nodes.length} storage nodes, a sidecar  ${this.#took('start')}`)

    const sent = await sendTransactions(l1.url, transactions)
    const batch = batchOf(sent.raw)
    const size = bytesText(batch.length)
    print(`2  ${sent.raw.length} transactions, mined by block ${sent.blockNumber}: a batch of ${size}`)

    const { commitment } = await this.#timed('put', async () => this.#client.put(batch, { signal }))
    print(`3  Put: the committee stores and attests the batch  ${this.#took('put')}`)
    print(indented(certificateText(commitment)))

    const post = await this.#timed('post', async () => this.#untilPosted(commitment))
    const gas = await gasOf(l1.url, post.transactionHash)
    print(`4  On L1: ${gas} gas in block ${post.blockNumber}  ${this.#took('post', 'after the put')}`)

    const killed = await this.#killNodes()
    print(`5  Killed storage nodes ${killed.join(' and ')} with SIGKILL: as many as may fail`)

    const got = await this.#timed('get', async () => this.#client.get(commitment, { signal }))
    const hashes = checkedHashes(got, sent.hashes)
    print(`6  Got the batch without them: the same ${hashes.length} transactions  ${this.#took('get')}`)

    const checks = await this.#timed('verify', async () => this.#verify(commitment))
    print(`7  Verified against L1 alone  ${this.#took('verify')}`)
    print(indented(checks.map((check) => this.#checkLine(check)).join('\n')))

    const milliseconds = this.#milliseconds
    const bytes = { batch: batch.length, commitment: fromHex(commitment).length }
    print(`\n${costText({ milliseconds, bytes, gas })}`)
    return { nodes: nodes.length, transactions: hashes.length, killed, milliseconds, bytes, gas, commitment }
  }

  async #timed<T>(step: keyof Durations, work: () => Promise<T>): Promise<T> {
    const { clock } = this.#options
    const startMs = clock.monotonic()
    const result = await work()
    this.#milliseconds[step] = Math.round(clock.monotonic() - startMs)
    return result
  }

  #took(step: keyof Durations, since?: string): string {
    return `(${this.#milliseconds[step]} ms${since === undefined ? '' : ` ${since}`})`
  }

  /** Waits until the Ledger has the batch, which anyone can read from L1. */
  async #untilPosted(commitment: Hex): Promise<Post> {
    const { clock, signal } = this.#options
    const reason = (): FloeError =>
      new FloeError('unavailable', `The batch is not on L1 after ${POST_WAIT_MS} ms.`)
    const times = { clock, intervalMs: POST_POLL_MS, timeoutMs: POST_WAIT_MS }
    return poll({ ...times, signals: [signal], reason }, async () => this.#findPost(commitment))
  }

  async #findPost(commitment: Hex): Promise<Post | undefined> {
    const { l1, contracts } = this.#devnet.description()
    const { root } = decodeCertificate(fromHex(commitment)).header
    const domain = { chainId: l1.chainId, ledger: contracts.ledger }
    return findPosted({ l1: connectL1([l1.url]), domain }, ({ header }) => header.root === root)
  }

  /** Kills as many nodes as may fail, and waits until the devnet has noticed. @returns their indexes */
  async #killNodes(): Promise<number[]> {
    const { clock, signal } = this.#options
    const { nodes } = this.#devnet.description()
    const faults = Math.floor((nodes.length - 1) / 3)
    const killed = nodes.slice(0, faults)
    for (const { pid } of killed) if (pid !== null) process.kill(pid, 'SIGKILL')
    const times = { clock, intervalMs: KILL_POLL_MS, timeoutMs: KILL_WAIT_MS }
    await poll({ ...times, signals: [signal] }, () => {
      const current = this.#devnet.description().nodes.slice(0, faults)
      return current.every(({ pid }) => pid === null) || undefined
    })
    return killed.map((_, i) => i)
  }

  /** @throws FloeError `batch-invalid` when a check fails */
  async #verify(commitment: Hex): Promise<readonly Check[]> {
    const { l1, contracts } = this.#devnet.description()
    const { clock, signal } = this.#options
    const { valid, checks } = await verify(commitment, {
      rpcUrls: [l1.url],
      committee: contracts.committee,
      ledger: contracts.ledger,
      kernel: nodeKernel(),
      curve: loadSecp256k1(),
      fetchBatch: async () => this.#client.get(commitment, { signal }),
      clock,
      signal,
    })
    if (valid) return checks
    const failed = checks.find(({ result }) => result === 'failed')
    throw new FloeError('batch-invalid', failed === undefined ? 'A check failed.' : this.#checkText(failed))
  }

  #checkLine(check: Check): string {
    return `${check.result}  ${check.name.padEnd(11)}  ${this.#checkText(check)}`
  }

  #checkText(check: Check): string {
    return checkText(check, unixSeconds(this.#options.clock))
  }
}

/** The hashes of the transactions in a batch. @throws FloeError `batch-invalid` unless they are the expected ones */
function checkedHashes(batch: Uint8Array, expected: readonly Hex[]): readonly Hex[] {
  const hashes = hashesOfBatch(batch)
  const isSame = hashes.length === expected.length && hashes.every((hash, i) => hash === expected[i])
  if (isSame) return hashes
  throw new FloeError('batch-invalid', 'Expected the transactions that were sent, got a batch of other ones.')
}

async function gasOf(rpcUrl: string, hash: Hex): Promise<number> {
  const receipt = await getTransactionReceipt(connectL1([rpcUrl]).client, { hash })
  return Number(receipt.gasUsed)
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '     ')
}

function certificateText(commitment: Hex): string {
  const { header, signatures } = decodeCertificate(fromHex(commitment))
  const { length } = fromHex(commitment)
  const members = signatures.map(({ member }) => member).join(' ')
  return table([
    ['commitment', `${shortHex(commitment)}, ${length} bytes, which a rollup posts`],
    ['root', shortHex(header.root)],
    ['signed by', `members ${members} of epoch ${header.epoch}`],
  ])
}

function costText({ milliseconds, bytes, gas }: Pick<DemoResult, 'milliseconds' | 'bytes' | 'gas'>): string {
  return table([
    ['What it cost', 'put', 'get', 'verify', 'post', 'on L1 for the rollup'],
    [
      bytesText(bytes.batch),
      `${milliseconds.put} ms`,
      `${milliseconds.get} ms`,
      `${milliseconds.verify} ms`,
      `${gas} gas`,
      `${bytes.commitment} bytes of commitment`,
    ],
  ])
}
