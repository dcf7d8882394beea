// Which headers are posted together, and what is on disk in between. The batch index is real; the operators hold the batches that
// the test says, and L1 accepts the posts that the test says. (test/e2e/posting.test.ts has real nodes and a real chain.)
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import {
  decodeHeader,
  encodeHeader,
  headerDigest,
  headersRootOfPath,
  headersTree,
  headersTreePaths,
} from '../../src/protocol/header.ts'
import type { ChainPost, Follower } from '../../src/l1/chain.ts'
import { idOf } from '../../src/l1/poster.ts'
import type { Post, Poster } from '../../src/l1/poster.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { GroupPoster, type GroupPosterOptions } from '../../src/sidecar/group-poster.ts'
import { stateOf } from '../../src/store/batch-record.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader, testOperators } from '../support/deploy.ts'
import { LogCapture } from '../support/log-capture.ts'
import { manualClock } from '../support/manual-clock.ts'

const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const SEED: Hex = `0x${'5e'.repeat(32)}`
const NOTICE_SECONDS = 3_600
const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }
const { signal } = new AbortController()

let dir: string
let batchIndex: BatchIndex

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-group-poster-'))
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: NOTICE_SECONDS })
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

/** A signature of `member` in which a test recognizes the member and the headersRoot. */
function signatureOf(member: number, headersRoot: Hex): Hex {
  return `0x${`${member}`.padStart(2, '0')}${headersRoot.slice(4)}${'00'.repeat(32)}`
}

/** Records a certified header, held by `holders`, and returns its digest. Each expires two seconds later than the one before. */
async function certified(
  name: string,
  holders: readonly number[],
  {
    epoch = 1,
    at = batchIndex.counts().certified,
    alone = false,
  }: { epoch?: number; at?: number; alone?: boolean } = {},
): Promise<Hex> {
  const header = testHeader(name, { epoch, expiry: 2_000_000_000 + 2 * at + (alone ? 1 : 0) })
  const digest = toHex(headerDigest(domain, header))
  const signatures = holders.map((member) => ({ member, signature: signatureOf(member, digest) }))
  const commitment = toHex(encodeCertificate({ header, index: 0, path: [], signatures }))
  const content = testHeader(`content ${name}`).root
  await batchIndex.save({
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
let pending: Post[] = []
/** Ids of posts whose transactions are final. */
const succeeded = new Set<Hex>()
/** Runs before a post is mined; a rejection keeps it off L1. */
let beforeMined: (post: Post) => Promise<void>
/** One block for each post, and how much of the chain the follower has seen. */
let chain: ChainPost[] = []
let followed = { tip: 0, undoAbove: undefined as number | undefined }
let currentEpoch = 2
/** Whether the follower's endpoint leaves out logs. */
let logsHidden = false

beforeEach(() => {
  holdings = members.map(() => new Set())
  attestations = []
  posts = []
  pending = []
  succeeded.clear()
  chain = []
  followed = { tip: 0, undoAbove: undefined }
  currentEpoch = 2
  logsHidden = false
  beforeMined = async () => undefined
})

const operators: GroupPosterOptions['operators'] = {
  attest: async (owner, digests, { headersRoot }) => {
    const member = members.findIndex(({ signer }) => signer === owner.signer)
    if (member === 0) attestations.push([...digests])
    if (digests.every((digest) => holdings[member]?.has(digest)))
      return signatureOf(member, toHex(headersRoot))
    throw new FloeError('not-held', 'a batch is not here.')
  },
}

const poster: Pick<Poster, 'post'> = {
  post: async (post) => {
    const root = toHex(
      headersTree(
        post.headers.map((header) => headerDigest(domain, decodeHeader(header))),
        0,
      ).root,
    )
    if (chain.some(({ headersRoot }) => headersRoot === root)) return { outcome: 'already-there' }
    if (!(await post.precondition(chain.length, { succeeded: succeeded.has(idOf(post)) })))
      return { outcome: 'already-there' }
    pending.push(post)
    await beforeMined(post)
    posts.push(post)
    mine(post.headers)
    const { transactionHash, blockNumber } = chain.at(-1) as ChainPost
    return { outcome: 'posted', transactionHash, blockNumber, gasUsed: 80_000 }
  },
}

/** Adds a block with a post to the chain. */
function mine(headers: readonly Uint8Array[]): void {
  const digests = headers.map((header) => headerDigest(domain, decodeHeader(header)))
  const { root, paths } = headersTreePaths(digests)
  const headersRoot = toHex(root)
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
      index: i,
      path: (paths[i] ?? []).map(toHex),
      postedAt: 1_900_000_000,
      stands: true,
      ...mark,
    })),
  })
}

