// A JSON-RPC endpoint over a real anvil whose transaction pool is as strict as geth's. anvil's own pool is lenient: it accepts a
// replacement for one wei more of the fee cap, whatever the tip, and refuses transactions below the base fee. Everything but the
// pool is anvil's.
//
// The rules, as of go-ethereum (core/txpool), in the order in which they are checked:
// - A transaction that is in the pool already is refused (legacypool.go `add`, ErrAlreadyKnown).
// - Its nonce must not be below that of the account; its cost, with that of all pooled transactions of the account, must not
//   exceed the balance (validation.go `ValidateTransactionWithState`).
// - An account with blob transactions in the pool has no other ones (ErrAlreadyReserved).
// - Both fees of a replacement must be higher, by at least a tenth (list.go `Add`, priceBump 10; ErrReplaceUnderpriced).
// A transaction with a fee cap below the base fee, or with a nonce behind a gap, is accepted and waits. When the head changes,
// transactions that are mined or exceed the balance leave the pool (demoteUnexecutables), and those of reorged blocks return
// (reset). No block is built until a test asks for it: then the executable transactions are handed to anvil.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import {
  type TransactionSerializedEIP1559,
  createTestClient,
  http,
  keccak256,
  parseTransaction,
  publicActions,
  recoverTransactionAddress,
} from 'viem'
import type { Hex } from '../../src/protocol/bytes.ts'
import { KeyedMutex } from '../../src/runtime/async/keyed-mutex.ts'
import { BackgroundErrors } from './background-errors.ts'

type PooledTransaction = {
  readonly raw: Hex
  readonly hash: Hex
  readonly from: Hex
  readonly nonce: number
  readonly feeCap: bigint
  readonly tip: bigint
  readonly cost: bigint
  readonly gas: bigint
}

export type ReceivedTransaction = {
  readonly hash: Hex
  readonly nonce: number
  /** undefined: the pool accepted the transaction. */ readonly refusal: string | undefined
}

class Refusal extends Error {}

const PRICE_BUMP = 10n
const GWEI = 1_000_000_000n
/** The key of all work on the pool: a transaction must be pooled in the state against which it was checked. */
const POOL = 'pool'

function connectAnvil(url: string) {
  return createTestClient({ mode: 'anvil', transport: http(url), cacheTime: 0 }).extend(publicActions)
}

type SentCall = { readonly id: number; readonly method: string; readonly params?: unknown[] }

export class StrictMempool implements AsyncDisposable {
  /** The transactions that were sent, in order, with the result of each. */
  readonly received: ReceivedTransaction[] = []
  readonly #target: string
  readonly #chain: ReturnType<typeof connectAnvil>
  readonly #server: Server
  readonly #errors = new BackgroundErrors('a strict mempool')
  readonly #mutex = new KeyedMutex<typeof POOL>()
  readonly #pool = new Map<Hex, PooledTransaction>()
  readonly #reserved = new Set<Hex>()
  #baseFee = GWEI
  #blockGas: bigint | undefined
  #answersToLose = 0

