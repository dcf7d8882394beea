import { createClient, custom } from 'viem'
import { describe, expect, it } from 'vitest'
import { LogSpan, LogSpans } from '../../src/l1/log-spans.ts'

const MAX = 10_000

/** Asks an endpoint for `total` blocks, which accepts `limit` a request. */
function walk(span: LogSpan, total: number, limit: number): { asked: number[]; refusals: number } {
  const asked: number[] = []
  let refusals = 0
  for (let done = 0; done < total;) {
    const blocks = Math.min(span.blocks, total - done)
    asked.push(blocks)
    if (blocks > limit) {
      refusals += 1
      span.refuse(blocks)
    } else {
      span.accept(blocks)
      done += blocks
    }
  }
  return { asked, refusals }
}

describe('the span of an endpoint', () => {
  it('Down to 1: every limit is found within a dozen refusals', () => {
    for (const limit of [1, 2, 5, 10, 16, 100, 800, 2_000, 9_999]) {
      const { asked, refusals } = walk(new LogSpan(MAX), limit * 60, limit)
      expect(refusals).toBeLessThanOrEqual(12)
      expect(asked.slice(-20, -1)).toEqual(Array.from({ length: 19 }, () => limit))
    }
  })

  it('an endpoint that accepts the maximum is never asked for fewer blocks', () => {
    const { asked } = walk(new LogSpan(MAX), MAX * 3 + 7, MAX)
    expect(asked).toEqual([MAX, MAX, MAX, 7])
  })

  it('a refusal of one block has another reason than the range', () => {
    const span = new LogSpan(MAX)
    while (span.blocks > 1) expect(span.refuse(span.blocks)).toBe(true)
    expect(span.refuse(1)).toBe(false)
    expect(span.blocks).toBe(1)
  })

  it('Growing back: a limit that ended is forgotten, and one that lasts costs few refusals', () => {
    const span = new LogSpan(MAX)
    walk(span, 600, 10)
    expect(span.blocks).toBe(10)
    const { refusals } = walk(span, 10 * 10_000, 10)
    expect(refusals).toBeLessThan(10_000 / 10)
    const { asked } = walk(span, MAX * 5, MAX)
    expect(asked.at(-2)).toBe(MAX)
  })

  it('a stretch of blocks with more logs than the endpoint gives makes the requests smaller only there', () => {
    const span = new LogSpan(MAX)
    walk(span, MAX * 2, MAX)
    walk(span, 40, 3)
    const { asked } = walk(span, MAX * 30, MAX)
    expect(asked.at(-2)).toBe(MAX)
  })
})

describe('the spans of a connection', () => {
  const endpoint = createClient({ transport: custom({ request: async () => null }) })
  const other = createClient({ transport: custom({ request: async () => null }) })

  it('Learned once: the limit of one endpoint is kept, and does not apply to another', () => {
    const spans = new LogSpans({ endpoints: [endpoint, other], logBlocksMax: 500 })
    walk(spans.of(endpoint), 300, 5)
    expect(spans.of(endpoint).blocks).toBe(5)
    expect(spans.of(endpoint).isLimited).toBe(true)
    expect(spans.of(other).blocks).toBe(500)
  })

  it('a limit is named in the log once, with the place of the endpoint', () => {
    const lines: object[] = []
    const logger = { info: (facts: object, message: string) => lines.push({ ...facts, message }) }
    const spans = new LogSpans({ endpoints: [endpoint, other], logger })
    walk(spans.of(other), 30_000, 10)
    expect(lines).toEqual([{ endpoint: 2, blocks: 10, message: 'ranges of logs limited by an L1 endpoint' }])
  })
})
