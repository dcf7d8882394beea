// Headers and their EIP-712 digests, compared with viem, and the root over many of them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashTypedData, keccak256 } from 'viem'
import { concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import {
  type Domain,
  type Header,
  attestationDigest,
  decodeHeader,
  encodeHeader,
  headerDigest,
  headersRootOfPath,
  headersTree,
} from '../../src/protocol/header.ts'
import { BATCH_BYTES_MAX } from '../../src/protocol/limits.ts'
import { domains, hashes, headerOf, headers, places } from '../support/arbitraries.ts'
import { floeTypes, typedDomain } from '../support/typed-data.ts'
import { codeThrownBy } from './support.ts'

function viemHeaderDigest(domain: Domain, header: Header): string {
  const message = { ...header, expiry: BigInt(header.expiry) }
  return hashTypedData({ domain: typedDomain(domain), types: floeTypes, primaryType: 'Header', message })
}

describe('a header', () => {
  test('a header has 100 bytes and round-trips', () => {
    fc.assert(
      fc.property(headers(), (header) => {
        const bytes = encodeHeader(header)
        expect(bytes).toHaveLength(100)
        expect(decodeHeader(bytes)).toEqual(header)
      }),
    )
  })

  test.each([
    { what: 'no length', change: { length: 0 } },
    { what: 'a length over 2^27', change: { length: BATCH_BYTES_MAX + 1 } },
  ])('a header with $what is malformed', ({ change }) => {
    const header = { ...headerOf(new Uint8Array(32), 1), ...change }
    expect(codeThrownBy(() => decodeHeader(encodeHeader(header)))).toBe('malformed')
  })

  test('a header with an expiry beyond 2^53 is malformed', () => {
    const bytes = encodeHeader(headerOf(new Uint8Array(32), 1))
    bytes.set([0x00, 0x20, 0, 0, 0, 0, 0, 0], 40)
    expect(codeThrownBy(() => decodeHeader(bytes))).toBe('malformed')
    bytes.set([0x00, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 40)
    expect(decodeHeader(bytes).expiry).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('digests', () => {
  test('the digest of a header is the EIP-712 digest by viem', () => {
    fc.assert(
      fc.property(domains, headers(), (domain, header) => {
        expect(toHex(headerDigest(domain, header))).toBe(viemHeaderDigest(domain, header))
      }),
    )
  })

  test('the digest of an attestation is the EIP-712 digest by viem', () => {
    fc.assert(
      fc.property(domains, hashes, hashes, (domain, headersRoot, committeeRoot) => {
        const expected = hashTypedData({
          domain: typedDomain(domain),
          types: floeTypes,
          primaryType: 'Attestation',
          message: { headersRoot, committeeRoot },
        })
        expect(toHex(attestationDigest(domain, fromHex(headersRoot), fromHex(committeeRoot)))).toBe(expected)
      }),
    )
  })

  test('the digest changes with every field of the header and of the domain', () => {
    const header = headerOf(new Uint8Array(32), 1)
    const domain: Domain = { chainId: 1, ledger: `0x${'11'.repeat(20)}` }
    const one = `0x${'01'.repeat(32)}` as const
    const variants = [
      headerDigest(domain, header),
      headerDigest({ ...domain, chainId: 2 }, header),
      headerDigest({ ...domain, ledger: `0x${'22'.repeat(20)}` }, header),
      headerDigest(domain, { ...header, root: one }),
      headerDigest(domain, { ...header, length: 2 }),
      headerDigest(domain, { ...header, epoch: 2 }),
      headerDigest(domain, { ...header, expiry: 2 }),
      headerDigest(domain, { ...header, disperser: `0x${'22'.repeat(20)}` }),
      headerDigest(domain, { ...header, contentHash: one }),
    ]
    expect(new Set(variants.map(toHex)).size).toBe(variants.length)
  })
})

describe('headersRoot', () => {
  const lists = fc.array(hashes, { minLength: 1, maxLength: 70 }).map((all) => all.map(fromHex))

  /** The root as docs/protocol.md §4 defines it: all leaves are there, and a node has the roots of its halves. */
  function specifiedRoot(digests: readonly Uint8Array[]): Uint8Array {
    const width = 2 ** Math.ceil(Math.log2(digests.length))
    const zeros = Array.from({ length: width - digests.length }, () => new Uint8Array(32))
    const rootOver = (nodes: readonly Uint8Array[]): Uint8Array => {
      if (nodes.length === 1) return nodes[0] as Uint8Array
      const half = nodes.length / 2
      const children = concatBytes(rootOver(nodes.slice(0, half)), rootOver(nodes.slice(half)))
      return fromHex(keccak256(children))
    }
    return rootOver([...digests, ...zeros])
  }

  test('the headersRoot agrees with the specification, and every digest has a path to it', () => {
    fc.assert(
      fc.property(lists, (digests) => {
        const root = toHex(specifiedRoot(digests))
        digests.forEach((digest, index) => {
          const tree = headersTree(digests, index)
          expect(toHex(tree.root)).toBe(root)
          expect(toHex(headersRootOfPath(digest, index, tree.path))).toBe(root)
          expect(tree.path).toHaveLength(Math.ceil(Math.log2(digests.length)))
        })
      }),
      { numRuns: 30 },
    )
  })

  test('the headersRoot of one digest is the digest', () => {
    const digest = fromHex(`0x${'ab'.repeat(32)}`)
    expect(headersTree([digest], 0)).toEqual({ root: digest, path: [] })
    expect(headersRootOfPath(digest, 0, [])).toEqual(digest)
  })

  test('the headersRoot changes with every digest, and with their order', () => {
    fc.assert(
      fc.property(lists, hashes, (digests, stranger) => {
        const { root, path } = headersTree(digests, 0)
        expect(toHex(headersRootOfPath(fromHex(stranger), 0, path))).not.toBe(toHex(root))
        fc.pre(digests.length > 1 && toHex(digests[0] as Uint8Array) !== toHex(digests[1] as Uint8Array))
        const [first, second, ...rest] = digests as [Uint8Array, Uint8Array, ...Uint8Array[]]
        expect(toHex(headersTree([second, first, ...rest], 0).root)).not.toBe(toHex(root))
      }),
    )
  })

  test('a digest leads to the headersRoot from its own position only', () => {
    fc.assert(
      fc.property(hashes, places(), fc.nat(511), (digest, { index, path }, other) => {
        const elsewhere = other % 2 ** path.length
        fc.pre(elsewhere !== index)
        const rootFrom = (position: number): string =>
          toHex(headersRootOfPath(fromHex(digest), position, path.map(fromHex)))
        expect(rootFrom(elsewhere)).not.toBe(rootFrom(index))
      }),
    )
  })

  test('an index that the path cannot have, and a path of ten hashes, are malformed', () => {
    const digest = new Uint8Array(32).fill(1)
    const pathOf = (length: number) => Array.from({ length }, () => new Uint8Array(32))
    for (const index of [-1, 0.5, 4, 2 ** 32, Number.NaN])
      expect(codeThrownBy(() => headersRootOfPath(digest, index, pathOf(2)))).toBe('malformed')
    expect(codeThrownBy(() => headersRootOfPath(digest, 1, pathOf(0)))).toBe('malformed')
    expect(codeThrownBy(() => headersRootOfPath(digest, 0, pathOf(10)))).toBe('malformed')
  })

  test('a headersRoot is over 1 … 512 digests', () => {
    const digestsOf = (length: number) => Array.from({ length }, () => new Uint8Array(32).fill(1))
    expect(headersTree(digestsOf(512), 511).path).toHaveLength(9)
    expect(() => headersTree(digestsOf(513), 0)).toThrow('assertion failed: 513 headers in 1…512')
    expect(() => headersTree([], 0)).toThrow('assertion failed: leaf 0 of 0')
    expect(() => headersTree(digestsOf(3), 3)).toThrow('assertion failed: leaf 3 of 3')
  })
})
