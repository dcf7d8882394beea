// An anvil with the contracts, on which a test posts headers, disputes them, and moves the time of L1. Every call is mined in a
// block of its own, and has to succeed.
import { createTestClient, http, publicActions, walletActions } from 'viem'
import type { DeploymentTerms } from '../../src/devnet/dispute-terms.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { challengeCall } from '../../src/l1/dispute-calls.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { type PostedHeader, postedHeaders } from '../../src/l1/posted.ts'
import { postCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { Header } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from './anvil.ts'
import { type Deployment, type Operator, attest, deployFloe, testKey } from './deploy.ts'

const GAS = 16_000_000n
export const DISPERSER: Hex = addressOfSecretKey(testKey('disperser'))

export class DisputedChain implements AsyncDisposable {
  readonly anvil: TestAnvil
  readonly deployment: Deployment
  readonly disputes: DisputesContract
  readonly operators: readonly Operator[]
  /** Anvil's development accounts. */
  readonly accounts: readonly Hex[]
  readonly #client: ReturnType<typeof clientOf>

  static async start(
    operators: readonly Operator[],
    terms: Partial<DeploymentTerms> = {},
  ): Promise<DisputedChain> {
    await using stack = new AsyncDisposableStack()
    const anvil = stack.use(await startTestAnvil())
    const deployment = await deployFloe(anvil.url, operators, { address: DISPERSER, quotaBytes: 1n }, terms)
    const accounts = await clientOf(anvil.url).getAddresses()
    stack.move()
    return new DisputedChain(anvil, deployment, operators, accounts)
  }

  private constructor(
    anvil: TestAnvil,
    deployment: Deployment,
    operators: readonly Operator[],
    accounts: readonly Hex[],
  ) {
    this.anvil = anvil
    this.deployment = deployment
    this.operators = operators
    this.accounts = accounts.map((account) => account.toLowerCase() as Hex)
    this.#client = clientOf(anvil.url)
    this.disputes = new DisputesContract(connectL1([anvil.url]), deployment.disputes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.anvil.stop()
  }

  /** Sends a call from an account, the first one when left out. */
  async transact({ to, data, value }: Call, from = this.accounts[0] as Hex): Promise<Hex> {
    const hash = await this.#client.sendTransaction({ to, data, value, account: from, chain: null, gas: GAS })
    const { status } = await this.#client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
    if (status !== 'success') throw new Error(`Expected the call ${data.slice(0, 10)} to succeed.`)
    return hash
  }

  /** Posts headers under one headersRoot, and returns them as L1 has them. */
  async post(headers: readonly Header[], signers?: readonly number[]): Promise<PostedHeader[]> {
    const { domain, members } = this.deployment
    const { headers: packed, signatures } = attest(this.deployment, this.operators, headers, signers)
    const hash = await this.transact(
      postCall(domain.ledger, { headers: packed, committee: members, signatures }),
    )
    const posted: PostedHeader[] = []
    for await (const one of postedHeaders({ l1: connectL1([this.anvil.url]), domain }))
      if (one.transactionHash === hash) posted.push(one)
    return posted
  }

  async challenge(posted: PostedHeader, position: Position, from?: Hex): Promise<void> {
    const { bond } = await this.disputes.terms()
    await this.transact(challengeCall(this.disputes.address, posted, position, bond), from)
  }

  /** The timestamp of the newest block. */
  async timestamp(): Promise<number> {
    const { timestamp } = await this.#client.getBlock()
    return Number(timestamp)
  }

  async blockNumber(): Promise<number> {
    return Number(await this.#client.getBlockNumber())
  }

  async mine(blocks: number): Promise<void> {
    await this.#client.mine({ blocks })
  }

  /** Mines a block so many seconds later. */
  async advance(seconds: number): Promise<void> {
    await this.#client.increaseTime({ seconds })
    await this.mine(1)
  }

  /** A method of anvil. */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    return this.#client.request({ method, params } as never)
  }
}

function clientOf(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url, { retryCount: 0 }), cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions)
}
