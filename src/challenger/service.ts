// A challenger as a whole: parts made in order, closed in reverse. Its page serves metrics, and a status for people.
import { join } from 'node:path'
import express from 'express'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { ChainStore } from '../l1/chain.ts'
import { createCommittees } from '../l1/committee-reader.ts'
import { createDisputes } from '../l1/disputes.ts'
import { connectL1 } from '../l1/rpc.ts'
import { createSender } from '../l1/tx-manager/tx-manager.ts'
import { systemClock } from '../runtime/clock.ts'
import { createCodingPool } from '../coding/worker-pool.ts'
import { createHttpClient } from '../runtime/http-client.ts'
import { answerErrors, listen, noRoute } from '../runtime/http-server.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'
import { createMetrics, serveMetrics } from '../runtime/metrics.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { systemRandom } from '../runtime/random.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import { Journal } from '../store/journal.ts'
import { LOOKBACK_MARGIN_SECONDS } from '../disputes/responder-service.ts'
import { type ChallengerOptions, runChallenger } from './challenger.ts'
import { type ChallengerStatus, measureChallenger } from './challenger-metrics.ts'
import type { ChallengerConfig } from './config.ts'
import { createDisputeBook } from '../disputes/open-challenges.ts'
import { createWatch } from '../disputes/dispute-follower.ts'
import { createPostBook } from './recent-posts.ts'
import type { BudgetedSender } from '../disputes/budgeted-sender.ts'
import { createScores } from './scores.ts'
import { createSpending, weiOf } from '../disputes/spending-budget.ts'
import { createSuspects } from './missing-chunks.ts'

export type RunningChallenger = {
  readonly url: string
  status(): ChallengerStatus
  close(): Promise<void>
}

const CLOSE_GRACE_MS = 3_000
/** Milliseconds that a row may be late before another one is asked for as well. */
const HEDGE_MS = 500

type Closers = (() => Promise<void>)[]

/** @throws FloeError `configuration` for what cannot work, `unavailable` when L1 cannot be read */
export async function startChallenger(config: ChallengerConfig): Promise<RunningChallenger> {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (let undo = closers.pop(); undo !== undefined; undo = closers.pop()) await undo()
  }
  try {
    return { ...(await startParts(config, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startParts(
  config: ChallengerConfig,
  closers: Closers,
): Promise<Pick<RunningChallenger, 'url' | 'status'>> {
  const logger = createLogger('challenger', config.logLevel)
  const metrics = createMetrics({ processMetrics: true })
  const { purse, ...options } = await optionsOf(config, logger, closers)
  const measured = measureChallenger(metrics, { ...options, purse })
  const stopping = new AbortController()
  const running = runChallenger(
    { ...options, purse, onSample: measured.onSample, onEvent: measured.onEvent },
    stopping.signal,
  )
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.get(['/health', '/v1/health'], (_request, response) => void response.json({ status: 'ok' }))
  app.get('/v1/status', (_request, response) => void response.json(measured.status()))
  app.get('/metrics', serveMetrics(metrics))
  app.use(noRoute, answerErrors(logger))
  const server = await listen(app, config)
  closers.push(async () => {
    stopping.abort()
    await server.close(CLOSE_GRACE_MS)
    // What the loops wait for may be the sender's.
    await purse?.close()
    await running
  })
  logger.info({ url: server.url, account: purse?.sender.address ?? null }, 'challenger listening')
  return { url: server.url, status: () => measured.status() }
}

type Paying = BudgetedSender & { close(): Promise<void> }

async function optionsOf(
  config: ChallengerConfig,
  logger: Logger,
  closers: Closers,
): Promise<Omit<ChallengerOptions, 'purse' | 'onSample' | 'onEvent'> & { purse: Paying | undefined }> {
  const { rpcUrls, committee, ledger, finality, lookbackSeconds } = config
  const clock = systemClock
  const { committees, domain } = await createCommittees({
    rpcUrls,
    committee,
    ledger,
    finality,
    clock,
    logger,
  })
  const l1 = connectL1(rpcUrls)
  const disputes = createDisputes(l1, config.disputes)
  const terms = await disputes.terms()
  const [book, posts] = [createDisputeBook(), createPostBook()]
  const store: ChainStore = {
    heads: () => book.heads(),
    apply: async (step) => {
      await book.apply(step)
      posts.apply(step)
    },
  }
  const lookback = Math.max(lookbackSeconds, terms.window + LOOKBACK_MARGIN_SECONDS)
  const watched = { l1, domain, disputes: disputes.address, finality, store, lookbackSeconds: lookback }
  return {
    watch: createWatch(watched),
    book,
    posts,
    disputes,
    terms,
    l1,
    checker: { curve: loadSecp256k1(), domain },
    committees,
    scores: createScores(),
    suspects: createSuspects(),
    retrieval: retrievalOf(config, closers),
    random: systemRandom,
    clock,
    logger,
    policy: config,
    purse: await openPurse(config, l1, logger),
  }
}

function retrievalOf({ getTimeoutMs }: ChallengerConfig, closers: Closers): RetrieveOptions {
  const kernel = nodeKernel()
  const coder = createCodingPool({ kernel })
  closers.push(async () => coder.close())
  const http = createHttpClient()
  closers.push(async () => http.close())
  const limits = { timeoutMs: getTimeoutMs, hedgeDelayMs: HEDGE_MS }
  return retrievalOnNode({ kernel, coder, http, clock: systemClock, ...limits })
}

async function openPurse(
  config: ChallengerConfig,
  l1: BudgetedSender['l1'],
  logger: Logger,
): Promise<Paying | undefined> {
  const { challengerKeyFile, rpcUrls, finality, dir, spendGweiDayMax } = config
  if (challengerKeyFile === undefined) return undefined
  const dayWeiMax = weiOf(spendGweiDayMax)
  const secretKey = await readSecretKey(challengerKeyFile)
  const journal = await Journal.open(join(dir, 'journal'))
  const sender = createSender({ rpcUrls, finality, secretKey, journal, clock: systemClock, logger })
  return {
    l1,
    sender,
    spending: createSpending({ eachWeiMax: dayWeiMax, dayWeiMax }, systemClock),
    close: async () => {
      await sender.close()
      await journal.close()
    },
  }
}
