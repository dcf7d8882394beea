// The coding kernel for Node: long inputs are hashed by OpenSSL, which uses instructions that WebAssembly does not have.
import { hash } from 'node:crypto'
import type { Kernel } from '../protocol/kernel.ts'
import { loadKernel } from './kernel/load.ts'

const digest = new Uint8Array(32)

/**
 * Bound once: looking the method up for each character takes 7 ns, a fifth of an encoding in a program that has many kinds of
 * strings (measured).
 */
const charCodeAt: (characters: string, index: number) => number = Function.prototype.call.bind(
  // oxlint-disable-next-line typescript/unbound-method -- call binds it
  String.prototype.charCodeAt,
)

/** The result is valid until the next call, as OneShotSha256 allows. */
function sha256(bytes: Uint8Array): Uint8Array {
  // As characters, not as a Buffer: creating a Buffer for each digest costs 0.4 µs of 1.7 µs a chunk (measured).
  const characters = hash('sha256', bytes, 'binary')
  for (let i = 0; i < 32; i++) digest[i] = charCodeAt(characters, i)
  return digest
}

export function nodeKernel(): Kernel {
  return loadKernel({ sha256 })
}

/** Memory with undefined content. Its buffer holds nothing else, so it can move to another thread. */
export function allocateUnzeroed(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}
