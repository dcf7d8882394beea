// A storage node's HTTP API on the loopback, with a committee, a disperser and a clock that tests control.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Committees } from '../../src/l1/committees.ts'
import { HeadWatch } from '../../src/l1/head-watch.ts'
import { Attester } from '../../src/node/attestation.ts'
import { DispersalIntake } from '../../src/node/dispersal-intake.ts'
import { DisperserStanding, type DisperserStandingOptions } from '../../src/node/disperser-standing.ts'
import { HeaderAttester } from '../../src/node/header-attester.ts'
import { NodeMetrics } from '../../src/node/node-metrics.ts'
import { nodeApp } from '../../src/node/server.ts'
import { SliverServing } from '../../src/node/serving.ts'
import { encodeBatch } from '../../src/protocol/batch.ts'
import { type Hex, concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { pairsOfMember } from '../../src/protocol/committee.ts'
import { dispersalLayout, encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { type Domain, type Header, NO_CONTENT_HASH, headerDigest } from '../../src/protocol/header.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { HttpClient, type HttpResponse } from '../../src/runtime/http-client.ts'
import { defaultServerLimits, listen } from '../../src/runtime/http-server.ts'
import { type Logger, createLogger } from '../../src/runtime/logger.ts'
import { Metrics } from '../../src/runtime/metrics.ts'
import { InlineCoder } from '../../src/coding/coder.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { SharedBudget } from '../../src/runtime/shared-budget.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { type KeyedCommittee, curve, keyedCommittee } from '../support/arbitraries.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

export const START_SECONDS = 1_900_000_000
export const EPOCH = 7
export const NOTICE_SECONDS = 600
export const PROMISE_SECONDS = 86_400
export const DOMAIN: Domain = { chainId: 31337, ledger: `0x${'1e'.repeat(20)}` }
export const kernel: Kernel = nodeKernel()

const disperserKey = new Uint8Array(32).fill(0xd1)
export const DISPERSER: Hex = addressOfSecretKey(disperserKey)
export const strangerKey: Uint8Array = new Uint8Array(32).fill(0xd2)
/** The longest pause of the node's loops; the deadline of a transfer is longer. */
const LOOP_PAUSE_MS_MAX = 10_000
/** Index of the node under test among the members. */
export const MEMBER = 1

export type WorldOptions = {
  /** With disputes: the smallest deposit of a disperser. */
  depositWeiMin?: bigint
  shards?: readonly number[]
  batchBytesMax?: number
  diskBytesMax?: number
  intakeBytesMax?: number
  servingBytesMax?: number
  quotaBytes?: bigint
  requestTimeoutMs?: number
  graceSeconds?: number
  logger?: Logger
}

/** What L1 has of the one disperser, and whether it answers. */
type L1State = {
  epoch: number
  quotaBytes: bigint
  depositWei: bigint
  leaving: boolean
  depositsReadable: boolean
  reachable: boolean
}

export type World = {
  readonly url: string
  readonly keyed: KeyedCommittee
  readonly signer: Hex
  readonly clock: ManualClock
  readonly sliverStore: SliverStore
  readonly intakeMemory: SharedBudget
  readonly servingMemory: SharedBudget
  /** The state of L1, which tests change. */
  readonly l1: L1State
  readonly dir: string
  send(method: 'GET' | 'POST', path: string, body?: Uint8Array): Promise<HttpResponse>
  close(): Promise<void>
}

/** A committee whose epochs EPOCH − 1 and EPOCH have the same members. */
function committeesOver(keyed: (epoch: number) => KeyedCommittee, l1: World['l1']): Committees {
  return {
    current: async () => {
      if (!l1.reachable) throw new Error('L1 is not reachable')
      return keyed(l1.epoch).committee
    },
    ofEpoch: async (epoch) => (epoch >= 1 && epoch <= l1.epoch ? keyed(epoch).committee : undefined),
    disperserQuota: async (disperser) => (disperser === DISPERSER ? l1.quotaBytes : 0n),
  }
}

function depositsOf(l1: L1State, weiMin: bigint | undefined): DisperserStandingOptions['deposits'] {
  if (weiMin === undefined) return undefined
  const read = async <T>(value: () => T): Promise<T> => {
    if (!l1.depositsReadable) throw new FloeError('unavailable', 'L1 is not reachable.')
    return value()
  }
  const reader = {
    depositOf: async () => read(() => l1.depositWei),
    exitRequested: async () => read(() => l1.leaving),
  }
  return { reader, weiMin }
}

/** A world that is closed at the end of the test. */
export async function openTestWorld(options?: WorldOptions): Promise<World> {
  const world = await openWorld(options)
  onTestFinished(async () => world.close())
  return world
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-node-'))
  const clock = manualClock(START_SECONDS, LOOP_PAUSE_MS_MAX)
  const l1: L1State = {
    epoch: EPOCH,
    quotaBytes: options.quotaBytes ?? 1n << 40n,
    depositWei: 0n,
    leaving: false,
    depositsReadable: true,
    reachable: true,
  }
  const shards = options.shards ?? [1, 2, 1, 3]
  const keyed = keyedCommittee(shards, EPOCH)
  const secretKey = keyed.keys[MEMBER]
  if (secretKey === undefined) throw new Error(`there is no member ${MEMBER}`)
  const sliverStore = await SliverStore.open(dir, options.diskBytesMax ?? 1 << 30)
  const attester = new Attester({ curve, domain: DOMAIN, secretKey })
  const intakeBytesMax = options.intakeBytesMax ?? 1 << 26
  const servingBytesMax = options.servingBytesMax ?? 1 << 26
  const intakeMemory = new SharedBudget(intakeBytesMax)
  const servingMemory = new SharedBudget(servingBytesMax)
  const committees = committeesOver((epoch) => keyedCommittee(shards, epoch), l1)
  const headWatch = new HeadWatch({ clock, logger: createLogger('node', 'silent') })
  headWatch.observe(START_SECONDS)
  const app = nodeApp({
    intake: new DispersalIntake({
      coder: new InlineCoder(kernel),
      curve,
      domain: DOMAIN,
      committees,
      sliverStore,
      attester,
      standing: new DisperserStanding({ committees, deposits: depositsOf(l1, options.depositWeiMin), clock }),
      limits: {
        batchBytesMax: options.batchBytesMax ?? 1 << 20,
        noticeSeconds: NOTICE_SECONDS,
        promiseSeconds: PROMISE_SECONDS,
      },
      memory: intakeMemory,
      clock,
      logger: options.logger ?? createLogger('node', 'silent'),
    }),
    serving: new SliverServing({
      kernel,
      sliverStore,
      graceSeconds: options.graceSeconds ?? 0,
      memory: servingMemory,
      clock,
    }),
    sliverStore,
    headerAttester: new HeaderAttester({
      sliverStore,
      attester,
      committees,
      noticeSeconds: NOTICE_SECONDS,
      clock,
    }),
    committees,
    headWatch,
    metrics: new NodeMetrics({ metrics: new Metrics(), sliverStore, intakeMemory, servingMemory }),
    clock,
    logger: createLogger('node', 'silent'),
    listener: { host: '127.0.0.1', port: 0 },
    corsOrigins: '*',
    version: '0.0.0',
  })
  const limits = { ...defaultServerLimits, requestTimeoutMs: options.requestTimeoutMs ?? 60_000 }
  const server = await listen(app, { host: '127.0.0.1', port: 0 }, limits)
  const http = new HttpClient()
  return {
    url: server.url,
    keyed,
    signer: attester.signer,
    clock,
    sliverStore,
    intakeMemory,
    servingMemory,
    l1,
    dir,
    send: async (method, path, body) =>
      http.send({
        method,
        url: `${server.url}${path}`,
        timeoutMs: 20_000,
        responseBytesMax: 1 << 26,
        ...(body === undefined ? {} : { body }),
      }),
    close: async () => {
      await http.close()
      await server.close(0)
      await sliverStore.close()
      await rm(dir, { recursive: true })
    },
  }
}

export type Request = {
  readonly header: Header
  readonly digest: Hex
  readonly signature: Hex
  readonly pairs: readonly number[]
  readonly body: Uint8Array
}

export type Changes = {
  header?: Partial<Header>
  /** Signs the header instead of the disperser. */
  key?: Uint8Array
  member?: number
}

/** The dispersal that a sidecar sends to a member for `batch`. */
export function dispersalOf(world: Pick<World, 'keyed'>, batch: Uint8Array, changes: Changes = {}): Request {
  const { committee } = world.keyed
  const { geometry } = committee
  const member = changes.member ?? MEMBER
  return encodeBatch(kernel, geometry, batch, (encoding) => {
    const header: Header = {
      root: toHex(encoding.root),
      length: batch.length,
      epoch: EPOCH,
      expiry: START_SECONDS + 3600,
      disperser: DISPERSER,
      contentHash: NO_CONTENT_HASH,
      ...changes.header,
    }
    const digest = headerDigest(DOMAIN, header)
    const signature = toHex(curve.sign(digest, changes.key ?? disperserKey))
    const pairs = pairsOfMember(committee, header.root, member)
    const { columnBytes } = dispersalLayout(committee, member, batch.length)
    const slivers = pairs.flatMap((pair) => {
      const column = new Uint8Array(columnBytes)
      encoding.copyColumn(pair, column)
      return [Uint8Array.from(encoding.row(pair)), column]
    })
    const body = concatBytes(encodeDispersalHead({ header, signature }), encoding.leaves, ...slivers)
    return { header, digest: toHex(digest), signature, pairs, body }
  })
}

export function jsonOf(response: HttpResponse): Record<string, unknown> {
  return JSON.parse(Buffer.from(response.body).toString()) as Record<string, unknown>
}

/** Memory and disk that dispersals and responses still take: all zero when nothing was left behind. */
export function leftOver({ intakeMemory, servingMemory, sliverStore }: World): Record<string, number> {
  return {
    intake: intakeMemory.used(),
    serving: servingMemory.used(),
    ...sliverStore.usage.totals(),
    used: sliverStore.usage.usedBy(DISPERSER),
  }
}

export const NOTHING = { intake: 0, serving: 0, batches: 0, storedBytes: 0, used: 0 }

/** Lets the event loop turn until `condition` holds; the test's own timeout ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
