// Reads the Disputes contract (docs/protocol.md §7).
import type { Hex } from '../protocol/bytes.ts'
import type { Line } from '../protocol/evidence.ts'
import { type Position, challengeId, evidenceId } from './dispute-ids.ts'
import { type Faults, faultsOfBits } from './faults.ts'
import { disputesAbi } from './generated/disputes.ts'
import { readContract } from './read-contract.ts'
import { type L1, l1Unavailable, withSignal } from './rpc.ts'

/** The settings of a deployment, which never change. Times in seconds, amounts in wei. */
export type DisputeTerms = {
  readonly window: number
  readonly bond: bigint
  readonly operatorFine: bigint
  readonly disperserFine: bigint
  readonly operatorDepositMin: bigint
  readonly disperserDepositMin: bigint
  /** The longest promise of the Ledger, from the post to the expiry. */
  readonly promiseSeconds: number
}

/** The state of a position. Times in unix seconds. */
export type ChallengeState =
  /** Not challenged, or its challenge expired or lapsed: it can be challenged. */
  | { readonly status: 'none' }
  /** `deadline` is the last second in which an answer is accepted. */
  | { readonly status: 'open'; readonly challenger: Hex; readonly deadline: number }
  /** Answered, permanently: the chunk is in the event. */
  | { readonly status: 'answered' }

/** A pair over which a challenge expired: the challenger that it records, and when. */
export type ExpiredPair = {
  readonly challenger: Hex
  /** Unix seconds. */
  readonly expiredAt: number
  /** Whether its holder, or the disperser in its place, was fined. */
  readonly fined: boolean
}

/** Who proved a header inconsistent, and when; and the fines of its disperser. */
export type Proof = {
  /** Undefined: the header was not proven inconsistent. Time in unix seconds. */
  readonly proven: { readonly prover: Hex; readonly provedAt: number } | undefined
  readonly finedOverWithheld: boolean
  readonly finedOverInconsistent: boolean
}

/** Every method throws a FloeError `unavailable` when L1 does not answer, and the reason of a signal that aborts. */
export type Disputes = {
  readonly address: Hex
  /** Read from L1 once. */
  terms(): Promise<DisputeTerms>
  /** The faults that made a header invalid, at the tip or in the state of a block. */
  faultsOf(digest: Hex, blockNumber?: number): Promise<Faults>
  /** At the tip or in the state of a block. */
  challengeOf(digest: Hex, position: Position, blockNumber?: number): Promise<ChallengeState>
  /** At the tip or in the state of a block; undefined when no challenge of the pair expired. */
  expiredPairOf(digest: Hex, pair: number, blockNumber?: number): Promise<ExpiredPair | undefined>
  /** At the tip or in the state of a block. */
  proofOf(digest: Hex, blockNumber?: number): Promise<Proof>
  /** Wei that an account has to lose. */
  depositOf(account: Hex): Promise<bigint>
  /** Whether the owner of an account's deposit has asked to take it back, and has not yet done so. */
  exitRequested(account: Hex): Promise<boolean>
  /** Wei that a withdrawal would pay to an account. */
  creditOf(account: Hex): Promise<bigint>
  /** Number of openings of a line that an account has submitted so far (`evidenceCalls`). */
  openingsSubmitted(sender: Hex, digest: Hex, line: Line): Promise<number>
  /** Whether a header was made invalid, at the tip. The request ends when `signal` aborts. */
  isInvalid(digest: Hex, signal?: AbortSignal): Promise<boolean>
}

type Contract = { readonly address: Hex; readonly abi: typeof disputesAbi }

export class DisputesContract implements Disputes {
  readonly address: Hex
  readonly #l1: L1
  readonly #contract: Contract
  #terms: Promise<DisputeTerms> | undefined

  constructor(l1: L1, address: Hex) {
    this.address = address
    this.#l1 = l1
    this.#contract = { address, abi: disputesAbi }
  }

