// Where a follower without progress starts: at the block that deployed the contracts, or later where older events cannot matter.
//
// Endpoints delete what is old: state after 128 blocks, logs and blocks after days or months. So nothing below the start is asked
// for, an endpoint without the start is skipped for another, and only where none has it does a follower start at the oldest logs
// that there are, if its owner says that it may (docs/decisions/016-history-of-l1.md).
import { getLogs } from 'viem/actions'
import type { Client } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { firstBlockSince, firstNumberWhere } from './block-search.ts'
import { timestampAt } from './blocks.ts'
import { deploymentBlock } from './deployment.ts'
import { faultOf } from './endpoints/fault.ts'
import { type L1, l1Unavailable } from './rpc.ts'

export type FollowStartLogger = { warn(facts: object, message: string): void }

export type FollowStartOptions = {
  readonly l1: L1
  readonly ledger: Hex
  /** Events that are older at the start cannot matter; left out, all matter. */
  readonly lookbackSeconds?: number | undefined
  /** Whether a start at the oldest logs that an endpoint has is better than none. */
  readonly mayStartLate?: boolean | undefined
  readonly logger?: FollowStartLogger | undefined
}

/** While an endpoint does not answer. */
const PASSES_BEFORE_LATE_START = 10

export class FollowStart {
  readonly #options: FollowStartOptions
  /** The result of the search, and the settled block up to which it went. */
  #search: { readonly block: number; readonly newest: number } | undefined
  #passes = 0

  constructor(options: FollowStartOptions) {
    this.#options = options
  }

  /** The first block to read, found once. @throws FloeError `unavailable` */
  async block(newest: number): Promise<number> {
    this.#search = { block: this.#search?.block ?? (await this.#find(newest)), newest }
    return this.#search.block
  }

  /**
   * After every endpoint that answers has said that it lacks the logs of the start: starts at the oldest logs that one has.
   * @param isEveryEndpointAsked those that do not answer may have them, so they are waited for during some passes
   * @throws `failure` when the owner needs older ones
   */
  async startLate(
    { isEveryEndpointAsked }: { isEveryEndpointAsked: boolean },
    failure: FloeError,
  ): Promise<void> {
    const { l1, mayStartLate = false } = this.#options
    const search = this.#search
    this.#passes += 1
    const isWaiting = !isEveryEndpointAsked && this.#passes < PASSES_BEFORE_LATE_START
    if (!mayStartLate || isWaiting || search === undefined) throw failure
    const { block, newest } = search
    const oldest = await Promise.all(
      l1.endpoints.map(async (endpoint) => this.#oldestLogs(endpoint, block, newest).catch(() => newest)),
    )
    const found = Math.min(...oldest)
    if (found > block) this.#report(found)
    this.#search = { block: found, newest }
  }

  async #find(newest: number): Promise<number> {
    const { l1, ledger, lookbackSeconds } = this.#options
    if (lookbackSeconds === undefined) return deploymentBlock(l1, ledger, newest)
    const since = (await timestampAt(l1, newest)) - lookbackSeconds
    const { number, isCut } = await firstBlockSince(l1.endpoints, since, newest).catch((error: unknown) => {
      throw l1Unavailable(error, 'find the first block of L1 whose events matter')
    })
    const deployed = await deploymentBlock(l1, ledger, newest, number)
    if (isCut && deployed <= number) this.#allowLate(number)
    return Math.max(number, deployed)
  }

  #allowLate(oldest: number): void {
    const { mayStartLate = false } = this.#options
    if (mayStartLate) return this.#report(oldest)
    throw new FloeError('unavailable', `Expected L1 endpoints with older blocks, got none below ${oldest}.`, {
      remedy: 'Add an endpoint that has them, such as an archive node, or set --deployment-block.',
      facts: { oldest },
      retryAfterSeconds: 60,
    })
  }

  async #oldestLogs(endpoint: Client, from: number, newest: number): Promise<number> {
    const { ledger: address } = this.#options
    const hasLogs = async (number: number): Promise<boolean> => {
      const block = BigInt(number)
      try {
        await getLogs(endpoint, { address, fromBlock: block, toBlock: block })
        return true
      } catch (error) {
        if (faultOf(error) === 'no-history') return false
        throw error
      }
    }
    return firstNumberWhere(hasLogs, from, newest)
  }

  #report(oldest: number): void {
    this.#options.logger?.warn({ oldest }, 'older events not followed: no L1 endpoint has them')
  }
}

/** Whether an endpoint has deleted what a follower asked it for. */
export function lacksHistory(error: FloeError): boolean {
  return error.facts['fault'] === 'no-history'
}
