// Committees and quotas as the Committee contract has them, read through RPC endpoints that may lie, lag or be gone.
//
// Guarantees:
// - Checked: members come from an event and are taken only if they hash to the contract's committeeRoot; endpoints that name
//   different roots for one epoch are an error, not a choice.
// - Final: a committee is answered only if its epoch started in a block that is final, so no reorg can put another one in its
//   place. An attestation names the epoch, not its members: signed under a committee that a reorg replaced, it would count
//   with the weights of the one that came instead. So storage nodes, sidecars and readers all wait. What is not final is not
//   kept. Quotas are as they are at the tip: they bound what a disperser costs, and prove nothing to anybody.
// - Shared: readers that come together cause one request, and a committee that was read is not read again.
// - Stale rather than gone: while L1 cannot be reached, `current` and `disperserQuota` answer what they last read for ten
//   minutes. An epoch lasts far longer and storage nodes take the one before, so an old answer is almost always right, and
//   at worst refused by the nodes; after ten minutes it may belong to operators that were replaced for a reason.
import type { Client } from 'viem'
import { getBlockNumber, getChainId, getCode, getContractEvents } from 'viem/actions'
import { readContract } from './read-contract.ts'
import { type Hex, equalBytes, fromHex, toHex } from '../protocol/bytes.ts'
import { type Committee, type Member, committeeOf, committeeRoot } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Clock } from '../runtime/clock.ts'
import { scanBlocks } from './block-scan.ts'
import { FINALITY_DEFAULT, type Finality } from './chain.ts'
import type { Committees } from './committees.ts'
import { finalBlock } from './finality.ts'
import { committeeAbi } from './generated/committee.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { type RefreshPolicy, staleWhileRevalidate } from '../runtime/async/stale-while-revalidate.ts'
import { type L1, connectL1, isUnanswered, l1Unavailable, rpcReason } from './rpc.ts'

export type CommitteesOptions = {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  readonly clock: Clock
  /** When an epoch is taken to have started; left out, when L1 has finalized it. */
  readonly finality?: Finality | undefined
  /** The chain on which the contracts are; left out, the one that the endpoints name. */
  readonly chainId?: number | undefined
  /** Ends every request in flight, and refuses later ones. */
  readonly signal?: AbortSignal | undefined
  readonly refreshMs?: number
  readonly logger?: { warn(facts: object, message: string): void }
}

const REFRESH_MS_DEFAULT = 5_000
const STALE_MS = 10 * 60_000
/** A put must not wait for an endpoint that hangs. */
const PATIENCE_MS = 500
/** Committees that are kept; a committee of 255 members is about 50 kB. */
const COMMITTEES_MAX = 64
/** Epochs in a row that may have started and not be final yet. */
const EPOCHS_PENDING_MAX = 8
/** Dispersers whose quota is kept. */
const QUOTAS_MAX = 1024
const PENDING_RETRY_SECONDS = 15
const ENDPOINT_CHARACTERS_MAX = 256
const ZERO_ROOT: Hex = `0x${'00'.repeat(32)}`

type Context = {
  readonly l1: L1
  readonly address: Hex
  readonly finality: Finality
  readonly clock: Clock
  readonly warn: (facts: object, message: string) => void
}

/**
 * Connects to the contracts.
 * @throws FloeError `configuration` when they are not what they should be, `unavailable` when L1 does not answer
 */
export async function createCommittees(
  options: CommitteesOptions,
): Promise<{ committees: Committees; domain: Domain }> {
  const l1 = connectL1(options.rpcUrls, { clock: options.clock, signal: options.signal })
  const chainId = await agreedChainId(l1, options.chainId)
  const address = options.committee.toLowerCase() as Hex
  const ledger = options.ledger.toLowerCase() as Hex
  await checkContracts(l1, address, ledger)
  const { clock, finality = FINALITY_DEFAULT } = options
  const warn: Context['warn'] = (facts, message) => options.logger?.warn(facts, message)
  const context: Context = { l1, address, finality, clock, warn }
  // Endpoints that know no such block are found out now, not with the first batch.
  await finalBlock(l1, finality)
  const policy: RefreshPolicy = {
    refreshMs: options.refreshMs ?? REFRESH_MS_DEFAULT,
    staleMs: STALE_MS,
    patienceMs: PATIENCE_MS,
  }
  const known = createEpochCache(context, policy.refreshMs)
  const quotaOf = createQuotaCache(context, policy)
  return {
    committees: {
      current: staleWhileRevalidate(clock, policy, async () => readCurrent(context, known)),
      ofEpoch: async (epoch) => known.get(epoch),
      disperserQuota: async (disperser) => quotaOf(disperser.toLowerCase() as Hex),
    },
    domain: { chainId, ledger },
  }
}

