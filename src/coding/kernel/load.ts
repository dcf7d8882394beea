// Loads the fast kernel: one AssemblyScript source (assembly/), compiled to two WebAssembly modules, one with relaxed SIMD and one
// with plain SIMD128 for engines without it. The modules trust their arguments, so this file checks them. Instantiation is
// synchronous and takes about a millisecond. The memory of a kernel grows and is never freed: after an unusually large job, a caller
// drops the kernel and loads another.

import type { Kernel, PairSpan, Product, ProductGroups, SymbolSpan, TreeSpan } from '../../protocol/kernel.ts'
import { relaxedModule } from './generated/relaxed.ts'
import { simdModule } from './generated/simd.ts'

/** SHA-256 of bytes. The kernel has used the result before the next call, so every call may return the same array. */
export type OneShotSha256 = (bytes: Uint8Array) => Uint8Array

export type KernelOptions = {
  /** Hashes chunks of at least `sha256MinBytes`. OpenSSL uses instructions that WebAssembly does not have. */
  readonly sha256?: OneShotSha256
  /** Replaces `sha256MinBytesDefault`; 0 passes every chunk to `sha256`. */
  readonly sha256MinBytes?: number
  /** Replaces WebAssembly.validate in the detection of features, for tests. */
  readonly validate?: (module: Uint8Array<ArrayBuffer>) => boolean
}

/**
 * Length from which node:crypto's one-shot hash is faster than four lanes of SIMD; both take 0.6 µs there (measured, with the digest
 * as a string; with a new Buffer for each digest, the limit would be 1,024 bytes).
 */
export const sha256MinBytesDefault = 480

const pageBytes = 65536
/** The address space without the module's own tables, which take less than 2^20 bytes. */
const workspaceBytesMax = 2 ** 32 - 2 ** 20
const chunkBytes = 2048
const symbolBytesMax = 2 ** 25
const treeWidthMax = 2 ** 14
const vectorsMax = 255

/** Bytes of chunk leaves that are hashed before their trees are computed, so that they stay in the first-level cache. */
const leavesBatchBytes = 16384

/** `(func (drop (i8x16.relaxed_swizzle (i8x16.splat (i32.const 0)) (i8x16.splat (i32.const 0)))))` */
const relaxedProbe = probe([0x80, 0x02])
/** The same function with i8x16.swizzle. */
const simdProbe = probe([0x0e])

const oneGroup: ProductGroups = { count: 1, inputStride: 0, outputStride: 0 }

/** The used part of the engine's WebAssembly. TypeScript declares it only in the library of browsers. */
type Engine = {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly validate: (bytes: Uint8Array<ArrayBuffer>) => boolean
}

const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly

type Address = { readonly value: number }

/** What assembly/index.ts exports. Every number is an address, a length or a count. */
type Exports = {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly WORKSPACE: Address
  readonly MATRIX: Address
  readonly INPUTS: Address
  readonly OUTPUTS: Address
  readonly LEVELS: Address
  readonly prepare: () => void
  readonly multiply: (...shape: readonly number[]) => void
  readonly chunkLeaves: (...shape: readonly number[]) => void
  readonly treeRoots: (...shape: readonly number[]) => void
  readonly pairLeaves: (...shape: readonly number[]) => void
}

/** Consecutive chunks of equal length in each of consecutive symbols, and the place of their hashes. Places are addresses. */
type Chunks = {
  source: number
  symbols: number
  symbolBytes: number
  chunks: number
  length: number
  target: number
  targetStride: number
}

/** A new kernel with an empty workspace. */
export function loadKernel(options: KernelOptions = {}): Kernel {
  const validate = options.validate ?? ((module) => engine.validate(module))
  if (validate(relaxedProbe)) return new WasmKernel('relaxed-simd', relaxedModule, options)
  if (validate(simdProbe)) return new WasmKernel('simd', simdModule, options)
  throw new Error(
    'Expected an engine with WebAssembly SIMD, got one without. Use an engine from 2023 or later.',
  )
}

const compiled = new Map<string, object>()

function instantiate(name: string, base64: string): Exports {
  let module = compiled.get(name)
  if (!module) {
    const characters = atob(base64)
    const bytes = new Uint8Array(characters.length)
    for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
    module = new engine.Module(bytes)
    compiled.set(name, module)
  }
  const exports = new engine.Instance(module, {}).exports as Exports
  exports.prepare()
  return exports
}

