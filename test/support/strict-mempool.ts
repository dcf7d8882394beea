// A JSON-RPC endpoint over a real anvil whose pool is strict as geth's is, where anvil's own is lenient: anvil replaces for one
// wei more of the fee cap, whatever the tip, and refuses what is below the base fee. Everything but the pool is anvil's.
//
// The rules, as of go-ethereum (core/txpool): a transaction that is there already is refused (legacypool.go `add`,
// ErrAlreadyKnown); then nonce against the state, then the cost of it and of all that the account has pooled against the
// balance (validation.go `ValidateTransactionWithState`); then an account that has blob transactions (ErrAlreadyReserved); then
// a replacement must have both fees higher, and at least by a tenth (list.go `Add`, priceBump 10), or it is
// ErrReplaceUnderpriced. A fee cap below the base fee is no reason to refuse: it waits, and so does one behind a gap in the
// nonces. When the head moves, what is mined or can no longer be paid goes (demoteUnexecutables), and what a reorg took back
// comes again (reset). Nothing is mined until a test says so: then what can be is handed to anvil.
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
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

type Pooled = {
  readonly raw: Hex
  readonly hash: Hex
  readonly from: Hex
  readonly nonce: number
  readonly feeCap: bigint
  readonly tip: bigint
  readonly cost: bigint
}

export type Reception = {
  readonly hash: Hex
  readonly nonce: number
  /** undefined: taken. */ readonly refusal: string | undefined
}

export type StrictMempool = AsyncDisposable & {
  readonly url: string
  /** What was sent, in order, with what became of it. */
  readonly received: Reception[]
  /** Hashes in the pool. */
  pooled(): Hex[]
  /** Mines what the pool has and the base fee lets in, into the first of so many blocks. */
  mine(blocks?: number): Promise<void>
  /** Of this and every later block. Shows in the head only with the next block. */
  setBaseFee(wei: bigint): void
  /** Empties the pool, as a restarted node's is. */
  drop(): void
  /** So many answers to transactions get lost after they were taken: 502. */
  loseAnswers(count: number): void
  /** Whether the account has blob transactions in the pool. */
  reserve(account: Hex, reserved: boolean): void
  /** Replaces so many blocks by empty ones. What was in them is back in the pool, unless it is `lost`. */
  reorg(depth: number, lost?: boolean): Promise<void>
}

class Refusal extends Error {}

const PRICE_BUMP = 10n
const GWEI = 1_000_000_000n

