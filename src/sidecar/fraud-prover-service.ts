// A sidecar's part in disputes, wired: what L1 says of headers, evidence, and the account that pays for bringing it.
import { join } from 'node:path'
import type { Get } from '../client/storage-node.ts'
import { type Disputes, createDisputes } from '../l1/disputes.ts'
import { connectL1 } from '../l1/rpc.ts'
import { createSender } from '../l1/tx-manager/tx-manager.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import { Journal } from '../store/journal.ts'
import type { SidecarConfig } from './config.ts'
import { type Challenger, type Prosecutor, openProsecutor } from './fraud-prover.ts'

export type Prosecution = {
  readonly disputes: Disputes
  readonly prosecutor: Prosecutor
  close(): Promise<void>
}

type Parts = {
  readonly config: SidecarConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly kernel: Kernel
  readonly get: Get
}

/** Undefined without a Disputes contract: then nothing about disputes happens. */
export async function openProsecution(parts: Parts): Promise<Prosecution | undefined> {
  const { config } = parts
  if (config.disputes === undefined) return undefined
  const disputes = createDisputes(connectL1(config.rpcUrls), config.disputes)
  const paying = await openChallenger(parts, disputes)
  const prosecutor = await openProsecutor({
    ...parts,
    dir: config.dir,
    challenger: paying?.challenger,
  }).catch(async (error: unknown) => {
    await paying?.close()
    throw error
  })
  return {
    disputes,
    prosecutor,
    close: async () => {
      await prosecutor.close()
      await paying?.close()
    },
  }
}

async function openChallenger(
  { config, clock, logger, metrics }: Parts,
  disputes: Disputes,
): Promise<{ challenger: Challenger; close(): Promise<void> } | undefined> {
  const { challengerKeyFile, rpcUrls, finality, dir } = config
  if (challengerKeyFile === undefined) return undefined
  const secretKey = await readSecretKey(challengerKeyFile)
  const journal = await Journal.open(join(dir, 'challenger'))
  const events = metrics.counter(
    'floe_sidecar_challenger_events_total',
    'What happened to transactions of disputes on their way',
    ['event'],
  )
  const onEvent = (event: string): void => events.inc({ event })
  const sender = createSender({ rpcUrls, finality, secretKey, journal, clock, logger, onEvent })
  return {
    challenger: { disputes, sender },
    close: async () => {
      await sender.close()
      await journal.close()
    },
  }
}
