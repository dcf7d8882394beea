// The program of a thread of the worker pool: it runs one job after another with a kernel of its own. It holds no keys and does no
// I/O.
import { parentPort } from 'node:worker_threads'
import { type IndexedRow, type PairTree, decodeBatch } from '../protocol/batch.ts'
import type { Committee } from '../protocol/committee.ts'
import { type ErrorCode, asFloeError } from '../protocol/errors.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type SliverPosition, checkRow } from '../protocol/sliver.ts'
import { type EncodedBatch, type PairBytes, encodeDispersal, encodeInto, hashPairs } from './coder.ts'
import { allocateUnzeroed, nodeKernel } from './node-kernel.ts'

/** An operation of Coder with its arguments, as it is posted to a thread. */
export type JobMessage =
  | {
      readonly kind: 'disperse'
      readonly committee: Committee
      readonly batch: Uint8Array
      /** Shared memory into which the pairs are written. Without it, the thread allocates memory that moves back. */
      readonly memory: readonly Uint8Array[] | undefined
    }
  | { readonly kind: 'checkRow'; readonly place: SliverPosition; readonly response: Uint8Array }
  | {
      readonly kind: 'decode'
      readonly geometry: Geometry
      readonly expected: { root: Uint8Array; length: number }
      readonly rows: readonly IndexedRow[]
    }
  | { readonly kind: 'hashPairs'; readonly geometry: Geometry; readonly pairs: PairBytes }

/** Result of `disperse`: the tree over the pairs that are now in the shared memory, or the encoded batch in memory of its own. */
export type Dispersed = { readonly tree: PairTree } | { readonly encoded: EncodedBatch }

/** What a thread posts back: the result of the operation, or the fields of its error. */
export type Outcome =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly code: ErrorCode
        readonly message: string
        readonly facts: Record<string, string | number | boolean>
      }
    }

/** A kernel never frees memory and needs up to 3.6 times the bytes of a job, so one that did a larger job is replaced. */
const KEPT_JOB_BYTES_MAX = 32 * 1024 * 1024

type Performed = { readonly value: unknown; readonly moved: readonly Uint8Array[]; readonly bytes: number }

function perform(kernel: Kernel, job: JobMessage): Performed {
  switch (job.kind) {
    case 'disperse':
      return disperse(kernel, job)
    case 'checkRow': {
      const row = checkRow(kernel, job.place, job.response)
      return { value: row, moved: [row.row], bytes: job.response.length }
    }
    case 'decode': {
      const { geometry, expected, rows } = job
      const batch = decodeBatch(kernel, geometry, expected, rows)
      return { value: batch, moved: batch === undefined ? [] : [batch], bytes: expected.length }
    }
    case 'hashPairs': {
      const { bytes } = job.pairs
      const hashes = hashPairs(kernel, job.geometry, job.pairs)
      return { value: { bytes, hashes }, moved: [bytes, hashes], bytes: bytes.length }
    }
  }
}

function disperse(kernel: Kernel, job: Extract<JobMessage, { kind: 'disperse' }>): Performed {
  const { committee, batch, memory } = job
  if (memory !== undefined) {
    const value: Dispersed = { tree: encodeInto(kernel, committee.geometry, batch, memory) }
    return { value, moved: [], bytes: batch.length }
  }
  const encoded = encodeDispersal({ kernel, allocate: allocateUnzeroed }, committee, batch)
  const value: Dispersed = { encoded }
  return { value, moved: encoded.bodies.flatMap(({ parts }) => parts), bytes: batch.length }
}

function serve(port: NonNullable<typeof parentPort>): void {
  let kernel = nodeKernel()
  port.on('message', (job: JobMessage) => {
    try {
      const { value, moved, bytes } = perform(kernel, job)
      if (bytes > KEPT_JOB_BYTES_MAX) kernel = nodeKernel()
      const outcome: Outcome = { value }
      port.postMessage(
        outcome,
        moved.map((array) => array.buffer as ArrayBuffer),
      )
    } catch (thrown) {
      const { code, message, facts } = asFloeError(thrown)
      const outcome: Outcome = { error: { code, message, facts } }
      port.postMessage(outcome)
    }
  })
}

if (parentPort !== null) serve(parentPort)
