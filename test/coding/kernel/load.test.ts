// loadKernel besides its bytes: it selects the build for the engine, checks arguments before anything is written, restores the
// workspace after an injected hash, and gives clear errors.
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadKernel, sha256MinBytesDefault } from '../../../src/coding/kernel/load.ts'
import type { Kernel } from '../../../src/protocol/kernel.ts'
import { onlySimd } from '../kernels.ts'

describe('the build', () => {
  test('the kernel uses relaxed SIMD if the engine has it', () => {
    expect(loadKernel().name).toBe('relaxed-simd')
  })

  test('the kernel uses SIMD128 if the engine has no relaxed SIMD', () => {
    expect(loadKernel({ validate: onlySimd() }).name).toBe('simd')
  })

  test('loading a kernel fails if the engine has no SIMD', () => {
    expect(() => loadKernel({ validate: () => false })).toThrowErrorMatchingInlineSnapshot(
      `[Error: Expected an engine with WebAssembly SIMD, got one without. Use an engine from 2023 or later.]`,
    )
  })
})

describe('the workspace', () => {
  test('each kernel has its own workspace, of the reserved length', () => {
    const [one, other] = [loadKernel(), loadKernel()]
    expect(one.reserve(100).length).toBe(100)
    one.reserve(5 * 65536 + 1).fill(1)
    other.reserve(100).fill(2)
    expect(one.reserve(100).every((byte) => byte === 1)).toBe(true)
  })

  test('reserving more memory than the engine has fails with an error', () => {
    const load = fileURLToPath(new URL('../../../src/coding/kernel/load.ts', import.meta.url))
    const script = `import { loadKernel } from ${JSON.stringify(load)}
      try { loadKernel().reserve(2000 * 65536) } catch (error) { console.log(error.name, error.message) }`
    const flags = ['--wasm-max-mem-pages=1000', '--input-type=module', '--eval', script]
    const { stdout } = spawnSync(process.execPath, flags, { encoding: 'utf8' })
    expect(stdout).toMatchInlineSnapshot(`
      "Error Expected memory for a coding workspace of 131072000 bytes, got none beyond 0. Allow the process more memory, or use smaller batches.
      "
    `)
  })
})

describe('the injected hash', () => {
  test('the injected hash gets the chunks from the threshold on, each after a zero byte', () => {
    const seen: number[] = []
    const kernel = loadKernel({
      sha256(bytes) {
        expect(bytes[0]).toBe(0)
        seen.push(bytes.length)
        return hash('sha256', bytes, 'buffer')
      },
    })
    kernel.reserve(8192).fill(7)
    kernel.symbolRoots({ offset: 0, count: 1, symbolBytes: 2048 + sha256MinBytesDefault, out: 4096 })
    kernel.symbolRoots({ offset: 0, count: 1, symbolBytes: 2048 + sha256MinBytesDefault - 32, out: 4096 })
    expect(seen).toEqual([2049, sha256MinBytesDefault + 1, 2049])
  })

  test('an injected hash that throws leaves the workspace unchanged', () => {
    const kernel = loadKernel({
      sha256() {
        throw new Error('no hash today')
      },
    })
    kernel.reserve(8192).fill(7)
    const span = { offset: 64, count: 1, symbolBytes: 2048, out: 4096 }
    expect(() => kernel.symbolRoots(span)).toThrow('no hash today')
    expect(kernel.reserve(8192).every((byte) => byte === 7)).toBe(true)
  })
})

const one = Uint32Array.of(0)
const product = { matrix: Uint8Array.of(1), inputs: one, outputs: Uint32Array.of(32), length: 32 }
const symbols = { offset: 0, count: 1, symbolBytes: 64, out: 64 }
const trees = { offset: 0, count: 1, width: 2, out: 64 }
const pairs = { rows: 0, columns: 32, count: 1, out: 64 }

