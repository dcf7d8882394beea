// Load of a rollup that puts batches without a pause and records every batch that was answered with 200, so that a test can check
// later that the batch is available. A put that was answered with a retryable status is repeated, as rollups do.
import { Agent, request } from 'undici'
import type { Hex } from '../../src/protocol/bytes.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import { type Domain, headerDigest } from '../../src/protocol/header.ts'
import { withDeadline } from '../../src/runtime/async/deadline.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { seededBytes, seededFraction } from './random-bytes.ts'

/** A batch that was answered with 200. Its bytes are `seededBytes(label, length)`. */
export type AnsweredBatch = {
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
  /** 0: there was no answer. */
  readonly status: number
  readonly body: Buffer
  /** Why the put was refused; empty where it was not. */
  readonly message: string
}

export type LoadOptions = {
  readonly domain: Domain
  /** Sidecars; when one does not accept a batch, the batch is put at the next one. */
  readonly urls: readonly string[]
  readonly seed: string
  /** The largest size. Small sizes are more frequent. */
  readonly bytesMax?: number
  readonly workers?: number
  /** Milliseconds between two batches of a worker. */
  readonly pauseMs?: number
  /** Milliseconds after which a put without an answer is cancelled. */
  readonly answerMs?: number
  readonly onAnswer?: (answer: PutAnswer) => void
}

/** Statuses after which a put is repeated. */
const RETRYABLE = new Set([0, 429, 503])
const RETRY_MS = 50
const ANSWER_MS = 15_000
const CONNECT_MS = 2_000
/** The time that a worker has for its last batch after the load was stopped. */
const LAST_BATCH_MS = 30_000

export class Load {
  /** In the order of the answers. */
  readonly answered: AnsweredBatch[] = []
  /** Answers that are neither a success nor retryable. */
  readonly unexpected: string[] = []
  readonly #options: LoadOptions
  readonly #agent: Agent
  readonly #workers: Promise<unknown>
  #stoppedAt: number | undefined
  #nextBatch = 0

  /** Starts the load. Its errors are thrown by `stop`. */
  constructor(options: LoadOptions) {
    const { workers = 3 } = options
    this.#options = options
    this.#agent = new Agent({ connections: workers, pipelining: 1, connect: { timeout: CONNECT_MS } })
    this.#workers = Promise.all(Array.from({ length: workers }, async () => this.#work()))
    this.#workers.catch(() => undefined)
  }

  /** Lets every worker finish its batch, for a limited time. May be called again. */
  async stop(): Promise<void> {
    this.#stoppedAt ??= systemClock.monotonic()
    await this.#workers
    await this.#agent.destroy()
  }

  async #work(): Promise<void> {
    const { seed, bytesMax = 20_000, pauseMs = 20 } = this.#options
    while (this.#stoppedAt === undefined) {
      const number = this.#nextBatch++
      const label = `${seed} batch ${number}`
      const answer = await this.#put(seededBytes(label, lengthOf(label, bytesMax)), number)
      if (answer?.status === 200) this.answered.push(this.#answeredBatch(label, answer))
      else if (answer !== undefined) this.unexpected.push(`${answer.status} ${answer.message}`)
      await systemClock.sleep(pauseMs)
    }
  }

  /** The first answer that is not retryable; undefined when there was none in time. */
  async #put(batch: Uint8Array, firstSidecar: number): Promise<PutAnswer | undefined> {
    const { urls, onAnswer } = this.#options
    for (let i = firstSidecar; !this.#isLate(); i++) {
      const answer = await this.#putOnce(urls[i % urls.length] ?? '', batch)
      onAnswer?.(answer)
      if (!RETRYABLE.has(answer.status)) return answer
      await systemClock.sleep(RETRY_MS)
    }
    return undefined
  }

  async #putOnce(url: string, batch: Uint8Array): Promise<PutAnswer> {
    const startedAt = systemClock.monotonic()
    const send = async (signal: AbortSignal): Promise<Pick<PutAnswer, 'status' | 'body' | 'message'>> => {
      const options = { dispatcher: this.#agent, method: 'POST', body: batch, signal } as const
      const response = await request(`${url}/put`, options)
      const message = String(response.headers['x-floe-message'] ?? '')
      return { status: response.statusCode, body: Buffer.from(await response.body.arrayBuffer()), message }
    }
    const { answerMs = ANSWER_MS } = this.#options
    const answer = await withDeadline({ clock: systemClock, timeoutMs: answerMs }, send).catch(() => ({
      status: 0,
      body: Buffer.alloc(0),
      message: '',
    }))
    return { url, startedAt, ms: systemClock.monotonic() - startedAt, bytes: batch.length, ...answer }
  }

  #isLate(): boolean {
    return this.#stoppedAt !== undefined && systemClock.monotonic() - this.#stoppedAt > LAST_BATCH_MS
  }

  #answeredBatch(label: string, { body, bytes }: PutAnswer): AnsweredBatch {
    const certificate = decodeCertificate(body)
    const digest = toHex(headerDigest(this.#options.domain, certificate.header))
    return { label, length: bytes, commitment: body, certificate, digest }
  }
}

/** Each power of ten is as likely: a length from 10 to 100 bytes as often as one from 1,000 to 10,000. */
function lengthOf(label: string, bytesMax: number): number {
  return Math.max(1, Math.round(bytesMax ** seededFraction(`${label} length`)))
}
