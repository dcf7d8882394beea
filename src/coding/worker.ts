// What a thread of the coding pool runs: one job after another, with a kernel of its own. It holds no keys and does no I/O.
import { parentPort } from 'node:worker_threads'
import { type EncodedBatch, type PairBytes, encodeDispersal, encodeInto, hashPairs } from './coder.ts'
import { type PairTree, type IndexedRow, decodeBatch } from '../protocol/batch.ts'
import type { Committee } from '../protocol/committee.ts'
import { type ErrorCode, asFloeError } from '../protocol/errors.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Place, openRow } from '../protocol/sliver.ts'
import { nodeKernel, unzeroed } from './node-kernel.ts'

/** An operation of Coder with its arguments, as it is posted. */
export type JobMessage =
  | {
      readonly kind: 'disperse'
      readonly committee: Committee
      readonly batch: Uint8Array
      /** Shared memory for the pairs, which is written where it stands. Without, the draft moves. */
      readonly memory: readonly Uint8Array[] | undefined
    }
  | { readonly kind: 'openRow'; readonly place: Place; readonly answer: Uint8Array }
  | {
      readonly kind: 'decode'
      readonly geometry: Geometry
      readonly commitment: { root: Uint8Array; length: number }
      readonly rows: readonly IndexedRow[]
    }
  | { readonly kind: 'hashPairs'; readonly geometry: Geometry; readonly pairs: PairBytes }

/** What becomes of a batch: a commitment to what is in the shared memory now, or without that its draft. */
export type Dispersed = { readonly commitment: PairTree } | { readonly draft: EncodedBatch }

/** What is posted back: the operation's result, or what is left of its error. */
export type Outcome =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly code: ErrorCode
        readonly message: string
        readonly facts: Record<string, string | number | boolean>
      }
    }

/** A kernel never gives memory back, so one that worked on a larger job than this is dropped: 3.6 times it stays in use. */
const KEPT_JOB_BYTES_MAX = 32 * 1024 * 1024

function perform(kernel: Kernel, job: JobMessage): { value: unknown; moved: Uint8Array[]; bytes: number } {
  switch (job.kind) {
    case 'disperse': {
      const { committee, batch, memory } = job
      if (memory !== undefined) {
        const value: Dispersed = { commitment: encodeInto(kernel, committee.geometry, batch, memory) }
        return { value, moved: [], bytes: batch.length }
      }
      const draft = encodeDispersal({ kernel, allocate: unzeroed }, committee, batch)
      const value: Dispersed = { draft }
      return { value, moved: draft.bodies.flatMap(({ parts }) => parts), bytes: batch.length }
    }
    case 'openRow': {
      const row = openRow(kernel, job.place, job.answer)
      return { value: row, moved: [row.row], bytes: job.answer.length }
    }
    case 'decode': {
      const { geometry, commitment, rows } = job
      const batch = decodeBatch(kernel, geometry, commitment, rows)
      return { value: batch, moved: batch === undefined ? [] : [batch], bytes: commitment.length }
    }
    case 'hashPairs': {
      const { bytes } = job.pairs
      const hashes = hashPairs(kernel, job.geometry, job.pairs)
      return { value: { bytes, hashes }, moved: [bytes, hashes], bytes: bytes.length }
    }
  }
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