class WasmKernel implements Kernel {
  readonly name: string
  readonly #exports: Exports
  readonly #sha256: OneShotSha256 | undefined
  readonly #sha256MinBytes: number
  /** Address of the workspace. The module's own tables are below it, nothing is above it. */
  readonly #start: number
  #bytes = 0
  #memory: Uint8Array

  constructor(name: string, base64: string, options: KernelOptions) {
    this.name = name
    this.#exports = instantiate(name, base64)
    this.#sha256 = options.sha256
    this.#sha256MinBytes = options.sha256MinBytes ?? sha256MinBytesDefault
    this.#start = this.#exports.WORKSPACE.value
    this.#memory = new Uint8Array(this.#exports.memory.buffer)
  }

  reserve(bytes: number): Uint8Array {
    checkCount('bytes', bytes, workspaceBytesMax)
    const missing = Math.ceil((this.#start + bytes) / pageBytes) - this.#memory.length / pageBytes
    if (missing > 0) this.#grow(missing, bytes)
    this.#bytes = Math.max(this.#bytes, bytes)
    return this.#memory.subarray(this.#start, this.#start + bytes)
  }

  #grow(pages: number, bytes: number): void {
    try {
      this.#exports.memory.grow(pages)
    } catch (cause) {
      const message = `Expected memory for a coding workspace of ${bytes} bytes, got none beyond ${this.#bytes}.`
      throw new Error(`${message} Allow the process more memory, or use smaller batches.`, { cause })
    }
    this.#memory = new Uint8Array(this.#exports.memory.buffer)
  }

  multiply(product: Product): void {
    const { matrix, inputs, outputs, length, groups = oneGroup } = product
    checkVectors('inputs', inputs)
    checkVectors('outputs', outputs)
    if (matrix.length !== inputs.length * outputs.length) {
      const shape = `${outputs.length} outputs × ${inputs.length} inputs`
      throw new RangeError(`"matrix" has ${matrix.length} coefficients, expected ${shape}`)
    }
    checkCount('length', length, this.#bytes)
    if (length % 32 !== 0) throw new RangeError(`"length" is ${length}, expected a multiple of 32`)
    checkCount('groups.count', groups.count)
    checkCount('groups.inputStride', groups.inputStride)
    checkCount('groups.outputStride', groups.outputStride)
    if (length === 0 || groups.count === 0) return
    this.#checkSpan('inputs', largest(inputs), (groups.count - 1) * groups.inputStride + length)
    this.#checkSpan('outputs', largest(outputs), (groups.count - 1) * groups.outputStride + length)
    const { MATRIX, INPUTS, OUTPUTS } = this.#exports
    this.#memory.set(matrix, MATRIX.value)
    new Uint32Array(this.#memory.buffer, INPUTS.value, vectorsMax).set(inputs)
    new Uint32Array(this.#memory.buffer, OUTPUTS.value, vectorsMax).set(outputs)
    this.#exports.multiply(
      this.#start,
      outputs.length,
      inputs.length,
      length,
      groups.count,
      groups.inputStride,
      groups.outputStride,
    )
  }

  symbolRoots({ offset, count, symbolBytes, out }: SymbolSpan): void {
    checkCount('count', count)
    checkCount('symbolBytes', symbolBytes, symbolBytesMax)
    if (symbolBytes === 0 || symbolBytes % 32 !== 0) {
      throw new RangeError(`"symbolBytes" is ${symbolBytes}, expected a positive multiple of 32`)
    }
    this.#checkSpan('symbols', offset, count * symbolBytes)
    this.#checkSpan('out', out, 32 * count)
    const source = this.#start + offset
    const target = this.#start + out
    const chunks = Math.ceil(symbolBytes / chunkBytes)
    const tailBytes = symbolBytes - (chunks - 1) * chunkBytes
    if (chunks === 1) {
      const tails = { source, symbols: count, symbolBytes, chunks: 1, length: tailBytes, target }
      this.#chunkLeaves({ ...tails, targetStride: 32 })
      return
    }
    const leaves = this.#exports.LEVELS.value
    const targetStride = 32 * chunks
    const batch = Math.max(1, Math.floor(leavesBatchBytes / targetStride))
    for (let from = 0; from < count; from += batch) {
      const span = { symbols: Math.min(batch, count - from), symbolBytes, targetStride }
      const first = source + from * symbolBytes
      const whole = { source: first, chunks: chunks - 1, length: chunkBytes, target: leaves }
      const last = { source: first + (chunks - 1) * chunkBytes, chunks: 1, length: tailBytes }
      this.#chunkLeaves({ ...span, ...whole })
      this.#chunkLeaves({ ...span, ...last, target: leaves + targetStride - 32 })
      this.#exports.treeRoots(leaves, span.symbols, chunks, 32, targetStride, target + 32 * from)
    }
  }

  #chunkLeaves(span: Chunks): void {
    const { source, symbols, symbolBytes, chunks, length, target, targetStride } = span
    if (!this.#sha256 || length < this.#sha256MinBytes) {
      this.#exports.chunkLeaves(source, symbols, symbolBytes, chunks, length, target, targetStride)
      return
    }
    for (let symbol = 0; symbol < symbols; symbol++) {
      for (let chunk = 0; chunk < chunks; chunk++) {
        const from = source + symbol * symbolBytes + chunk * chunkBytes
        this.#hashChunk(this.#sha256, from, length, target + symbol * targetStride + chunk * 32)
      }
    }
  }

  /** Hashes 0x00 ‖ chunk in place: the byte before the chunk, which always exists, is zero during the call. */
  #hashChunk(sha256: OneShotSha256, from: number, length: number, target: number): void {
    const memory = this.#memory
    const before = memory[from - 1] ?? 0
    memory[from - 1] = 0
    try {
      memory.set(sha256(memory.subarray(from - 1, from + length)), target)
    } finally {
      memory[from - 1] = before
    }
  }

  treeRoots(trees: TreeSpan): void {
    const { offset, count, width, out, leafStride = 32, treeStride = width * leafStride } = trees
    checkCount('count', count)
    checkCount('width', width, treeWidthMax)
    if (width === 0) throw new RangeError('"width" is 0, expected at least 1')
    checkCount('leafStride', leafStride)
    checkCount('treeStride', treeStride)
    this.#checkSpan('out', out, 32 * count)
    const bytes = count === 0 ? 0 : (count - 1) * treeStride + (width - 1) * leafStride + 32
    this.#checkSpan('leaves', offset, bytes)
    this.#exports.treeRoots(this.#start + offset, count, width, leafStride, treeStride, this.#start + out)
  }

  pairLeaves({ rows, columns, count, out }: PairSpan): void {
    checkCount('count', count)
    this.#checkSpan('rows', rows, 32 * count)
    this.#checkSpan('columns', columns, 32 * count)
    this.#checkSpan('out', out, 32 * count)
    const start = this.#start
    this.#exports.pairLeaves(start + rows, start + columns, count, start + out)
  }

  #checkSpan(name: string, offset: number, bytes: number): void {
    checkCount(`${name} offset`, offset)
    if (offset + bytes > this.#bytes) {
      const reach = `reaches ${offset + bytes} from ${offset}`
      throw new RangeError(`"${name}" ${reach}, expected at most the ${this.#bytes} bytes reserved`)
    }
  }
}

function checkCount(name: string, value: number, max: number = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) {
    throw new RangeError(`"${name}" is ${value}, expected a whole number from 0 to ${max}`)
  }
}

function checkVectors(name: string, offsets: Uint32Array): void {
  if (offsets.length < 1 || offsets.length > vectorsMax) {
    throw new RangeError(`"${name}" has ${offsets.length} vectors, expected 1 to ${vectorsMax}`)
  }
}

function largest(offsets: Uint32Array): number {
  let max = 0
  for (const offset of offsets) if (offset > max) max = offset
  return max
}

/** A module of one function that applies a two-operand SIMD operation. */
function probe(operation: readonly number[]): Uint8Array<ArrayBuffer> {
  const zero = [0x41, 0, 0xfd, 0x0f]
  const body = [0, ...zero, ...zero, 0xfd, ...operation, 0x1a, 0x0b]
  const code = [1, body.length, ...body]
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  const oneFunction = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]
  return Uint8Array.of(...header, ...oneFunction, 10, code.length, ...code)
}
