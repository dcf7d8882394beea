// Reads one epoch of the Committee contract: its root, the members that hash to it, and whether its start is final.
import type { Client } from 'viem'
import { getBlock, getBlockNumber, getContractEvents } from 'viem/actions'
import { type Hex, toHex } from '../protocol/bytes.ts'
import {
  type Committee,
  type Member,
  committeeOf,
  committeeRoot,
  shardsOfBits,
} from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { firstBlockSince } from './block-search.ts'
import { scanBlocks } from './block-scan.ts'
import type { Range } from './blocks.ts'
import { deploymentBlock } from './deployment.ts'
import type { Finality } from './finality-rule.ts'
import type { EpochView } from './epoch-horizon.ts'
import { finalBlock, finalTimeOn } from './finality.ts'
import { committeeAbi } from './generated/committee.ts'
import { readContract } from './read-contract.ts'
import { type L1, askEach, isRefusal, l1Unavailable } from './rpc.ts'

export type EpochReaderLogger = { warn(facts: object, message: string): void }

export type EpochReaderOptions = {
  readonly l1: L1
  /** Address of the Committee contract. */
  readonly address: Hex
  readonly finality: Finality
  readonly logger?: EpochReaderLogger | undefined
}

const NOT_FINAL_RETRY_SECONDS = 15
/** Blocks of one second, on chains that have several. */
const SAME_SECOND_BLOCKS_MAX = 1_000
const ENDPOINT_CHARACTERS_MAX = 256
const ZERO_ROOT: Hex = `0x${'00'.repeat(32)}`

type StartedEpoch = { readonly committee: Committee; readonly startedBlock: number }

export class EpochReader {
  readonly #l1: L1
  readonly #contract: { readonly address: Hex; readonly abi: typeof committeeAbi }
  readonly #finality: Finality
  readonly #logger: EpochReaderLogger | undefined

  constructor({ l1, address, finality, logger }: EpochReaderOptions) {
    this.#l1 = l1
    this.#contract = { address, abi: committeeAbi }
    this.#finality = finality
    this.#logger = logger
  }

  /**
   * The committee of an epoch; undefined when no endpoint that answers knows the epoch.
   * @throws FloeError `unavailable`; `isNotFinal` when the epoch has started in a block that is not final
   */
  async readFinal(epoch: number): Promise<Committee | undefined> {
    const started = await this.#readStarted(epoch)
    if (started === undefined) return undefined
    const final = await finalBlock(this.#l1, this.#finality)
    if (started.startedBlock <= final) return started.committee
    throw notFinalError(epoch, this.#finality, { startedBlock: started.startedBlock, finalBlock: final })
  }

  /** The newest epoch, which may not be final. @throws FloeError `unavailable`, also before the first epoch */
  async newest(): Promise<number> {
    const call = { ...this.#contract, functionName: 'currentEpoch' } as const
    const epoch = await readContract(this.#l1.client, call).catch((error: unknown) => {
      throw l1Unavailable(error, 'read the current epoch from the Committee contract')
    })
    if (epoch !== 0) return epoch
    throw new FloeError('unavailable', 'The Committee contract has no epoch yet.', {
      remedy: 'Its owner starts one with startEpoch.',
    })
  }

  /** The committee root of an epoch at the tip, from the first endpoint that answers. @throws FloeError `unavailable` */
  async rootOf(epoch: number): Promise<Hex> {
    return readContract(this.#l1.client, this.#rootCall(epoch)).catch((error: unknown) => {
      throw l1Unavailable(error, 'read the current epoch from the Committee contract')
    })
  }

  /** The quota of a disperser in bytes, at the tip. @throws FloeError `unavailable` */
  async quotaOf(disperser: Hex): Promise<bigint> {
    const call = { ...this.#contract, functionName: 'disperserQuota', args: [disperser] } as const
    return readContract(this.#l1.client, call).catch((error: unknown) => {
      throw l1Unavailable(error, 'read a quota from the Committee contract')
    })
  }

  /** What every endpoint that answers shows of the epochs, in the state of one block each. @throws FloeError `unavailable` */
  async views(): Promise<EpochView[]> {
    return askEach(this.#l1, 'read which epochs have started', async (endpoint) => {
      const { number, timestamp } = await getBlock(endpoint, { blockTag: 'latest' })
      const call = { ...this.#contract, functionName: 'currentEpoch', blockNumber: number } as const
      const [newestEpoch, finalTime] = await Promise.all([
        readContract(endpoint, call),
        finalTimeOn(endpoint, this.#finality, number),
      ])
      return { newestEpoch, time: Number(timestamp), finalTime }
    })
  }

  async #readStarted(epoch: number): Promise<StartedEpoch | undefined> {
    const root = await this.#agreedRoot(epoch)
    if (root === undefined) return undefined
    let failure: unknown
    // The root tells whether an endpoint's members are right, so the endpoints are tried one after another.
    for (const endpoint of this.#l1.endpoints) {
      try {
        const { committee, startedBlock } = await this.#readMembers(endpoint, epoch, root)
        const members = this.#withUsableEndpoints(epoch, committee.members)
        return { committee: { ...committee, members }, startedBlock }
      } catch (error) {
        failure = error
      }
    }
    throw l1Unavailable(failure, `read the committee of epoch ${epoch}`)
  }

  /**
   * The root that L1 has for an epoch; undefined when no endpoint that answers has one. Readers then reject a commitment
   * permanently, so one endpoint that lags must not be enough for it.
   */
  async #agreedRoot(epoch: number): Promise<Hex | undefined> {
    const roots = await askEach(this.#l1, `read the committee root of epoch ${epoch}`, async (endpoint) =>
      readContract(endpoint, this.#rootCall(epoch)),
    )
    const named = [...new Set(roots)].filter((root) => root !== ZERO_ROOT)
    if (named.length > 1) {
      throw new FloeError('unavailable', `The L1 endpoints disagree about the committee of epoch ${epoch}.`, {
        remedy: 'Remove the endpoint that lies or follows another fork.',
        facts: { roots: named.join(' ') },
      })
    }
    return named[0]
  }

  async #readMembers(endpoint: Client, epoch: number, root: Hex): Promise<StartedEpoch> {
    const toBlock = await getBlockNumber(endpoint)
    for await (const { args, blockNumber } of this.#startEvents(endpoint, epoch, toBlock)) {
      if (args.epoch !== epoch) continue
      const members = args.members.map((member, i) => ({
        signer: member.signer.toLowerCase() as Hex,
        shards: shardsOfBits(member.shards),
        endpoint: args.endpoints[i] ?? '',
      }))
      if (toHex(committeeRoot(args.seed, members)) === root)
        return { committee: committeeOf(epoch, args.seed, members), startedBlock: Number(blockNumber) }
    }
    throw new FloeError(
      'unavailable',
      `Expected an event of the Committee contract with the members of epoch ${epoch} that hash to ${root}, got none.`,
      { remedy: 'Check that the L1 endpoint serves old logs and is honest.' },
    )
  }