async function agreedChainId(l1: L1, expected: number | undefined): Promise<number> {
  const answers = await Promise.allSettled(l1.endpoints.map(async (endpoint) => getChainId(endpoint)))
  const ids = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const [first] = ids
  const failed = answers.find((answer) => answer.status === 'rejected')
  if (first === undefined) throw l1Unavailable(failed?.reason, 'reach L1')
  if (ids.some((id) => id !== first)) {
    throw new FloeError(
      'configuration',
      `Expected all L1 endpoints on one chain, got chains ${ids.join(', ')}.`,
      {
        remedy: 'Correct --rpc-url or FLOE_RPC_URL.',
      },
    )
  }
  if (expected !== undefined && first !== expected) {
    throw new FloeError('configuration', `Expected L1 endpoints on chain ${expected}, got chain ${first}.`, {
      remedy: 'Correct the endpoints or the chain id.',
    })
  }
  return first
}

async function checkContracts({ client }: L1, committee: Hex, ledger: Hex): Promise<void> {
  for (const [name, address] of [
    ['Committee', committee],
    ['Ledger', ledger],
  ] as const) {
    const code = await getCode(client, { address }).catch((error: unknown) => {
      throw l1Unavailable(error, `read the ${name} contract`)
    })
    if (code === undefined)
      throw wrongContract(name, address, 'there is no contract at that address on this chain')
  }
  const named = await readContract(client, {
    address: ledger,
    abi: ledgerAbi,
    functionName: 'committee',
  }).catch((error: unknown) => {
    // An L1 that goes away between two questions says nothing about the contract.
    if (isUnanswered(error)) throw l1Unavailable(error, 'read the Ledger contract')
    throw wrongContract('Ledger', ledger, `it does not name its committee: ${rpcReason(error)}`)
  })
  if (named.toLowerCase() !== committee) {
    throw wrongContract('Ledger', ledger, `its committee is ${named.toLowerCase()}, not ${committee}`)
  }
}

function wrongContract(name: 'Committee' | 'Ledger', address: Hex, reason: string): FloeError {
  const option = name.toLowerCase()
  return new FloeError('configuration', `Expected the ${name} contract at ${address}, but ${reason}.`, {
    remedy: `Correct --${option} or FLOE_${option.toUpperCase()}, or the L1 endpoint.`,
  })
}

type EpochCache = {
  /** Only what is final. @throws FloeError `unavailable` for an epoch that is not final yet: `isPending` */
  get(epoch: number): Promise<Committee | undefined>
  /** Drops a committee that L1 no longer has: its epoch started in a block that a reorg took away. */
  keepOnly(epoch: number, root: Hex): void
}

function createEpochCache(context: Context, refreshMs: number): EpochCache {
  const { clock } = context
  const committees = new Map<number, Committee>()
  /** Epochs that were not final when they were last looked at. */
  const pending = new Map<number, { readonly until: number; readonly error: FloeError }>()
  const reading = new Map<number, Promise<Committee | undefined>>()
  const read = async (epoch: number): Promise<Committee | undefined> => {
    try {
      const committee = await readFinalCommittee(context, epoch)
      if (committee === undefined) return undefined
      committees.set(epoch, committee)
      dropOldest(committees, COMMITTEES_MAX)
      return committee
    } catch (error) {
      if (isPending(error)) {
        pending.set(epoch, { until: clock.monotonic() + refreshMs, error })
        dropOldest(pending, COMMITTEES_MAX)
      }
      throw error
    } finally {
      reading.delete(epoch)
    }
  }
  return {
    get: async (epoch) => {
      if (epoch < 1) return undefined
      const committee = committees.get(epoch)
      if (committee !== undefined) {
        // Last in the map is last to go.
        committees.delete(epoch)
        committees.set(epoch, committee)
        return committee
      }
      const looked = pending.get(epoch)
      if (looked !== undefined && clock.monotonic() < looked.until) throw looked.error
      const request = reading.get(epoch) ?? read(epoch)
      reading.set(epoch, request)
      return request
    },
    keepOnly: (epoch, root) => {
      const committee = committees.get(epoch)
      if (committee !== undefined && toHex(committeeRoot(committee.members)) !== root)
        committees.delete(epoch)
    },
  }
}

