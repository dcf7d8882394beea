// The checks of each L1 endpoint: whether it answers, how old its head is, what history and which limits it has. Providers differ in
// all of these, and each finding says what the limit means for Floe. A service can work with one good endpoint, so what is wrong with
// another one is a warning.
import type { EndpointFault } from '../l1/endpoints/fault.ts'
import { L1_AGE_SECONDS_DEFAULT } from '../l1/head-watch.ts'
import type { Clock } from '../runtime/clock.ts'
import { durationText } from '../runtime/text.ts'
import { type Check, type Finding, type Occasion, failure, notChecked, ok, warning } from './check.ts'
import {
  type Answer,
  type BlockSpan,
  BURST_CALLS,
  type EndpointHead,
  type EndpointProbe,
  LOG_REQUESTS_MAX,
  type Log,
} from './endpoint-probe.ts'
import { type L1Probe, L1_UNREACHABLE } from './l1-probe.ts'

type Explanation = { readonly found: string; readonly expected: string; readonly remedy: string }

const ANOTHER = 'another endpoint'
/** What an operator is told about an endpoint that does not answer. */
const EXPLANATIONS: Record<EndpointFault, Explanation> = {
  unreachable: {
    found: 'unreachable',
    expected: 'a response',
    remedy: 'Check that the endpoint runs and that this machine can reach it.',
  },
  timeout: {
    found: 'no response in time',
    expected: 'a response within 5 s',
    remedy: `Check that the endpoint runs and is not overloaded, or use ${ANOTHER}.`,
  },
  'rate-limited': {
    found: 'refuses requests because they are too many',
    expected: 'a plan that allows the requests of this service',
    remedy: 'Use a larger plan, add an endpoint of another provider, or give each service a key of its own.',
  },
  forbidden: {
    found: 'refuses this client',
    expected: 'a key that allows all methods that are used',
    remedy: 'Check the key in --rpc-url or FLOE_RPC_URL, and what the provider allows for it.',
  },
  'wrong-answer': {
    found: 'the response is not that of an Ethereum node',
    expected: 'JSON-RPC of an Ethereum node',
    remedy: 'Correct --rpc-url or FLOE_RPC_URL; a proxy may answer instead of the node.',
  },
  'wrong-chain': {
    found: 'another chain',
    expected: 'the chain of the contracts',
    remedy: 'Correct --rpc-url or FLOE_RPC_URL, or --chain-id.',
  },
  'no-history': {
    found: 'has deleted what is asked for',
    expected: 'the history since the contracts were deployed',
    remedy: `Add ${ANOTHER} that has it, such as an archive node.`,
  },
  'range-limited': {
    found: 'refuses the size of a request',
    expected: 'requests about more blocks',
    remedy: `Use a larger plan, or ${ANOTHER}.`,
  },
  broken: { found: 'fails', expected: 'a response', remedy: `If this continues, use ${ANOTHER}.` },
}

/** An error that says nothing known about the endpoint. */
const REFUSED: Explanation = {
  found: 'answers with an error',
  expected: 'a response',
  remedy: `Check the key and the plan of the endpoint, or use ${ANOTHER}.`,
}

const REDACTED_REMEDY =
  ' It repeats the secret of its URL: Floe leaves that out, and other programs may write it to their logs.'

export type EndpointChecksOptions = {
  readonly clock: Clock
  readonly occasion: Occasion
  /** Seconds from which on the newest block counts as standing still; left out: two minutes. */
  readonly ageSecondsMax?: number | undefined
}

/** Before a start only what decides it is checked: limits cost requests, and a service works with them. */
export function endpointChecks(
  probe: L1Probe,
  { clock, occasion, ageSecondsMax = L1_AGE_SECONDS_DEFAULT }: EndpointChecksOptions,
): Check[] {
  const deciding = [endpointsCheck(probe), headCheck(probe, clock, ageSecondsMax)]
  if (occasion === 'start') return deciding
  // One endpoint alone does not show that it leaves out logs.
  const compared = probe.endpoints.length > 1 ? [logsCheck(probe)] : []
  return [...deciding, historyCheck(probe), logRangeCheck(probe), ...compared, requestsCheck(probe)]
}

