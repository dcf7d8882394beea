// The kernels under test, and a way to compare them: on a workspace of known bytes, of which every byte is compared.
import { hash } from 'node:crypto'
import { loadKernel } from '../../src/coding/kernel/load.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { referenceKernel } from '../support/reference-kernel.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** Validates as an engine with SIMD128 and without relaxed SIMD, which is tried first. */
export function onlySimd(): () => boolean {
  let asked = 0
  return () => asked++ > 0
}

/** Each WebAssembly build, alone and with an injected hash for all or only for long chunks. */
export const fastKernels: readonly { title: string; kernel: Kernel }[] = [
  { title: 'relaxed SIMD', kernel: loadKernel() },
  { title: 'SIMD128', kernel: loadKernel({ validate: onlySimd() }) },
  { title: 'relaxed SIMD and node:crypto', kernel: loadKernel({ sha256 }) },
  { title: 'relaxed SIMD and only node:crypto', kernel: loadKernel({ sha256, sha256MinBytes: 0 }) },
]

const reference = referenceKernel()

/** The first `bytes` bytes of a kernel's workspace after `action` on bytes derived from `seed`. */
function workspaceAfter(
  kernel: Kernel,
  { bytes, seed }: { bytes: number; seed: number },
  action: (kernel: Kernel) => void,
): Buffer {
  kernel.reserve(bytes).set(seededBytes(`workspace ${seed}`, bytes))
  action(kernel)
  return Buffer.from(kernel.reserve(bytes))
}

/**
 * The fast kernels that leave another workspace than the reference, with the first differing byte. The list should be empty.
 */
export function disagreements(
  workspace: { bytes: number; seed: number },
  action: (kernel: Kernel) => void,
): string[] {
  const expected = workspaceAfter(reference, workspace, action)
  return fastKernels.flatMap(({ title, kernel }) => {
    const actual = workspaceAfter(kernel, workspace, action)
    return actual.equals(expected) ? [] : [`${title} from byte ${firstDifference(actual, expected)}`]
  })
}

function firstDifference(actual: Buffer, expected: Buffer): number {
  return expected.findIndex((byte, at) => byte !== actual[at])
}