function dropOldest(map: Map<unknown, unknown>, entriesMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= entriesMax) return
    map.delete(key)
  }
}

function createQuotaCache(context: Context, policy: RefreshPolicy): (disperser: Hex) => Promise<bigint> {
  const quotas = new Map<Hex, () => Promise<bigint>>()
  return async (disperser) => {
    const known = quotas.get(disperser)
    if (known !== undefined) return known()
    const quota = staleWhileRevalidate(context.clock, policy, async () => readQuota(context, disperser))
    quotas.set(disperser, quota)
    dropOldest(quotas, QUOTAS_MAX)
    return quota()
  }
}

async function readQuota({ l1, address }: Context, disperser: Hex): Promise<bigint> {
  return readContract(l1.client, {
    address,
    abi: committeeAbi,
    functionName: 'disperserQuota',
    args: [disperser],
  }).catch((error: unknown) => {
    throw l1Unavailable(error, 'read a quota from the Committee contract')
  })
}

/** The newest epoch that is final. Epochs follow each other slowly, so it is the newest or one of the last few. */
async function readCurrent(context: Context, known: EpochCache): Promise<Committee> {
  const { l1, address } = context
  try {
    const newest = await readContract(l1.client, { address, abi: committeeAbi, functionName: 'currentEpoch' })
    if (newest === 0) {
      throw new FloeError('unavailable', 'The Committee contract has no epoch yet.', {
        remedy: 'Its owner starts one with startEpoch.',
      })
    }
    for (let epoch = newest; ; epoch--) {
      const committee = await readNamed(context, known, epoch).catch((error: unknown) => {
        if (isPending(error) && epoch > 1 && newest - epoch < EPOCHS_PENDING_MAX) return undefined
        throw error
      })
      if (committee !== undefined) return committee
    }
  } catch (error) {
    throw l1Unavailable(error, 'read the current epoch from the Committee contract')
  }
}

/** The committee of an epoch that L1 named. */
async function readNamed({ l1, address }: Context, known: EpochCache, epoch: number): Promise<Committee> {
  const call = { address, abi: committeeAbi, functionName: 'committeeRoot', args: [epoch] } as const
  known.keepOnly(epoch, await readContract(l1.client, call))
  const committee = await known.get(epoch)
  if (committee !== undefined) return committee
  throw new FloeError('unavailable', `L1 names epoch ${epoch} but does not know it yet.`, {
    retryAfterSeconds: 5,
  })
}

/** @throws FloeError `unavailable` when its epoch is known but not final: `isPending` */
async function readFinalCommittee(context: Context, epoch: number): Promise<Committee | undefined> {
  const found = await readCommittee(context, epoch)
  if (found === undefined) return undefined
  const final = await finalBlock(context.l1, context.finality)
  if (found.startedBlock <= final) return found.committee
  throw notFinal(context, epoch, { startedBlock: found.startedBlock, finalBlock: final })
}

function notFinal(
  { finality }: Context,
  epoch: number,
  blocks: { startedBlock: number; finalBlock: number },
): FloeError {
  const first = epoch === 1 ? ' It is the first one, so there is no committee until then.' : ''
  const rule = typeof finality === 'number' ? `${finality} blocks deep` : finality
  return new FloeError(
    'unavailable',
    `Epoch ${epoch} started in block ${blocks.startedBlock} of L1, and the newest block that is ${rule} is ` +
      `${blocks.finalBlock}.${first}`,
    {
      remedy:
        'Wait: Ethereum finalizes a block after about 13 minutes. A chain without reorgs needs less: --finality.',
      facts: { epoch, ...blocks },
      retryAfterSeconds: PENDING_RETRY_SECONDS,
    },
  )
}

