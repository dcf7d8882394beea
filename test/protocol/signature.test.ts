// Compact signatures: canonical, bound to their digest, and the same from the native and the pure curve.
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

test('the native and the pure curve sign alike', () => {
  fc.assert(
    fc.property(digests, (digest) => {
      expect(toHex(native.sign(digest, key))).toBe(toHex(pureSecp256k1.sign(digest, key)))
    }),
  )
})

test('the native and the pure curve recover alike from any bytes', () => {
  const anything = fc.uint8Array({ minLength: 64, maxLength: 64 })
  fc.assert(
    fc.property(digests, anything, fc.boolean(), (digest, bytes, low) => {
      // Half of the cases have a low s, for otherwise the check before the curve refuses nearly all.
      if (low) bytes[32] = (bytes[32] as number) & 0x80
      expect(recoverSigner(native, digest, bytes)).toBe(recoverSigner(pureSecp256k1, digest, bytes))
    }),
  )
})

describe.each(curves)('a signature by the $name curve', ({ curve }) => {
  test('recovers to its signer', () => {
    fc.assert(
      fc.property(digests, (digest) => {
        expect(recoverSigner(curve, digest, curve.sign(digest, key))).toBe(signer)
      }),
    )
  })

  test('recovers to the same address with viem', async () => {
    const digest = seededBytes('a digest', 32)
    const bytes = Buffer.from(curve.sign(digest, key))
    const yParity = (bytes[32] as number) >> 7
    bytes[32] = (bytes[32] as number) & 0x7f
    const signature: Hex = `0x${bytes.toString('hex')}${yParity === 0 ? '1b' : '1c'}`
    expect((await recoverAddress({ hash: digest, signature })).toLowerCase()).toBe(signer)
  })

  test('recovers to somebody else, or to nobody, with any bit changed', () => {
    const digest = seededBytes('flipped', 32)
    const signature = curve.sign(digest, key)
    for (let bit = 0; bit < 512; bit++) {
      expect(recoverSigner(curve, digest, flipped(signature, bit)), `bit ${bit}`).not.toBe(signer)
    }
  })

  // The top bit is the parity's, so of the high values of s only those below 2^255 can be written at all.
  test('is by nobody when s is above half the order', () => {
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
    { what: 'r on no point', r: 5n, s: 1n },
  ])('with $what is by nobody', ({ r, s }) => {
    for (const yParity of [0, 1]) {
      expect(recoverSigner(curve, seededBytes('nobody', 32), compact(r, s, yParity))).toBeUndefined()
    }
  })

  test.each([0, 63, 65])('of %s bytes is by nobody', (length) => {
    expect(recoverSigner(curve, seededBytes('length', 32), new Uint8Array(length).fill(1))).toBeUndefined()
  })
})
