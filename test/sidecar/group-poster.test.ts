// Which headers go to L1 together and what is remembered in between, with a real spool, operators that hold what the test says,
// and an L1 that takes what the test lets it. (test/e2e/posting.test.ts has the same with real nodes and a real chain.)
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { decodeHeader, encodeHeader, headerDigest, headersTree } from '../../src/protocol/header.ts'
import type { ChainPost, Follower } from '../../src/l1/chain.ts'
import { idOf } from '../../src/l1/poster.ts'
import type { Post, Poster } from '../../src/l1/poster.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { createCheckpointer } from '../../src/sidecar/group-poster.ts'
import type { Operators } from '../../src/sidecar/operators.ts'
import { stateOf } from '../../src/store/batch-record.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader, testOperators } from '../support/deploy.ts'

const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }
const { signal } = new AbortController()

let dir: string
let spool: BatchIndex

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-checkpointer-'))
  spool = await BatchIndex.open(dir)
})

afterEach(async () => {
  await spool.close()
  await rm(dir, { recursive: true })
})

/** A signature of `member` that shows what it is of. */
function signatureOf(member: number, headersRoot: Hex): Hex {
  return `0x${`${member}`.padStart(2, '0')}${headersRoot.slice(4)}${'00'.repeat(32)}`
}

/** Records a certified header, held by `holders`, and returns its digest. */
async function certified(
  name: string,
  holders: readonly number[],
  { epoch = 1, at = spool.counts().certified }: { epoch?: number; at?: number } = {},
): Promise<Hex> {
  const header = testHeader(name, { epoch })
  const digest = toHex(headerDigest(domain, header))
  const signatures = holders.map((member) => ({ member, signature: signatureOf(member, digest) }))
  const commitment = toHex(encodeCertificate({ header, path: [], signatures }))
  const content = testHeader(`content ${name}`).root
  await spool.save({
    header,
    digest,
    signature: '0x',
    content,
    receivedAt: at,
    commitment,
    certifiedAt: at,
  })
  for (const member of holders) holdings[member]?.add(digest)
  return digest
}

let holdings: Set<Hex>[] = []
let attestations: Hex[][] = []
let posts: Post[] = []
/** Posts whose transactions may still be mined. */
let live: Post[] = []
/** What becomes of a post, before it is on L1. */
let l1: (post: Post) => Promise<void>
/** One block a post, on top of `base` blocks; and how much of it the follower has seen. */
let chain: ChainPost[] = []
let followed = { tip: 0, undoAbove: undefined as number | undefined }

beforeEach(() => {
  holdings = members.map(() => new Set())
  attestations = []
  posts = []
  live = []
  chain = []
  followed = { tip: 0, undoAbove: undefined }
  l1 = async () => undefined
})

const operators: Operators = {
  disperse: async () => Promise.reject(new Error('not asked here')),
  reachable: async () => true,
  attest: async (owner, digests, { headersRoot }) => {
    const member = members.findIndex(({ signer }) => signer === owner.signer)
    if (member === 0) attestations.push([...digests])
    if (digests.every((digest) => holdings[member]?.has(digest)))
      return signatureOf(member, toHex(headersRoot))
    throw new FloeError('not-held', 'something is not here.')
  },
}

const poster: Pick<Poster, 'post'> = {
  post: async (post) => {
    if (!(await post.stillWanted(chain.length))) return { outcome: 'already-there' }
    live.push(post)
    await l1(post)
    posts.push(post)
    mine(post.headers)
    const { transactionHash, blockNumber } = chain.at(-1) as ChainPost
    return { outcome: 'posted', transactionHash, blockNumber, gasUsed: 80_000 }
  },
}

/** Puts a block with a post on the chain, whoever sent it. */
function mine(headers: readonly Uint8Array[]): void {
  const digests = headers.map((header) => headerDigest(domain, decodeHeader(header)))
  const headersRoot = toHex(headersTree(digests, 0).root)
  const mark = {
    headersRoot,
    transactionHash: `0x${String(posts.length).padStart(64, '4')}` as Hex,
    blockNumber: chain.length + 1,
  }
  const place = { ...mark, blockHash: headersRoot, logIndex: 0 }
  chain.push({
    ...place,
    headers: headers.map((header, i) => ({
      header: decodeHeader(header),
      digest: toHex(digests[i] as Uint8Array),
      accumulator: headersRoot,
      ...mark,
    })),
  })
}

