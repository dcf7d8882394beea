// The headers that a challenger samples from follow the chain: reorgs remove headers, and expiry does.
import { expect, test } from 'vitest'
import { RecentPosts } from '../../src/challenger/recent-posts.ts'
import type { ChainPost } from '../../src/l1/chain.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { testHeader } from '../support/deploy.ts'

const KEPT_SECONDS = 50
const hash: Hex = `0x${'00'.repeat(32)}`

function postOf(name: string, blockNumber: number, expiry: number, stands = true): ChainPost {
  const header = testHeader(name, { expiry })
  const place = { index: 0, path: [], headersRoot: hash, postedAt: 1, transactionHash: hash, blockNumber }
  const posted = { header, digest: header.root, stands, ...place }
  return {
    blockNumber,
    blockHash: hash,
    logIndex: 0,
    transactionHash: hash,
    headersRoot: hash,
    headers: [posted],
  }
}

const digestOf = (name: string): Hex => testHeader(name).root
const digestAt = (posts: RecentPosts, chance: number): Hex | undefined => posts.pick(chance)?.digest

test('a header is picked until a reorg removes its post or it expires', () => {
  const posts = new RecentPosts({ keptSeconds: KEPT_SECONDS })
  expect(posts.pick(0)).toBeUndefined()
  posts.apply({
    undoAbove: undefined,
    posts: [postOf('a', 1, 100), postOf('b', 2, 300), postOf('c', 3, 200)],
  })
  expect([0, 0.5, 0.999].map((chance) => digestAt(posts, chance))).toEqual(['a', 'b', 'c'].map(digestOf))
  posts.apply({ undoAbove: 2, posts: [] })
  expect(posts.count()).toBe(2)
  posts.prune(100)
  expect(posts.count()).toBe(1)
  expect(digestAt(posts, 0)).toBe(digestOf('b'))
})

test('a header that expired is known until no fine over it can be due', () => {
  const posts = new RecentPosts({ keptSeconds: KEPT_SECONDS })
  posts.apply({ undoAbove: undefined, posts: [postOf('a', 1, 100)] })
  posts.prune(100 + KEPT_SECONDS)
  expect(posts.get(digestOf('a'))?.header.expiry).toBe(100)
  posts.prune(100 + KEPT_SECONDS + 1)
  expect(posts.get(digestOf('a'))).toBeUndefined()
})

test('a header that does not stand posted is not picked', () => {
  const posts = new RecentPosts({ keptSeconds: KEPT_SECONDS })
  posts.apply({ undoAbove: undefined, posts: [postOf('late', 1, 100, false)] })
  expect([posts.count(), posts.get(digestOf('late'))]).toEqual([0, undefined])
})

test('a header whose post is repeated is picked as often as another, and stays when a reorg removes the repetition', () => {
  const posts = new RecentPosts({ keptSeconds: KEPT_SECONDS })
  posts.apply({
    undoAbove: undefined,
    posts: [postOf('a', 1, 100), postOf('b', 2, 100), postOf('a', 3, 100)],
  })
  expect(posts.count()).toBe(2)
  posts.apply({ undoAbove: 2, posts: [] })
  expect(posts.get(digestOf('a'))?.blockNumber).toBe(1)
})

test('above the maximum the oldest headers are forgotten', () => {
  const posts = new RecentPosts({ headersMax: 2, keptSeconds: KEPT_SECONDS })
  posts.apply({ undoAbove: undefined, posts: [postOf('a', 1, 9), postOf('b', 2, 9), postOf('c', 3, 9)] })
  expect(posts.count()).toBe(2)
  expect(digestAt(posts, 0)).toBe(digestOf('b'))
})
