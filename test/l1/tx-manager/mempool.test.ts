// The transaction manager against a pool with geth's rules: every post is mined exactly once, no post waits without end, and the
// number of broadcasts is bounded.
import { parseTransaction } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomUUID } from 'node:crypto'
import {
  GWEI,
  ETHER,
  PosterHarness,
  type TestLedger,
  blocks,
  namesOnChain,
  postOf,
  refusalOf,
  sent,
  startTestLedger,
} from '../../support/poster-harness.ts'
import { manualClock } from '../../support/manual-clock.ts'

let ledger: TestLedger

beforeAll(async () => {
  ledger = await startTestLedger()
})
afterAll(async () => ledger[Symbol.asyncDispose]())

const bench = async (options = {}): Promise<PosterHarness> =>
  PosterHarness.open(ledger, { name: randomUUID(), ...options })

describe('a post', () => {
  it('a post that the pool accepts is sent once and mined', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    const result = await b.run(b.poster.post(postOf(ledger, [name])), 20, blocks(b))
    expect(result).toMatchObject({ outcome: 'posted', transactionHash: b.pool.received[0]?.hash })
    expect(sent(b)).toEqual({ taken: 1, refused: [], attempts: 1 })
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('Until it is final: a post leaves the journal when its block is final, and not before', async () => {
    const b = await bench({ finality: 3 })
    await b.run(b.poster.post(postOf(ledger, [randomUUID()])), 20, blocks(b))
    await b.pool.mine(2)
    await b.ticks(8)
    expect(b.journal.pending()).toHaveLength(1)
    await b.pool.mine(1)
    await b.ticks(8)
    expect(b.journal.pending()).toEqual([])
  })

  it('a post below the market fees is replaced under the same nonce', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    const posting = b.poster.post(postOf(ledger, [name]))
    await b.ticks(2)
    b.pool.setBaseFee(40n * GWEI)
    await b.run(posting, 60, blocks(b))
    const [entry] = b.journal.pending()
    const fees = entry?.attempts.map(({ raw }) => parseTransaction(raw).maxFeePerGas ?? 0n) ?? []
    expect(fees).toHaveLength(2)
    expect(fees[1]).toBeGreaterThanOrEqual(80n * GWEI)
    // Four blocks: broadcast at the start, and again in each block until the replacement was due.
    expect(sent(b).taken).toBe(2)
    expect(b.pool.received.length).toBeLessThanOrEqual(5)
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('Never twice by accident: after a lost response the same bytes are sent again', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    b.pool.loseAnswers(1)
    await b.run(b.poster.post(postOf(ledger, [name])), 30, (tick) => (tick === 4 ? b.pool.mine() : undefined))
    expect(sent(b)).toEqual({ taken: 1, refused: ['already known'], attempts: 1 })
    expect(await namesOnChain(ledger, [name])).toEqual([name])
    expect(await b.nextNonce()).toBe(1)
  })

  it('Never twice by accident: after a lost response and a restart the same bytes are sent again', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    b.pool.loseAnswers(1)
    const lost = refusalOf(b.poster.post(postOf(ledger, [name])))
    await b.ticks(1)
    await b.restart()
    expect((await lost).message).toMatch(/transaction manager is closed/)
    await b.run(b.poster.post(postOf(ledger, [name])), 30, blocks(b))
    expect(new Set(b.pool.received.map(({ hash }) => hash)).size).toBe(1)
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('a post that the pool drops is sent again', async () => {
    const b = await bench({ finality: 64 })
    const posting = b.poster.post(postOf(ledger, [randomUUID()]))
    await b.ticks(2)
    b.pool.drop()
    await b.run(posting, 30, (tick) => (tick === 2 ? b.pool.mine() : undefined))
    expect(b.events).toEqual(['rebroadcast', 'dropped'])
    expect(sent(b)).toEqual({ taken: 2, refused: [], attempts: 1 })
  })

  it('a post waits for a foreign transaction in the pool', async () => {
    const b = await bench({ finality: 64 })
    await b.sendForeign({ nonce: 0, feeCap: 3n * GWEI, tip: GWEI })
    const posting = b.poster.post(postOf(ledger, [randomUUID()]))
    await b.ticks(5)
    expect(b.journal.pending()).toEqual([])
    await b.run(posting, 30, blocks(b))
    expect(b.journal.pending()[0]?.nonce).toBe(1)
  })

  it('a post replaces a stuck foreign transaction once it pays a tenth more', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    b.pool.setBaseFee(10n * GWEI)
    await b.pool.mine()
    // Only its tip is above that of a first attempt, so its fee cap keeps it out of blocks.
    const foreign = await b.sendForeign({ nonce: 0, feeCap: 9n * GWEI, tip: 2n * GWEI })
    await b.run(b.poster.post(postOf(ledger, [name])), 200, blocks(b))
    const { refused, attempts } = sent(b)
    expect(refused).toContain('replacement transaction underpriced')
    expect(attempts).toBeGreaterThan(1)
    expect(attempts).toBeLessThanOrEqual(13)
    expect(b.pool.received.length).toBeLessThanOrEqual(16)
    expect(b.pool.pooled()).not.toContain(foreign)
    expect(await b.nextNonce()).toBe(1)
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })
})

describe('a post whose nonce', () => {
  /** Replaces the post in the pool by a foreign transaction, and mines that. */
  const stolen = async (b: PosterHarness): Promise<void> => {
    await b.ticks(2)
    await b.sendForeign({ nonce: 0, feeCap: 50n * GWEI, tip: 20n * GWEI })
    await b.pool.mine()
  }

  it('a post whose nonce a foreign transaction used is signed again once that nonce is final', async () => {
    const b = await bench({ finality: 3 })
    const post = postOf(ledger, [randomUUID()])
    const first = refusalOf(b.poster.post(post))
    await stolen(b)
    expect((await b.run(first, 10)).message).toMatchInlineSnapshot(
      `"Nonce 0 of the account was used by a foreign transaction, which is not final yet. Let nothing else send from this account, and send again when the nonce is final."`,
    )
    expect((await b.run(refusalOf(b.poster.post(post)), 5)).facts).toEqual({ nonce: 0 })
    expect(b.journal.pending()[0]?.nonce).toBe(0)
    await b.pool.mine(3)
    await b.ticks(10)
    expect([b.journal.pending(), b.events]).toEqual([[], ['superseded']])
    await b.run(b.poster.post(post), 30, blocks(b))
    expect(b.journal.pending()[0]?.nonce).toBe(1)
    expect(b.pool.received.length).toBeLessThanOrEqual(4)
  })

  it('a post whose nonce a foreign transaction used does not delay other posts', async () => {
    const b = await bench({ finality: 64 })
    const first = refusalOf(b.poster.post(postOf(ledger, [randomUUID()])))
    await stolen(b)
    await b.run(first, 10)
    const name = randomUUID()
    await b.run(b.poster.post(postOf(ledger, [name])), 30, blocks(b))
    expect(b.journal.pending().map(({ nonce }) => nonce)).toEqual([0, 1])
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('a reorg that frees the nonce of a post leads to the same bytes', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    const post = postOf(ledger, [name])
    const first = refusalOf(b.poster.post(post))
    await stolen(b)
    await b.run(first, 10)
    await b.pool.reorg(1, 'lost')
    const result = await b.run(b.poster.post(post), 30, blocks(b))
    expect(result).toMatchObject({ transactionHash: b.pool.received[0]?.hash })
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('a nonce gap that a reorg left before a post is filled', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    const post = postOf(ledger, [name])
    await b.sendForeign({ nonce: 0, feeCap: 3n * GWEI, tip: GWEI })
    await b.pool.mine()
    const first = await b.run(b.poster.post(post), 20, blocks(b))
    await b.pool.reorg(2, 'lost')
    await b.ticks(4)
    const again = b.poster.post(post)
    expect(await b.run(again, 40, blocks(b))).toMatchObject({
      transactionHash: first.outcome === 'posted' && first.transactionHash,
    })
    expect(b.events).toContain('freed')
    expect(b.pool.received.length).toBeLessThanOrEqual(10)
    expect([await b.nextNonce(), await namesOnChain(ledger, [name])]).toEqual([2, [name]])
  })

  it('a post whose nonce another post of the same headers used resolves as already there', async () => {
    const b = await bench({ finality: 64 })
    let wanted = true
    const first = b.poster.post(postOf(ledger, [randomUUID()], async () => wanted))
    await stolen(b)
    wanted = false
    expect(await b.run(first, 10)).toEqual({ outcome: 'already-there' })
  })
})

describe('an account', () => {
  it('an account that cannot pay signs nothing, and posts once it has ether', async () => {
    const b = await bench({ finality: 64 })
    await b.fund(GWEI)
    const refusal = await b.run(refusalOf(b.poster.post(postOf(ledger, [randomUUID()]))), 5)
    expect(refusal.message).toMatch(
      /post may cost \d+ wei, and the account holds 1000000000 wei\. Send ether to 0x/,
    )
    expect([b.journal.pending(), b.pool.received]).toEqual([[], []])
    expect(b.poster.funds()).toEqual({ balanceWei: GWEI, transactions: 0 })
    expect(b.warnings).toContain('account balance below the minimum')
    await b.fund(ETHER)
    await b.run(b.poster.post(postOf(ledger, [randomUUID()])), 20, blocks(b))
    expect(b.poster.funds()?.transactions).toBeGreaterThan(100)
  })

  it('a post of an account without ether is sent as the same bytes until it has ether', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    const posting = b.poster.post(postOf(ledger, [name]))
    await b.ticks(2)
    await b.fund(GWEI)
    await b.pool.mine()
    await b.ticks(30)
    await b.fund(ETHER)
    await b.run(posting, 40, blocks(b))
    // Ten blocks without ether and three with it: one broadcast in each, and no replacement, which would not help.
    expect(b.pool.received.length).toBeLessThanOrEqual(14)
    expect(b.journal.pending()[0]?.attempts).toHaveLength(1)
    expect(b.pool.received.at(-1)?.refusal).toBe(undefined)
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })

  it('an account with blob transactions in the pool is refused until they are gone', async () => {
    const b = await bench({ finality: 64 })
    const post = postOf(ledger, [randomUUID()])
    b.pool.reserve(b.account, true)
    const refusal = await b.run(refusalOf(b.poster.post(post)), 5)
    expect(refusal.message).toMatch(
      /blob transactions of its account\. Use an account that sends nothing else/,
    )
    b.pool.reserve(b.account, false)
    await b.ticks(1)
    await b.run(b.poster.post(post), 40, blocks(b))
    expect(new Set(b.pool.received.map(({ hash }) => hash)).size).toBe(1)
  })
})

describe('fees above the ceiling', () => {
  it('a post at the fee ceiling is sent as the same bytes until fees fall', async () => {
    const b = await bench({ finality: 64, policy: { feeCapWeiMax: 20n * GWEI } })
    const name = randomUUID()
    const posting = b.poster.post(postOf(ledger, [name]))
    await b.ticks(2)
    b.pool.setBaseFee(100n * GWEI)
    await b.pool.mine()
    await b.ticks(60)
    const { attempts } = b.journal.pending()[0] ?? { attempts: [] }
    const caps = attempts.map(({ raw }) => parseTransaction(raw).maxFeePerGas ?? 0n)
    expect(caps.at(-1)).toBe(20n * GWEI)
    expect(b.events).toContain('capped')
    b.pool.setBaseFee(5n * GWEI)
    await b.run(posting, 30, blocks(b))
    expect(b.journal.pending()[0]?.attempts).toEqual(attempts)
    expect(attempts).toHaveLength(2)
    expect(b.pool.received.length).toBeLessThanOrEqual(24)
    expect(await namesOnChain(ledger, [name])).toEqual([name])
  })
})

describe('a stuck post', () => {
  const stuck = async (b: PosterHarness, post: ReturnType<typeof postOf>): Promise<void> => {
    void b.poster.post(post).catch(() => undefined)
    await b.ticks(2)
    b.pool.setBaseFee(40n * GWEI)
    await b.pool.mine()
  }

  it('a stuck post that is no longer wanted is replaced by an empty transfer', async () => {
    const b = await bench({ finality: 64 })
    const [name, next] = [randomUUID(), randomUUID()]
    let wanted = true
    const post = postOf(ledger, [name], async () => wanted)
    await stuck(b, post)
    wanted = false
    expect(await b.run(b.poster.post(post), 60, blocks(b))).toEqual({ outcome: 'already-there' })
    expect(b.events).toContain('freed')
    await b.run(b.poster.post(postOf(ledger, [next])), 60, blocks(b))
    expect(await namesOnChain(ledger, [name, next])).toEqual([next])
    expect(await b.nextNonce()).toBe(2)
  })

  it('a post that is mined during its precondition is not cancelled', async () => {
    const b = await bench({ finality: 64 })
    const name = randomUUID()
    const post = postOf(ledger, [name], async () => {
      if (b.pool.received.length === 0) return true
      b.pool.setBaseFee(GWEI)
      await b.pool.mine()
      return false
    })
    b.pool.setBaseFee(40n * GWEI)
    const posting = b.poster.post(post)
    // Signed for the market before the spike, and delayed by it.
    await b.ticks(1)
    expect(await b.run(posting, 30, () => b.pool.setBaseFee(40n * GWEI))).toMatchObject({
      outcome: 'posted',
    })
    expect(b.events).not.toContain('freed')
    expect(b.journal.pending()[0]?.attempts).toHaveLength(1)
  })

  it('a stuck post stays unchanged when the account cannot pay a replacement', async () => {
    const b = await bench({ finality: 64 })
    const posting = b.poster.post(postOf(ledger, [randomUUID()]))
    await b.ticks(2)
    const { gas = 0n, maxFeePerGas = 0n } = parseTransaction(b.journal.pending()[0]?.attempts[0]?.raw ?? '0x')
    await b.fund(gas * maxFeePerGas)
    b.pool.setBaseFee(40n * GWEI)
    await b.pool.mine()
    await b.ticks(20)
    expect(b.events).toContain('capped')
    expect(b.journal.pending()[0]?.attempts).toHaveLength(1)
    await b.fund(ETHER)
    await b.run(posting, 40, blocks(b))
  })

  it('a cancelled post that is wanted again is signed once its nonce is final', async () => {
    const b = await bench({ finality: 2 })
    const name = randomUUID()
    let wanted = true
    const post = postOf(ledger, [name], async () => wanted)
    await stuck(b, post)
    wanted = false
    await b.run(b.poster.post(post), 60, blocks(b))
    wanted = true
    expect((await b.run(refusalOf(b.poster.post(post)), 5)).message).toMatch(
      /was used by an empty transfer, which is not final yet/,
    )
    await b.pool.mine(2)
    await b.run(b.poster.post(post), 60, blocks(b))
    expect(await namesOnChain(ledger, [name])).toEqual([name])
    expect(await b.nextNonce()).toBe(2)
  })

  it('a stuck post without a caller is replaced when a post behind it waits', async () => {
    const b = await bench({ finality: 64, policy: { settleMs: 20_000 } })
    const names = [randomUUID(), randomUUID()].sort()
    const given = refusalOf(b.poster.post(postOf(ledger, [names[0] ?? ''])))
    await b.ticks(2)
    b.pool.setBaseFee(40n * GWEI)
    await b.pool.mine()
    expect((await b.run(given, 30)).message).toMatch(/nonce 0 is not on L1 yet/)
    await b.ticks(30)
    expect(b.journal.pending()[0]?.attempts).toHaveLength(1)
    await b.restart()
    const behind = postOf(ledger, [names[1] ?? ''])
    const post = async (): Promise<unknown> => b.poster.post(behind).catch(post)
    await b.run(post(), 120, blocks(b))
    expect(await namesOnChain(ledger, names)).toEqual(names)
  })

  it('no header of a post that is not final is in another post', async () => {
    const b = await bench({ finality: 64 })
    const [name, other] = [randomUUID(), randomUUID()]
    await b.run(b.poster.post(postOf(ledger, [name])), 20, blocks(b))
    const refusal = await b.run(refusalOf(b.poster.post(postOf(ledger, [other, name]))), 5)
    expect(refusal.message).toMatch(/A part of the post is already in another transaction, with nonce 0/)
  })

  it('Bounded: pending transactions and waiting requests have limits', async () => {
    const b = await bench({ finality: 64, policy: { pendingMax: 1 } })
    await b.run(b.poster.post(postOf(ledger, [randomUUID()])), 20, blocks(b))
    const refusal = await b.run(refusalOf(b.poster.post(postOf(ledger, [randomUUID()]))), 5)
    expect(refusal.code).toBe('overloaded')
    const waiting = Array.from({ length: 64 }, async () => refusalOf(b.poster.post(postOf(ledger, ['same']))))
    const one = await refusalOf(b.poster.post(postOf(ledger, [randomUUID()])))
    expect(one.message).toMatch(/^64 transactions for L1 are waiting/)
    await b.run(Promise.all(waiting), 100)
  })

  it('Bounded: a precondition that does not settle ends after half a minute', async () => {
    const b = await bench({ clock: manualClock(1_700_000_000, 30_000) })
    const refusal = refusalOf(
      b.poster.post(postOf(ledger, [randomUUID()], async () => new Promise(() => {}))),
    )
    await b.clock.tick(30_000)
    expect((await refusal).message).toMatch(/could not be followed to block \d+ in 30000 ms/)
  })
})