/** Endpoints are named by their number, because a URL may contain a provider's key. */
function endpointsCheck(probe: L1Probe): Check {
  return {
    name: 'L1',
    run: async () => {
      const heads = await probe.heads()
      const expected = await probe.chainId()
      const isAnyRight = heads.some((head) => 'value' in head && head.value.chainId === expected)
      return heads.map((head, i) => {
        const name = nameOf(probe, i)
        return 'value' in head
          ? chainFinding(name, head.value, {
              expected,
              isOnlyWarning: isAnyRight && probe.config.chainId !== undefined,
            })
          : faultFinding(name, head, isAnyRight)
      })
    },
  }
}

function chainFinding(
  name: string,
  { chainId, number }: EndpointHead,
  { expected, isOnlyWarning }: { expected: number | undefined; isOnlyWarning: boolean },
): Finding {
  const found = `${name}: chain ${chainId}, block ${number}`
  if (chainId === expected) return ok(found)
  const { remedy } = EXPLANATIONS['wrong-chain']
  const details = {
    expected: expected === undefined ? 'one chain of all endpoints' : `chain ${expected}`,
    remedy,
  }
  return isOnlyWarning ? warning(found, details) : failure(found, details)
}

function faultFinding(name: string, { fault, reason }: Fault, isAnyRight: boolean): Finding {
  const { found, expected, remedy } = fault === undefined ? REFUSED : EXPLANATIONS[fault]
  const details = { expected, remedy: reason.includes('[redacted]') ? remedy + REDACTED_REMEDY : remedy }
  const text = `${name}: ${found}: ${reason}`
  return isAnyRight ? warning(text, details) : failure(text, { ...details, transient: true })
}

type Fault = Exclude<Answer<unknown>, { readonly value: unknown }>

const LAG_SECONDS_MAX = 60

/** The age of each head by its timestamp, and how far it is behind the newest one of the endpoints. */
function headCheck(probe: L1Probe, clock: Clock, ageSecondsMax: number): Check {
  return eachEndpoint('L1 head', probe, async ({ name, head: { number, timestamp }, newest }) => {
    const ageSeconds = Math.max(0, Math.round(clock.now() / 1000 - timestamp))
    const found = `${name}: block ${number}, ${ageSeconds} s old`
    const lagSeconds = newest.timestamp - timestamp
    if (lagSeconds > LAG_SECONDS_MAX) {
      return warning(`${found}, ${newest.number - number} blocks behind another endpoint`, {
        expected: `at most ${LAG_SECONDS_MAX} s behind the newest head of all endpoints`,
        remedy:
          'Check whether the endpoint is synchronizing or stands still. Until then the other endpoints are ahead of it.',
      })
    }
    if (ageSeconds <= ageSecondsMax) return ok(found)
    return warning(found, {
      expected: `a block of the last ${durationText(ageSecondsMax)}`,
      remedy:
        'Check whether L1 has stalled, the endpoint lags or stands still, or this clock is ahead. Meanwhile the service is not ready.',
    })
  })
}

/** Whether each endpoint has the logs since the contracts were deployed. */
function historyCheck(probe: L1Probe): Check {
  return {
    name: 'L1 history',
    run: async () => {
      if (!(await probe.isReachable())) return notChecked(L1_UNREACHABLE)
      const first = await probe.deploymentBlock()
      const unknown =
        first === 0 && probe.config.deploymentBlock === undefined ? [unknownDeploymentFinding()] : []
      const answers = await probe.firstLogs()
      const isKept = answers.some((answer) => 'value' in answer)
      const canWork = isKept || (await isResolved(probe.currentCommittee()))
      const findings = answers.map((answer, i) =>
        historyFinding(nameOf(probe, i), answer, { first, isKept, canWork }),
      )
      return [...findings, ...unknown]
    },
  }
}

