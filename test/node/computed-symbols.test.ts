// Symbols that a storage node computes: whose turn it is, how many wait, and how long the node pauses.
import { describe, expect, it } from 'vitest'
import { ComputedSymbols } from '../../src/node/computed-symbols.ts'
import { encodeBatch } from '../../src/protocol/batch.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { extendSliver, extendSliverInPieces } from '../../src/protocol/repair.ts'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { dispersalOf, jsonOf, kernel, openTestWorld } from './harness.ts'

/** Computations that end when the test says so, and the order in which they started. */
function controlled() {
  const clock = manualClock(1_900_000_000)
  const symbols = new ComputedSymbols(clock)
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const get = async (client: string, key: string): Promise<string> =>
    symbols
      .get(client, key, async () => {
        started.push(key)
        await new Promise<void>((resolve) => ends.set(key, resolve))
        return Uint8Array.of(key.length)
      })
      .then(
        () => 'computed',
        (error: { code: string }) => error.code,
      )
  const end = async (key: string, tookMs = 0): Promise<void> => {
    await until(`${key} has started`, () => ends.get(key) !== undefined || undefined)
    clock.advance(tookMs)
    ends.get(key)?.()
  }
  return { clock, symbols, started, get, end }
}

describe('computed symbols', () => {
  it('One at a time: a client with many requests does not delay the one of another, and has four that wait at most', async () => {
    const { symbols, started, get, end } = controlled()
    const greedy = Array.from({ length: 8 }, async (_, i) => get('greedy', `g${i}`))
    const modest = get('modest', 'm')
    await until('some are refused', () => symbols.waiting() === 5 || undefined)
    for (const key of ['g0', 'g1', 'm', 'g2', 'g3', 'g4']) await end(key)
    expect(await modest).toBe('computed')
    expect((await Promise.all(greedy)).sort()).toEqual([
      ...Array.from({ length: 5 }, () => 'computed'),
      ...Array.from({ length: 3 }, () => 'overloaded'),
    ])
    expect(started).toEqual(['g0', 'g1', 'm', 'g2', 'g3', 'g4'])
  })

  it('Once: a symbol that is asked for several times is computed once, while it is in flight and afterwards', async () => {
    const { started, get, end } = controlled()
    const first = [get('a', 'one'), get('b', 'one'), get('a', 'one')]
    await end('one')
    expect(await Promise.all(first)).toEqual(['computed', 'computed', 'computed'])
    expect(await get('c', 'one')).toBe('computed')
    expect(started).toEqual(['one'])
  })

  it('A share of a core: the next computation starts after a pause three times as long as the last one took', async () => {
    const { clock, started, get, end } = controlled()
    const both = [get('a', 'first'), get('a', 'second')]
    await end('first', 20)
    await until('the pause has begun', () => clock.sleeping() > 0 || undefined)
    clock.advance(59)
    expect(started).toEqual(['first'])
    clock.advance(1)
    await end('second')
    expect(await Promise.all(both)).toEqual(['computed', 'computed'])
  })

  it('a symbol that could not be computed is tried again by the next request', async () => {
    const symbols = new ComputedSymbols(manualClock(1_900_000_000))
    await expect(symbols.get('a', 'x', async () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    expect(await symbols.get('a', 'x', async () => Uint8Array.of(1))).toEqual(Uint8Array.of(1))
  })

  it('a symbol that is computed in pieces is the one that is computed as a whole', () => {
    const geometry = geometryOf(7)
    encodeBatch(kernel, geometry, seededBytes('pieces', 3_000_000), (encoding) => {
      const bytes = Uint8Array.from(encoding.row(2))
      const at = geometry.shards - 1
      const whole = Uint8Array.from(extendSliver(kernel, geometry, 'row', { bytes, at }))
      const pieces = [...extendSliverInPieces(kernel, geometry, 'row', { bytes, at })]
      expect(pieces.length).toBeGreaterThan(1)
      expect(concatBytes(...pieces)).toEqual(whole)
    })
  })
})

it('a node answers its health and stored symbols while computed ones wait for their turn, and those in time', async () => {
  const world = await openTestWorld()
  const batch = dispersalOf(world, seededBytes('greedy', 200_000))
  await world.send('POST', '/v1/dispersals', batch.body)
  const [pair] = batch.pairs
  const path = `/v1/batches/${batch.digest}/rows/${pair}/symbols`
  const { columns, shards } = world.keyed.committee.geometry
  const computed = Array.from({ length: shards - columns }, (_, i) => `${path}/${columns + i}`)
  const answers = await Promise.all([
    ...computed.map(async (each) => world.send('GET', each)),
    world.send('GET', `${path}/0`),
    world.send('GET', '/v1/health'),
  ])
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  const [health] = answers.slice(-1)
  expect(health && jsonOf(health)['status']).toBe('ok')
})