function isPending(error: unknown): error is FloeError {
  return error instanceof FloeError && 'startedBlock' in error.facts
}

type Found = { readonly committee: Committee; readonly startedBlock: number }

async function readCommittee(context: Context, epoch: number): Promise<Found | undefined> {
  const root = await agreedRoot(context, epoch)
  if (root === undefined) return undefined
  let failure: unknown
  // One endpoint after another until one tells the truth: the root says which.
  for (const endpoint of context.l1.endpoints) {
    try {
      const { members, startedBlock } = await readMembers(context, endpoint, { epoch, root })
      return { committee: committeeOf(epoch, members), startedBlock }
    } catch (error) {
      failure = error
    }
  }
  throw l1Unavailable(failure, `read the committee of epoch ${epoch}`)
}

/**
 * The root that L1 has for an epoch; undefined if every endpoint that answers knows no such epoch: an answer on which
 * readers give up a commitment for good, so one lagging endpoint must not make it.
 */
async function agreedRoot({ l1, address }: Context, epoch: number): Promise<Hex | undefined> {
  const call = { address, abi: committeeAbi, functionName: 'committeeRoot', args: [epoch] } as const
  const answers = await Promise.allSettled(l1.endpoints.map(async (endpoint) => readContract(endpoint, call)))
  const failed = answers.find((answer) => answer.status === 'rejected')
  const roots = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  if (roots.length === 0) throw l1Unavailable(failed?.reason, `read the committee root of epoch ${epoch}`)
  const named = [...new Set(roots)].filter((root) => root !== ZERO_ROOT)
  if (named.length > 1) {
    throw new FloeError('unavailable', `The L1 endpoints disagree about the committee of epoch ${epoch}.`, {
      remedy: 'Remove the endpoint that lies or follows another fork.',
      facts: { roots: named.join(' ') },
    })
  }
  return named[0]
}

async function readMembers(
  context: Context,
  endpoint: Client,
  { epoch, root }: { epoch: number; root: Hex },
): Promise<{ members: Member[]; startedBlock: number }> {
  const toBlock = await getBlockNumber(endpoint)
  const read = async (from: bigint, to: bigint) =>
    getContractEvents(endpoint, {
      address: context.address,
      abi: committeeAbi,
      eventName: 'EpochStarted',
      args: { epoch },
      fromBlock: from,
      toBlock: to,
      strict: true,
    })
  // One event in the whole chain: most endpoints answer at once, the others are asked in pieces, newest first.
  const range = { fromBlock: 0n, toBlock, spanBlocks: toBlock + 1n, order: 'newest-first' } as const
  for await (const { args, blockNumber } of scanBlocks(read, range)) {
    if (args.epoch !== epoch) continue
    const members = args.members.map((member, i) => ({
      signer: member.signer.toLowerCase() as Hex,
      shards: member.shards,
      stake: member.stake,
      endpoint: args.endpoints[i] ?? '',
    }))
    if (equalBytes(committeeRoot(members), fromHex(root))) {
      return { members: withUsableEndpoints(context, epoch, members), startedBlock: Number(blockNumber) }
    }
  }
  throw new FloeError(
    'unavailable',
    `No event of the Committee contract has the members of epoch ${epoch} that hash to ${root}.`,
    { remedy: 'Check that the L1 endpoint serves old logs and is honest.' },
  )
}

/** A member whose endpoint is no URL is unreachable; the others must not suffer for it. */
function withUsableEndpoints(context: Context, epoch: number, members: readonly Member[]): Member[] {
  return members.map((member) => {
    const endpoint = usableEndpoint(member.endpoint)
    if (endpoint === undefined)
      context.warn({ epoch, signer: member.signer }, 'member has no usable endpoint')
    return { ...member, endpoint: endpoint ?? '' }
  })
}

/** An http or https URL without credentials, query, fragment and trailing slash, or undefined. */
export function usableEndpoint(text: string): string | undefined {
  if (text.length > ENDPOINT_CHARACTERS_MAX || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined
  const endpoint = url.href.replace(/\/+$/, '')
  return endpoint.length <= ENDPOINT_CHARACTERS_MAX ? endpoint : undefined
}
