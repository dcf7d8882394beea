// The certificate poster of a read-only sidecar with what it needs: the Ledger, the account that pays, and its budget.
import { join } from 'node:path'
import { BudgetedSender } from '../disputes/budgeted-sender.ts'
import { SpendingBudget, weiOf } from '../disputes/spending-budget.ts'
import { LedgerReader } from '../l1/ledger-reader.ts'
import { LedgerPoster } from '../l1/poster.ts'
import type { L1 } from '../l1/rpc.ts'
import { L1Account } from '../l1/tx-manager/l1-account.ts'
import type { TransactionSender } from '../l1/tx-manager/tx-manager.ts'
import type { Domain } from '../protocol/header.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { CertificatePoster } from './certificate-poster.ts'
import { type SidecarConfig, POST_GWEI_DAY_DEFAULT } from './config.ts'

export type CertificatePosterServiceOptions = {
  readonly config: SidecarConfig
  readonly l1: L1
  readonly domain: Domain
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

export type CertificatePosterService = {
  readonly poster: CertificatePoster
  close(): Promise<void>
}

/** Undefined in a sidecar that disperses, and where no key or no disperser is configured. @throws FloeError `configuration` */
export async function openCertificatePoster(
  options: CertificatePosterServiceOptions,
): Promise<CertificatePosterService | undefined> {
  const { config, l1, domain, clock, logger, metrics } = options
  const { keyFile, posterKeyFile, postDispersers = [], finality, dir } = config
  if (keyFile !== undefined || posterKeyFile === undefined) return undefined
  if (postDispersers.length === 0) {
    logger.warn('certificates not posted: no disperser is configured (postDispersers)')
    return undefined
  }
  const journalDir = join(dir, 'certificate-poster')
  const { chainId } = domain
  const account = await L1Account.open({
    l1,
    chainId,
    key: posterKeyFile,
    journalDir,
    clock,
    finality,
    logger,
  })
  const sender = senderWithinBudget(options, l1, account)
  const reader = new LedgerReader({ l1, domain })
  const outcomes = metrics.counter(
    'floe_sidecar_certificate_posts_total',
    'Certificates that were asked for and looked up, by outcome',
    ['outcome'],
  )
  const poster = new CertificatePoster({
    domain,
    reader,
    poster: new LedgerPoster({ sender, domain, reader }),
    dispersers: new Set(postDispersers),
    clock,
    logger,
    onOutcome: (outcome) => outcomes.inc({ outcome }),
  })
  return { poster, close: async () => closeService(poster, account) }
}

/** One transaction may cost as much as a day. */
function senderWithinBudget(
  { config, clock }: CertificatePosterServiceOptions,
  l1: L1,
  account: L1Account,
): TransactionSender {
  const dayWeiMax = weiOf(config.postGweiDayMax ?? POST_GWEI_DAY_DEFAULT)
  const budget = new SpendingBudget({ limits: { transactionWeiMax: dayWeiMax, dayWeiMax }, clock })
  const sender = new BudgetedSender({ l1, account, budget })
  return {
    address: account.address,
    funds: () => account.funds(),
    send: async (intent) => sender.send({ ...intent, feeWeiMax: () => dayWeiMax }),
  }
}

async function closeService(poster: CertificatePoster, account: L1Account): Promise<void> {
  poster.close()
  await account.close()
  await poster.idle()
}
