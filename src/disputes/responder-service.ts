// An answerer with what it needs, wired: the disputes it follows, and the account that pays, where there is one.
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { Finality } from '../l1/chain.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { DisputeTerms } from '../l1/disputes.ts'
import type { Funds } from '../l1/tx-manager/decisions.ts'
import { connectL1 } from '../l1/rpc.ts'
import { createSender } from '../l1/tx-manager/tx-manager.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type SecretSource, readSecretKey } from '../runtime/secrets.ts'
import { openJournal } from '../store/journal.ts'
import { type ResponderOptions, runAnswerer } from './responder.ts'
import { createDisputeBook } from './open-challenges.ts'
import { createWatch } from './dispute-follower.ts'
import type { BudgetedSender } from './budgeted-sender.ts'
import { openPosition } from './sliver-sources.ts'
import { createSpending, weiOf } from './spending-budget.ts'

/** The settings of who answers challenges. */
export type ResponderConfig = {
  readonly rpcUrls: readonly string[]
  readonly finality: Finality
  /** File with the key of the account that pays for answers, or the key itself; undefined: challenges are only counted. */
  readonly answerKeyFile?: SecretSource | undefined
  /** Most gwei that one answer may cost. */
  readonly answerGweiMax: number
  /** Most gwei that the answers of any day may cost. */
  readonly answerGweiDayMax: number
}

export type AnsweringOptions = Pick<ResponderOptions, 'shareBeforeAnswer' | 'opening' | 'onOutcome'> & {
  readonly config: ResponderConfig
  readonly disputes: Hex
  readonly terms: Pick<DisputeTerms, 'window'>
  readonly domain: Domain
  /** Folder of the account's journal. */
  readonly dir: string
  readonly clock: Clock
  readonly logger: Logger
}

export type ResponderService = {
  /** Challenges that are open. */
  open(): number
  /** Of the account that pays; undefined: there is none, or nothing is known of it yet. */
  funds(): Funds | undefined
  close(): Promise<void>
}

/** What is read beyond a window: a challenge may be in a block that comes to be followed late. */
export const LOOKBACK_MARGIN_SECONDS = 3_600
/** More than an answer takes: the cap of fees follows from what one may cost. */
export const ANSWER_GAS = 400_000n

/** @throws FloeError `configuration` */
export async function startResponderService(options: AnsweringOptions): Promise<ResponderService> {
  const { config, disputes, domain, terms, logger } = options
  const l1 = connectL1(config.rpcUrls)
  const book = createDisputeBook()
  const lookbackSeconds = terms.window + LOOKBACK_MARGIN_SECONDS
  const { finality } = config
  const watch = createWatch({ l1, domain, disputes, finality, store: book, lookbackSeconds })
  const paying = await openPurse(options, l1)
  const stopping = new AbortController()
  const answerer = runAnswerer(
    { ...options, watch, book, window: terms.window, purse: paying?.purse },
    stopping.signal,
  )
  if (paying === undefined)
    logger.warn({ disputes }, 'challenges are not answered: no account pays for it (answerKeyFile)')
  return {
    open: () => book.open().length,
    funds: () => paying?.purse.sender.funds(),
    close: async () => {
      stopping.abort()
      // What it waits for is the sender's.
      await paying?.close()
      await answerer
    },
  }
}

/** An opening from whoever has it, for answers on what is not held here. */
export function openingByRetrieval(
  committees: Pick<Committees, 'ofEpoch'>,
  retrieval: RetrieveOptions,
): ResponderOptions['opening'] {
  return async ({ digest, header, position }, signal) => {
    const committee = await committeeFor(header.epoch, committees)
    return openPosition({ digest, header, committee }, position, { ...retrieval, signal })
  }
}

async function openPurse(
  { config, dir, clock, logger }: AnsweringOptions,
  l1: BudgetedSender['l1'],
): Promise<{ purse: BudgetedSender; close(): Promise<void> } | undefined> {
  const { answerKeyFile, answerGweiMax, answerGweiDayMax, rpcUrls, finality } = config
  if (answerKeyFile === undefined) return undefined
  const secretKey = await readSecretKey(answerKeyFile)
  const journal = await openJournal(dir)
  const limits = { eachWeiMax: weiOf(answerGweiMax), dayWeiMax: weiOf(answerGweiDayMax) }
  const policy = { feeCapWeiMax: limits.eachWeiMax / ANSWER_GAS }
  const sender = createSender({ rpcUrls, finality, secretKey, journal, clock, logger, policy })
  const spending = createSpending(limits, clock)
  return {
    purse: { l1, sender, spending },
    close: async () => {
      await sender.close()
      await journal.close()
    },
  }
}
