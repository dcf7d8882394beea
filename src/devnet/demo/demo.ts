// The story of one batch, told while it happens. Every number is measured here, every claim is checked here.
import { getTransactionReceipt } from 'viem/actions'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, fromHex } from '../../protocol/bytes.ts'
import { decodeCertificate } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { connectL1 } from '../../l1/rpc.ts'
import { nodeKernel } from '../../coding/node-kernel.ts'
import { systemClock, unixSeconds } from '../../runtime/clock.ts'
import { createLogger } from '../../runtime/logger.ts'
import { loadSecp256k1 } from '../../runtime/secp256k1.ts'
import { stopSignal } from '../../runtime/signals.ts'
import type { Description } from '../description.ts'
import { type Devnet, startDevnet } from '../devnet.ts'
import { npmEnd } from '../../runtime/lifetime.ts'
import { SidecarClient } from '../../client/sidecar.ts'
import { bytesText, shortHex, table } from '../../runtime/text.ts'
import { checkText } from '../../client/check-text.ts'
import { type Check, type Verification, verify } from '../../client/verify.ts'
import { batchOf, hashesOfBatch, sendTransactions } from './transactions.ts'

export type DemoOptions = { readonly nodes: number; readonly transactions: number; readonly json: boolean }

type Story = {
  readonly options: DemoOptions
  readonly devnet: Devnet
  readonly client: SidecarClient
  readonly say: (line: string) => void
  /** What took how long. */
  readonly milliseconds: Record<string, number>
  readonly stop: AbortSignal
}

const POSTING_INTERVAL_MS = 2_000
const POST_WAIT_MS = 60_000
const POST_LOOK_MS = 200

