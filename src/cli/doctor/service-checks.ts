// Which checks a service has, and what their results mean for its start.
import type { NodeConfig } from '../../node/config.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { addressOfSecretKey } from '../../protocol/signature.ts'
import { type Clock, systemClock } from '../../runtime/clock.ts'
import { createHttpClient } from '../../runtime/http-client.ts'
import type { Logger } from '../../runtime/logger.ts'
import { type SecretSource, readSecretKey } from '../../runtime/secrets.ts'
import type { SidecarConfig } from '../../sidecar/config.ts'
import { problemsError } from '../problems.ts'
import {
  balanceCheck,
  chainOf,
  committeeCheck,
  contractsCheck,
  disperserCheck,
  endpointsCheck,
  memberCheck,
} from './chain.ts'
import { type Check, type Result, once, runChecks } from './check.ts'
import { clockCheck } from './clock.ts'
import {
  descriptorsCheck,
  folderCheck,
  keyCheck,
  nodeVersionCheck,
  portCheck,
  reachableAt,
} from './machine.ts'
import { nodeAnswers, nodesCheck, ownEndpointCheck, probesOf } from './operators.ts'
import { redisCheck } from './redis.ts'

/** Before a start the service must not run yet; a doctor comes at any time. */
export type Occasion = 'start' | 'doctor'

/** Headers, certificates and the journal; no batches. */
const SIDECAR_DISK_BYTES = 2 ** 30

export function sidecarChecks(config: SidecarConfig, occasion: Occasion): Check[] {
  const clock = systemClock
  const chain = chainOf(config, clock)
  const probes = probesOf(chain, clock)
  const { keyFile } = config
  const posterKeyFile = config.posterKeyFile ?? keyFile
  return [
    nodeVersionCheck,
    descriptorsCheck,
    folderCheck(config.dir, SIDECAR_DISK_BYTES),
    portCheck(config, occasion === 'start' ? undefined : async () => sidecarAnswers(urlOf(config))),
    ...(keyFile === undefined ? [] : [keyCheck('key', keyFile)]),
    ...(posterKeyFile === undefined || posterKeyFile === keyFile
      ? []
      : [keyCheck('posting key', posterKeyFile)]),
    endpointsCheck(chain),
    contractsCheck(chain),
    committeeCheck(chain),
    clockCheck(chain, probes, clock),
    ...(keyFile === undefined ? [] : [disperserCheck(chain, addressOf(keyFile))]),
    ...(posterKeyFile === undefined
      ? []
      : [balanceCheck(chain, addressOf(posterKeyFile), config.postingIntervalMs)]),
    nodesCheck(chain, probes),
    ...(config.redisUrl === undefined ? [] : [redisCheck(config.redisUrl)]),
  ]
}

export function nodeChecks(config: NodeConfig, occasion: Occasion): Check[] {
  const clock = systemClock
  const chain = chainOf(config, clock)
  const signer = addressOf(config.keyFile)
  const runs = async (): Promise<boolean> => nodeAnswers(urlOf(config), await signer())
  return [
    nodeVersionCheck,
    descriptorsCheck,
    folderCheck(config.dir, config.diskBytesMax),
    portCheck(config, occasion === 'start' ? undefined : runs),
    keyCheck('key', config.keyFile),
    endpointsCheck(chain),
    contractsCheck(chain),
    committeeCheck(chain),
    clockCheck(chain, undefined, clock),
    memberCheck(chain, signer),
    // Before the start nothing answers there yet.
    ...(occasion === 'start' ? [] : [ownEndpointCheck(chain, signer, clock)]),
  ]
}

function addressOf(key: SecretSource): () => Promise<Hex> {
  return once(async () => addressOfSecretKey(await readSecretKey(key)))
}

/** Where a service that listens on `host` can be asked from here. */
function urlOf({ host, port }: { host: string; port: number }): string {
  const near = reachableAt(host)
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`
}

async function sidecarAnswers(url: string): Promise<boolean> {
  const http = createHttpClient()
  try {
    const { status } = await http.send({
      method: 'GET',
      url: `${url}/v1/status`,
      timeoutMs: 5_000,
      responseBytesMax: 2 ** 20,
    })
    return status === 200
  } catch {
    return false
  } finally {
    await http.close()
  }
}

/**
 * Runs the checks of a service that is about to start, and logs what it can live with.
 * @throws FloeError `configuration` with every error at once, `unavailable` when all of them may pass
 */
export async function checkBeforeStart(
  checks: readonly Check[],
  logger: Logger,
  clock: Clock,
): Promise<void> {
  const startedAt = clock.monotonic()
  const results = await runChecks(checks, clock)
  const errors = results.filter(({ status }) => status === 'error')
  if (errors.length > 0) {
    const code = errors.every(({ passes }) => passes === true) ? 'unavailable' : 'configuration'
    throw problemsError(errors.map(sentenceOf), 'floe doctor with the same options shows all checks.', code)
  }
  const warnings = results.filter(({ status }) => status === 'warning')
  for (const { check, found, expected, remedy } of warnings) {
    logger.warn({ check, found, expected, remedy }, 'check has a warning')
  }
  const milliseconds = Math.round(clock.monotonic() - startedAt)
  logger.info({ checks: results.length, warnings: warnings.length, milliseconds }, 'checked')
}

/** An error in words. */
function sentenceOf({ check, found, expected, remedy }: Result): string {
  return `${check}: ${found}. Expected ${expected ?? 'to find more'}. ${remedy ?? ''}`
}
