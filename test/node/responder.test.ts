// A storage node in disputes: it opens every chunk that it stores, and keeps what it stores until the grace has ended.
import { onTestFinished, expect, test } from 'vitest'
import { runExpiry } from '../../src/node/expiry.ts'
import { graceSecondsOf, storedOpening } from '../../src/node/responder.ts'
import { range } from '../../src/protocol/field.ts'
import { chunkCount, symbolBytesOf } from '../../src/protocol/geometry.ts'
import { decodeOpening, encodeOpening, verifyOpening } from '../../src/protocol/opening.ts'
import { sliverWidth } from '../../src/protocol/sliver.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type World, dispersalOf, jsonOf, openWorld } from './harness.ts'

/** Symbols of several chunks, the last one short. */
const BYTES = 60_001

async function holding(graceSeconds = 0): Promise<{ at: World; held: ReturnType<typeof dispersalOf> }> {
  const at = await openWorld({ graceSeconds })
  onTestFinished(async () => at.close())
  const held = dispersalOf(at, seededBytes('disputed', BYTES))
  expect((await at.send('POST', '/v1/dispersals', held.body)).status).toBe(200)
  return { at, held }
}

test('a storage node opens every chunk of its pairs from stored hashes, and no chunk of other pairs', async () => {
  const { at, held } = await holding()
  const { sliverStore } = at
  const { geometry } = at.keyed.committee
  const { digest, header } = held
  const chunks = chunkCount(symbolBytesOf(geometry, BYTES))
  expect(chunks).toBeGreaterThan(1)
  for (const pair of range(0, geometry.shards)) {
    for (const side of ['row', 'column'] as const) {
      for (const symbol of range(0, sliverWidth(geometry, side))) {
        for (const chunk of range(0, chunks)) {
          const opening = await storedOpening(sliverStore, {
            digest,
            header,
            position: { pair, side, symbol, chunk },
          })
          expect(opening !== undefined).toBe(held.pairs.includes(pair))
          if (opening === undefined) continue
          const decoded = decodeOpening(header, geometry, encodeOpening(opening))
          expect([decoded.pair, decoded.side, decoded.symbol, decoded.chunk]).toEqual([
            pair,
            side,
            symbol,
            chunk,
          ])
          expect(verifyOpening(header, decoded)).toBe(true)
        }
      }
    }
  }
})

test('a storage node keeps a batch until a window and a margin after its expiry, and its header for as long as fines are possible', async () => {
  const graceSeconds = graceSecondsOf({ window: 600 })
  expect(graceSeconds).toBeGreaterThan(600)
  const { at, held } = await holding(graceSeconds)
  const { clock, sliverStore } = at
  const stop = new AbortController()
  const removed: number[] = []
  const expiry = runExpiry(
    {
      sliverStore,
      clock,
      graceSeconds,
      finesSeconds: graceSeconds + 1_000,
      logger: createLogger('node', 'silent'),
      onRemoved: ({ batches }) => removed.push(batches),
    },
    stop.signal,
  )
  onTestFinished(async () => {
    stop.abort()
    await expiry
  })
  const path = `/v1/batches/${held.digest}/rows/${held.pairs[0]}`
  const swept = async (): Promise<void> => clock.asleep()
  await swept()
  // The batch expires, and is swept over.
  clock.advance(3_700_000)
  await swept()
  expect(removed).toEqual([])
  clock.advance((graceSeconds - 101) * 1000)
  await swept()
  expect((await at.send('GET', path)).status).toBe(200)
  clock.advance(1_000)
  expect(jsonOf(await at.send('GET', path))['code']).toBe('expired')
  expect(removed).toEqual([])
  // The next sweep deletes it.
  clock.advance(10_000)
  await swept()
  expect(removed).toEqual([1])
  expect(jsonOf(await at.send('GET', path))['code']).toBe('not-held')
  const header = async (): Promise<Record<string, unknown>> =>
    jsonOf(await at.send('GET', `/v1/headers/${held.digest}`))
  expect(await header()).toEqual({ header: held.header, disperserSignature: held.signature })
  clock.advance(979_000)
  await swept()
  expect(await header()).toMatchObject({ disperserSignature: held.signature })
  clock.advance(11_000)
  await swept()
  expect((await header())['code']).toBe('not-held')
})

test('without disputes a storage node keeps no batch past its expiry', () => {
  expect(graceSecondsOf(undefined)).toBe(0)
})
