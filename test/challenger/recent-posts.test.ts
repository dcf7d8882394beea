// The headers that a challenger samples from follow the chain: reorgs remove headers, and expiry does.
import { expect, test } from 'vitest'
import { RecentPosts } from '../../src/challenger/recent-posts.ts'
import type { ChainPost } from '../../src/l1/chain.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { testHeader } from '../support/deploy.ts'

const hash: Hex = `0x${'00'.repeat(32)}`

function postOf(name: string, blockNumber: number, expiry: number): ChainPost {
  const header = testHeader(name, { expiry })
  const posted = {
    header,
    digest: header.root,
    headersRoot: hash,
    accumulator: hash,
    transactionHash: hash,
    blockNumber,
  }
  return {
    blockNumber,
    blockHash: hash,
    logIndex: 0,
    transactionHash: hash,
    headersRoot: hash,
    headers: [posted],
  }
}

const rootAt = (posts: RecentPosts, chance: number): Hex | undefined => posts.pick(chance)?.header.root

test('a header is picked until a reorg removes its post or it expires', () => {
  const posts = new RecentPosts()
  expect(posts.pick(0)).toBeUndefined()
  posts.apply({
    undoAbove: undefined,
    posts: [postOf('a', 1, 100), postOf('b', 2, 300), postOf('c', 3, 200)],
  })
  expect([0, 0.5, 0.999].map((chance) => rootAt(posts, chance))).toEqual(
    ['a', 'b', 'c'].map((name) => testHeader(name).root),
  )
  posts.apply({ undoAbove: 2, posts: [] })
  expect(posts.count()).toBe(2)
  posts.prune(100)
  expect(posts.count()).toBe(1)
  expect(rootAt(posts, 0)).toBe(testHeader('b').root)
})

test('above the maximum the oldest headers are forgotten', () => {
  const posts = new RecentPosts({ headersMax: 2 })
  posts.apply({ undoAbove: undefined, posts: [postOf('a', 1, 9), postOf('b', 2, 9), postOf('c', 3, 9)] })
  expect(posts.count()).toBe(2)
  expect(rootAt(posts, 0)).toBe(testHeader('b').root)
})
