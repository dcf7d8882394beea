// secp256k1 signatures of 32-byte digests in the compact form of EIP-2098, as the contracts read them. The implementation here runs
// anywhere; a process may pass a native one (src/runtime/secp256k1.ts), which is thirty times faster (measured).
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Hex, concatBytes, toHex } from './bytes.ts'

/** Bytes of a compact signature: r ‖ yParityAndS. */
export const SIGNATURE_BYTES = 64

/** An implementation of the curve. */
export type Secp256k1 = {
  /** The compact signature (64 bytes) of a 32-byte digest; deterministic (RFC 6979), with low s. */
  sign(digest: Uint8Array, secretKey: Uint8Array): Uint8Array
  /** The uncompressed public key (65 bytes) of the signer, or undefined if no key can have made the signature. */
  recover(digest: Uint8Array, rs: Uint8Array, yParity: number): Uint8Array | undefined
}

/** The implementation in JavaScript. */
export const pureSecp256k1: Secp256k1 = {
  sign(digest, secretKey) {
    const signature = secp256k1.sign(digest, secretKey, { prehash: false, format: 'recovered' })
    return compactOf(signature.subarray(1), signature[0] as number)
  },
  recover(digest, rs, yParity) {
    try {
      const key = secp256k1.recoverPublicKey(concatBytes(Uint8Array.of(yParity), rs), digest, {
        prehash: false,
      })
      return secp256k1.Point.fromBytes(key).toBytes(false)
    } catch {
      return undefined
    }
  },
}

/** EIP-2098: stores the parity of y in the top bit of s, which is zero for a low s. */
export function compactOf(rs: Uint8Array, yParity: number): Uint8Array {
  const compact = Uint8Array.from(rs)
  compact[32] = (compact[32] as number) | (yParity << 7)
  return compact
}

const HALF_ORDER = secp256k1.Point.CURVE().n >> 1n

/** The address of the signer of `digest`, or undefined if `compact` is not a canonical signature of any key. */
export function recoverSigner(curve: Secp256k1, digest: Uint8Array, compact: Uint8Array): Hex | undefined {
  if (compact.length !== SIGNATURE_BYTES) return undefined
  const yParity = (compact[32] as number) >> 7
  const rs = Uint8Array.from(compact)
  rs[32] = (rs[32] as number) & 0x7f
  if (BigInt(toHex(rs.subarray(32))) > HALF_ORDER) return undefined
  const key = curve.recover(digest, rs, yParity)
  return key === undefined ? undefined : addressOfPublicKey(key)
}

/** The Ethereum address of an uncompressed public key of 65 bytes. */
function addressOfPublicKey(key: Uint8Array): Hex {
  return toHex(keccak_256(key.subarray(1)).subarray(12))
}

/** The Ethereum address of a secret key of 32 bytes. */
export function addressOfSecretKey(secretKey: Uint8Array): Hex {
  return addressOfPublicKey(secp256k1.getPublicKey(secretKey, false))
}
