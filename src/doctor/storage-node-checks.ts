// The checks of the storage nodes: whether each endpoint of the committee belongs to the operator that L1 names.
//
// A node reports its signer without a proof. That is enough to find endpoints that are mixed up, which is the usual mistake. A node
// that lies gains nothing, because every attestation is checked against the signer's key.
import { z } from 'zod'
import type { Hex } from '../protocol/bytes.ts'
import { type Member, memberIndexOf, quorumOf } from '../protocol/committee.ts'
import type { Clock } from '../runtime/clock.ts'
import { HttpClient } from '../runtime/http-client.ts'
import { plainText } from '../runtime/text.ts'
import { type Check, type Finding, failure, notChecked, ok, once, warning } from './check.ts'
import { type L1Probe, l1Check } from './l1-probe.ts'

export type NodeResponse =
  | {
      readonly member: Member
      readonly signer: Hex
      readonly status: string
      /** How far the node's clock is ahead of this one. */
      readonly clockOffsetMs: number | undefined
    }
  | { readonly member: Member; readonly reason: string }

const HEALTH_TIMEOUT_MS = 3_000
const HEALTH_BYTES_MAX = 16 * 1024

const healthSchema = z.object({
  status: z.string().max(64),
  signer: z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{40}$/)]),
})

/** Asks every node of the committee for its signer, once. */
export function askNodes(probe: L1Probe, clock: Clock): () => Promise<NodeResponse[]> {
  return once(async () => {
    const { members } = await probe.currentCommittee()
    return withHttpClient(async (http) =>
      Promise.all(members.map(async (member) => askNode(http, member, clock))),
    )
  })
}

/** Checks each node, and whether enough of them answer for a quorum. */
export function nodesCheck(probe: L1Probe, nodeResponses: () => Promise<NodeResponse[]>): Check {
  return l1Check('nodes', probe, async () => {
    const [{ geometry }, responses] = await Promise.all([probe.currentCommittee(), nodeResponses()])
    const quorum = quorumOf(geometry)
    const summary = quorumFinding(responses, { quorum, shards: geometry.shards, faults: geometry.faults })
    return [...responses.map(nodeFinding), summary]
  })
}

function quorumFinding(
  responses: readonly NodeResponse[],
  { quorum, shards, faults }: { quorum: number; shards: number; faults: number },
): Finding {
  const matching = shardsOf(responses.filter(isSignerOnL1))
  const mismatched = shardsOf(responses.filter((response) => 'signer' in response && !isSignerOnL1(response)))
  const summary = `${matching} of ${shards} shards answer`
  if (mismatched > faults) {
    return failure(`${summary}; the endpoints of ${mismatched} shards have another operator than on L1`, {
      expected: `${quorum} shards at the endpoints that L1 names`,
      remedy: 'Check --committee and the chain. Until this is corrected no put can be certified.',
    })
  }
  if (matching >= quorum) return ok(`${summary}: can put and get`)
  return warning(`${summary}: puts get 503`, {
    expected: `${quorum} shards`,
    remedy: 'Ask the operators of the nodes that do not answer to start them.',
  })
}

function shardsOf(responses: readonly NodeResponse[]): number {
  return responses.reduce((sum, { member }) => sum + member.shards.length, 0)
}

function isSignerOnL1(response: NodeResponse): boolean {
  return 'signer' in response && response.signer === response.member.signer
}

function nodeFinding(response: NodeResponse): Finding {
  const { member } = response
  const endpoint = plainText(member.endpoint) || 'no usable endpoint'
  if ('reason' in response) {
    return warning(`${endpoint}: ${response.reason}`, {
      expected: `operator ${member.signer}`,
      remedy: 'Ask its operator to start it. Until then the other nodes serve its part.',
    })
  }
  if (!isSignerOnL1(response)) {
    return warning(`${endpoint}: operator ${response.signer}`, {
      expected: `operator ${member.signer}`,
      remedy: 'Ask its operator to correct the endpoint on L1, or the process that listens there.',
    })
  }
  if (response.status === 'ok')
    return ok(`${endpoint}: operator ${member.signer}, ${member.shards.length} shards`)
  return warning(`${endpoint}: status ${plainText(response.status)}`, {
    expected: 'a node that knows the committee and is a member of it',
    remedy: 'Ask its operator to check its L1 endpoint and contract addresses.',
  })
}

/** Whether a running node can be reached at the endpoint that L1 names for it. */
export function ownEndpointCheck(probe: L1Probe, operator: () => Promise<Hex>, clock: Clock): Check {
  return l1Check('endpoint', probe, async () => {
    const [committee, address] = await Promise.all([probe.currentCommittee(), operator()])
    const member = committee.members[memberIndexOf(committee, address)]
    if (member === undefined) return notChecked('L1 names no endpoint for this operator')
    return nodeFinding(await withHttpClient(async (http) => askNode(http, member, clock)))
  })
}

/** Whether a storage node with this signer answers at the URL. */
export async function isNodeAt(url: string, signer: Hex): Promise<boolean> {
  try {
    const health = await withHttpClient(async (http) => readHealth(http, url))
    return 'signer' in health && health.signer === signer
  } catch {
    return false
  }
}

/** Never rejects. */
async function askNode(http: HttpClient, member: Member, clock: Clock): Promise<NodeResponse> {
  const health = await readHealth(http, member.endpoint).catch((error: unknown) => ({
    reason: plainText((error as Error).message),
  }))
  if ('reason' in health) return { member, reason: health.reason }
  const { dateMs, signer, status } = health
  const clockOffsetMs = dateMs === undefined ? undefined : dateMs - clock.now()
  return { member, signer, status, clockOffsetMs }
}

type Health = z.infer<typeof healthSchema> & { readonly dateMs: number | undefined }

async function readHealth(http: HttpClient, endpoint: string): Promise<Health | { reason: string }> {
  const { status, body, dateMs } = await http.send({
    method: 'GET',
    url: `${endpoint}/v1/health`,
    timeoutMs: HEALTH_TIMEOUT_MS,
    responseBytesMax: HEALTH_BYTES_MAX,
  })
  const parsed = healthSchema.safeParse(parseJson(body))
  if (status === 200 && parsed.success) return { ...parsed.data, dateMs }
  return { reason: `the response with status ${status} is not that of a storage node` }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

async function withHttpClient<T>(work: (http: HttpClient) => Promise<T>): Promise<T> {
  const http = new HttpClient()
  try {
    return await work(http)
  } finally {
    await http.close()
  }
}
