// Which headers stand posted, and until when a post can achieve that: against the clauses of docs/protocol.md §6.2, second by second.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type PostingTerms,
  type PostingView,
  postableUntil,
  postingStatus,
  standsPosted,
} from '../../src/protocol/posting.ts'

const NOTICE = 7
const PROMISE = 15
const terms: PostingTerms = { noticeSeconds: NOTICE, promiseSeconds: PROMISE }

/** Terms of any Ledger: 0 < notice < promise. */
const anyTerms: fc.Arbitrary<PostingTerms> = fc
  .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }))
  .map(([notice, more]) => ({ noticeSeconds: notice, promiseSeconds: notice + more }))

const seconds = fc.integer({ min: 1_000, max: 1_200 })
const retirements = fc.option(seconds, { nil: undefined })

/** Whether the Ledger accepts the first post of one header at `timestamp` (§6.2). */
function accepts(expiry: number, timestamp: number, retiredAt: number | undefined, t: PostingTerms): boolean {
  if (expiry < timestamp + t.noticeSeconds) return false
  return retiredAt === undefined || timestamp <= retiredAt + t.promiseSeconds - t.noticeSeconds
}

describe('a header that stands posted', () => {
  test('a header stands posted exactly from notice to promise after the post', () => {
    const postedAt = 1_000
    const stands = (after: number): boolean => standsPosted({ expiry: postedAt + after }, postedAt, terms)
    expect([NOTICE - 1, NOTICE, PROMISE, PROMISE + 1].map(stands)).toEqual([false, true, true, false])
  })

  test('a header that stands posted for one post has its expiry within the terms of that post, and no others', () => {
    fc.assert(
      fc.property(anyTerms, seconds, seconds, (t, expiry, postedAt) => {
        const left = expiry - postedAt
        expect(standsPosted({ expiry }, postedAt, t)).toBe(
          left >= t.noticeSeconds && left <= t.promiseSeconds,
        )
      }),
    )
  })

  test('the seconds in which a post makes a header stand follow each other, as many as promise − notice + 1', () => {
    fc.assert(
      fc.property(anyTerms, seconds, (t, expiry) => {
        const times = Array.from({ length: 300 }, (_, i) => expiry - 200 + i)
        const standing = times.filter((postedAt) => standsPosted({ expiry }, postedAt, t))
        expect(standing).toHaveLength(t.promiseSeconds - t.noticeSeconds + 1)
        expect((standing.at(-1) ?? 0) - (standing[0] ?? 0)).toBe(standing.length - 1)
      }),
    )
  })

  test('a header with the largest expiry stands posted when it is in the promise', () => {
    const expiry = Number.MAX_SAFE_INTEGER
    expect(standsPosted({ expiry }, expiry - PROMISE, terms)).toBe(true)
    expect(standsPosted({ expiry }, expiry - PROMISE - 1, terms)).toBe(false)
  })
})

describe('the last second in which a header can be posted', () => {
  test('no post that the Ledger accepts after the last second exists, and in the last second it accepts one', () => {
    fc.assert(
      fc.property(anyTerms, seconds, retirements, (t, expiry, retiredAt) => {
        const until = postableUntil({ expiry }, retiredAt, t)
        expect(accepts(expiry, until, retiredAt, t)).toBe(true)
        for (let late = 1; late <= 100; late++)
          expect(accepts(expiry, until + late, retiredAt, t)).toBe(false)
      }),
    )
  })

  test('a post makes a header stand exactly from expiry − promise to the last second, unless its epoch ended before', () => {
    fc.assert(
      fc.property(anyTerms, seconds, retirements, seconds, (t, expiry, retiredAt, timestamp) => {
        const made = accepts(expiry, timestamp, retiredAt, t) && standsPosted({ expiry }, timestamp, t)
        const until = postableUntil({ expiry }, retiredAt, t)
        expect(made).toBe(timestamp >= expiry - t.promiseSeconds && timestamp <= until)
      }),
    )
  })

  test('a header that nodes signed before its epoch retired loses no time to be posted', () => {
    fc.assert(
      fc.property(anyTerms, seconds, fc.nat(50), fc.nat(50), (t, signedAt, left, later) => {
        const expiry = signedAt + Math.min(t.noticeSeconds + left, t.promiseSeconds)
        const retiredAt = signedAt + later
        expect(postableUntil({ expiry }, retiredAt, t)).toBe(postableUntil({ expiry }, undefined, t))
      }),
    )
  })
})

describe('what a view of L1 says about a post', () => {
  const header = { epoch: 3, expiry: 1_100 }
  const view = (changes: Partial<PostingView>): PostingView => ({
    timestamp: 1_090,
    post: undefined,
    retiredAt: undefined,
    ...changes,
  })
  const status = (changes: Partial<PostingView>): string => postingStatus(header, view(changes), terms)

  test('a header without a post is postable until the last second, and never after', () => {
    expect(status({ timestamp: 1_093 })).toBe('postable')
    expect(status({ timestamp: 1_094 })).toBe('never')
    expect(status({ timestamp: 1_088, retiredAt: 1_080 })).toBe('postable')
    expect(status({ timestamp: 1_089, retiredAt: 1_080 })).toBe('never')
  })

  test('a header under a post stands, or never does: too late, too far from its expiry, or of another epoch', () => {
    const posted = (postedAt: number, epoch = 3): string => status({ post: { postedAt, epoch } })
    expect([1_084, 1_085, 1_093, 1_094].map((at) => posted(at))).toEqual([
      'never',
      'stands',
      'stands',
      'never',
    ])
    expect(posted(1_090, 2)).toBe('never')
  })

  test('what stands posted, or never can, stays so at every later view of L1', () => {
    const posts = fc.option(
      fc.record({ after: fc.integer({ min: -60, max: 60 }), epoch: fc.constantFrom(3, 4) }),
      {
        nil: undefined,
      },
    )
    const cases = fc.record({
      t: anyTerms,
      expiry: seconds,
      retiredAt: retirements,
      post: posts,
      start: seconds,
    })
    fc.assert(
      fc.property(cases, ({ t, expiry, retiredAt, post, start }) => {
        const posted = post && { postedAt: expiry + post.after, epoch: post.epoch }
        // The post is one that the Ledger accepts for another header; it is in every view from its own block on.
        fc.pre(
          posted === undefined || retiredAt === undefined || accepts(2_000, posted.postedAt, retiredAt, t),
        )
        const at = (timestamp: number): string =>
          postingStatus(
            { epoch: 3, expiry },
            {
              timestamp,
              post: posted !== undefined && posted.postedAt <= timestamp ? posted : undefined,
              retiredAt: retiredAt !== undefined && retiredAt <= timestamp ? retiredAt : undefined,
            },
            t,
          )
        const seen = Array.from({ length: 150 }, (_, i) => at(start + i))
        const changes = seen.filter((one, i) => one !== seen[i - 1])
        expect(changes.join(' ')).toMatch(/^(postable)?( ?(stands|never))?$/)
        expect(at(expiry - t.noticeSeconds + 1)).not.toBe('postable')
      }),
    )
  })
})
