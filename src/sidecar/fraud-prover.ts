// What a reader does about a certified header whose slivers are no codeword: it looks for evidence, keeps it, and brings it to
// L1 where it has a key to pay with. All of it is beside the answer that the reader's caller gets, which waits for none of it.
//
// - One search at a time, each of bounded time, and one piece of evidence on its way to L1; headers that come meanwhile wait, so
//   many of them, and more are left to whoever reads them next.
// - Evidence is on disk before it is sent, and is never dropped: it is bounded by count, and the oldest is the most valuable.
// - What is on disk and not on L1 is sent when the sidecar starts and when the header is met again, and tried again until then.
import { join } from 'node:path'
import {
  type CertifiedEvidence,
  type EvidenceFile,
  toEvidenceFile,
  readEvidenceFile,
} from '../disputes/evidence-file.ts'
import { submitEvidence } from '../disputes/submit-evidence.ts'
import { findEvidence } from '../disputes/evidence-search.ts'
import { sliversFromNodes } from '../disputes/sliver-sources.ts'
import type { CheckedCertificate, Library } from '../client/retriever.ts'
import type { Get } from '../client/storage-node.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { Sender } from '../l1/tx-manager/tx-manager.ts'
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
/** Headers in hand beside those that are kept. */
const CASES_MAX = 16
const SEARCH_MS_MAX = 120_000
const ANSWER_MS = 10_000
const ATTEMPTS_MAX = 20
const BACKOFF_MS = 15_000

export async function openProsecutor(options: ProsecutorOptions): Promise<Prosecutor> {
  const folder = await openRecordFolder(join(options.dir, 'evidence'), SCHEMA)
  const kept: Records<Kept> = folder.records('kept')
  const stop = new AbortController()
  const { logger, challenger } = options
  const found = countEvidence(options.metrics)
  /** What is in hand, searched for or brought. */
  const cases = new Map<Hex, Promise<void>>()
  const searches = lane(stop.signal)
  const bringing = lane(stop.signal)

  const save = async (accusation: CertifiedEvidence, proven: boolean): Promise<void> => {
    const { digest } = accusation.checked
    const value: Kept = { file: toEvidenceFile(accusation), proven }
    if (kept.get(digest) === undefined && kept.count() >= KEPT_MAX)
      logger.error({ digest }, `${KEPT_MAX} pieces of evidence are kept; this one is not`)
    else await folder.write(() => kept.put(digest, value), JSON.stringify(value).length)
  }
  const prosecute = async (checked: CheckedCertificate): Promise<CertifiedEvidence | undefined> => {
    const accusation = await search(options, checked, stop.signal)
    found.inc({ result: accusation === undefined ? 'none' : 'found' })
    if (accusation === undefined) return undefined
    const facts = { digest: checked.digest, kind: accusation.evidence.kind }
    logger.warn(facts, 'a certified header is no batch, and there is evidence of it')
    await save(accusation, false)
    return accusation
  }
  const bring = async (accusation: CertifiedEvidence): Promise<void> => {
    if (challenger === undefined) return
    await untilProven(options, challenger, accusation, stop.signal)
    await save(accusation, true)
    found.inc({ result: 'proven' })
    logger.warn({ digest: accusation.checked.digest }, 'L1 has taken the evidence: the header is invalid')
  }
  const add = (digest: Hex, find: () => Promise<CertifiedEvidence | undefined>): void => {
    if (cases.has(digest)) return
    const run = async (): Promise<void> => {
      const accusation = await searches(find)
      if (accusation !== undefined) await bringing(async () => bring(accusation))
    }
    const ended = run()
      .catch((error: unknown) => {
        if (!stop.signal.aborted)
          logger.warn({ digest, reason: asFloeError(error).message }, 'a header is not disproved yet')
      })
      .finally(() => cases.delete(digest))
    cases.set(digest, ended)
  }
  const again = ({ file }: Kept, library: Pick<Library, 'certificate'>): Promise<CertifiedEvidence> =>
    readEvidenceFile(JSON.stringify(file), library)
  return {
    take: (checked) => {
      const { digest } = checked
      if (stop.signal.aborted || cases.size >= CASES_MAX) return
      const known = kept.get(digest)
      if (known === undefined) add(digest, async () => prosecute(checked))
      else if (!known.proven) add(digest, async () => again(known, { certificate: async () => checked }))
    },
    resume: (library) => {
      if (challenger === undefined) return
      for (const { key, value } of kept.first(KEPT_MAX))
        if (!value.proven) add(key as Hex, async () => again(value, library))
    },
    close: async () => {
      stop.abort(new FloeError('unavailable', 'The sidecar closes.'))
      await Promise.all(cases.values())
      await folder.close()
    },
  }
}

/** Jobs one after another, none after the signal. */
function lane(stopped: AbortSignal): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (job) => {
    const result = last.then(async () => {
      stopped.throwIfAborted()
      return job()
    })
    last = result.catch(() => undefined)
    return result
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
): Promise<CertifiedEvidence | undefined> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(SEARCH_MS_MAX)])
  const subject = { header: checked.header, geometry: checked.committee.geometry }
  const source = sliversFromNodes(checked, { kernel, get, timeoutMs: ANSWER_MS, signal })
  const finding = await findEvidence(kernel, subject, source)
  if (finding.kind === 'evidence') return { checked, evidence: finding.evidence }
  const missing = finding.missing.length
  logger.warn({ digest: checked.digest, missing }, 'no evidence in the slivers that can be had')
  return undefined
}

async function untilProven(
  { clock, logger }: ProsecutorOptions,
  { disputes, sender }: Challenger,
  accusation: CertifiedEvidence,
  stopped: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await submitEvidence(disputes, sender, accusation)
      return
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (!error.retryable || attempt >= ATTEMPTS_MAX || stopped.aborted) throw error
      logger.warn({ digest: accusation.checked.digest, reason: error.message }, 'evidence is not on L1 yet')
      await clock.sleep(BACKOFF_MS, stopped)
    }
  }
}