export async function runDemo(options: DemoOptions): Promise<void> {
  const stop = AbortSignal.any([stopSignal(createLogger('demo', 'silent')), npmEnd()])
  const say = (line: string): void => (options.json ? console.error(line) : console.log(line))
  const dir = await mkdtemp(join(tmpdir(), 'floe-demo-'))
  const milliseconds: Record<string, number> = {}
  let devnet: Devnet | undefined
  try {
    devnet = await timed(milliseconds, 'start', async () =>
      startDevnet(
        {
          dir: join(dir, 'devnet'),
          nodes: options.nodes,
          port: 0,
          reset: false,
          postingIntervalMs: POSTING_INTERVAL_MS,
          signal: stop,
        },
        systemClock,
        () => {},
      ),
    )
    const client = new SidecarClient({ url: devnet.description().sidecar.url })
    const result = await tell({ options, devnet, client, say, milliseconds, stop })
    if (options.json) console.log(JSON.stringify(result))
  } catch (error) {
    if (!stop.aborted) throw error
    throw new FloeError('unavailable', 'The demo was stopped.')
  } finally {
    await devnet?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function timed<T>(
  milliseconds: Record<string, number>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const start = systemClock.monotonic()
  const result = await work()
  milliseconds[name] = Math.round(systemClock.monotonic() - start)
  return result
}

async function tell(story: Story): Promise<object> {
  const { options, devnet, client, say, milliseconds } = story
  const { l1, nodes } = devnet.description()
  say(`1  A devnet: an L1, ${nodes.length} storage nodes, a sidecar  (${milliseconds['start']} ms)`)

  const sent = await sendTransactions(l1.url, options.transactions)
  const batch = batchOf(sent.raw)
  say(
    `2  ${sent.raw.length} transactions, mined by block ${sent.blockNumber}: a batch of ${bytesText(batch.length)}`,
  )

  const { commitment } = await timed(milliseconds, 'put', async () => client.put(batch))
  say(`3  Put: the committee stores it and has sworn to it  (${milliseconds['put']} ms)`)
  say(indent(certificateText(commitment)))

  const post = await timed(milliseconds, 'post', async () => untilPosted(story, commitment))
  const gas = await gasOf(l1.url, post.transactionHash)
  say(`4  On L1: ${gas} gas in block ${post.blockNumber}  (${milliseconds['post']} ms after the put)`)

  const killed = await killNodes(story)
  say(`5  Killed storage nodes ${killed.join(' and ')} with SIGKILL: as many as may fail`)

  const got = await timed(milliseconds, 'get', async () => client.get(commitment))
  const hashes = hashesOfBatch(got)
  if (hashes.length !== sent.hashes.length || hashes.some((hash, i) => hash !== sent.hashes[i])) {
    throw new FloeError('batch-invalid', 'The batch that came back has other transactions.')
  }
  say(`6  Got it back without them: the same ${hashes.length} transactions  (${milliseconds['get']} ms)`)

  const { valid, checks } = await timed(milliseconds, 'verify', async () => verifyServed(story, commitment))
  if (!valid) throw new FloeError('batch-invalid', checks.map(checkLine).at(-1) ?? 'A check failed.')
  say(`7  Verified against L1 alone  (${milliseconds['verify']} ms)`)
  say(indent(checks.map(checkLine).join('\n')))

  const bytes = { batch: batch.length, commitment: fromHex(commitment).length }
  say(`\n${costText({ milliseconds, bytes, gas })}`)
  return { nodes: nodes.length, transactions: hashes.length, killed, milliseconds, bytes, gas, commitment }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '     ')
}

function checkLine(check: Check): string {
  return `${check.result}  ${check.name.padEnd(11)}  ${checkText(check, unixSeconds(systemClock))}`
}

function certificateText(commitment: Hex): string {
  const { header, signatures } = decodeCertificate(fromHex(commitment))
  return table([
    [
      'commitment',
      `${shortHex(commitment)}, ${fromHex(commitment).length} bytes: this is what a rollup posts`,
    ],
    ['root', shortHex(header.root)],
    ['signed by', `members ${signatures.map(({ member }) => member).join(' ')} of epoch ${header.epoch}`],
  ])
}

/** Waits until the Ledger has it, as anybody could see. */
async function untilPosted(story: Story, commitment: Hex): Promise<NonNullable<Verification['posted']>> {
  const deadline = systemClock.monotonic() + POST_WAIT_MS
  while (systemClock.monotonic() < deadline) {
    story.stop.throwIfAborted()
    const posted = await postOf(story.devnet.description(), commitment)
    if (posted !== undefined) return posted
    await systemClock.sleep(POST_LOOK_MS)
  }
  throw new FloeError('unavailable', `The batch is not on L1 after ${POST_WAIT_MS} ms.`)
}

async function postOf(
  { l1, contracts }: Description,
  commitment: Hex,
): Promise<NonNullable<Verification['posted']> | undefined> {
  const { findPosted } = await import('../../l1/posted.ts')
  const { root } = decodeCertificate(fromHex(commitment)).header
  const domain = { chainId: l1.chainId, ledger: contracts.ledger }
  return findPosted({ l1: connectL1([l1.url]), domain }, ({ header }) => header.root === root)
}

async function gasOf(rpcUrl: string, hash: Hex): Promise<number> {
  const receipt = await getTransactionReceipt(connectL1([rpcUrl]).client, { hash })
  return Number(receipt.gasUsed)
}

/** Kills as many nodes as may fail, and waits until the devnet has seen it. */
async function killNodes({ devnet, stop }: Story): Promise<number[]> {
  const { nodes } = devnet.description()
  const faults = Math.floor((nodes.length - 1) / 3)
  const victims = nodes.slice(0, faults)
  for (const { pid } of victims) if (pid !== null) process.kill(pid, 'SIGKILL')
  const alive = (): boolean => devnet.description().nodes.some(({ pid }, i) => i < faults && pid !== null)
  while (alive()) await systemClock.sleep(10, stop)
  return victims.map((_, i) => i)
}

async function verifyServed({ devnet, client }: Story, commitment: Hex): Promise<Verification> {
  const { l1, contracts } = devnet.description()
  return verify(commitment, {
    rpcUrls: [l1.url],
    committee: contracts.committee,
    ledger: contracts.ledger,
    kernel: nodeKernel(),
    curve: loadSecp256k1(),
    fetchBatch: async (signal) => client.get(commitment, { signal }),
  })
}

function costText(cost: {
  milliseconds: Record<string, number>
  bytes: { batch: number; commitment: number }
  gas: number
}): string {
  const { milliseconds, bytes, gas } = cost
  return table([
    ['What it cost', 'put', 'get', 'verify', 'post', 'on L1 for the rollup'],
    [
      bytesText(bytes.batch),
      `${milliseconds['put']} ms`,
      `${milliseconds['get']} ms`,
      `${milliseconds['verify']} ms`,
      `${gas} gas`,
      `${bytes.commitment} bytes of commitment`,
    ],
  ])
}
