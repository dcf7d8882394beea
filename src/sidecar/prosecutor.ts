// What a reader does about a certified header whose slivers are no codeword: it looks for evidence, keeps it, and brings it to
// L1 where it has a key to pay with. All of it is beside the answer that the reader's caller gets, which waits for none of it.
//
// - One search at a time, each of bounded time; headers that come meanwhile wait, so many of them, and more are left to whoever
//   reads them next.
// - Evidence is on disk before it is sent, and is never dropped: it is bounded by count, and the oldest is the most valuable.
// - What is on disk and not on L1 is sent when the sidecar starts and when the header is met again, and tried again until then.
import { join } from 'node:path'
import {
  type Accusation,
  type EvidenceFile,
  evidenceFile,
  readAccusation,
} from '../challenger/evidence-file.ts'
import { disprove } from '../challenger/disprove.ts'
import { findEvidence } from '../challenger/search.ts'
import { nodeSlivers } from '../challenger/slivers.ts'
import type { CheckedCertificate, Library } from '../client/library.ts'
import type { Get } from '../client/nodes.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { Sender } from '../l1/sender/sender.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { type Records, openRecordFolder } from '../store/records.ts'

export type Prosecutor = {
  /** Takes a header up; returns at once and never throws. */
  take(checked: CheckedCertificate): void
  /** Takes up what is kept and not on L1. */
  resume(library: Pick<Library, 'certificate'>): void
  close(): Promise<void>
}

/** Who brings evidence to L1; without, it is kept. */
export type Challenger = { readonly disputes: Disputes; readonly sender: Sender }

export type ProsecutorOptions = {
  /** Folder of the sidecar. */
  readonly dir: string
  readonly kernel: Kernel
  readonly get: Get
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly challenger: Challenger | undefined
}

type Kept = { readonly file: EvidenceFile; readonly proven: boolean }

const SCHEMA = 'floe-evidence-1'
const KEPT_MAX = 256
const WAITING_MAX = 16
const SEARCH_MS_MAX = 120_000
const ANSWER_MS = 10_000
const ATTEMPTS_MAX = 20
const BACKOFF_MS = 15_000

type Case = { readonly digest: Hex; run(): Promise<void> }

export async function openProsecutor(options: ProsecutorOptions): Promise<Prosecutor> {
  const folder = await openRecordFolder(join(options.dir, 'evidence'), SCHEMA)
  const kept: Records<Kept> = folder.records('kept')
  const stop = new AbortController()
  const cases = new Map<Hex, Case>()
  let working: Promise<void> | undefined
  const found = countEvidence(options.metrics)
  const save = async (digest: Hex, value: Kept): Promise<void> =>
    folder.write(() => kept.put(digest, value), 4 * JSON.stringify(value).length)

  const bring = async (accusation: Accusation): Promise<void> => {
    const { digest } = accusation.checked
    if (options.challenger === undefined) return
    await untilProven(options, options.challenger, accusation, stop.signal)
    await save(digest, { file: evidenceFile(accusation), proven: true })
    found.inc({ result: 'proven' })
    options.logger.warn({ digest }, 'L1 has taken the evidence: the header is invalid')
  }
  const prosecute = async (checked: CheckedCertificate): Promise<void> => {
    const accusation = await search(options, checked, stop.signal)
    found.inc({ result: accusation === undefined ? 'none' : 'found' })
    if (accusation === undefined) return
    const facts = { digest: checked.digest, kind: accusation.evidence.kind }
    options.logger.warn(facts, 'a certified header is no batch, and there is evidence of it')
    if (kept.count() < KEPT_MAX) await save(checked.digest, { file: evidenceFile(accusation), proven: false })
    else options.logger.error(facts, `${KEPT_MAX} pieces of evidence are kept; this one is not`)
    await bring(accusation)
  }
  const work = async (): Promise<void> => {
    for (const [digest, one] of cases) {
      if (stop.signal.aborted) return
      await one.run().catch((error: unknown) => {
        if (!stop.signal.aborted)
          options.logger.warn({ digest, reason: asFloeError(error).message }, 'a header is not disproved yet')
      })
      cases.delete(digest)
    }
  }
  const start = (): void => {
    working ??= work().finally(() => {
      working = undefined
      if (cases.size > 0 && !stop.signal.aborted) start()
    })
  }
  const add = (one: Case): void => {
    if (stop.signal.aborted || cases.has(one.digest) || cases.size >= WAITING_MAX) return
    cases.set(one.digest, one)
    start()
  }
  const again = (digest: Hex, { file }: Kept, library: Pick<Library, 'certificate'>): Case => ({
    digest,
    run: async () => bring(await readAccusation(JSON.stringify(file), library)),
  })
  return {
    take: (checked) => {
      const { digest } = checked
      const known = kept.get(digest)
      if (known === undefined) add({ digest, run: async () => prosecute(checked) })
      else if (!known.proven) add(again(digest, known, { certificate: async () => checked }))
    },
    resume: (library) => {
      for (const { key, value } of kept.first(KEPT_MAX))
        if (!value.proven) add(again(key as Hex, value, library))
    },
    close: async () => {
      stop.abort(new FloeError('unavailable', 'The sidecar closes.'))
      await working
      await folder.close()
    },
  }
}

function countEvidence(metrics: Metrics) {
  return metrics.counter(
    'floe_sidecar_evidence_total',
    'Searches for evidence against headers that are no batch, by what they came to',
    ['result'],
  )
}

async function search(
  { kernel, get, logger }: ProsecutorOptions,
  checked: CheckedCertificate,
  stopped: AbortSignal,
): Promise<Accusation | undefined> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(SEARCH_MS_MAX)])
  const subject = { header: checked.header, geometry: checked.committee.geometry }
  const source = nodeSlivers(checked, { kernel, get, timeoutMs: ANSWER_MS, signal })
  const finding = await findEvidence(kernel, subject, source)
  if (finding.kind === 'evidence') return { checked, evidence: finding.evidence }
  const missing = finding.missing.length
  logger.warn({ digest: checked.digest, missing }, 'no evidence in the slivers that can be had')
  return undefined
}

async function untilProven(
  { clock, logger }: ProsecutorOptions,
  { disputes, sender }: Challenger,
  accusation: Accusation,
  stopped: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await disprove(disputes, sender, accusation)
      return
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (!error.retryable || attempt >= ATTEMPTS_MAX || stopped.aborted) throw error
      logger.warn({ digest: accusation.checked.digest, reason: error.message }, 'evidence is not on L1 yet')
      await clock.sleep(BACKOFF_MS, stopped)
    }
  }
}
