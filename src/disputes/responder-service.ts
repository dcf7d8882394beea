// A running responder: it follows disputes on L1, and opens the account that pays for answers where one is configured.
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { Finality } from '../l1/finality-rule.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { DisputeTerms } from '../l1/disputes.ts'
import { HeadFeed } from '../l1/head-feed.ts'
import type { L1 } from '../l1/rpc.ts'
import type { Funds } from '../l1/tx-manager/decisions.ts'
import { L1Account } from '../l1/tx-manager/l1-account.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { SecretSource } from '../runtime/secrets.ts'
import { BudgetedSender } from './budgeted-sender.ts'
import { DisputeFollower } from './dispute-follower.ts'
import { OpenChallenges } from './open-challenges.ts'
import { Responder, type ResponderOptions } from './responder.ts'
import { openPositions } from './sliver-sources.ts'
import { SpendingBudget, weiOf } from './spending-budget.ts'

/** The settings of a process that answers challenges. */
export type ResponderConfig = {
  readonly finality: Finality
  /** File with the key of the account that pays for answers, or the key itself; undefined: challenges are only counted. */
  readonly answerKeyFile?: SecretSource | undefined
  /** Most gwei that one answer may cost. */
  readonly answerGweiMax: number
  /** Most gwei that the answers of any 24 hours may cost. */
  readonly answerGweiDayMax: number
}

export type ResponderServiceOptions = {
  readonly config: ResponderConfig
  readonly l1: L1
  /** Address of the Disputes contract. */
  readonly disputes: Hex
  readonly terms: Pick<DisputeTerms, 'window' | 'bond'>
  readonly domain: Domain
  /** Folder of the account's journal. */
  readonly dir: string
  readonly shareBeforeAnswer: ResponderOptions['shareBeforeAnswer']
  readonly fineWei: ResponderOptions['fineWei']
  readonly openings: ResponderOptions['openings']
  readonly onOutcome: ResponderOptions['onOutcome']
  /** Shared with other followers of the process. */
  readonly heads?: HeadFeed | undefined
  /** Called with the timestamp of every tip that was followed to, in unix seconds. */
  readonly onTip?: ((timestamp: number) => void) | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** The lookback exceeds the window by so much, because the block of a challenge may be followed late. */
export const LOOKBACK_MARGIN_SECONDS = 3_600
/** An upper bound: the fee ceiling of an answer that a restart left behind is its cost limit divided by this. */
export const ANSWER_GAS = 400_000n
/**
 * Answers do not depend on each other, and the contract refuses a second one of a position. A geth pool that is full keeps so many
 * transactions of an account.
 */
const ANSWERS_IN_FLIGHT_MAX = 16
/** Those of the blocks until finality, when every block has as many answers as may be in flight. */
const ANSWERS_PENDING_MAX = 1_024

export class ResponderService {
  readonly #challenges: OpenChallenges
  readonly #account: L1Account | undefined
  readonly #stop = new AbortController()
  readonly #stopped: Promise<void>

  /** @throws FloeError `configuration` for a key or a folder that cannot be used */
  static async start(options: ResponderServiceOptions): Promise<ResponderService> {
    const account = await openAccount(options)
    if (account === undefined) {
      const { disputes, logger } = options
      logger.warn({ disputes }, 'challenges not answered: no account is configured to pay (answerKeyFile)')
    }
    return new ResponderService(options, account)
  }

  private constructor(options: ResponderServiceOptions, account: L1Account | undefined) {
    const { config, l1, disputes, domain, terms, clock, logger } = options
    const { shareBeforeAnswer, fineWei, openings, onOutcome } = options
    this.#account = account
    this.#challenges = new OpenChallenges()
    const follower = new DisputeFollower({
      l1,
      domain,
      disputes,
      finality: config.finality,
      store: this.#challenges,
      lookbackSeconds: terms.window + LOOKBACK_MARGIN_SECONDS,
      heads: options.heads ?? new HeadFeed({ l1, finality: config.finality, clock }),
      ...(options.onTip && { onTip: options.onTip }),
      logger,
    })
    const responder = new Responder({
      follower,
      challenges: this.#challenges,
      disputes,
      windowSeconds: terms.window,
      incomeWei: terms.bond / 2n,
      usualWeiMax: weiOf(config.answerGweiMax),
      sender: account && budgetedSender(config, l1, account, clock),
      shareBeforeAnswer,
      fineWei,
      openings,
      clock,
      logger,
      onOutcome,
    })
    this.#stopped = responder.run(this.#stop.signal)
  }

  /** Number of challenges that are open on L1, of any header. */
  openCount(): number {
    return this.#challenges.count()
  }

  /** The funds of the account that pays; undefined: no account is configured, or they are not known yet. */
  funds(): Funds | undefined {
    return this.#account?.funds()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    // The account first: the responder may wait for a transaction.
    await this.#account?.close()
    await this.#stopped
  }
}

/** Openings from the pairs' holders or from the retrieved batch, for pairs that this process does not hold. */
export function openingsByRetrieval(
  committees: Pick<Committees, 'ofEpoch'>,
  retrieval: Omit<RetrieveOptions, 'signal'>,
): ResponderOptions['openings'] {
  return async (challenges, signal) => {
    const [first] = challenges
    if (first === undefined) return []
    const { digest, header } = first
    const committee = await committeeFor(header.epoch, committees)
    const positions = challenges.map(({ position }) => position)
    return openPositions({ digest, header, committee }, positions, { ...retrieval, signal })
  }
}

function budgetedSender(
  { answerGweiMax, answerGweiDayMax }: ResponderConfig,
  l1: L1,
  account: L1Account,
  clock: Clock,
): BudgetedSender {
  const limits = { transactionWeiMax: weiOf(answerGweiMax), dayWeiMax: weiOf(answerGweiDayMax) }
  return new BudgetedSender({ l1, account, budget: new SpendingBudget({ limits, clock }) })
}

async function openAccount({
  config,
  l1,
  domain,
  dir,
  clock,
  logger,
}: ResponderServiceOptions): Promise<L1Account | undefined> {
  const { answerKeyFile, answerGweiMax, finality } = config
  if (answerKeyFile === undefined) return undefined
  const policy = {
    feeCapWeiMax: weiOf(answerGweiMax) / ANSWER_GAS,
    inFlightMax: ANSWERS_IN_FLIGHT_MAX,
    pendingMax: ANSWERS_PENDING_MAX,
  }
  const { chainId } = domain
  return L1Account.open({
    l1,
    chainId,
    key: answerKeyFile,
    journalDir: dir,
    clock,
    finality,
    logger,
    policy,
  })
}
