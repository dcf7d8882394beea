// What the storage nodes must say: that at each endpoint of the committee stands the operator that L1 names.
//
// A node says who it is without proof. That finds endpoints that are mixed up, which is what goes wrong; a node that lies gains
// nothing, since whatever it attests is checked against its key.
import { z } from 'zod'
import type { Hex } from '../protocol/bytes.ts'
import { type Member, memberIndexOf, quorumOf } from '../protocol/committee.ts'
import type { Clock } from '../runtime/clock.ts'
import { type HttpClient, createHttpClient } from '../runtime/http-client.ts'
import { plainText } from '../runtime/text.ts'
import type { Chain } from './l1-checks.ts'
import { type Check, type Finding, failure, notChecked, ok, once, warning } from './check.ts'

export type Probe =
  | {
      readonly member: Member
      readonly signer: Hex
      readonly status: string
      readonly aheadMs: number | undefined
    }
  | { readonly member: Member; readonly reason: string }

const HEALTH_MS_MAX = 3_000
const HEALTH_BYTES_MAX = 16 * 1024

const healthSchema = z.object({
  status: z.string().max(64),
  signer: z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{40}$/)]),
})

/** Asks every node of the committee who it is, once. */
export function probesOf(chain: Chain, clock: Clock): () => Promise<Probe[]> {
  return once(async () => {
    const { members } = await chain.currentCommittee()
    const http = createHttpClient()
    try {
      return await Promise.all(members.map(async (member) => probe(http, member, clock)))
    } finally {
      await http.close()
    }
  })
}

/** Who answers at `endpoint`. Never rejects. */
async function probe(http: HttpClient, member: Member, clock: Clock): Promise<Probe> {
  const health = await healthAt(http, member.endpoint).catch((error: unknown) => ({
    reason: plainText((error as Error).message),
  }))
  if ('reason' in health) return { member, reason: health.reason }
  const { dateMs, signer, status } = health
  return { member, signer, status, aheadMs: dateMs === undefined ? undefined : dateMs - clock.now() }
}

async function healthAt(http: HttpClient, endpoint: string) {
  const { status, body, dateMs } = await http.send({
    method: 'GET',
    url: `${endpoint}/v1/health`,
    timeoutMs: HEALTH_MS_MAX,
    responseBytesMax: HEALTH_BYTES_MAX,
  })
  const parsed = healthSchema.safeParse(jsonIn(body))
  if (status === 200 && parsed.success) return { ...parsed.data, dateMs }
  return { reason: `what answers with ${status} is no storage node` }
}

function jsonIn(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}

/** Whether a storage node with this signer answers at a URL. */
export async function nodeAnswers(url: string, signer: Hex): Promise<boolean> {
  const http = createHttpClient()
  try {
    const health = await healthAt(http, url)
    return 'signer' in health && health.signer === signer
  } catch {
    return false
  } finally {
    await http.close()
  }
}

/** Every node by itself, and whether a quorum can form. */
export function nodesCheck(chain: Chain, probes: () => Promise<Probe[]>): Check {
  return {
    name: 'nodes',
    look: async () => {
      const why = await chain.silent()
      if (why !== undefined) return notChecked(why)
      const [{ geometry }, found] = await Promise.all([chain.currentCommittee(), probes()])
      const shardsOf = (those: (probe: Probe) => boolean): number =>
        found.filter(those).reduce((sum, { member }) => sum + member.shards, 0)
      const right = shardsOf((probe) => isItself(probe))
      const wrong = shardsOf((probe) => 'signer' in probe && !isItself(probe))
      const summary = `${right} of ${geometry.shards} shards answer`
      return [
        ...found.map(nodeFinding),
        wrong > geometry.faults
          ? failure(`${summary}; operators of ${wrong} are not where L1 says`, {
              expected: `${quorumOf(geometry)} shards at the endpoints that L1 names`,
              remedy:
                'Check --committee, and whether this is the right chain; no put can be certified like this.',
            })
          : right >= quorumOf(geometry)
            ? ok(`${summary}: can put and get`)
            : warning(`${summary}: puts get 503`, {
                expected: `${quorumOf(geometry)} shards`,
                remedy:
                  'The operators of those that do not answer must start them; puts work again when they do.',
              }),
      ]
    },
  }
}

function isItself(probe: Probe): boolean {
  return 'signer' in probe && probe.signer === probe.member.signer
}

function nodeFinding(probe: Probe): Finding {
  const { member } = probe
  const where = plainText(member.endpoint) || 'no usable endpoint'
  if ('reason' in probe) {
    return warning(`${where}: ${probe.reason}`, {
      expected: `operator ${member.signer}`,
      remedy: 'Its operator must start it; until then the others do its part.',
    })
  }
  if (!isItself(probe)) {
    return warning(`${where}: operator ${probe.signer}`, {
      expected: `operator ${member.signer}`,
      remedy: 'Its operator corrects the endpoint on L1, or what listens there.',
    })
  }
  if (probe.status === 'ok') return ok(`${where}: operator ${member.signer}, ${member.shards} shards`)
  return warning(`${where}: says ${plainText(probe.status)}`, {
    expected: 'a node that knows the committee and is in it',
    remedy: 'Its operator checks its L1 endpoint and contract addresses.',
  })
}

/** The node's own endpoint, as L1 has it, when the node runs. */
export function ownEndpointCheck(chain: Chain, signer: () => Promise<Hex>, clock: Clock): Check {
  return {
    name: 'endpoint',
    look: async () => {
      const why = await chain.silent()
      if (why !== undefined) return notChecked(why)
      const [committee, address] = await Promise.all([chain.currentCommittee(), signer()])
      const member = committee.members[memberIndexOf(committee, address)]
      if (member === undefined) return notChecked('L1 names no endpoint for this operator')
      const http = createHttpClient()
      try {
        return nodeFinding(await probe(http, member, clock))
      } finally {
        await http.close()
      }
    },
  }
}
