// What is decided from the views of several endpoints, of which one may lie or lag.
import { expect, it } from 'vitest'
import { type PostEvidence, PostFence } from '../../src/l1/post-fence.ts'
import { onlyEndpoint, connectL1 } from '../../src/l1/rpc.ts'
import type { Hex } from '../../src/protocol/bytes.ts'

const ROOT: Hex = `0x${'ab'.repeat(32)}`
const { client: endpoint } = onlyEndpoint(connectL1(['http://127.0.0.1:1']).client)
const POST = { postedAt: 1_000, epoch: 1 }

type Shown = { readonly block?: number; readonly at?: number; readonly post?: typeof POST }

/** Views of endpoints that are at block 10 and time 1,100 where nothing else is said. */
function evidence(shown: readonly Shown[], changes: Partial<PostEvidence> = {}): PostEvidence {
  const views = shown.map(({ block = 10, at = 1_100, post }, i) => ({
    endpoint,
    number: i + 1,
    blockNumber: block,
    timestamp: at,
    post,
    retiredAt: undefined,
  }))
  return { views, asked: views.length, blockNumber: 10, succeeded: false, ...changes }
}

const decide = (found: PostEvidence, fence = new PostFence()): number | undefined =>
  fence.viewsWithout(ROOT, found)?.length

it('a headersRoot that no endpoint shows is to be posted, and one that all show is not', () => {
  expect(decide(evidence([{}, {}]))).toBe(2)
  expect(decide(evidence([{ post: POST }, { post: POST }]))).toBeUndefined()
})

it('Recent: an endpoint that lacks the block of the nonce cannot show that a headersRoot is not posted', () => {
  expect(() => decide(evidence([{ block: 9 }, { block: 3 }]))).toThrow(
    `Expected an L1 endpoint that shows the post of ${ROOT} in block 10 or later, got older blocks.`,
  )
  expect(decide(evidence([{ block: 9 }, {}]))).toBe(1)
  expect(decide(evidence([{ block: 9 }, { post: POST }]))).toBeUndefined()
})

it('Not by one word: a headersRoot that was posted before is posted again only if every endpoint shows that it is not there', () => {
  const succeeded = true
  expect(() => decide(evidence([{}], { asked: 2, succeeded }))).toThrow(
    'Expected all 2 L1 endpoints to show that',
  )
  expect(() => decide(evidence([{}, { block: 9 }], { succeeded }))).toThrow('Expected all 2 L1 endpoints')
  expect(() => decide(evidence([{}, { post: POST }], { succeeded }))).toThrow(
    'Expected L1 endpoints that agree',
  )
  expect(decide(evidence([{}, {}], { succeeded }))).toBe(2)
})

it('Not by one word: a disagreement about a headersRoot that was posted before never ends in a second post', () => {
  const fence = new PostFence()
  for (const at of [1_100, 2_000, 90_000]) {
    const found = evidence([{ at }, { at, post: POST }], { succeeded: true })
    expect(() => decide(found, fence)).toThrow('Expected L1 endpoints that agree')
  }
})

it('Not blocked by one word: a headersRoot that one endpoint claims and another denies is posted after two minutes of L1 time', () => {
  const fence = new PostFence()
  const at = (time: number): PostEvidence => evidence([{ at: time }, { at: time, post: POST }])
  expect(() => decide(at(1_100), fence)).toThrow(
    `Expected L1 endpoints that agree about the post of ${ROOT}, got endpoint 1 none in block 10, endpoint 2 one of 1000 in block 10.`,
  )
  expect(() => decide(at(1_219), fence)).toThrow('Expected L1 endpoints that agree')
  expect(decide(at(1_220), fence)).toBe(1)
})

it('Not blocked by one word: an endpoint whose claims are always a block ahead is believed for two minutes', () => {
  const fence = new PostFence()
  const at = (time: number): PostEvidence =>
    evidence([{ at: time }, { block: 11, at: time + 12, post: POST }])
  expect(decide(at(1_100), fence)).toBeUndefined()
  expect(decide(at(1_220), fence)).toBe(1)
})

it('a disagreement that ended is measured from its next begin', () => {
  const fence = new PostFence()
  const disagreed = (at: number): PostEvidence => evidence([{ at }, { at, post: POST }])
  expect(() => decide(disagreed(1_100), fence)).toThrow('Expected L1 endpoints that agree')
  expect(decide(evidence([{}, {}]), fence)).toBe(2)
  expect(() => decide(disagreed(1_300), fence)).toThrow('Expected L1 endpoints that agree')
})

it('endpoints that show different posts of one headersRoot decide nothing', () => {
  const other = { ...POST, postedAt: 999 }
  expect(() => decide(evidence([{ post: POST }, { post: other }, {}]))).toThrow(
    'got endpoint 1 one of 1000 in block 10, endpoint 2 one of 999 in block 10, endpoint 3 none in block 10.',
  )
})
