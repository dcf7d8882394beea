// The fraud prover of a sidecar with what it needs: the contracts, a follower of their disputes, and the account that pays. With it runs
// the defence of the sidecar's own disperser, if it has one.
import { join } from 'node:path'
import type { Get } from '../client/storage-node.ts'
import { DisputeFollower } from '../disputes/dispute-follower.ts'
import { disperserSignaturesFromNodes } from '../disputes/fine-sources.ts'
import { type FineSources, Fines } from '../disputes/fines.ts'
import { OpenChallenges } from '../disputes/open-challenges.ts'
import { postedPlace } from '../disputes/posted-place.ts'
import { RecordedFaults } from '../disputes/recorded-faults.ts'
import { LOOKBACK_MARGIN_SECONDS } from '../disputes/responder-service.ts'
import type { Committees } from '../l1/committees.ts'
import { type Disputes, DisputesContract } from '../l1/disputes.ts'
import { LedgerReader } from '../l1/ledger-reader.ts'
import { LedgerPoster } from '../l1/poster.ts'
import type { HeadFeed } from '../l1/head-feed.ts'
import type { L1 } from '../l1/rpc.ts'
import { L1Account } from '../l1/tx-manager/l1-account.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { SignatureChecker } from '../protocol/certificate.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { SidecarConfig } from './config.ts'
import { DisperserDefence } from './fraud-prover-defence.ts'
import { FraudProver } from './fraud-prover.ts'

export type FraudProverServiceOptions = {
  readonly config: SidecarConfig
  readonly l1: L1
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly checker: SignatureChecker
  /** Has the attestations that the sidecar received. */
  readonly batchIndex: Pick<BatchIndex, 'attestationOf'>
  /** Undefined in a read-only sidecar. */
  readonly disperser: Hex | undefined
  readonly kernel: Kernel
  readonly get: Get
  readonly heads: HeadFeed
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

export type FraudProverService = {
  readonly disputes: Disputes
  readonly prover: FraudProver
  close(): Promise<void>
}

/** Milliseconds for a storage node to answer with the disperser's signature. */
const SIGNATURE_TIMEOUT_MS = 10_000
/** A pair that expired can be blamed on its holder for one window. */
const WINDOWS_TO_HOLDERS_FINE = 1

/** Undefined where no Disputes contract is configured. @throws FloeError `configuration`, `unavailable` */
export async function openFraudProver(
  options: FraudProverServiceOptions,
): Promise<FraudProverService | undefined> {
  const { config, l1, checker, kernel, get, clock, logger, metrics } = options
  if (config.disputes === undefined) return undefined
  const disputes = new DisputesContract(l1, config.disputes)
  const { domain } = checker
  const ledger = new LedgerReader({ l1, domain })
  const stack = new CloseStack()
  return stack.closeOnFailure(async () => {
    const account = await openAccount(options, l1)
    stack.add(async () => account?.close())
    const faults = new RecordedFaults()
    const follower = await openFollower(options, l1, disputes, faults)
    const fines = new Fines({ disputes, checker, sources: fineSources(options) })
    const prover = await FraudProver.open({
      dir: join(config.dir, 'evidence'),
      domain,
      kernel,
      get,
      disputes,
      placeOf: async (digest, shown) => postedPlace({ l1, domain, ledger }, digest, shown),
      follower,
      fines,
      paying: account && { account, poster: new LedgerPoster({ sender: account, domain, reader: ledger }) },
      clock,
      logger,
      metrics,
    })
    stack.add(async () => prover.close())
    startDefence(options, { faults, follower, fines, account }, stack)
    return { disputes, prover, close: async () => stack.close() }
  })
}

/** Follows disputes in memory: what a restart has to know again is in the blocks of a few windows. */
async function openFollower(
  { config, checker, heads, logger }: FraudProverServiceOptions,
  l1: L1,
  disputes: Disputes,
  faults: RecordedFaults,
): Promise<DisputeFollower> {
  const { window } = await disputes.terms()
  const challenges = new OpenChallenges()
  return new DisputeFollower({
    l1,
    domain: checker.domain,
    disputes: disputes.address,
    finality: config.finality,
    store: {
      heads: () => challenges.heads(),
      apply: async (step) => {
        await challenges.apply(step)
        faults.apply(step)
      },
    },
    lookbackSeconds: WINDOWS_TO_HOLDERS_FINE * window + LOOKBACK_MARGIN_SECONDS,
    heads,
    logger,
  })
}

function fineSources({ batchIndex, get }: FraudProverServiceOptions): FineSources {
  return {
    attestationsOf: async ({ digest }, member) => {
      const attested = batchIndex.attestationOf(digest, member)
      return attested === undefined ? [] : [attested]
    },
    disperserSignaturesOf: async (certified, signal) =>
      disperserSignaturesFromNodes(certified, { get, timeoutMs: SIGNATURE_TIMEOUT_MS, signal }),
  }
}

type DefenceParts = {
  readonly faults: RecordedFaults
  readonly follower: DisputeFollower
  readonly fines: Fines
  readonly account: L1Account | undefined
}

/** Does nothing in a sidecar without a disperser. */
function startDefence(
  { disperser, committees, clock, logger, metrics }: FraudProverServiceOptions,
  parts: DefenceParts,
  stack: CloseStack,
): void {
  if (disperser === undefined) return
  const outcomes = metrics.counter(
    'floe_sidecar_defences_total',
    'Expired pairs of headers of this disperser, by whether their holder was fined instead of the disperser',
    ['outcome'],
  )
  const onOutcome = (outcome: string): void => outcomes.inc({ outcome })
  const defence = new DisperserDefence({ disperser, committees, ...parts, clock, logger, onOutcome })
  const stop = new AbortController()
  const stopped = defence.run(stop.signal)
  stack.add(async () => {
    stop.abort()
    await stopped
  })
}

/** Undefined where no key is configured: evidence is then kept and not submitted. */
async function openAccount(
  { config, checker, clock, logger, metrics }: FraudProverServiceOptions,
  l1: L1,
): Promise<L1Account | undefined> {
  const { challengerKeyFile, finality, dir } = config
  if (challengerKeyFile === undefined) return undefined
  const events = metrics.counter(
    'floe_sidecar_fraud_prover_events_total',
    'Events of the transactions that submit evidence',
    ['event'],
  )
  return L1Account.open({
    l1,
    chainId: checker.domain.chainId,
    key: challengerKeyFile,
    journalDir: join(dir, 'fraud-prover'),
    clock,
    finality,
    logger,
    onEvent: (event) => events.inc({ event }),
  })
}