/** Calls on a workspace of 96 bytes, each with one mistake. */
const mistakes: Record<string, (kernel: Kernel) => unknown> = {
  'a negative workspace': (kernel) => kernel.reserve(-1),
  'a workspace of half a byte': (kernel) => kernel.reserve(0.5),
  'a workspace beyond the address space': (kernel) => kernel.reserve(2 ** 32),
  'a matrix of another shape': (kernel) => kernel.multiply({ ...product, matrix: Uint8Array.of(1, 2) }),
  'a product without inputs': (kernel) =>
    kernel.multiply({ ...product, matrix: Uint8Array.of(), inputs: Uint32Array.of() }),
  'a product of too many inputs': (kernel) =>
    kernel.multiply({ ...product, matrix: new Uint8Array(256), inputs: new Uint32Array(256) }),
  'a product of too many outputs': (kernel) =>
    kernel.multiply({ ...product, matrix: new Uint8Array(256), outputs: new Uint32Array(256) }),
  'vectors of odd length': (kernel) => kernel.multiply({ ...product, length: 16 }),
  'vectors of negative length': (kernel) => kernel.multiply({ ...product, length: -32 }),
  'an input outside': (kernel) => kernel.multiply({ ...product, inputs: Uint32Array.of(65) }),
  'an output outside': (kernel) => kernel.multiply({ ...product, outputs: Uint32Array.of(65) }),
  'a group of inputs outside': (kernel) =>
    kernel.multiply({ ...product, groups: { count: 3, inputStride: 33, outputStride: 0 } }),
  'a group of outputs outside': (kernel) =>
    kernel.multiply({ ...product, groups: { count: 2, inputStride: 0, outputStride: 2 ** 32 } }),
  'a negative number of groups': (kernel) =>
    kernel.multiply({ ...product, groups: { count: -1, inputStride: 0, outputStride: 0 } }),
  'a negative stride': (kernel) =>
    kernel.multiply({ ...product, groups: { count: 1, inputStride: -32, outputStride: 0 } }),
  'symbols outside': (kernel) => kernel.symbolRoots({ ...symbols, count: 2 }),
  'symbols before the start': (kernel) => kernel.symbolRoots({ ...symbols, offset: -1 }),
  'symbols of no bytes': (kernel) => kernel.symbolRoots({ ...symbols, symbolBytes: 0 }),
  'symbols of odd length': (kernel) => kernel.symbolRoots({ ...symbols, symbolBytes: 33 }),
  'symbols beyond the longest': (kernel) => kernel.symbolRoots({ ...symbols, symbolBytes: 2 ** 25 + 32 }),
  'symbol roots outside': (kernel) => kernel.symbolRoots({ ...symbols, out: 65 }),
  'symbols at no offset': (kernel) => kernel.symbolRoots({ ...symbols, offset: Number.NaN }),
  'trees of no leaves': (kernel) => kernel.treeRoots({ ...trees, width: 0 }),
  'trees beyond the widest': (kernel) => kernel.treeRoots({ ...trees, width: 2 ** 14 + 1 }),
  'leaves outside': (kernel) => kernel.treeRoots({ ...trees, leafStride: 65 }),
  'trees outside': (kernel) => kernel.treeRoots({ ...trees, count: 2, treeStride: 33, out: 0 }),
  'tree roots outside': (kernel) => kernel.treeRoots({ ...trees, out: 80 }),
  'row roots outside': (kernel) => kernel.pairLeaves({ ...pairs, rows: 65 }),
  'column roots outside': (kernel) => kernel.pairLeaves({ ...pairs, columns: 65 }),
  'pair leaves outside': (kernel) => kernel.pairLeaves({ ...pairs, out: 65 }),
  'a negative number of pairs': (kernel) => kernel.pairLeaves({ ...pairs, count: -1 }),
}

test.each(Object.entries(mistakes))('Checked: %s is a RangeError, and nothing is written', (_, mistake) => {
  for (const options of [{}, { validate: onlySimd() }]) {
    const kernel = loadKernel(options)
    kernel.reserve(96).fill(7)
    expect(() => mistake(kernel)).toThrow(RangeError)
    expect(kernel.reserve(96).every((byte) => byte === 7)).toBe(true)
  }
})

test('errors of the kernel say what was expected and what came', () => {
  const messages = Object.values(mistakes).map((mistake) => {
    const kernel = loadKernel()
    kernel.reserve(96)
    try {
      return mistake(kernel)
    } catch (error) {
      return error instanceof Error ? error.message : error
    }
  })
  expect(messages).toMatchInlineSnapshot(`
    [
      ""bytes" is -1, expected a whole number from 0 to 4293918720",
      ""bytes" is 0.5, expected a whole number from 0 to 4293918720",
      ""bytes" is 4294967296, expected a whole number from 0 to 4293918720",
      ""matrix" has 2 coefficients, expected 1 outputs × 1 inputs",
      ""inputs" has 0 vectors, expected 1 to 255",
      ""inputs" has 256 vectors, expected 1 to 255",
      ""outputs" has 256 vectors, expected 1 to 255",
      ""length" is 16, expected a multiple of 32",
      ""length" is -32, expected a whole number from 0 to 96",
      ""inputs" reaches 97 from 65, expected at most the 96 bytes reserved",
      ""outputs" reaches 97 from 65, expected at most the 96 bytes reserved",
      ""inputs" reaches 98 from 0, expected at most the 96 bytes reserved",
      ""outputs" reaches 4294967360 from 32, expected at most the 96 bytes reserved",
      ""groups.count" is -1, expected a whole number from 0 to 9007199254740991",
      ""groups.inputStride" is -32, expected a whole number from 0 to 9007199254740991",
      ""symbols" reaches 128 from 0, expected at most the 96 bytes reserved",
      ""symbols offset" is -1, expected a whole number from 0 to 9007199254740991",
      ""symbolBytes" is 0, expected a positive multiple of 32",
      ""symbolBytes" is 33, expected a positive multiple of 32",
      ""symbolBytes" is 33554464, expected a whole number from 0 to 33554432",
      ""out" reaches 97 from 65, expected at most the 96 bytes reserved",
      ""symbols offset" is NaN, expected a whole number from 0 to 9007199254740991",
      ""width" is 0, expected at least 1",
      ""width" is 16385, expected a whole number from 0 to 16384",
      ""leaves" reaches 97 from 0, expected at most the 96 bytes reserved",
      ""leaves" reaches 97 from 0, expected at most the 96 bytes reserved",
      ""out" reaches 112 from 80, expected at most the 96 bytes reserved",
      ""rows" reaches 97 from 65, expected at most the 96 bytes reserved",
      ""columns" reaches 97 from 65, expected at most the 96 bytes reserved",
      ""out" reaches 97 from 65, expected at most the 96 bytes reserved",
      ""count" is -1, expected a whole number from 0 to 9007199254740991",
    ]
  `)
})