  /**
   * The events of an epoch that started. There is one on the whole chain, and most endpoints search all blocks in one request. The
   * others are asked for the block in which it started, as far as the contract tells when, and else for all blocks in spans.
   * @yields events, of which some may not have the members of the epoch
   */
  async *#startEvents(endpoint: Client, epoch: number, toBlock: bigint) {
    const event = { ...this.#contract, eventName: 'EpochStarted', args: { epoch }, strict: true } as const
    const read = async (from: bigint, to: bigint) =>
      getContractEvents(endpoint, { ...event, fromBlock: from, toBlock: to })
    const { logs } = this.#l1
    const span = logs.of(endpoint)
    if (!span.isLimited) {
      const fromBlock = BigInt(Math.min(logs.deploymentBlock ?? 0, Number(toBlock)))
      const all = await read(fromBlock, toBlock).catch((error: unknown) => {
        if (!isRefusal(error)) throw error
        return undefined
      })
      if (all !== undefined) return yield* all
    }
    const range = await this.#startRange(endpoint, epoch, Number(toBlock))
    yield* scanBlocks(read, { ...range, order: 'oldest-first', span })
  }

  /** Blocks among which an epoch started: few where the contract tells when that was. It does not for the first two epochs. */
  async #startRange(endpoint: Client, epoch: number, newest: number): Promise<Range> {
    if (epoch < 3) {
      const first = await deploymentBlock(this.#l1, this.#contract.address, newest)
      return { fromBlock: BigInt(Math.min(first, newest)), toBlock: BigInt(newest) }
    }
    // The epoch before the last one retires when an epoch starts (docs/protocol.md §6.1).
    const call = { ...this.#contract, functionName: 'retiredAt', args: [epoch - 2] } as const
    const startedAt = Number(await readContract(endpoint, call))
    const { number: first } = await firstBlockSince([endpoint], startedAt, newest)
    return { fromBlock: BigInt(first), toBlock: BigInt(Math.min(first + SAME_SECOND_BLOCKS_MAX, newest)) }
  }

  /** A member whose endpoint is not a valid URL is unreachable; the other members stay usable. */
  #withUsableEndpoints(epoch: number, members: readonly Member[]): Member[] {
    return members.map((member) => {
      const endpoint = usableEndpoint(member.endpoint)
      if (endpoint === undefined)
        this.#logger?.warn({ epoch, signer: member.signer }, 'member unreachable: its endpoint is not valid')
      return { ...member, endpoint: endpoint ?? '' }
    })
  }

  #rootCall(epoch: number) {
    return { ...this.#contract, functionName: 'committeeRoot', args: [epoch] } as const
  }
}

function notFinalError(
  epoch: number,
  finality: Finality,
  blocks: { startedBlock: number; finalBlock: number },
): FloeError {
  const first = epoch === 1 ? ' It is the first epoch, so there is no committee until then.' : ''
  const rule = typeof finality === 'number' ? `${finality} blocks deep` : finality
  return new FloeError(
    'unavailable',
    `Epoch ${epoch} started in block ${blocks.startedBlock} of L1, and the newest block that is ${rule} is ` +
      `${blocks.finalBlock}.${first}`,
    {
      remedy:
        'Wait: Ethereum finalizes a block after about 13 minutes. A chain without reorgs needs less: --finality.',
      facts: { epoch, ...blocks },
      retryAfterSeconds: NOT_FINAL_RETRY_SECONDS,
    },
  )
}

export function isNotFinal(error: unknown): error is FloeError {
  return error instanceof FloeError && 'startedBlock' in error.facts
}

/**
 * An http or https URL of a host and a port, without a trailing slash, or undefined. A path is not valid, so that operators cannot
 * choose what is asked of a server.
 */
export function usableEndpoint(text: string): string | undefined {
  if (text.length > ENDPOINT_CHARACTERS_MAX || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  return url.href === `${url.origin}/` ? url.origin : undefined
}