/** Removes the newest block from the chain. */
function reorg(): void {
  chain.pop()
  followed = { tip: Math.min(followed.tip, chain.length), undoAbove: chain.length }
}

const follower: Follower = {
  sync: async () => {
    const { tip, undoAbove } = followed
    followed = { tip: chain.length, undoAbove: undefined }
    const heads = [{ number: chain.length, hash: testHeader(`head ${chain.length}`).root }]
    const shown = logsHidden ? [] : chain.slice(tip)
    await batchIndex.apply({ undoAbove, posts: shown, heads, forgetBelow: 0, final: 0 })
    return { tip: heads[0] as { number: number; hash: Hex }, timestamp: 0, final: 0 }
  },
}

function groupPoster(
  asked: GroupPosterOptions['operators'] = operators,
  groupHeadersMax = 512,
  logger = createLogger('sidecar', 'silent'),
): GroupPoster {
  return new GroupPoster({
    batchIndex,
    operators: asked,
    poster,
    follower,
    account: { pendingIds: () => pending.map(idOf), succeeded: (id) => succeeded.has(id) },
    clock: manualClock(1_900_000_000),
    groupHeadersMax,
    committees: {
      current: async () => committeeOf(currentEpoch, SEED, members),
      ofEpoch: async (epoch) => (epoch <= currentEpoch ? committeeOf(epoch, SEED, members) : undefined),
      disperserQuota: async () => 1n,
    },
    logger,
  })
}

/** The headers of `digests`, packed, as posts have them. */
function packed(digests: readonly Hex[]): string[] {
  return digests.map((digest) => {
    const record = batchIndex.batch(digest)
    return record === undefined ? 'unknown' : toHex(encodeHeader(record.header))
  })
}

const postedHeaders = (): string[][] => posts.map(({ headers }) => headers.map(toHex))
const down = new FloeError('unavailable', 'L1 is down.')

test('Nothing is posted when no header waits.', async () => {
  await groupPoster().postWaiting(signal)
  expect([posts, attestations]).toEqual([[], []])
})

test('A single header is posted with its own certificate, and no operator is asked.', async () => {
  const digest = await certified('single', [0, 1, 3])
  await groupPoster().postWaiting(signal)
  expect(attestations).toEqual([])
  expect(postedHeaders()).toEqual([packed([digest])])
  expect(posts[0]?.signatures).toEqual(
    [0, 1, 3].map((member) => ({ member, signature: signatureOf(member, digest) })),
  )
  expect(batchIndex.batch(digest)?.post).toMatchObject({ headersRoot: digest, blockNumber: 1 })
  expect(batchIndex.counts()).toMatchObject({ certified: 0 })
})

test('A header with an odd expiry is posted alone by its certificate, and the others together.', async () => {
  const [first, second] = [await certified('first', [0, 1, 2, 3]), await certified('second', [0, 1, 2, 3])]
  const alone = await certified('alone', [0, 1, 2, 3], { alone: true })
  await groupPoster().postWaiting(signal)
  const rootOf = (digest: Hex): Hex | undefined => batchIndex.batch(digest)?.post?.headersRoot
  expect(rootOf(alone)).toBe(alone)
  expect(rootOf(first)).toBe(rootOf(second))
  expect(rootOf(first)).not.toBe(first)
  expect(new Set(posts.map(({ headers }) => headers.length))).toEqual(new Set([1, 2]))
})

test('Headers that wait are attested under one headersRoot and posted in one transaction, soonest first.', async () => {
  const digests: Hex[] = []
  for (let i = 0; i < 7; i++) digests.push(await certified(`many ${i}`, [0, 1, 2, 3]))
  await groupPoster().postWaiting(signal)
  expect(attestations).toEqual([digests])
  expect(postedHeaders()).toEqual([packed(digests)])
  const root = toHex(headersTree(digests.map(fromHex), 0).root)
  const [post] = posts
  expect(post?.signatures).toHaveLength(3)
  for (const { member, signature } of post?.signatures ?? [])
    expect(signature).toBe(signatureOf(member, root))
  for (const digest of digests) expect(batchIndex.batch(digest)?.post?.headersRoot).toBe(root)
  expect(batchIndex.lastPost()).toMatchObject({ headersRoot: root, headers: 7 })
})

