// The list of checks of each service. Results are shown in the order of the list.
import type { ChallengerConfig } from '../challenger/config.ts'
import { weiOf } from '../disputes/spending-budget.ts'
import { DisputesContract } from '../l1/disputes.ts'
import type { NodeConfig } from '../node/config.ts'
import type { Hex } from '../protocol/bytes.ts'
import { addressOfSecretKey } from '../protocol/signature.ts'
import { systemClock } from '../runtime/clock.ts'
import { HttpClient } from '../runtime/http-client.ts'
import { type SecretSource, readSecretKey } from '../runtime/secrets.ts'
import { POST_GWEI_DAY_DEFAULT, type SidecarConfig } from '../sidecar/config.ts'
import { type Check, type Occasion, once } from './check.ts'
import { clockCheck } from './clock-check.ts'
import { depositCheck } from './deposit-checks.ts'
import {
  type Account,
  accountsCheck,
  answersCheck,
  bondCheck,
  evidenceCheck,
  noResponderCheck,
} from './dispute-checks.ts'
import {
  balanceCheck,
  certificatePostsCheck,
  committeeCheck,
  contractsCheck,
  disperserCheck,
  membershipCheck,
} from './l1-checks.ts'
import { endpointChecks } from './endpoint-checks.ts'
import { L1Probe } from './l1-probe.ts'
import {
  descriptorsCheck,
  folderCheck,
  keyCheck,
  nodeVersionCheck,
  portCheck,
  reachableAt,
} from './machine-checks.ts'
import { redisCheck } from './redis-check.ts'
import { promiseCheck, retentionCheck } from './terms-checks.ts'
import { askNodes, isNodeAt, nodesCheck, ownEndpointCheck } from './storage-node-checks.ts'

/** Headers, certificates and the journal. */
const SIDECAR_FOLDER_BYTES = 2 ** 30
/** The journal of one account. */
const CHALLENGER_FOLDER_BYTES = 2 ** 26
const STATUS_TIMEOUT_MS = 5_000
const STATUS_BYTES_MAX = 2 ** 20

export function sidecarChecks(config: SidecarConfig, occasion: Occasion): Check[] {
  const probe = new L1Probe({ config, clock: systemClock })
  const nodeResponses = askNodes(probe, systemClock)
  const isOwnService = async (): Promise<boolean> => hasStatusField(config, 'spool')
  return [
    nodeVersionCheck,
    descriptorsCheck,
    folderCheck(config.dir, SIDECAR_FOLDER_BYTES),
    servicePortCheck(config, occasion, isOwnService),
    ...sidecarKeyChecks(config),
    ...endpointChecks(probe, { clock: systemClock, occasion, ageSecondsMax: config.l1AgeSecondsMax }),
    contractsCheck(probe),
    committeeCheck(probe),
    clockCheck({ probe, clock: systemClock, nodeResponses }),
    ...sidecarAccountChecks(config, probe),
    ...sidecarDisputeChecks(config, probe),
    nodesCheck(probe, nodeResponses),
    ...(config.redisUrl === undefined ? [] : [redisCheck(config.redisUrl)]),
  ]
}

/** A read-only sidecar has no key. Posts are paid for by the disperser unless they have an account of their own. */
function sidecarKeyChecks({ keyFile, posterKeyFile }: SidecarConfig): Check[] {
  const checks: Check[] = []
  if (keyFile !== undefined) checks.push(keyCheck('key', keyFile))
  if (posterKeyFile !== undefined && posterKeyFile !== keyFile) {
    checks.push(keyCheck('posting key', posterKeyFile))
  }
  return checks
}

function sidecarAccountChecks(config: SidecarConfig, probe: L1Probe): Check[] {
  const { keyFile, posterKeyFile, postingIntervalMs, disputes } = config
  if (keyFile === undefined)
    return posterKeyFile === undefined ? [] : [readOnlyPostsCheck(config, probe, posterKeyFile)]
  const disperser = addressOf(keyFile)
  const checks = [retentionCheck(probe, config), disperserCheck(probe, disperser)]
  if (disputes !== undefined) {
    const disputesProbe = { probe, disputes: new DisputesContract(probe.l1, disputes) }
    checks.push(depositCheck(disputesProbe, disperser, 'disperser'))
  }
  return [...checks, balanceCheck(probe, addressOf(posterKeyFile ?? keyFile), postingIntervalMs)]
}

function readOnlyPostsCheck(
  { postDispersers = [], postGweiDayMax = POST_GWEI_DAY_DEFAULT }: SidecarConfig,
  probe: L1Probe,
  key: SecretSource,
): Check {
  const limits = { dispersers: postDispersers.length, dayWeiMax: weiOf(postGweiDayMax) }
  return certificatePostsCheck(probe, addressOf(key), limits)
}

/** A read-only sidecar has no batches of its own, so it answers no challenges. It may send evidence. */
function sidecarDisputeChecks(config: SidecarConfig, probe: L1Probe): Check[] {
  const { keyFile, answerKeyFile, challengerKeyFile } = config
  if (config.disputes === undefined) return []
  const disputesProbe = { probe, disputes: new DisputesContract(probe.l1, config.disputes) }
  const checks: Check[] = []
  const disputing: Account[] = []
  if (keyFile !== undefined && answerKeyFile !== undefined) {
    const responder = accountOf('answers', answerKeyFile)
    checks.push(keyCheck('answer key', answerKeyFile))
    checks.push(answersCheck(disputesProbe, responder.address, config))
    disputing.push(responder)
  }
  if (challengerKeyFile !== undefined) {
    const challenger = accountOf('evidence', challengerKeyFile)
    checks.push(keyCheck('challenger key', challengerKeyFile))
    checks.push(evidenceCheck(disputesProbe, challenger.address))
    disputing.push(challenger)
  }
  if (disputing.length > 0) checks.push(accountsCheck(disputing, sidecarAccounts(config)))
  return checks
}