/** Takes the newest block back. */
function reorg(): void {
  chain.pop()
  followed = { tip: Math.min(followed.tip, chain.length), undoAbove: chain.length }
}

const follower: Follower = {
  sync: async () => {
    const { tip, undoAbove } = followed
    followed = { tip: chain.length, undoAbove: undefined }
    const heads = [{ number: chain.length, hash: testHeader(`head ${chain.length}`).root }]
    await spool.apply({ undoAbove, posts: chain.slice(tip), heads, forgetBelow: 0, final: 0 })
    return { tip: heads[0] as { number: number; hash: Hex }, final: 0 }
  },
}

function checkpointer(asked: Operators = operators) {
  return createCheckpointer({
    spool,
    operators: asked,
    poster,
    follower,
    live: () => live.map(idOf),
    groupHeadersMax: 512,
    committees: {
      current: async () => committeeOf(1, members),
      ofEpoch: async (epoch) => (epoch <= 2 ? committeeOf(epoch, members) : undefined),
      disperserQuota: async () => 1n,
    },
    logger: createLogger('sidecar', 'silent'),
  })
}

/** The headers of `digests`, packed, as posts have them. */
function packed(digests: readonly Hex[]): string[] {
  return digests.map((digest) => {
    const record = spool.batch(digest)
    return record === undefined ? 'unknown' : toHex(encodeHeader(record.header))
  })
}

const postedHeaders = (): string[][] => posts.map(({ headers }) => headers.map(toHex))
const down = new FloeError('unavailable', 'L1 is down.')

describe('a checkpoint', () => {
  test('of nothing posts nothing', async () => {
    await checkpointer().checkpoint(signal)
    expect([posts, attestations]).toEqual([[], []])
  })

  test('of one header posts its own certificate, and asks nobody', async () => {
    const digest = await certified('single', [0, 1, 3])
    await checkpointer().checkpoint(signal)
    expect(attestations).toEqual([])
    expect(postedHeaders()).toEqual([packed([digest])])
    expect(posts[0]?.signatures).toEqual(
      [0, 1, 3].map((member) => ({ member, signature: signatureOf(member, digest) })),
    )
    expect(spool.batch(digest)?.post).toMatchObject({ headersRoot: digest, blockNumber: 1 })
    expect(spool.counts()).toMatchObject({ certified: 0 })
  })

  test('of many has them attested under one headersRoot and posted in one transaction, oldest first', async () => {
    const digests: Hex[] = []
    for (let i = 0; i < 7; i++) digests.push(await certified(`many ${i}`, [0, 1, 2, 3]))
    await checkpointer().checkpoint(signal)
    expect(attestations).toEqual([digests])
    expect(postedHeaders()).toEqual([packed(digests)])
    const root = toHex(headersTree(digests.map(fromHex), 0).root)
    const [post] = posts
    expect(post?.signatures).toHaveLength(3)
    for (const { member, signature } of post?.signatures ?? [])
      expect(signature).toBe(signatureOf(member, root))
    for (const digest of digests) expect(spool.batch(digest)?.post?.headersRoot).toBe(root)
    expect(spool.lastPost()).toMatchObject({ headersRoot: root, headers: 7 })
  })

  test('halves what no quorum holds as a whole, as often as it takes, and loses nothing', async () => {
    const digests: Hex[] = []
    for (let i = 0; i < 8; i++) digests.push(await certified(`halves ${i}`, [0, 1, 2, 3]))
    // Two nodes lost the fourth, and one the seventh, which is no harm.
    holdings[2]?.delete(digests[3] as Hex)
    holdings[3]?.delete(digests[3] as Hex)
    holdings[0]?.delete(digests[6] as Hex)
    await checkpointer().checkpoint(signal)
    const [a, b, c, d, e, f, g, h] = digests as [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex]
    expect(attestations).toEqual([digests, [a, b, c, d], [a, b], [c, d], [e, f, g, h]])
    expect(postedHeaders()).toEqual([packed([a, b]), packed([c]), packed([d]), packed([e, f, g, h])])
    expect(spool.counts().certified).toBe(0)
  })

  test('of two epochs makes a post of each', async () => {
    const first = [await certified('epoch 1 a', [0, 1, 2, 3]), await certified('epoch 1 b', [0, 1, 2, 3])]
    const second = [await certified('epoch 2 a', [0, 1, 2, 3], { epoch: 2 })]
    first.push(await certified('epoch 1 c', [0, 1, 2, 3]))
    await checkpointer().checkpoint(signal)
    expect(postedHeaders()).toEqual([packed(first), packed(second)])
    expect(posts.map(({ committee }) => committee.epoch)).toEqual([1, 2])
  })
})

