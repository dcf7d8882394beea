// Reads the Disputes contract (docs/protocol.md §7).
import type { Hex } from '../protocol/bytes.ts'
import type { Line } from '../protocol/evidence.ts'
import { evidenceId } from './dispute-ids.ts'
import { disputesAbi } from './generated/disputes.ts'
import { readContract } from './read-contract.ts'
import { type L1, l1Unavailable, withSignal } from './rpc.ts'

/** The settings of a deployment, which never change. Times in seconds, amounts in wei. */
export type DisputeTerms = {
  readonly window: number
  readonly promiseSecondsMax: number
  readonly bond: bigint
  readonly operatorFine: bigint
  readonly disperserFine: bigint
  readonly treasury: Hex
}

export type OpenChallenge = {
  /** The operator that is fined when there is no response; undefined when no operator is. */
  readonly holder: Hex | undefined
  /** Unix seconds; the last second in which a response is accepted. */
  readonly deadline: number
}

export type Faults = { readonly withheld: boolean; readonly inconsistent: boolean }

/** Every method throws a FloeError `unavailable` when L1 does not answer, and the reason of a signal that aborts. */
export type Disputes = {
  readonly address: Hex
  /** Read from L1 once. */
  terms(): Promise<DisputeTerms>
  /** The faults that made a header invalid, at the tip or in the state of a block. */
  faultsOf(digest: Hex, blockNumber?: number): Promise<Faults>
  /** Number of openings of a line that an account has submitted so far (`evidenceCalls`). */
  openingsSubmitted(sender: Hex, digest: Hex, line: Line): Promise<number>
  /** Whether a header was made invalid, at the tip. The request ends when `signal` aborts. */
  isInvalid(digest: Hex, signal?: AbortSignal): Promise<boolean>
  /** An open challenge by its id; undefined when there is none. */
  openChallenge(id: Hex): Promise<OpenChallenge | undefined>
}

const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`

export class DisputesContract implements Disputes {
  readonly address: Hex
  readonly #l1: L1
  readonly #contract: { readonly address: Hex; readonly abi: typeof disputesAbi }
  #terms: Promise<DisputeTerms> | undefined

  constructor(l1: L1, address: Hex) {
    this.address = address
    this.#l1 = l1
    this.#contract = { address, abi: disputesAbi }
  }

  async terms(): Promise<DisputeTerms> {
    this.#terms ??= this.#readTerms()
    return this.#terms.catch((error: unknown) => {
      this.#terms = undefined
      throw error
    })
  }

  async faultsOf(digest: Hex, blockNumber?: number): Promise<Faults> {
    const call = { ...this.#contract, functionName: 'faultsOf', args: [digest] } as const
    const block = blockNumber === undefined ? {} : { blockNumber: BigInt(blockNumber) }
    const faults = await request('the faults of a header', async () =>
      readContract(this.#l1.client, { ...call, ...block }),
    )
    return { withheld: (faults & 1) !== 0, inconsistent: (faults & 2) !== 0 }
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

  async openChallenge(id: Hex): Promise<OpenChallenge | undefined> {
    const call = { ...this.#contract, functionName: 'challengeOf', args: [id] } as const
    const [holder, deadline] = await request('a challenge', async () => readContract(this.#l1.client, call))
    if (deadline === 0) return undefined
    return { deadline, holder: holder === ZERO_ADDRESS ? undefined : (holder.toLowerCase() as Hex) }
  }

  async #readTerms(): Promise<DisputeTerms> {
    const [contract, { client }] = [this.#contract, this.#l1]
    return request('the terms of disputes', async () => {
      const [window, promiseSecondsMax, bond, operatorFine, disperserFine, treasury] = await Promise.all([
        readContract(client, { ...contract, functionName: 'window' }),
        readContract(client, { ...contract, functionName: 'promiseSecondsMax' }),
        readContract(client, { ...contract, functionName: 'bond' }),
        readContract(client, { ...contract, functionName: 'operatorFine' }),
        readContract(client, { ...contract, functionName: 'disperserFine' }),
        readContract(client, { ...contract, functionName: 'treasury' }),
      ])
      return {
        window: Number(window),
        promiseSecondsMax: Number(promiseSecondsMax),
        bond,
        operatorFine,
        disperserFine,
        treasury: treasury.toLowerCase() as Hex,
      }
    })
  }
}

async function request<T>(what: string, read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return read().catch((error: unknown) => {
    signal?.throwIfAborted()
    throw l1Unavailable(error, `read ${what} from the Disputes contract`)
  })
}