function unknownDeploymentFinding(): Finding {
  return warning(
    'the block that deployed the contracts is not known, and no endpoint has the state to search for it',
    {
      expected: 'the block, so that older ones are not read',
      remedy: 'Set --deployment-block or FLOE_DEPLOYMENT_BLOCK: floe setup prints it.',
    },
  )
}

function historyFinding(
  name: string,
  answer: Answer<unknown>,
  { first, isKept, canWork }: { first: number; isKept: boolean; canWork: boolean },
): Finding {
  if ('value' in answer) return ok(`${name}: has the logs since block ${first}`)
  if (answer.fault !== 'no-history') return notChecked(`${name}: ${answer.reason}`)
  const found = `${name}: has deleted the logs of block ${first}: ${answer.reason}`
  const { expected, remedy } = EXPLANATIONS['no-history']
  if (isKept)
    return warning(found, {
      expected,
      remedy: 'Nothing: what it has deleted is asked from another endpoint.',
    })
  return canWork ? warning(found, { expected, remedy }) : failure(found, { expected, remedy })
}

async function isResolved(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  )
}

/** Fewer blocks make catching up slow. */
const LOG_BLOCKS_WANTED = 1_000

/** How many blocks each endpoint gives logs of in one request. */
function logRangeCheck(probe: L1Probe): Check {
  return eachEndpoint('L1 log range', probe, async ({ name, endpoint }) => {
    const range = await endpoint.logRange()
    if (!('value' in range)) return notChecked(`${name}: ${range.reason}`)
    const { blocks, refused } = range.value
    const found = `${name}: logs of ${blocks} blocks in one request`
    if (refused === undefined || refused > LOG_BLOCKS_WANTED) return ok(found)
    return warning(`${found}; ${refused} were refused`, {
      expected: `${LOG_BLOCKS_WANTED} blocks`,
      remedy:
        'Nothing must be done: fewer are asked for, which takes more requests. A larger plan, or another endpoint, catches up faster.',
    })
  })
}

const CALL_MS_MAX = 500

/** How long a call takes, whether several may be in one request, and how many at a time. Other checks would disturb it, and it them. */
function requestsCheck(probe: L1Probe): Check {
  const check = eachEndpoint('L1 requests', probe, async ({ name, endpoint }) => {
    const callMs = await endpoint.callMs()
    if (!('value' in callMs)) return notChecked(`${name}: ${callMs.reason}`)
    const findings = [speedFinding(name, Math.round(callMs.value))]
    if (!(await endpoint.takesBatches())) {
      const refusal = warning(`${name}: refuses several calls in one request`, {
        expected: 'JSON-RPC batches',
        remedy: 'Nothing must be done: calls are sent one by one, which takes more requests.',
      })
      findings.push(refusal)
    }
    return [...findings, burstFinding(name, await endpoint.refusedOfBurst())]
  })
  return { ...check, afterOthers: true }
}

function speedFinding(name: string, ms: number): Finding {
  if (ms <= CALL_MS_MAX) return ok(`${name}: ${ms} ms a call`)
  return warning(`${name}: slow: ${ms} ms a call`, {
    expected: `at most ${CALL_MS_MAX} ms`,
    remedy: 'Use an endpoint that is nearer or faster. Until then posts and commitments are seen late.',
  })
}

function burstFinding(name: string, refused: number): Finding {
  if (refused === 0) return ok(`${name}: answers ${BURST_CALLS} calls at a time`)
  const { expected, remedy } = EXPLANATIONS['rate-limited']
  const found = `${name}: limits the rate of requests: ${refused} of ${BURST_CALLS} calls at a time were refused`
  return warning(found, { expected, remedy })
}

/** Blocks whose logs are compared: recent ones, which also a pruned endpoint has. */
const COMPARED_BLOCKS_MAX = 1_000

