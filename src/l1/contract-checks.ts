// Checks that the endpoints are on one chain, and that the configured contracts are there and belong together.
import type { Client } from 'viem'
import { getChainId, getCode } from 'viem/actions'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { readContract } from './read-contract.ts'
import { type L1, askEach, expectChain, isUnanswered, l1Unavailable, rpcReason } from './rpc.ts'

/**
 * The chain of the endpoints. From now on an endpoint of another one is asked for nothing else.
 * @param expected the chain that it must be; undefined: the one on which all endpoints that answer agree
 * @throws FloeError `configuration` for endpoints of different chains, or when all are of another one; `unavailable` when none answers
 */
export async function agreedChainId(l1: L1, expected: number | undefined): Promise<number> {
  const ids = await askEach(l1, 'reach L1', async (endpoint) => getChainId(endpoint))
  const [first = 0] = ids
  if (expected === undefined && ids.some((id) => id !== first)) {
    throw new FloeError(
      'configuration',
      `Expected all L1 endpoints on one chain, got chains ${ids.join(', ')}.`,
      { remedy: 'Correct --rpc-url or FLOE_RPC_URL, or name the chain with --chain-id.' },
    )
  }
  const chainId = expected ?? first
  if (!ids.includes(chainId)) {
    throw new FloeError('configuration', `Expected L1 endpoints of chain ${chainId}, got chain ${first}.`, {
      remedy: 'Correct the chain id, or use endpoints of that chain.',
    })
  }
  expectChain(l1, chainId)
  return chainId
}

/** @throws FloeError `configuration` when there is no such contract, or the Ledger names another committee; `unavailable` */
export async function checkContracts({ client }: L1, committee: Hex, ledger: Hex): Promise<void> {
  for (const [name, address] of [
    ['Committee', committee],
    ['Ledger', ledger],
  ] as const) {
    const code = await getCode(client, { address }).catch((error: unknown) => {
      throw l1Unavailable(error, `read the ${name} contract`)
    })
    if (code === undefined)
      throw wrongContract(name, address, 'there is no contract at that address on this chain')
  }
  const call = { address: ledger, abi: ledgerAbi, functionName: 'committee' } as const
  const named = await readContract(client, call).catch((error: unknown) => {
    // An endpoint that stops answering between two requests proves nothing about the contract.
    if (isUnanswered(error)) throw l1Unavailable(error, 'read the Ledger contract')
    throw wrongContract('Ledger', ledger, `it does not name its committee: ${rpcReason(error)}`)
  })
  if (named.toLowerCase() !== committee)
    throw wrongContract('Ledger', ledger, `its committee is ${named.toLowerCase()}, not ${committee}`)
  await checkVersion(client, ledger)
}

/** Version 2 of the protocol added terms to the Ledger. */
async function checkVersion(client: Client, ledger: Hex): Promise<void> {
  const call = { address: ledger, abi: ledgerAbi, functionName: 'noticeSeconds' } as const
  await readContract(client, call).catch((error: unknown) => {
    if (isUnanswered(error)) throw l1Unavailable(error, 'read the Ledger contract')
    throw wrongContract('Ledger', ledger, 'it is of an earlier version of the protocol')
  })
}

function wrongContract(name: 'Committee' | 'Ledger', address: Hex, reason: string): FloeError {
  const option = name.toLowerCase()
  return new FloeError('configuration', `Expected the ${name} contract at ${address}, but ${reason}.`, {
    remedy: `Correct --${option} or FLOE_${option.toUpperCase()}, or the L1 endpoint.`,
  })
}
