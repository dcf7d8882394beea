// Compact signatures: canonical, bound to their digest, and equal from the native and the pure implementation.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recoverAddress } from 'viem'
import { type Hex, toHex, wordBytes } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey, pureSecp256k1, recoverSigner } from '../../src/protocol/signature.ts'
import { curve as native } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { flipped } from './support.ts'

const order = secp256k1.Point.CURVE().n
const key = seededBytes('signature key', 32)
const signer = addressOfSecretKey(key)
const digests = fc.uint8Array({ minLength: 32, maxLength: 32 })
const curves = [
  { name: 'pure', curve: pureSecp256k1 },
  { name: 'native', curve: native },
]

/** r ‖ yParityAndS of any numbers, canonical or not. */
function compact(r: bigint, s: bigint, yParity: number): Uint8Array {
  return Uint8Array.from([...wordBytes(r), ...wordBytes(s | (BigInt(yParity) << 255n))])
}

test('the native and the pure curve make the same signatures', () => {
  fc.assert(
    fc.property(digests, (digest) => {
      expect(toHex(native.sign(digest, key))).toBe(toHex(pureSecp256k1.sign(digest, key)))
    }),
  )
})

test('the native and the pure curve recover the same signer from any bytes', () => {
  const anything = fc.uint8Array({ minLength: 64, maxLength: 64 })
  fc.assert(
    fc.property(digests, anything, fc.boolean(), (digest, bytes, low) => {
      // Half of the cases have a low s. Otherwise nearly all would be refused before the curve is used.
      if (low) bytes[32] = (bytes[32] as number) & 0x80
      expect(recoverSigner(native, digest, bytes)).toBe(recoverSigner(pureSecp256k1, digest, bytes))
    }),
  )
})

describe.each(curves)('a signature by the $name curve', ({ curve }) => {
  test('a signature recovers to its signer', () => {
    fc.assert(
      fc.property(digests, (digest) => {
        expect(recoverSigner(curve, digest, curve.sign(digest, key))).toBe(signer)
      }),
    )
  })

  test('a signature recovers to the same address with viem', async () => {
    const digest = seededBytes('a digest', 32)
    const bytes = Buffer.from(curve.sign(digest, key))
    const yParity = (bytes[32] as number) >> 7
    bytes[32] = (bytes[32] as number) & 0x7f
    const signature: Hex = `0x${bytes.toString('hex')}${yParity === 0 ? '1b' : '1c'}`
    expect((await recoverAddress({ hash: digest, signature })).toLowerCase()).toBe(signer)
  })

  test('a signature with any bit changed recovers to another address or to none', () => {
    const digest = seededBytes('flipped', 32)
    const signature = curve.sign(digest, key)
    for (let bit = 0; bit < 512; bit++) {
      expect(recoverSigner(curve, digest, flipped(signature, bit)), `bit ${bit}`).not.toBe(signer)
    }
  })

  // The top bit is the parity, so only high values of s below 2^255 can be encoded at all.
  test('a signature with s above half the order recovers to no address', () => {
    const digest = seededBytes('high s', 32)
    const r = BigInt(toHex(curve.sign(digest, key).slice(0, 32)))
    for (const yParity of [0, 1]) {
      expect(recoverSigner(curve, digest, compact(r, order / 2n, yParity))).toMatch(/^0x[0-9a-f]{40}$/)
      expect(recoverSigner(curve, digest, compact(r, order / 2n + 1n, yParity))).toBeUndefined()
      expect(recoverSigner(curve, digest, compact(r, 2n ** 255n - 1n, yParity))).toBeUndefined()
    }
  })

  test.each([
    { what: 'r = 0', r: 0n, s: 1n },
    { what: 's = 0', r: 1n, s: 0n },
    { what: 'r = the order', r: order, s: 1n },
    { what: 'r = 2^256 − 1', r: 2n ** 256n - 1n, s: 1n },
    { what: 'an r that is not on the curve', r: 5n, s: 1n },
  ])('a signature with $what recovers to no address', ({ r, s }) => {
    for (const yParity of [0, 1]) {
      expect(recoverSigner(curve, seededBytes('another signer', 32), compact(r, s, yParity))).toBeUndefined()
    }
  })

  test.each([0, 63, 65])('a signature of %s bytes recovers to no address', (length) => {
    expect(recoverSigner(curve, seededBytes('length', 32), new Uint8Array(length).fill(1))).toBeUndefined()
  })
})
