// What L1 knows of a commitment: whether it has a quorum, and the headers that were posted.
import { readContract } from '../../src/l1/read-contract.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { type PostedHeader, postedHeaders } from '../../src/l1/posted.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { epochMembersOf } from '../../src/protocol/committee.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import type { Network } from '../support/network.ts'

/** The result of `Ledger.verify` for a commitment. */
export async function verifies(
  network: Pick<Network, 'rpcUrl' | 'deployment'>,
  commitment: Uint8Array,
): Promise<boolean> {
  const { deployment, rpcUrl } = network
  return readContract(connectL1([rpcUrl]).client, {
    address: deployment.ledger,
    abi: ledgerAbi,
    functionName: 'verify',
    args: [toHex(commitment), epochMembersOf(deployment.members)],
  })
}

/** The digest of the header in a commitment. */
export function digestOf(network: Pick<Network, 'deployment'>, commitment: Uint8Array): Hex {
  return toHex(headerDigest(network.deployment.domain, decodeCertificate(commitment).header))
}

/** All headers that L1 has recorded, found with an L1 endpoint and the address of the Ledger alone. */
export async function allPosted(network: Pick<Network, 'rpcUrl' | 'deployment'>): Promise<PostedHeader[]> {
  const { rpcUrl, deployment } = network
  const headers: PostedHeader[] = []
  for await (const header of postedHeaders({ l1: connectL1([rpcUrl]), domain: deployment.domain }))
    headers.push(header)
  return headers
}