export async function startStrictMempool(target: string): Promise<StrictMempool> {
  const chain = createTestClient({ mode: 'anvil', transport: http(target), cacheTime: 0 }).extend(
    publicActions,
  )
  await chain.setAutomine(false)
  const pool = new Map<Hex, Pooled>()
  const reserved = new Set<Hex>()
  const received: Reception[] = []
  let baseFee = GWEI
  let lost = 0

  const of = (from: Hex): Pooled[] =>
    [...pool.values()].filter((other) => other.from === from).sort((a, b) => a.nonce - b.nonce)

  const admit = async (tx: Pooled): Promise<void> => {
    if (pool.has(tx.hash)) throw new Refusal('already known')
    const [next, balance] = await Promise.all([
      chain.getTransactionCount({ address: tx.from }),
      chain.getBalance({ address: tx.from }),
    ])
    if (tx.nonce < next) throw new Refusal(`nonce too low: next nonce ${next}, tx nonce ${tx.nonce}`)
    const old = of(tx.from).find(({ nonce }) => nonce === tx.nonce)
    const spent = of(tx.from).reduce((sum, { cost }) => sum + cost, 0n) - (old?.cost ?? 0n)
    if (balance < spent + tx.cost)
      throw new Refusal(`insufficient funds for gas * price + value: balance ${balance}, tx cost ${tx.cost}`)
    if (reserved.has(tx.from)) throw new Refusal('address already reserved')
    if (old !== undefined && !replaces(tx, old)) throw new Refusal('replacement transaction underpriced')
    if (old !== undefined) pool.delete(old.hash)
    pool.set(tx.hash, tx)
  }

  const forgetStale = async (): Promise<void> => {
    for (const tx of pool.values()) {
      const [next, balance] = await Promise.all([
        chain.getTransactionCount({ address: tx.from }),
        chain.getBalance({ address: tx.from }),
      ])
      if (tx.nonce < next || tx.cost > balance) pool.delete(tx.hash)
    }
  }

  /** What the next block can have of an account: no gap, and nothing below the base fee. */
  const executable = (from: Hex, next: number): Pooled[] => {
    const ready: Pooled[] = []
    for (const tx of of(from)) {
      if (tx.nonce !== next + ready.length || tx.feeCap < baseFee) break
      ready.push(tx)
    }
    return ready
  }

  const pendingCount = async (address: Hex): Promise<number> => {
    const mined = await chain.getTransactionCount({ address })
    const nonces = new Set(of(address.toLowerCase() as Hex).map(({ nonce }) => nonce))
    let next = mined
    while (nonces.has(next)) next++
    return next
  }

  // One at a time: the state that a transaction was checked against is the state that it is pooled in.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }

  const answer = async (method: string, params: readonly unknown[], body: string): Promise<object> => {
    if (method === 'eth_sendRawTransaction') {
      const tx = await pooledOf(params[0] as Hex)
      const refusal = await inTurn(async () => admit(tx)).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof Refusal) return error.message
          throw error
        },
      )
      received.push({ hash: tx.hash, nonce: tx.nonce, refusal })
      return refusal === undefined ? { result: tx.hash } : { error: { code: -32000, message: refusal } }
    }
    if (method === 'eth_getTransactionCount' && params[1] === 'pending')
      return { result: `0x${(await pendingCount(params[0] as Hex)).toString(16)}` }
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    return (await response.json()) as object
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] }
      response.setHeader('content-type', 'application/json')
      answer(method, params ?? [], body)
        .then((reply) => {
          if (method === 'eth_sendRawTransaction' && 'result' in reply && lost > 0) {
            lost -= 1
            response.statusCode = 502
            response.end('bad gateway')
          } else response.end(JSON.stringify({ ...reply, jsonrpc: '2.0', id }))
        })
        .catch((error: unknown) => {
          response.statusCode = 500
          response.end(String(error))
        })
    })
  })
  return {
    url: await listen(server),
    received,
    pooled: () => [...pool.keys()],
    mine: async (blocks = 1) =>
      inTurn(async () => {
        await forgetStale()
        await chain.setNextBlockBaseFeePerGas({ baseFeePerGas: baseFee })
        const handed: Pooled[] = []
        for (const from of new Set([...pool.values()].map((tx) => tx.from)))
          handed.push(...executable(from, await chain.getTransactionCount({ address: from })))
        for (const { raw } of handed) await chain.sendRawTransaction({ serializedTransaction: raw })
        await chain.mine({ blocks: 1 })
        for (const { hash } of handed) {
          await chain.getTransactionReceipt({ hash })
          pool.delete(hash)
        }
        for (let i = 1; i < blocks; i++) {
          await chain.setNextBlockBaseFeePerGas({ baseFeePerGas: baseFee })
          await chain.mine({ blocks: 1 })
        }
        await forgetStale()
      }),
    setBaseFee: (wei) => {
      baseFee = wei
    },
    drop: () => pool.clear(),
    loseAnswers: (count) => {
      lost = count
    },
    reserve: (account, on) => {
      if (on) reserved.add(account)
      else reserved.delete(account)
    },
    reorg: async (depth, isLost = false) =>
      inTurn(async () => {
        const tip = await chain.getBlockNumber()
        const taken: Hex[] = []
        for (let number = tip - BigInt(depth) + 1n; number <= tip; number++)
          taken.push(...(await rawTransactions(target, number)))
        await chain.request({ method: 'anvil_reorg', params: [depth, []] } as never)
        await chain.request({ method: 'anvil_dropAllTransactions' } as never)
        await forgetStale()
        if (!isLost) for (const raw of taken) await admit(await pooledOf(raw)).catch(() => undefined)
      }),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Both fees higher, and both at least by a tenth, which geth rounds down. */
function replaces(tx: Pooled, old: Pooled): boolean {
  const enough = (fee: bigint, before: bigint): boolean =>
    fee > before && fee >= (before * (100n + PRICE_BUMP)) / 100n
  return enough(tx.feeCap, old.feeCap) && enough(tx.tip, old.tip)
}

async function pooledOf(raw: Hex): Promise<Pooled> {
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
  }
}

async function rawTransactions(url: string, block: bigint): Promise<Hex[]> {
  const ask = async (method: string, params: unknown[]): Promise<unknown> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    return ((await response.json()) as { result: unknown }).result
  }
  const { transactions } = (await ask('eth_getBlockByNumber', [`0x${block.toString(16)}`, false])) as {
    transactions: Hex[]
  }
  return Promise.all(
    transactions.map(async (hash) => (await ask('eth_getRawTransactionByHash', [hash])) as Hex),
  )
}