/** The accounts of a sidecar that do not pay in disputes. */
function sidecarAccounts({ keyFile, posterKeyFile = keyFile }: SidecarConfig): Account[] {
  return [
    ...(posterKeyFile === undefined ? [] : [accountOf('posts', posterKeyFile)]),
    ...(keyFile === undefined ? [] : [signerOf('the disperser', keyFile)]),
  ]
}

export function nodeChecks(config: NodeConfig, occasion: Occasion): Check[] {
  const probe = new L1Probe({ config, clock: systemClock })
  const operator = signerOf('the operator', config.keyFile)
  const isOwnService = async (): Promise<boolean> => isNodeAt(urlOf(config), await operator.address())
  return [
    nodeVersionCheck,
    descriptorsCheck,
    folderCheck(config.dir, config.diskBytesMax),
    servicePortCheck(config, occasion, isOwnService),
    keyCheck('key', config.keyFile),
    ...endpointChecks(probe, { clock: systemClock, occasion, ageSecondsMax: config.l1AgeSecondsMax }),
    contractsCheck(probe),
    committeeCheck(probe),
    clockCheck({ probe, clock: systemClock }),
    membershipCheck(probe, operator.address),
    promiseCheck(probe, config),
    ...nodeDisputeChecks(config, probe, operator),
    // Before the start the node does not answer yet.
    ...(occasion === 'start' ? [] : [ownEndpointCheck(probe, operator.address, systemClock)]),
  ]
}

function nodeDisputeChecks(config: NodeConfig, probe: L1Probe, operator: Account): Check[] {
  const { disputes, answerKeyFile } = config
  if (disputes === undefined) return []
  const disputesProbe = { probe, disputes: new DisputesContract(probe.l1, disputes) }
  const deposit = depositCheck(disputesProbe, operator.address, 'operator')
  if (answerKeyFile === undefined) return [deposit, noResponderCheck(disputesProbe, operator.address)]
  const responder = accountOf('answers', answerKeyFile)
  return [
    deposit,
    keyCheck('answer key', answerKeyFile),
    answersCheck(disputesProbe, responder.address, config),
    accountsCheck([responder], [operator]),
  ]
}

/** The storage nodes are not checked: a challenger runs in order to find those that do not answer. */
export function challengerChecks(config: ChallengerConfig, occasion: Occasion): Check[] {
  const probe = new L1Probe({ config, clock: systemClock })
  const isOwnService = async (): Promise<boolean> => hasStatusField(config, 'suspects')
  const { challengerKeyFile } = config
  const machineChecks = [
    nodeVersionCheck,
    descriptorsCheck,
    folderCheck(config.dir, CHALLENGER_FOLDER_BYTES),
    servicePortCheck(config, occasion, isOwnService),
  ]
  const l1Checks = [
    ...endpointChecks(probe, { clock: systemClock, occasion, ageSecondsMax: config.l1AgeSecondsMax }),
    contractsCheck(probe),
    committeeCheck(probe),
  ]
  if (challengerKeyFile === undefined) return [...machineChecks, ...l1Checks]
  const disputesProbe = { probe, disputes: new DisputesContract(probe.l1, config.disputes) }
  return [
    ...machineChecks,
    keyCheck('key', challengerKeyFile),
    ...l1Checks,
    bondCheck(disputesProbe, addressOf(challengerKeyFile), config.spendGweiDayMax),
  ]
}

function servicePortCheck(
  { host, port }: { host: string; port: number },
  occasion: Occasion,
  isOwnService: () => Promise<boolean>,
): Check {
  return portCheck({ host, port, isOwnService: occasion === 'start' ? undefined : isOwnService })
}

/** An account from which a process sends transactions. */
function accountOf(name: string, key: SecretSource): Account {
  return { name, address: addressOf(key), sends: true }
}

/** An account whose key only signs. */
function signerOf(name: string, key: SecretSource): Account {
  return { name, address: addressOf(key), sends: false }
}

function addressOf(key: SecretSource): () => Promise<Hex> {
  return once(async () => addressOfSecretKey(await readSecretKey(key)))
}

/** The URL at which this machine reaches a service that listens on `host`. */
function urlOf({ host, port }: { host: string; port: number }): string {
  const reachable = reachableAt(host)
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** Whether a service with that field in its status answers there. */
async function hasStatusField(listener: { host: string; port: number }, field: string): Promise<boolean> {
  const http = new HttpClient()
  try {
    const { status, body } = await http.send({
      method: 'GET',
      url: `${urlOf(listener)}/v1/status`,
      timeoutMs: STATUS_TIMEOUT_MS,
      responseBytesMax: STATUS_BYTES_MAX,
    })
    return status === 200 && field in (JSON.parse(new TextDecoder().decode(body)) as object)
  } catch {
    return false
  } finally {
    await http.close()
  }
}
