// The kernels under test, and one way to run them: on a workspace of known bytes, of which every byte is
// compared.
import { hash } from 'node:crypto'
import { loadKernel } from '../../src/coding/kernel/load.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { referenceKernel } from '../support/reference-kernel.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** A validator of an engine that knows SIMD128 but not relaxed SIMD, which is asked for first. */
export function onlySimd(): () => boolean {
  let asked = 0
  return () => asked++ > 0
}

/** Each WebAssembly build, alone and with all or only long chunks hashed outside. */
export const fastKernels: readonly { title: string; kernel: Kernel }[] = [
  { title: 'relaxed SIMD', kernel: loadKernel() },
  { title: 'SIMD128', kernel: loadKernel({ validate: onlySimd() }) },
  { title: 'relaxed SIMD and node:crypto', kernel: loadKernel({ sha256 }) },
  { title: 'relaxed SIMD and only node:crypto', kernel: loadKernel({ sha256, sha256MinBytes: 0 }) },
]

const reference = referenceKernel()

/** What the first `bytes` bytes of a kernel's workspace are after `action` on bytes made from `seed`. */
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
 * Which fast kernels leave another workspace than the reference does, and from which byte on. None should.
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