  /** @param target the URL of the anvil, which builds no blocks by itself from now on */
  static async start(target: string): Promise<StrictMempool> {
    const pool = new StrictMempool(target)
    await pool.#chain.setAutomine(false)
    pool.#server.listen(0, '127.0.0.1')
    await once(pool.#server, 'listening')
    return pool
  }

  private constructor(target: string) {
    this.#target = target
    this.#chain = connectAnvil(target)
    this.#server = createServer((request, response) => {
      this.#errors.watch(this.#answer(request, response), () => request.socket.destroy())
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Hashes of the transactions in the pool. */
  pooled(): Hex[] {
    return [...this.#pool.keys()]
  }

  /** Builds blocks; the first one has the executable transactions of the pool. */
  async mine(blocks = 1): Promise<void> {
    return this.#mutex.run([POOL], async () => {
      await this.#dropStale()
      await this.#mineExecutable()
      for (let i = 1; i < blocks; i++) await this.#mineBlock()
      await this.#dropStale()
    })
  }

  /** Sets the base fee of the next block and of all later ones. */
  setBaseFee(wei: bigint): void {
    this.#baseFee = wei
  }

  /** Sets the gas that later blocks have for the transactions of the pool: as if others used the rest. */
  setBlockGas(gas: bigint): void {
    this.#blockGas = gas
  }

  /** Empties the pool, as the restart of a node does. */
  drop(): void {
    this.#pool.clear()
  }

  /** Loses the answers to the next `count` accepted transactions: the endpoint answers 502 instead. */
  loseAnswers(count: number): void {
    this.#answersToLose = count
  }

  /** Sets whether the account has blob transactions in the pool. */
  reserve(account: Hex, isReserved: boolean): void {
    if (isReserved) this.#reserved.add(account)
    else this.#reserved.delete(account)
  }

  /** Replaces the newest `depth` blocks by empty ones. Their transactions return to the pool, unless they are to be lost. */
  async reorg(depth: number, transactions: 'returned' | 'lost' = 'returned'): Promise<void> {
    return this.#mutex.run([POOL], async () => {
      const tip = await this.#chain.getBlockNumber()
      const reorged: Hex[] = []
      for (let number = tip - BigInt(depth) + 1n; number <= tip; number++)
        reorged.push(...(await rawTransactions(this.#target, number)))
      await this.#chain.request({ method: 'anvil_reorg', params: [depth, []] } as never)
      await this.#chain.request({ method: 'anvil_dropAllTransactions' } as never)
      await this.#dropStale()
      if (transactions === 'lost') return
      for (const raw of reorged) await this.#refusalOf(await parsed(raw))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
    this.#errors.throwIfAny()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that ends its request early is no error of the mempool.
    const body = await text(request).catch(() => undefined)
    if (body === undefined) return
    const sent = JSON.parse(body) as SentCall | readonly SentCall[]
    response.setHeader('content-type', 'application/json')
    if (Array.isArray(sent)) {
      const replies = await Promise.all(
        (sent as readonly SentCall[]).map(async (call) => this.#replyWithId(call)),
      )
      response.end(JSON.stringify(replies))
      return
    }
    const call = sent as SentCall
    const reply = await this.#replyWithId(call)
    if (call.method === 'eth_sendRawTransaction' && 'result' in reply && this.#answersToLose > 0) {
      this.#answersToLose -= 1
      response.statusCode = 502
      response.end('bad gateway')
      return
    }
    response.end(JSON.stringify(reply))
  }

  async #replyWithId(call: SentCall): Promise<object> {
    const { id, method, params = [] } = call
    return { ...(await this.#replyTo(method, params, JSON.stringify(call))), jsonrpc: '2.0', id }
  }

  async #replyTo(method: string, params: readonly unknown[], body: string): Promise<object> {
    if (method === 'eth_sendRawTransaction') return this.#receive(await parsed(params[0] as Hex))
    if (method === 'eth_getTransactionCount' && params[1] === 'pending')
      return { result: `0x${(await this.#pendingCount(params[0] as Hex)).toString(16)}` }
    return forward(this.#target, body)
  }

  async #receive(transaction: PooledTransaction): Promise<object> {
    const refusal = await this.#mutex.run([POOL], async () => this.#refusalOf(transaction))
    const { hash, nonce } = transaction
    this.received.push({ hash, nonce, refusal })
    return refusal === undefined ? { result: hash } : { error: { code: -32000, message: refusal } }
  }

  /** Adds a transaction to the pool. @returns the message of geth when it is refused */
  async #refusalOf(transaction: PooledTransaction): Promise<string | undefined> {
    try {
      await this.#admit(transaction)
      return undefined
    } catch (error) {
      if (error instanceof Refusal) return error.message
      throw error
    }
  }

  async #admit(transaction: PooledTransaction): Promise<void> {
    const { hash, from, nonce, cost } = transaction
    if (this.#pool.has(hash)) throw new Refusal('already known')
    const { next, balance } = await this.#accountOf(from)
    if (nonce < next) throw new Refusal(`nonce too low: next nonce ${next}, tx nonce ${nonce}`)
    const pooled = this.#pooledOf(from)
    const replaced = pooled.find((other) => other.nonce === nonce)
    const spent = pooled.reduce((sum, other) => sum + other.cost, 0n) - (replaced?.cost ?? 0n)
    if (balance < spent + cost)
      throw new Refusal(`insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}`)
    if (this.#reserved.has(from)) throw new Refusal('address already reserved')
    if (replaced !== undefined) {
      if (!mayReplace(transaction, replaced)) throw new Refusal('replacement transaction underpriced')
      this.#pool.delete(replaced.hash)
    }
    this.#pool.set(hash, transaction)
  }

  /** Drops what is mined, or exceeds the balance. */
  async #dropStale(): Promise<void> {
    for (const { hash, from, nonce, cost } of this.#pool.values()) {
      const { next, balance } = await this.#accountOf(from)
      if (nonce < next || cost > balance) this.#pool.delete(hash)
    }
  }

  async #mineExecutable(): Promise<void> {
    const executable: PooledTransaction[] = []
    for (const from of new Set([...this.#pool.values()].map((transaction) => transaction.from)))
      executable.push(...(await this.#executableOf(from)))
    if (this.#blockGas !== undefined) executable.splice(countWithin(executable, this.#blockGas))
    // Anvil checks a transaction against the base fee of the next block when it receives it.
    await this.#chain.setNextBlockBaseFeePerGas({ baseFeePerGas: this.#baseFee })
    for (const { raw } of executable) await this.#chain.sendRawTransaction({ serializedTransaction: raw })
    await this.#mineBlock()
    for (const { hash } of executable) {
      await this.#chain.getTransactionReceipt({ hash })
      this.#pool.delete(hash)
    }
  }

  async #mineBlock(): Promise<void> {
    await this.#chain.setNextBlockBaseFeePerGas({ baseFeePerGas: this.#baseFee })
    await this.#chain.mine({ blocks: 1 })
  }

  /** The transactions of an account that fit the next block: no gap in the nonces, no fee cap below the base fee. */
  async #executableOf(from: Hex): Promise<PooledTransaction[]> {
    let { next } = await this.#accountOf(from)
    const executable: PooledTransaction[] = []
    for (const transaction of this.#pooledOf(from)) {
      if (transaction.nonce !== next || transaction.feeCap < this.#baseFee) break
      executable.push(transaction)
      next += 1
    }
    return executable
  }

  async #pendingCount(address: Hex): Promise<number> {
    let { next } = await this.#accountOf(address)
    const nonces = new Set(this.#pooledOf(address.toLowerCase() as Hex).map(({ nonce }) => nonce))
    while (nonces.has(next)) next++
    return next
  }

  /** The pooled transactions of an account by ascending nonce. */
  #pooledOf(from: Hex): PooledTransaction[] {
    return [...this.#pool.values()].filter((other) => other.from === from).sort((a, b) => a.nonce - b.nonce)
  }

  /** The account's state in the newest block. */
  async #accountOf(address: Hex): Promise<{ next: number; balance: bigint }> {
    const [next, balance] = await Promise.all([
      this.#chain.getTransactionCount({ address }),
      this.#chain.getBalance({ address }),
    ])
    return { next, balance }
  }
}

/** How many of the first transactions fit a block. */
function countWithin(transactions: readonly PooledTransaction[], blockGas: bigint): number {
  let left = blockGas
  const beyond = transactions.findIndex(({ gas }) => (left -= gas) < 0n)
  return beyond < 0 ? transactions.length : beyond
}

/** Both fees are higher by at least a tenth, which geth rounds down. */
function mayReplace(transaction: PooledTransaction, replaced: PooledTransaction): boolean {
  const isEnough = (fee: bigint, before: bigint): boolean =>
    fee > before && fee >= (before * (100n + PRICE_BUMP)) / 100n
  return isEnough(transaction.feeCap, replaced.feeCap) && isEnough(transaction.tip, replaced.tip)
}

async function parsed(raw: Hex): Promise<PooledTransaction> {
  const {
    nonce = 0,
    gas = 0n,
    value = 0n,
    maxFeePerGas = 0n,
    maxPriorityFeePerGas = 0n,
  } = parseTransaction(raw as TransactionSerializedEIP1559)
  const from = await recoverTransactionAddress({ serializedTransaction: raw as TransactionSerializedEIP1559 })
  return {
    raw,
    hash: keccak256(raw),
    from: from.toLowerCase() as Hex,
    nonce,
    feeCap: maxFeePerGas,
    tip: maxPriorityFeePerGas,
    cost: gas * maxFeePerGas + value,
    gas,
  }
}

async function forward(url: string, body: string): Promise<object> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body })
  return (await response.json()) as object
}

async function rawTransactions(url: string, block: bigint): Promise<Hex[]> {
  const ask = async (method: string, params: unknown[]): Promise<unknown> => {
    const answer = await forward(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    return (answer as { result: unknown }).result
  }
  const { transactions } = (await ask('eth_getBlockByNumber', [`0x${block.toString(16)}`, false])) as {
    transactions: Hex[]
  }
  return Promise.all(
    transactions.map(async (hash) => (await ask('eth_getRawTransactionByHash', [hash])) as Hex),
  )
}