test('A group that no quorum holds as a whole is halved until quorums hold its parts, and no header is lost.', async () => {
  const digests: Hex[] = []
  for (let i = 0; i < 8; i++) digests.push(await certified(`halves ${i}`, [0, 1, 2, 3]))
  // Two nodes lost the fourth batch, which breaks its quorum, and one node the seventh, which does not.
  holdings[2]?.delete(digests[3] as Hex)
  holdings[3]?.delete(digests[3] as Hex)
  holdings[0]?.delete(digests[6] as Hex)
  await groupPoster().postWaiting(signal)
  const [a, b, c, d, e, f, g, h] = digests as [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex]
  expect(attestations).toEqual([digests, [a, b, c, d], [a, b], [c, d], [e, f, g, h]])
  expect(postedHeaders()).toEqual([packed([a, b]), packed([c]), packed([d]), packed([e, f, g, h])])
  expect(batchIndex.counts().certified).toBe(0)
})

test('Headers of two epochs are posted in one post for each epoch.', async () => {
  const first = [await certified('epoch 1 a', [0, 1, 2, 3]), await certified('epoch 1 b', [0, 1, 2, 3])]
  const second = [await certified('epoch 2 a', [0, 1, 2, 3], { epoch: 2 })]
  first.push(await certified('epoch 1 c', [0, 1, 2, 3]))
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed(first), packed(second)])
  expect(posts.map(({ committee }) => committee.epoch)).toEqual([1, 2])
})

test('Soonest first: the headers that can be posted for the shortest time are in the first post, whatever was certified first.', async () => {
  const late = await certified('late', [0, 1, 2, 3], { at: 300 })
  const soon = await certified('soon', [0, 1, 2, 3], { at: 100 })
  const next = await certified('next', [0, 1, 2, 3], { at: 200 })
  await groupPoster(operators, 2).postWaiting(signal)
  expect(postedHeaders()).toEqual([packed([soon, next]), packed([late])])
})

test('Headers of an epoch that has retired are posted one by one, and no operator is asked for them.', async () => {
  const digests = [await certified('retired 0', [0, 1, 2]), await certified('retired 1', [0, 1, 3])]
  currentEpoch = 3
  await groupPoster().postWaiting(signal)
  expect(attestations).toEqual([])
  expect(postedHeaders()).toEqual(digests.map((digest) => packed([digest])))
})

test('An attestation of a group is kept for a member whose attestation of a header was not known.', async () => {
  const digests = [await certified('kept a', [0, 1, 2, 3]), await certified('kept b', [0, 1, 2, 3])]
  const [first, second] = digests as [Hex, Hex]
  const known = { digest: first, member: 0, index: 0, path: [], signature: signatureOf(0, first) }
  await batchIndex.saveAttestations([known])
  await groupPoster().postWaiting(signal)
  const { root } = headersTree(digests.map(fromHex), 0)
  expect(batchIndex.attestationOf(first, 0)?.signature).toBe(signatureOf(0, first))
  const { index = 0, path = [], signature } = batchIndex.attestationOf(second, 0) ?? {}
  expect(signature).toBe(signatureOf(0, toHex(root)))
  expect(headersRootOfPath(fromHex(second), index, path.map(fromHex))).toEqual(root)
})

test('Groups are durable: a group is on disk before it is posted, and posted again unchanged, whatever was certified since.', async () => {
  const digests = [await certified('first', [0, 1, 2, 3]), await certified('second', [0, 1, 2, 3])]
  const groups: unknown[] = []
  beforeMined = async () => {
    groups.push(batchIndex.groups().map((group) => group.digests))
    throw down
  }
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  expect(groups).toEqual([[digests]])
  expect(batchIndex.counts().certified).toBe(2)
  const later = await certified('third', [0, 1, 2, 3])
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  expect(groups).toEqual([[digests], [digests], [digests, [later]]])
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed(digests), packed([later])])
  expect(attestations).toEqual([digests])
  expect(batchIndex.counts()).toMatchObject({ certified: 0 })
})

