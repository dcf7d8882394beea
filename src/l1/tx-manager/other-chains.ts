// Journalled transactions of another chain: an account is configured for one chain, and its journal may have been written for another
// one, or when an endpoint's word decided the chain.
//
// Such a transaction can never be mined here, whatever its nonce, so its work may be signed for again. It is kept, because it is valid
// on its own chain, and becomes pending again when the account is configured for that chain.
import { parseTransaction } from 'viem'
import type { Journal, JournalEntry } from '../../store/journal.ts'
import type { TxManagerLogger } from './context.ts'

/** Entries whose transactions are named in the log. */
const NAMED_MAX = 10

/** The attempts for the chain, and those for others; an entry may have both. */
export function splitByChain(
  entries: readonly JournalEntry[],
  chainId: number,
): { readonly own: JournalEntry[]; readonly other: JournalEntry[] } {
  const keep = (isOwn: boolean): JournalEntry[] =>
    entries.flatMap((entry) => {
      const attempts = entry.attempts.filter(
        ({ raw }) => (parseTransaction(raw).chainId === chainId) === isOwn,
      )
      return attempts.length === 0 ? [] : [{ ...entry, attempts }]
    })
  return { own: keep(true), other: keep(false) }
}

export type SetAsideOptions = {
  readonly journal: Pick<Journal, 'pending' | 'aside' | 'exchange'>
  readonly chainId: number
  readonly logger?: TxManagerLogger | undefined
}

/** Sets aside what is of another chain, and takes back what is of this one. @throws FloeError `storage` */
export async function setAsideOtherChains({ journal, chainId, logger }: SetAsideOptions): Promise<void> {
  const pending = splitByChain(journal.pending(), chainId)
  const aside = splitByChain(journal.aside(), chainId)
  if (pending.other.length === 0 && aside.own.length === 0) return
  const ownIds = new Set(pending.own.map(({ id }) => id))
  const returned = aside.own.filter(({ id }) => !ownIds.has(id))
  const emptied = pending.other
    .filter(({ id }) => !ownIds.has(id))
    .map((entry) => ({ ...entry, attempts: [] }))
  await journal.exchange(
    [...emptied, ...pending.own, ...returned],
    [...aside.other, ...aside.own.filter(({ id }) => ownIds.has(id)), ...pending.other],
  )
  if (pending.other.length > 0) {
    const transactions = pending.other.slice(0, NAMED_MAX).map(described)
    logger?.warn(
      { chainId, count: pending.other.length, transactions },
      'transactions of another chain set aside',
    )
  }
  if (returned.length > 0)
    logger?.info({ chainId, count: returned.length }, 'transactions of this chain taken back')
}

function described({ nonce, label, attempts }: JournalEntry): object {
  const [first] = attempts
  return { nonce, label, chainId: first && parseTransaction(first.raw).chainId, transactionHash: first?.hash }
}
