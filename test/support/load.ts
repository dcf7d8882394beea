// A rollup that keeps books: it puts batches without a pause, tries again as a rollup does where it is told to, and remembers
// every 200 for whoever asks later whether it was kept.
import { Agent, request } from 'undici'
import type { Hex } from '../../src/protocol/bytes.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import { type Domain, headerDigest } from '../../src/protocol/header.ts'
import { seededBytes, seededFraction } from './random-bytes.ts'

/** A batch that was answered with 200. Its bytes can be made again: `seededBytes(label, length)`. */
export type Promised = {
  readonly label: string
  readonly length: number
  readonly commitment: Buffer
  readonly certificate: Certificate
  readonly digest: Hex
}

export type PutAnswer = {
  readonly url: string
  readonly startedAt: number
  readonly ms: number
  readonly bytes: number
  /** 0: no answer. */
  readonly status: number
  readonly body: Buffer
}

export type LoadOptions = {
  readonly domain: Domain
  /** Sidecars; one that does not take a batch is followed by the next. */
  readonly urls: readonly string[]
  readonly seed: string
  /** Sizes from 1 byte to this, small ones more often. */
  readonly bytesMax?: number
  readonly workers?: number
  /** Milliseconds that a worker leaves between two batches. */
  readonly pauseMs?: number
  /** Milliseconds after which an answer is no longer waited for. */
  readonly answerMs?: number
  readonly onAnswer?: (answer: PutAnswer) => void
}

export type Load = {
  /** In the order of their answers. */
  readonly promised: readonly Promised[]
  /** Answers that tell a rollup neither that it is done nor to try again. */
  readonly unexpected: readonly string[]
  /** Lets every worker end its batch, or give it up after a while. */
  stop(): Promise<void>
}

const TRY_AGAIN = new Set([0, 429, 503])
const AGAIN_MS = 50
/** How long a worker that is told to stop goes on with its batch. */
const LAST_BATCH_MS = 30_000

export function startLoad(options: LoadOptions): Load {
  const { workers = 3, pauseMs = 20 } = options
  const promised: Promised[] = []
  const unexpected: string[] = []
  const agent = new Agent({ connections: workers, pipelining: 1, connect: { timeout: 2_000 } })
  let stoppedAt: number | undefined
  let next = 0
  const late = (): boolean => stoppedAt !== undefined && performance.now() - stoppedAt > LAST_BATCH_MS
  const work = async (): Promise<void> => {
    while (stoppedAt === undefined) {
      const label = `${options.seed} batch ${next}`
      const batch = seededBytes(label, lengthOf(label, options.bytesMax ?? 20_000))
      const answer = await putUntilAnswered(agent, options, { batch, from: next++, late })
      if (answer?.status === 200) promised.push(promisedBy(options.domain, label, answer))
      else if (answer !== undefined && !TRY_AGAIN.has(answer.status))
        unexpected.push(`${answer.status} ${answer.body.toString()}`)
      await pause(pauseMs)
    }
  }
  const working = Array.from({ length: workers }, work)
  return {
    promised,
    unexpected,
    stop: async () => {
      stoppedAt = performance.now()
      await Promise.all(working)
      await agent.destroy()
    },
  }
}

/** Small ones more often: as likely between 10 and 100 bytes as between 1,000 and 10,000. */
function lengthOf(label: string, bytesMax: number): number {
  return Math.max(1, Math.round(bytesMax ** seededFraction(`${label} length`)))
}

function promisedBy(domain: Domain, label: string, { body, bytes }: PutAnswer): Promised {
  const certificate = decodeCertificate(body)
  const digest = toHex(headerDigest(domain, certificate.header))
  return { label, length: bytes, commitment: body, certificate, digest }
}

/** The first answer that does not ask for another try; undefined when it took too long. */
async function putUntilAnswered(
  agent: Agent,
  options: LoadOptions,
  put: { readonly batch: Uint8Array; readonly from: number; readonly late: () => boolean },
): Promise<PutAnswer | undefined> {
  const { urls, onAnswer } = options
  for (let i = put.from; !put.late(); i++) {
    const url = urls[i % urls.length] ?? ''
    const answer = await putOnce(agent, url, put.batch, options.answerMs ?? 15_000)
    onAnswer?.(answer)
    if (!TRY_AGAIN.has(answer.status)) return answer
    await pause(AGAIN_MS)
  }
  return undefined
}

async function putOnce(agent: Agent, url: string, batch: Uint8Array, answerMs: number): Promise<PutAnswer> {
  const startedAt = performance.now()
  const facts = { url, startedAt, bytes: batch.length }
  try {
    const response = await request(`${url}/put`, {
      dispatcher: agent,
      method: 'POST',
      body: batch,
      signal: AbortSignal.timeout(answerMs),
    })
    const body = Buffer.from(await response.body.arrayBuffer())
    return { ...facts, ms: performance.now() - startedAt, status: response.statusCode, body }
  } catch {
    return { ...facts, ms: performance.now() - startedAt, status: 0, body: Buffer.alloc(0) }
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