test('After one of several posts has failed, the next run posts only its headers.', async () => {
  const halves = [
    [0, 1, 2],
    [0, 1, 2],
    [0, 2, 3],
    [0, 2, 3],
  ]
  const digests: Hex[] = []
  for (const [i, holders] of halves.entries()) digests.push(await certified(`half ${i}`, holders))
  beforeMined = async () => {
    if (posts.length === 1) throw down
  }
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  expect(statesOf(digests)).toEqual(['posted', 'posted', 'certified', 'certified'])
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed(digests.slice(0, 2)), packed(digests.slice(2))])
})

test('Groups are durable: a group whose post failed is posted unchanged after a restart.', async () => {
  const digests = [await certified('kept 0', [0, 1, 2, 3]), await certified('kept 1', [0, 1, 2, 3])]
  beforeMined = async () => Promise.reject(down)
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  await batchIndex.close()
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: NOTICE_SECONDS })
  holdings = members.map(() => new Set())
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed(digests)])
})

test('A group whose headers can no longer be posted is dissolved, and later headers are posted.', async () => {
  const missed = [await certified('missed 0', [0, 1, 2, 3]), await certified('missed 1', [0, 1, 2, 3])]
  beforeMined = async () => Promise.reject(down)
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  // Its transaction was never signed.
  pending = []
  await batchIndex.expire((2_000_000_003 - NOTICE_SECONDS) * 1000, 10)
  expect(statesOf(missed)).toEqual(['missed', 'missed'])
  const later = await certified('later', [0, 1, 2])
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed([later])])
  expect(batchIndex.groups().map((group) => group.digests)).toEqual([[later]])
})

test('Groups are not halved any further when the sidecar closes.', async () => {
  await certified('closing 0', [0, 1, 2])
  await certified('closing 1', [1, 2, 3])
  const closing = new AbortController()
  const asked: GroupPosterOptions['operators'] = {
    ...operators,
    attest: async (...call) => {
      closing.abort()
      return operators.attest(...call)
    },
  }
  await expect(groupPoster(asked).postWaiting(closing.signal)).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect([posts, attestations.length, batchIndex.counts().certified]).toEqual([[], 1, 2])
})

const statesOf = (digests: readonly Hex[]): unknown[] =>
  digests.map((digest) => {
    const record = batchIndex.batch(digest)
    return record && stateOf(record)
  })

test('Fenced: a group is not sent when one of its headers is posted just before the signature.', async () => {
  const digests: Hex[] = []
  for (let i = 0; i < 4; i++) digests.push(await certified(`fence ${i}`, [0, 1, 2, 3]))
  const foreignPost = packed(digests.slice(1, 2)).map((header) => fromHex(header as Hex))
  // It is mined after the group was made, and before the nonce is read.
  const late: GroupPosterOptions['operators'] = {
    ...operators,
    attest: async (...asked) => {
      if (chain.length === 0) mine(foreignPost)
      return operators.attest(...asked)
    },
  }
  await groupPoster(late).postWaiting(signal)
  expect(posts).toEqual([])
  expect(statesOf(digests)).toEqual(['certified', 'posted', 'certified', 'certified'])
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed([digests[0], digests[2], digests[3]] as Hex[])])
  expect(statesOf(digests)).toEqual(['posted', 'posted', 'posted', 'posted'])
})

test('L1 decides: headers whose post a reorg removed are posted again in the same group.', async () => {
  const digests = [await certified('reorg 0', [0, 1, 2, 3]), await certified('reorg 1', [0, 1, 2, 3])]
  await groupPoster().postWaiting(signal)
  reorg()
  const later = await certified('reorg 2', [0, 1, 2, 3])
  attestations = []
  await groupPoster().postWaiting(signal)
  expect(attestations).toEqual([])
  expect(postedHeaders()).toEqual([packed(digests), packed(digests), packed([later])])
  expect(chain.flatMap(({ headers }) => headers.map(({ digest }) => digest))).toEqual([...digests, later])
})

test('A group is forgotten once its headers are final.', async () => {
  await certified('final 0', [0, 1, 2, 3])
  await certified('final 1', [0, 1, 2, 3])
  await groupPoster().postWaiting(signal)
  expect(batchIndex.groups()).toHaveLength(1)
  pending = []
  await batchIndex.apply({ undoAbove: undefined, posts: [], heads: [], forgetBelow: 0, final: 1 })
  await groupPoster().postWaiting(signal)
  expect([batchIndex.groups(), posts.length]).toEqual([[], 1])
})

