// The terms of a Ledger (docs/protocol.md §6.2), which never change, so they are read once.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { readContract } from './read-contract.ts'
import { type L1, askEach } from './rpc.ts'
import type { Client } from 'viem'

export type LedgerTerms = PostingTerms & {
  /** n, the number of shards in every epoch. */
  readonly shards: number
}

/** @throws FloeError `unavailable` when no endpoint answers, or endpoints differ about what never changes */
export async function readPostingTerms(l1: L1, ledger: Hex): Promise<LedgerTerms> {
  const all = await askEach(l1, 'read the terms of the Ledger contract', async (endpoint) =>
    readTerms(endpoint, ledger),
  )
  const [first] = all
  if (first !== undefined && all.every((terms) => JSON.stringify(terms) === JSON.stringify(first)))
    return first
  throw new FloeError('unavailable', 'The L1 endpoints disagree about the terms of the Ledger contract.', {
    remedy: 'Remove the endpoint that lies or is on another chain.',
    facts: { terms: all.map((terms) => JSON.stringify(terms)).join(' ') },
  })
}

async function readTerms(endpoint: Client, ledger: Hex): Promise<LedgerTerms> {
  const contract = { address: ledger, abi: ledgerAbi } as const
  const [noticeSeconds, promiseSeconds, shards] = await Promise.all([
    readContract(endpoint, { ...contract, functionName: 'noticeSeconds' }),
    readContract(endpoint, { ...contract, functionName: 'promiseSeconds' }),
    readContract(endpoint, { ...contract, functionName: 'shards' }),
  ])
  return { noticeSeconds: Number(noticeSeconds), promiseSeconds: Number(promiseSeconds), shards }
}

/** The terms of one Ledger, read when they are first needed. A failed read is repeated by the next caller. */
export class PostingTermsReader {
  readonly #l1: L1
  readonly #ledger: Hex
  #terms: Promise<LedgerTerms> | undefined

  constructor({ l1, ledger }: { readonly l1: L1; readonly ledger: Hex }) {
    this.#l1 = l1
    this.#ledger = ledger
  }

  /** @throws FloeError `unavailable` */
  async read(): Promise<LedgerTerms> {
    this.#terms ??= readPostingTerms(this.#l1, this.#ledger)
    return this.#terms.catch((error: unknown) => {
      this.#terms = undefined
      throw error
    })
  }
}