  async terms(): Promise<DisputeTerms> {
    this.#terms ??= request('the terms of disputes', async () => readTerms(this.#l1, this.#contract))
    return this.#terms.catch((error: unknown) => {
      this.#terms = undefined
      throw error
    })
  }

  async faultsOf(digest: Hex, blockNumber?: number): Promise<Faults> {
    const call = this.#at({ functionName: 'faultsOf', args: [digest] } as const, blockNumber)
    return faultsOfBits(
      await request('the faults of a header', async () => readContract(this.#l1.client, call)),
    )
  }

  async challengeOf(digest: Hex, position: Position, blockNumber?: number): Promise<ChallengeState> {
    const id = challengeId(digest, position)
    const call = this.#at({ functionName: 'challengeOf', args: [id] } as const, blockNumber)
    const read = async () => readContract(this.#l1.client, call)
    const [challenger, deadline, answered] = await request('a challenge', read)
    if (answered) return { status: 'answered' }
    if (deadline === 0) return { status: 'none' }
    return { status: 'open', challenger: lower(challenger), deadline }
  }

  async expiredPairOf(digest: Hex, pair: number, blockNumber?: number): Promise<ExpiredPair | undefined> {
    const call = this.#at({ functionName: 'expiredPairOf', args: [digest, pair] } as const, blockNumber)
    const read = async () => readContract(this.#l1.client, call)
    const [challenger, expiredAt, fined] = await request('an expired pair', read)
    return expiredAt === 0 ? undefined : { challenger: lower(challenger), expiredAt, fined }
  }

  async proofOf(digest: Hex, blockNumber?: number): Promise<Proof> {
    const call = this.#at({ functionName: 'proofOf', args: [digest] } as const, blockNumber)
    const read = async () => readContract(this.#l1.client, call)
    const [prover, provedAt, finedOverWithheld, finedOverInconsistent] = await request(
      'the proof of a header',
      read,
    )
    const proven = provedAt === 0 ? undefined : { prover: lower(prover), provedAt }
    return { proven, finedOverWithheld, finedOverInconsistent }
  }

  async depositOf(account: Hex): Promise<bigint> {
    const call = { ...this.#contract, functionName: 'depositOf', args: [account] } as const
    return request('a deposit', async () => readContract(this.#l1.client, call))
  }

  async exitRequested(account: Hex): Promise<boolean> {
    const call = { ...this.#contract, functionName: 'exitOf', args: [account] } as const
    const [requestedAt] = await request('an exit', async () => readContract(this.#l1.client, call))
    return requestedAt !== 0n
  }

  async creditOf(account: Hex): Promise<bigint> {
    const call = { ...this.#contract, functionName: 'creditOf', args: [account] } as const
    return request('a credit', async () => readContract(this.#l1.client, call))
  }

  async openingsSubmitted(sender: Hex, digest: Hex, line: Line): Promise<number> {
    const id = evidenceId(sender, digest, line)
    const call = { ...this.#contract, functionName: 'progressOf', args: [id] } as const
    const [count] = await request('the progress of evidence', async () => readContract(this.#l1.client, call))
    return count
  }

  async isInvalid(digest: Hex, signal?: AbortSignal): Promise<boolean> {
    const call = { ...this.#contract, functionName: 'isInvalid', args: [digest] } as const
    const { client } = withSignal(this.#l1, signal)
    return request('the state of a header', async () => readContract(client, call), signal)
  }

  #at<const call extends object>(call: call, blockNumber: number | undefined) {
    const block = blockNumber === undefined ? {} : { blockNumber: BigInt(blockNumber) }
    return { ...this.#contract, ...call, ...block }
  }
}

async function readTerms({ client }: L1, contract: Contract): Promise<DisputeTerms> {
  const [window, bond, operatorFine, disperserFine, operatorDepositMin, disperserDepositMin, promise] =
    await Promise.all([
      readContract(client, { ...contract, functionName: 'window' }),
      readContract(client, { ...contract, functionName: 'bond' }),
      readContract(client, { ...contract, functionName: 'operatorFine' }),
      readContract(client, { ...contract, functionName: 'disperserFine' }),
      readContract(client, { ...contract, functionName: 'operatorDepositMin' }),
      readContract(client, { ...contract, functionName: 'disperserDepositMin' }),
      readContract(client, { ...contract, functionName: 'promiseSeconds' }),
    ])
  return {
    window: Number(window),
    bond,
    operatorFine,
    disperserFine,
    operatorDepositMin,
    disperserDepositMin,
    promiseSeconds: Number(promise),
  }
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}

async function request<T>(what: string, read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return read().catch((error: unknown) => {
    signal?.throwIfAborted()
    throw l1Unavailable(error, `read ${what} from the Disputes contract`)
  })
}
