// TypeScript and Solidity agree about posts: headersRoots with their places, which headers stand, and until when a post is possible.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import { range } from '../../src/protocol/field.ts'
import {
  type Header,
  attestationDigest,
  decodeSignedHeader,
  encodeHeader,
  encodedHeaderDigest,
  headerDigest,
  headersRootOfPath,
  headersTreePaths,
} from '../../src/protocol/header.ts'
import { BATCH_BYTES_MAX } from '../../src/protocol/limits.ts'
import {
  type PostingTerms,
  type PostingView,
  postableUntil,
  postingStatus,
} from '../../src/protocol/posting.ts'
import { type KeyedCommittee, certify, curve, headerOf, headers, places } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import type { DifferentialChain } from './chain.ts'
import { first } from './first.ts'

export type PostWorld = {
  readonly chain: DifferentialChain
  /** The committee of epoch 1, which has retired. */
  readonly keyed: KeyedCommittee
  readonly terms: PostingTerms
}

/** The signatures of all members over a headersRoot. */
export function signaturesOf(
  { domain }: DifferentialChain,
  { committee, keys }: KeyedCommittee,
  root: Uint8Array,
): Certificate['signatures'] {
  const digest = attestationDigest(domain, root, fromHex(committee.root))
  return keys.map((key, member) => ({ member, signature: toHex(curve.sign(digest, key)) }))
}

/** Headers of epoch 1 that stand posted in a post within an hour. */
async function postableHeaders({ chain, terms }: PostWorld, count: number): Promise<Header[]> {
  const expiry = (await chain.now()) + terms.noticeSeconds + 3_600
  return fc.sample(headers(1), count).map((header) => ({ ...header, expiry }))
}

/** The tests of posts. @param world what exists once the chain has started */
export function postsAgree(world: () => PostWorld): void {
  test('TypeScript and Solidity compute the same headersRoots of posts, and every header stands at its place', async () => {
    const { chain, keyed } = world()
    for (const count of [...range(1, 10), 16, 33, 512]) {
      const all = await postableHeaders(world(), count)
      const { root, paths } = headersTreePaths(all.map((header) => headerDigest(chain.domain, header)))
      const posted = await chain.post(all, keyed.committee, signaturesOf(chain, keyed, root))
      expect(posted?.headersRoot, `${count} headers`).toBe(toHex(root))
      const stands = await Promise.all(
        all.map(async (header, index) =>
          chain.standsPosted({
            encoded: encodeHeader(header),
            index,
            path: (paths[index] ?? []).map(toHex),
          }),
        ),
      )
      expect(new Set(stands), `${count} headers`).toEqual(new Set([true]))
    }
  })

  test('TypeScript and Solidity compute the same headersRoot of a header with any index and path', async () => {
    const { chain, keyed } = world()
    for (const { index, path } of fc.sample(places(), 20)) {
      const header = first(await postableHeaders(world(), 1))
      const certificate = certify(chain.domain, keyed, { header, index, path }, range(0, 9))
      const posted = await chain.postOne(certificate, keyed.committee)
      const root = headersRootOfPath(headerDigest(chain.domain, header), index, path.map(fromHex))
      expect(posted?.headersRoot).toBe(toHex(root))
      expect(await chain.standsPosted({ encoded: encodeHeader(header), index, path })).toBe(true)
    }
  })

  test('TypeScript and Solidity agree which headers stand posted, whatever their expiry, length and epoch', async () => {
    const { chain, keyed, terms } = world()
    const time = (await chain.now()) + 1_000
    const { noticeSeconds, promiseSeconds } = terms
    const offsets = [0, noticeSeconds, promiseSeconds].flatMap((base) => [-1, 0, 1].map((by) => base + by))
    const standing = time + noticeSeconds
    const all = [
      ...offsets.map((offset) => ({ expiry: time + offset })),
      { expiry: standing, length: 1 },
      { expiry: standing, length: BATCH_BYTES_MAX },
      { expiry: standing, length: 0 },
      { expiry: standing, length: BATCH_BYTES_MAX + 1 },
      { expiry: standing, epoch: 2 },
      { expiry: 0 },
      { expiry: Number.MAX_SAFE_INTEGER },
    ].map((changes) => ({ ...headerOf(seededBytes('stands', 32), 99), ...changes }))
    const encoded = all.map(encodeHeader)
    const digests = encoded.map((bytes) => encodedHeaderDigest(chain.domain, bytes))
    const { root, paths } = headersTreePaths(digests)
    const certificateAt = (index: number): Certificate => ({
      header: all[index] as Header,
      index,
      path: (paths[index] ?? []).map(toHex),
      signatures: signaturesOf(chain, keyed, root),
    })
    const standsByIndex = await chain.at(time, async () => {
      const posted = await chain.postOne(certificateAt(offsets.indexOf(noticeSeconds)), keyed.committee)
      expect(posted).toEqual({ headersRoot: toHex(root), postedAt: time })
      return Promise.all(
        encoded.map(async (bytes, index) =>
          chain.standsPosted({ encoded: bytes, index, path: certificateAt(index).path }),
        ),
      )
    })
    const view: PostingView = { timestamp: time, post: { postedAt: time, epoch: 1 }, retiredAt: undefined }
    const ours = encoded.map((bytes) => {
      const header = decodeSignedHeader(bytes)
      return header !== undefined && postingStatus(header, view, terms) === 'stands'
    })
    expect(standsByIndex).toEqual(ours)
    expect(new Set(ours)).toEqual(new Set([true, false]))
  })

  test('TypeScript and Solidity agree in which second a first post is possible for the last time', async () => {
    const { chain, keyed, terms } = world()
    // Epoch 1 retired when epoch 3 started.
    const retiredAt = await chain.retiredAt(1)
    const lastOfEpoch = retiredAt + terms.promiseSeconds
    for (const expiry of [
      (await chain.now()) + terms.noticeSeconds + 500,
      lastOfEpoch,
      lastOfEpoch + 9_000,
    ]) {
      const header = { ...headerOf(seededBytes(`until ${expiry}`, 32), 99), expiry }
      const certificate = certify(chain.domain, keyed, { header, path: [] }, range(0, 9))
      const until = postableUntil(header, retiredAt, terms)
      for (const [by, isAccepted] of [
        [-1, true],
        [0, true],
        [1, false],
      ] as const) {
        const posted = await chain.at(until + by, async () => chain.postOne(certificate, keyed.committee))
        expect([expiry, by, posted !== undefined]).toEqual([expiry, by, isAccepted])
      }
    }
  })
}