describe('a post that does not get through', () => {
  test('is on disk before it is tried, and tried again as it was, whatever has come since', async () => {
    const digests = [await certified('first', [0, 1, 2, 3]), await certified('second', [0, 1, 2, 3])]
    const groups: unknown[] = []
    l1 = async () => {
      groups.push(spool.groups().map((group) => group.digests))
      throw down
    }
    await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
    expect(groups).toEqual([[digests]])
    expect(spool.counts().certified).toBe(2)
    const later = await certified('third', [0, 1, 2, 3])
    await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
    expect(groups).toEqual([[digests], [digests], [digests, [later]]])
    l1 = async () => undefined
    await checkpointer().checkpoint(signal)
    expect(postedHeaders()).toEqual([packed(digests), packed([later])])
    expect(attestations).toEqual([digests])
    expect(spool.counts()).toMatchObject({ certified: 0 })
  })

  test('leaves the groups that did, and posts the others alone next time', async () => {
    const halves = [
      [0, 1, 2],
      [0, 1, 2],
      [0, 2, 3],
      [0, 2, 3],
    ]
    const digests: Hex[] = []
    for (const [i, holders] of halves.entries()) digests.push(await certified(`half ${i}`, holders))
    l1 = async () => {
      if (posts.length === 1) throw down
    }
    await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
    expect(statesOf(digests)).toEqual(['posted', 'posted', 'certified', 'certified'])
    l1 = async () => undefined
    await checkpointer().checkpoint(signal)
    expect(postedHeaders()).toEqual([packed(digests.slice(0, 2)), packed(digests.slice(2))])
  })

  test('is still known after the spool was closed and opened', async () => {
    const digests = [await certified('kept 0', [0, 1, 2, 3]), await certified('kept 1', [0, 1, 2, 3])]
    l1 = async () => Promise.reject(down)
    await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
    await spool.close()
    spool = await BatchIndex.open(dir)
    holdings = members.map(() => new Set())
    l1 = async () => undefined
    await checkpointer().checkpoint(signal)
    expect(postedHeaders()).toEqual([packed(digests)])
  })

  test('is taken apart when its headers have expired meanwhile, and does not stop what comes after', async () => {
    await certified('expired 0', [0, 1, 2, 3])
    await certified('expired 1', [0, 1, 2, 3])
    l1 = async () => Promise.reject(down)
    await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
    // Its transaction was never signed.
    live = []
    await spool.expire(2_000_000_001_000, 10)
    const later = await certified('later', [0, 1, 2])
    l1 = async () => undefined
    await checkpointer().checkpoint(signal)
    expect(postedHeaders()).toEqual([packed([later])])
    expect(spool.groups().map((group) => group.digests)).toEqual([[later]])
  })

  test('stops halving when the sidecar closes', async () => {
    await certified('closing 0', [0, 1, 2])
    await certified('closing 1', [1, 2, 3])
    const closing = new AbortController()
    const asked: Operators = {
      ...operators,
      attest: async (...call) => {
        closing.abort()
        return operators.attest(...call)
      },
    }
    await expect(checkpointer(asked).checkpoint(closing.signal)).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect([posts, attestations.length, spool.counts().certified]).toEqual([[], 1, 2])
  })
})

const statesOf = (digests: readonly Hex[]): unknown[] =>
  digests.map((digest) => {
    const record = spool.batch(digest)
    return record && stateOf(record)
  })

