// What a thread of the coding pool runs: one job after another, with a kernel of its own. It holds no keys and does no I/O.
import { parentPort } from 'node:worker_threads'
import { type Allocate, type Draft, type PairBytes, draftDispersal, hashPairs } from '../kernel/coder.ts'
import { type IndexedRow, decodeBatch } from '../protocol/batch.ts'
import type { Committee } from '../protocol/committee.ts'
import { type ErrorCode, asFloeError } from '../protocol/errors.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Place, openRow } from '../protocol/sliver.ts'
import { nodeKernel } from './node-kernel.ts'
import { recyclable } from './spare-memory.ts'

/** An operation of Coder with its arguments, as it is posted. */
export type Job =
  | {
      readonly kind: 'disperse'
      readonly committee: Committee
      readonly batch: Uint8Array
      /** Memory for pairs; what is missing is allocated. */
      readonly memory: readonly Uint8Array[]
    }
  | { readonly kind: 'openRow'; readonly place: Place; readonly answer: Uint8Array }
  | {
      readonly kind: 'decode'
      readonly geometry: Geometry
      readonly commitment: { root: Uint8Array; length: number }
      readonly rows: readonly IndexedRow[]
    }
  | { readonly kind: 'hashPairs'; readonly geometry: Geometry; readonly pairs: PairBytes }

/** What becomes of a batch: its draft, and the memory that it came in. */
export type Dispersed = { readonly draft: Draft; readonly used: Uint8Array }

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

/** Takes from `memory` first. */
function allocateFrom(memory: readonly Uint8Array[]): Allocate {
  const left = [...memory]
  return (bytes) => left.pop()?.subarray(0, bytes) ?? recyclable(bytes)
}

function perform(kernel: Kernel, job: Job): { value: unknown; moved: Uint8Array[]; bytes: number } {
  switch (job.kind) {
    case 'disperse': {
      const draft = draftDispersal({ kernel, allocate: allocateFrom(job.memory) }, job.committee, job.batch)
      const value: Dispersed = { draft, used: job.batch }
      const parts = draft.bodies.flatMap((body) => body.parts)
      return { value, moved: [...parts, job.batch], bytes: job.batch.length }
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
  port.on('message', (job: Job) => {
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
