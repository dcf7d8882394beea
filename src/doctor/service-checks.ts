// Which checks a service has, and what their results mean for its start.
import type { ChallengerConfig } from '../challenger/config.ts'
import { createDisputes } from '../l1/disputes.ts'
import type { NodeConfig } from '../node/config.ts'
import type { Hex } from '../protocol/bytes.ts'
import { addressOfSecretKey } from '../protocol/signature.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { createHttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import { type SecretSource, readSecretKey } from '../runtime/secrets.ts'
import type { SidecarConfig } from '../sidecar/config.ts'
import { combineProblems } from '../config/combined-error.ts'
import {
  type Chain,
  balanceCheck,
  chainOf,
  committeeCheck,
  contractsCheck,
  disperserCheck,
  endpointsCheck,
  memberCheck,
} from './l1-checks.ts'
import { type Check, type Result, once, runChecks } from './check.ts'
import { clockCheck } from './clock-check.ts'
import {
  type Account,
  type Disputed,
  accountsCheck,
  answersCheck,
  bondCheck,
  depositCheck,
  evidenceCheck,
  noAnswersCheck,
} from './dispute-checks.ts'
import {
  descriptorsCheck,
  folderCheck,
  keyCheck,
  nodeVersionCheck,
  portCheck,
  reachableAt,
} from './machine-checks.ts'
import { nodeAnswers, nodesCheck, ownEndpointCheck, probesOf } from './storage-node-checks.ts'
import { redisCheck } from './redis-check.ts'

/** Before a start the service must not run yet; a doctor comes at any time. */
export type Occasion = 'start' | 'doctor'

/** Headers, certificates and the journal; no batches. */
const SIDECAR_DISK_BYTES = 2 ** 30
/** The journal of an account. */
const CHALLENGER_DISK_BYTES = 2 ** 26

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
    portCheck(config, occasion === 'start' ? undefined : async () => statusHas(urlOf(config), 'spool')),
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
    ...sidecarDisputeChecks(config, chain),
    nodesCheck(chain, probes),
    ...(config.redisUrl === undefined ? [] : [redisCheck(config.redisUrl)]),
  ]
}

/** Who answers and who brings evidence, each where a key is given for it. One that takes no batches has none to answer for. */
function sidecarDisputeChecks(config: SidecarConfig, chain: Chain): Check[] {
  const { keyFile, answerKeyFile, challengerKeyFile } = config
  if (config.disputes === undefined) return []
  const disputed = disputedOf(chain, config.disputes)
  const checks: Check[] = []
  const own: Account[] = []
  if (keyFile !== undefined && answerKeyFile !== undefined) {
    checks.push(keyCheck('answer key', answerKeyFile))
    checks.push(answersCheck(disputed, addressOf(answerKeyFile), config.answerGweiMax))
    own.push(accountOf('answers', answerKeyFile))
  }
  if (challengerKeyFile !== undefined) {
    checks.push(keyCheck('challenger key', challengerKeyFile))
    checks.push(evidenceCheck(disputed, addressOf(challengerKeyFile)))
    own.push(accountOf('evidence', challengerKeyFile))
  }
  if (own.length === 0) return []
  const others =
    keyFile === undefined
      ? []
      : [accountOf('posts', config.posterKeyFile ?? keyFile), accountOf('the disperser', keyFile, false)]
  return [...checks, accountsCheck(own, others)]
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
    ...nodeDisputeChecks(config, chain),
    // Before the start nothing answers there yet.
    ...(occasion === 'start' ? [] : [ownEndpointCheck(chain, signer, clock)]),
  ]
}

function nodeDisputeChecks(config: NodeConfig, chain: Chain): Check[] {
  const { keyFile, answerKeyFile, answerGweiMax } = config
  if (config.disputes === undefined) return []
  const disputed = disputedOf(chain, config.disputes)
  const deposit = depositCheck(disputed, addressOf(keyFile))
  if (answerKeyFile === undefined) return [deposit, noAnswersCheck(disputed, addressOf(keyFile))]
  return [
    deposit,
    keyCheck('answer key', answerKeyFile),
    answersCheck(disputed, addressOf(answerKeyFile), answerGweiMax),
    accountsCheck([accountOf('answers', answerKeyFile)], [accountOf('the operator', keyFile, false)]),
  ]
}

/** Storage nodes are not asked: that they do not answer is what it is there to find. */
export function challengerChecks(config: ChallengerConfig, occasion: Occasion): Check[] {
  const chain = chainOf(config, systemClock)
  const disputed = disputedOf(chain, config.disputes)
  const { challengerKeyFile } = config
  return [
    nodeVersionCheck,
    descriptorsCheck,
    folderCheck(config.dir, CHALLENGER_DISK_BYTES),
    portCheck(config, occasion === 'start' ? undefined : async () => statusHas(urlOf(config), 'suspects')),
    ...(challengerKeyFile === undefined ? [] : [keyCheck('key', challengerKeyFile)]),
    endpointsCheck(chain),
    contractsCheck(chain),
    committeeCheck(chain),
    ...(challengerKeyFile === undefined
      ? []
      : [bondCheck(disputed, addressOf(challengerKeyFile), config.spendGweiDayMax)]),
  ]
}

function disputedOf(chain: Chain, address: Hex): Disputed {
  return { chain, disputes: createDisputes(chain.l1, address) }
}

function accountOf(name: string, key: SecretSource, sends = true): Account {
  return { name, address: addressOf(key), sends }
}

function addressOf(key: SecretSource): () => Promise<Hex> {
  return once(async () => addressOfSecretKey(await readSecretKey(key)))
}

/** Where a service that listens on `host` can be asked from here. */
function urlOf({ host, port }: { host: string; port: number }): string {
  const near = reachableAt(host)
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`
}

/** Whether a service answers there whose status has that field. */
async function statusHas(url: string, field: string): Promise<boolean> {
  const http = createHttpClient()
  try {
    const { status, body } = await http.send({
      method: 'GET',
      url: `${url}/v1/status`,
      timeoutMs: 5_000,
      responseBytesMax: 2 ** 20,
    })
    return status === 200 && field in (JSON.parse(new TextDecoder().decode(body)) as object)
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
    throw combineProblems(errors.map(sentenceOf), 'floe doctor with the same options shows all checks.', code)
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
