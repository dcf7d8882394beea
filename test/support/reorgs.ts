// An L1 with reorgs: a real anvil with the contracts, and moves that add blocks, remove them, and post headers. Reorgs never remove
// the deployment.
import fc from 'fast-check'
import { createTestClient, http, numberToHex, publicActions, walletActions } from 'viem'
import { type PostedHeader, postedHeaders } from '../../src/l1/posted.ts'
import { postCall, postOneCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { type Header, headerDigest, headersTree } from '../../src/protocol/header.ts'
import { type Deployment, type Operator, attest, testHeader } from './deploy.ts'

export type ChainMove =
  | { readonly kind: 'post'; readonly headers: number }
  /** One of so many headers under a headersRoot is posted alone. */
  | { readonly kind: 'post-one'; readonly headers: number }
  | { readonly kind: 'mine'; readonly blocks: number }
  /** The newest blocks are replaced by as many others, without their transactions. */
  | { readonly kind: 'reorg'; readonly depth: number }
  /** The newest blocks are removed, and one more than their number is added. */
  | { readonly kind: 'rollback'; readonly depth: number }

const GAS = 5_000_000n
export const REORG_DEPTH_MAX = 10

/** Random moves, each short enough that a test plays many. */
export const chainMoves: fc.Arbitrary<ChainMove> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('post'), headers: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('post-one'), headers: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mine'), blocks: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reorg'), depth: depths() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback'), depth: depths() }) },
)

function depths(): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: REORG_DEPTH_MAX })
}

type ReorgingChainOptions = {
  readonly deployment: Deployment
  readonly operators: readonly Operator[]
  /** Distinguishes the headers of this chain from those of other chains. */
  readonly label: string
}

export class ReorgingChain {
  readonly #rpcUrl: string
  readonly #client: ReturnType<typeof connectAnvil>
  readonly #options: ReorgingChainOptions
  readonly #account: Hex
  /** The newest block of the deployment. */
  readonly #base: number
  #posted = 0
  #forks = 0

  static async open(rpcUrl: string, options: ReorgingChainOptions): Promise<ReorgingChain> {
    const client = connectAnvil(rpcUrl)
    const [account = '0x'] = await client.getAddresses()
    const base = Number(await client.getBlockNumber({ cacheTime: 0 }))
    return new ReorgingChain(rpcUrl, options, { client, account, base })
  }

  private constructor(
    rpcUrl: string,
    options: ReorgingChainOptions,
    chain: { client: ReturnType<typeof connectAnvil>; account: Hex; base: number },
  ) {
    this.#rpcUrl = rpcUrl
    this.#options = options
    this.#client = chain.client
    this.#account = chain.account
    this.#base = chain.base
  }

  async play(move: ChainMove): Promise<void> {
    switch (move.kind) {
      case 'post':
      case 'post-one':
        return this.#post(move)
      case 'mine':
        return this.#client.mine({ blocks: move.blocks })
      case 'reorg':
      case 'rollback':
        return this.#fork(move)
    }
  }

  async height(): Promise<number> {
    return Number(await this.#client.getBlockNumber({ cacheTime: 0 }))
  }

  /** Every posted header on the current chain, read in one request. */
  async posted(): Promise<PostedHeader[]> {
    const headers: PostedHeader[] = []
    const source = { l1: connectL1([this.#rpcUrl]), domain: this.#options.deployment.domain }
    for await (const header of postedHeaders(source)) headers.push(header)
    return headers
  }

  async #post({ kind, headers: count }: Extract<ChainMove, { kind: 'post' | 'post-one' }>): Promise<void> {
    const { deployment, operators, label } = this.#options
    const headers = Array.from({ length: count }, () => testHeader(`${label} ${this.#posted++}`))
    const data = (kind === 'post' ? callOfPost : callOfPostOne)(deployment, operators, headers)
    const call = { from: this.#account, to: deployment.ledger, data, gas: numberToHex(GAS) }
    // This call answers when the transaction is mined.
    await this.#request('eth_sendTransactionSync', [call])
  }

  async #fork({ kind, depth }: Extract<ChainMove, { kind: 'reorg' | 'rollback' }>): Promise<void> {
    const possible = Math.min(depth, (await this.height()) - this.#base)
    if (possible === 0) return
    // A new coinbase makes a different block: empty blocks of the same second would have the same hash.
    this.#forks += 1
    await this.#request('anvil_setCoinbase', [numberToHex(this.#forks, { size: 20 })])
    if (kind === 'reorg') {
      await this.#request('anvil_reorg', [possible, []])
      return
    }
    await this.#request('anvil_rollback', [possible])
    await this.#client.mine({ blocks: possible + 1 })
  }

  /** Calls a method that the types of viem do not have. */
  async #request(method: string, params: readonly unknown[]): Promise<void> {
    await this.#client.request({ method, params } as never)
  }
}

function connectAnvil(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url, { retryCount: 0 }) })
    .extend(publicActions)
    .extend(walletActions)
}

/** The calldata of a post that the Ledger accepts from any account. */
function callOfPost(deployment: Deployment, operators: readonly Operator[], headers: readonly Header[]): Hex {
  const { headers: packed, signatures } = attest(deployment, operators, headers)
  return postCall(deployment.ledger, { headers: packed, committee: deployment.members, signatures }).data
}

/** The calldata that posts the last of `headers` alone, under the headersRoot of all. */
function callOfPostOne(
  { domain, ledger, members }: Deployment,
  operators: readonly Operator[],
  headers: readonly Header[],
): Hex {
  const { signatures } = attest({ domain, members }, operators, headers)
  const index = headers.length - 1
  const digests = headers.map((header) => headerDigest(domain, header))
  const path = headersTree(digests, index).path.map(toHex)
  const certificate = { header: headers[index] as Header, index, path, signatures }
  return postOneCall(ledger, certificate, members).data
}