/** Whether the endpoints agree about the logs of the contracts. One that leaves out some cannot be noticed alone. */
function logsCheck(probe: L1Probe): Check {
  return {
    name: 'L1 logs',
    run: async () => {
      if (!(await probe.isReachable())) return notChecked(L1_UNREACHABLE)
      const chainId = await probe.chainId()
      const heads = await probe.heads()
      const final = await probe.finalBlock()
      const compared = probe.endpoints.filter((_, i) => {
        const head = heads[i]
        return (
          head !== undefined &&
          'value' in head &&
          head.value.chainId === chainId &&
          head.value.number >= final
        )
      })
      if (compared.length < 2) return notChecked('there are no two endpoints to compare')
      const range = await comparedRange(probe, compared, final)
      const answers = await Promise.all(compared.map(async (endpoint) => endpoint.logsOf(range)))
      const keys = answers.map((answer) => ('value' in answer ? new Set(answer.value.map(keyOf)) : undefined))
      const all = new Set(keys.flatMap((known) => [...(known ?? [])]))
      return answers.map((answer, i) => {
        const name = compared[i]?.name ?? ''
        return 'value' in answer
          ? logsFinding(name, range, { all: all.size, missing: all.size - (keys[i]?.size ?? 0) })
          : notChecked(`${name}: ${answer.reason}`)
      })
    },
  }
}

/** The newest final blocks, as many as all endpoints give in a few requests. */
async function comparedRange(
  probe: L1Probe,
  compared: readonly EndpointProbe[],
  final: number,
): Promise<BlockSpan> {
  const ranges = await Promise.all(compared.map(async (endpoint) => endpoint.logRange()))
  const smallest = Math.min(...ranges.map((range) => ('value' in range ? range.value.blocks : 1)))
  const blocks = Math.min(COMPARED_BLOCKS_MAX, LOG_REQUESTS_MAX * Math.max(1, smallest))
  const first = await probe.deploymentBlock()
  return { fromBlock: Math.min(Math.max(first, final - blocks + 1), final), toBlock: final }
}

function logsFinding(
  name: string,
  { fromBlock, toBlock }: BlockSpan,
  { all, missing }: { all: number; missing: number },
): Finding {
  const blocks = `of blocks ${fromBlock} to ${toBlock}`
  if (missing === 0) return ok(`${name}: ${all} logs ${blocks}, as the others`)
  return warning(`${name}: leaves out ${missing} of ${all} logs ${blocks}`, {
    expected: 'the logs that another endpoint has',
    remedy: 'Remove the endpoint that is wrong: the one that leaves out logs, or the one that makes them up.',
  })
}

function keyOf({ blockNumber, logIndex }: Log): string {
  return `${blockNumber} ${logIndex}`
}

type Reached = {
  readonly name: string
  readonly endpoint: EndpointProbe
  readonly head: EndpointHead
  /** The newest head of all endpoints on the right chain. */
  readonly newest: EndpointHead
}

/** A check of every endpoint that answers and is on the right chain; the others are reported by the first check. */
function eachEndpoint(
  name: string,
  probe: L1Probe,
  check: (reached: Reached) => Promise<Finding | readonly Finding[]>,
): Check {
  return {
    name,
    run: async () => {
      const [heads, chainId] = [await probe.heads(), await probe.chainId()]
      const right = heads.map((head) =>
        'value' in head && head.value.chainId === chainId ? head.value : undefined,
      )
      const newest = right.reduce((a, b) =>
        a === undefined || (b !== undefined && b.number > a.number) ? b : a,
      )
      if (newest === undefined) return notChecked(L1_UNREACHABLE)
      const findings = probe.endpoints.map(async (endpoint, i) => {
        const head = right[i]
        if (head === undefined) return notChecked(`${endpoint.name} is not usable, see above`)
        return check({ name: endpoint.name, endpoint, head, newest })
      })
      return (await Promise.all(findings)).flat()
    },
  }
}

function nameOf(probe: L1Probe, index: number): string {
  return probe.endpoints[index]?.name ?? `endpoint ${index + 1}`
}
