// The coding kernel with what Node adds: OpenSSL's SHA-256 for long inputs.
import { hash } from 'node:crypto'
import { loadKernel } from '../kernel/load.ts'
import type { Kernel } from '../protocol/kernel.ts'

export function nodeKernel(): Kernel {
  return loadKernel({ sha256: (bytes) => hash('sha256', bytes, 'buffer') })
}
