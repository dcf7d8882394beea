// The fraud prover of a sidecar with what it needs: the Disputes contract, and the account that pays for submissions.
import { join } from 'node:path'
import type { Get } from '../client/storage-node.ts'
import { type Disputes, DisputesContract } from '../l1/disputes.ts'
import { type L1, connectL1 } from '../l1/rpc.ts'
import { L1Account } from '../l1/tx-manager/l1-account.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { SidecarConfig } from './config.ts'
import { FraudProver } from './fraud-prover.ts'

export type FraudProverServiceOptions = {
  readonly config: SidecarConfig
  readonly kernel: Kernel
  readonly get: Get
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

export type FraudProverService = {
  readonly disputes: Disputes
  readonly prover: FraudProver
  close(): Promise<void>
}

/** Undefined where no Disputes contract is configured. @throws FloeError `configuration` */
export async function openFraudProver(
  options: FraudProverServiceOptions,
): Promise<FraudProverService | undefined> {
  const { config, kernel, get, clock, logger, metrics } = options
  if (config.disputes === undefined) return undefined
  const l1 = connectL1(config.rpcUrls)
  const disputes = new DisputesContract(l1, config.disputes)
  const stack = new CloseStack()
  return stack.closeOnFailure(async () => {
    const account = await openAccount(options, l1)
    stack.add(async () => account?.close())
    const dir = join(config.dir, 'evidence')
    const prover = await FraudProver.open({ dir, kernel, get, disputes, account, clock, logger, metrics })
    stack.add(async () => prover.close())
    return { disputes, prover, close: async () => stack.close() }
  })
}

/** Undefined where no key is configured: evidence is then kept and not submitted. */
async function openAccount(
  { config, clock, logger, metrics }: FraudProverServiceOptions,
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
    key: challengerKeyFile,
    journalDir: join(dir, 'fraud-prover'),
    clock,
    finality,
    logger,
    onEvent: (event) => events.inc({ event }),
  })
}
