// Runs a follower against random moves of a chain, and compares what it has recorded with a new follower and with the chain itself.
import fc from 'fast-check'
import type { Follower } from '../../src/l1/chain.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type ChainState, type CheckedChainStore, MemoryChainStore } from './checked-chain-stores.ts'
import { type ChainMove, type ReorgingChain, chainMoves } from './reorgs.ts'

/**
 * A move of the chain or of the follower. `sync` runs a sync to its end, `start` runs one concurrently with the next moves, and
 * `restart` replaces the follower by one that knows only the store.
 */
export type FollowMove = ChainMove | 'sync' | 'start' | 'restart'

export const followMoves: fc.Arbitrary<FollowMove> = fc.oneof(
  { weight: 10, arbitrary: chainMoves },
  { weight: 4, arbitrary: fc.constant('sync') },
  { weight: 3, arbitrary: fc.constant('start') },
  { weight: 1, arbitrary: fc.constant('restart') },
)

/** Plays `moves`, and syncs once more after the last one. */
export async function playMoves(
  chain: ReorgingChain,
  moves: readonly FollowMove[],
  open: () => Follower,
): Promise<void> {
  let follower = open()
  let started: Promise<unknown>[] = []
  for (const move of moves) {
    if (move === 'start') started.push(follower.sync().catch(ignoreUnavailable))
    else if (move === 'sync') await follower.sync()
    else if (move === 'restart') {
      await Promise.all(started)
      started = []
      follower = open()
    } else await chain.play(move)
  }
  await Promise.all(started)
  await follower.sync()
}

/** A sync may fail while the chain changes; the next one succeeds. @throws any other error */
export function ignoreUnavailable(error: unknown): void {
  if (!(error instanceof FloeError) || error.code !== 'unavailable') throw error
}

type View = {
  readonly posts: ChainState['posts']
  readonly heads: ChainState['heads']
  readonly headers: readonly PostedHeader[]
}

/** What `store` has recorded, and what it should have: the record of a new follower, and the headers on the chain. */
export async function compareWithFresh(
  store: CheckedChainStore,
  chain: ReorgingChain,
  follow: (store: CheckedChainStore) => Follower,
): Promise<{ followed: View; expected: View }> {
  const fresh = new MemoryChainStore()
  await follow(fresh).sync()
  const [state, other] = [store.state(), fresh.state()]
  const headers = state.posts.flatMap((post) => post.headers)
  return {
    followed: { posts: state.posts, heads: headsSince(state, other), headers },
    expected: { posts: other.posts, heads: headsSince(other, state), headers: await chain.posted() },
  }
}

/** The heads that both followers can have: the oldest one depends on where a follower started. */
function headsSince({ heads }: ChainState, other: ChainState): ChainState['heads'] {
  const from = Math.max(heads[0]?.number ?? 0, other.heads[0]?.number ?? 0)
  return heads.filter(({ number }) => number >= from)
}