describe('headers that are on L1 already', () => {
  test('are not posted again: what somebody else posts just before the signature takes the group apart', async () => {
    const digests: Hex[] = []
    for (let i = 0; i < 4; i++) digests.push(await certified(`fence ${i}`, [0, 1, 2, 3]))
    const strangers = packed(digests.slice(1, 2)).map((header) => fromHex(header as Hex))
    // It comes after the groups were made, and is there when the nonce is read.
    const late: Operators = {
      ...operators,
      attest: async (...asked) => {
        if (chain.length === 0) mine(strangers)
        return operators.attest(...asked)
      },
    }
    await checkpointer(late).checkpoint(signal)
    expect(posts).toEqual([])
    expect(statesOf(digests)).toEqual(['certified', 'posted', 'certified', 'certified'])
    await checkpointer().checkpoint(signal)
    expect(postedHeaders()).toEqual([packed([digests[0], digests[2], digests[3]] as Hex[])])
    expect(statesOf(digests)).toEqual(['posted', 'posted', 'posted', 'posted'])
  })

  test('are in the same group when a reorg takes their post back, with whatever came since in another', async () => {
    const digests = [await certified('reorg 0', [0, 1, 2, 3]), await certified('reorg 1', [0, 1, 2, 3])]
    await checkpointer().checkpoint(signal)
    reorg()
    const later = await certified('reorg 2', [0, 1, 2, 3])
    attestations = []
    await checkpointer().checkpoint(signal)
    expect(attestations).toEqual([])
    expect(postedHeaders()).toEqual([packed(digests), packed(digests), packed([later])])
    expect(chain.flatMap(({ headers }) => headers.map(({ digest }) => digest))).toEqual([...digests, later])
  })

  test('are let go of once they are final', async () => {
    await certified('final 0', [0, 1, 2, 3])
    await certified('final 1', [0, 1, 2, 3])
    await checkpointer().checkpoint(signal)
    expect(spool.groups()).toHaveLength(1)
    live = []
    await spool.apply({ undoAbove: undefined, posts: [], heads: [], forgetBelow: 0, final: 1 })
    await checkpointer().checkpoint(signal)
    expect([spool.groups(), posts.length]).toEqual([[], 1])
  })
})

test('a group whose transaction may be mined is not taken apart, even when a header of it was posted elsewhere', async () => {
  const digests = [await certified('alive 0', [0, 1, 2, 3]), await certified('alive 1', [0, 1, 2, 3])]
  l1 = async () => Promise.reject(down)
  await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
  mine(packed(digests.slice(0, 1)).map((header) => fromHex(header as Hex)))
  l1 = async () => undefined
  await checkpointer().checkpoint(signal)
  expect([posts, spool.groups().map((group) => group.digests)]).toEqual([[], [digests]])
  live = []
  await checkpointer().checkpoint(signal)
  expect(postedHeaders()).toEqual([packed(digests.slice(1))])
})

test('what does not get through does not multiply: new groups wait behind a few that are stuck', async () => {
  l1 = async () => Promise.reject(down)
  for (let i = 0; i < 7; i++) {
    await certified(`stuck ${i}`, [0, 1, 2, 3])
    await expect(checkpointer().checkpoint(signal)).rejects.toBe(down)
  }
  expect(spool.groups().map((group) => group.digests.length)).toEqual([1, 1, 1, 1])
  l1 = async () => undefined
  await checkpointer().checkpoint(signal)
  expect(posts.map(({ headers }) => headers.length)).toEqual([1, 1, 1, 1, 3])
})

test('more than one post can take goes up in several, without waiting for the next interval', async () => {
  const digests = new Set<Hex>()
  const saving: Promise<Hex>[] = []
  for (let i = 0; i < 600; i++) saving.push(certified(`many ${i}`, [0, 1, 2, 3], { at: i }))
  for (const digest of await Promise.all(saving)) digests.add(digest)
  await checkpointer().checkpoint(signal)
  expect(posts.map(({ headers }) => headers.length)).toEqual([512, 88])
  expect(spool.counts()).toMatchObject({ certified: 0, posted: 600 })
})