test('Groups are durable: a group stays while its transaction may be mined, also after one of its headers was posted elsewhere.', async () => {
  const digests = [await certified('alive 0', [0, 1, 2, 3]), await certified('alive 1', [0, 1, 2, 3])]
  beforeMined = async () => Promise.reject(down)
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  mine(packed(digests.slice(0, 1)).map((header) => fromHex(header as Hex)))
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect([posts, batchIndex.groups().map((group) => group.digests)]).toEqual([[], [digests]])
  pending = []
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed(digests.slice(1))])
})

test('A group that the Ledger would refuse ends the run, and the next run groups its headers again.', async () => {
  const digests = [await certified('refused 0', [0, 1, 2, 3]), await certified('refused 1', [0, 1, 2, 3])]
  const refused = new FloeError('commitment-invalid', 'too late.')
  beforeMined = async () => {
    pending = []
    throw refused
  }
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(refused)
  expect([attestations, batchIndex.groups()]).toEqual([[digests], []])
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect(postedHeaders()).toEqual([packed(digests)])
})

test('Never regrouped: a group whose transaction was signed stays unchanged when an endpoint refuses it, and so when it is final.', async () => {
  const digests = [await certified('signed 0', [0, 1, 2, 3]), await certified('signed 1', [0, 1, 2, 3])]
  const refused = new FloeError('commitment-invalid', 'too late.')
  beforeMined = async () => Promise.reject(refused)
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(refused)
  const later = await certified('signed 2', [0, 1, 2, 3])
  for (const id of pending.map(idOf)) succeeded.add(id)
  pending = []
  await expect(groupPoster().postWaiting(signal)).rejects.toBe(refused)
  expect(batchIndex.groups().map((group) => group.digests)).toEqual([digests, [later]])
  expect(attestations).toEqual([digests])
})

test('Posts that are final and that the logs of L1 lack are not made again, are reported once, and do not delay other headers.', async () => {
  const capture = new LogCapture()
  const one = groupPoster(operators, 1, capture.logger)
  logsHidden = true
  const hidden: Hex[] = []
  for (let i = 0; i < 6; i++) hidden.push(await certified(`hidden ${i}`, [0, 1, 2, 3]))
  await one.postWaiting(signal)
  expect(posts).toHaveLength(6)
  for (const id of pending.map(idOf)) succeeded.add(id)
  pending = []
  for (let run = 0; run < 3; run++) await one.postWaiting(signal)
  await certified('visible', [0, 1, 2, 3])
  await one.postWaiting(signal)
  expect(posts).toHaveLength(7)
  expect(statesOf(hidden)).toEqual(hidden.map(() => 'certified'))
  logsHidden = false
  followed = { tip: 0, undoAbove: undefined }
  await one.postWaiting(signal)
  expect(statesOf(hidden)).toEqual(hidden.map(() => 'posted'))
  const lines = capture.lines().filter(({ msg }) => msg.includes('the logs of L1'))
  expect(lines).toMatchObject([
    { level: 50, msg: 'posts missing from the logs of L1', groups: 6, headersRoot: hidden[0] },
    { msg: 'posts found in the logs of L1' },
  ])
})

test('No new groups are made while four groups fail to be posted.', async () => {
  beforeMined = async () => Promise.reject(down)
  for (let i = 0; i < 7; i++) {
    await certified(`stuck ${i}`, [0, 1, 2, 3])
    await expect(groupPoster().postWaiting(signal)).rejects.toBe(down)
  }
  expect(batchIndex.groups().map((group) => group.digests.length)).toEqual([1, 1, 1, 1])
  beforeMined = async () => undefined
  await groupPoster().postWaiting(signal)
  expect(posts.map(({ headers }) => headers.length)).toEqual([1, 1, 1, 1, 3])
})

test('Headers that exceed one post are posted in several posts by the same run.', async () => {
  const digests = new Set<Hex>()
  const saving: Promise<Hex>[] = []
  for (let i = 0; i < 600; i++) saving.push(certified(`many ${i}`, [0, 1, 2, 3], { at: i }))
  for (const digest of await Promise.all(saving)) digests.add(digest)
  await groupPoster().postWaiting(signal)
  expect(posts.map(({ headers }) => headers.length)).toEqual([512, 88])
  expect(batchIndex.counts()).toMatchObject({ certified: 0, posted: 600 })
})
