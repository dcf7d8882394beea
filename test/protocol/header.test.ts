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
import { domains, hashes, headerOf, headers } from '../support/arbitraries.ts'
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
      fc.property(domains, hashes, fc.nat(2 ** 32 - 1), (domain, headersRoot, epoch) => {
        const expected = hashTypedData({
          domain: typedDomain(domain),
          types: floeTypes,
          primaryType: 'Attestation',
          message: { headersRoot, epoch },
        })
        expect(toHex(attestationDigest(domain, fromHex(headersRoot), epoch))).toBe(expected)
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

  /** The root as docs/protocol.md §4 defines it, level by level. */
  function specifiedRoot(digests: readonly Uint8Array[]): Uint8Array {
    if (digests.length === 1) return digests[0] as Uint8Array
    const above: Uint8Array[] = []
    for (let i = 0; i < digests.length; i += 2) {
      const pair = digests.slice(i, i + 2).sort((a, b) => Buffer.compare(a, b))
      above.push(pair.length === 1 ? (pair[0] as Uint8Array) : fromHex(keccak256(concatBytes(...pair))))
    }
    return specifiedRoot(above)
  }

  test('the headersRoot agrees with the specification, and every digest has a path to it', () => {
    fc.assert(
      fc.property(lists, (digests) => {
        const root = specifiedRoot(digests)
        digests.forEach((digest, index) => {
          const tree = headersTree(digests, index)
          expect(toHex(tree.root)).toBe(toHex(root))
          expect(toHex(headersRootOfPath(digest, tree.path))).toBe(toHex(root))
          expect(tree.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(digests.length)))
        })
      }),
    )
  })

  test('the headersRoot of one digest is the digest', () => {
    const digest = fromHex(`0x${'ab'.repeat(32)}`)
    expect(headersTree([digest], 0)).toEqual({ root: digest, path: [] })
  })

  test('the headersRoot changes with every digest', () => {
    fc.assert(
      fc.property(lists, hashes, (digests, stranger) => {
        const { root, path } = headersTree(digests, 0)
        expect(toHex(headersRootOfPath(fromHex(stranger), path))).not.toBe(toHex(root))
      }),
    )
  })
})
