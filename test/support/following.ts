// A follower put through moves of the chain, and held against a fresh one and against the chain itself.
import fc from 'fast-check'
import type { Follower } from '../../src/l1/chain.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type ChainState, type TestChainStore, memoryChainStore } from './chain-stores.ts'
import { type ChainMove, type ReorgingChain, chainMoves } from './reorgs.ts'

/** `start` begins a pass that goes on beside the next moves; `restart` goes on from the store with nothing else remembered. */
export type FollowMove = ChainMove | 'sync' | 'start' | 'restart'

export const followMoves: fc.Arbitrary<FollowMove> = fc.oneof(
  { weight: 10, arbitrary: chainMoves },
  { weight: 4, arbitrary: fc.constant('sync') },
  { weight: 3, arbitrary: fc.constant('start') },
  { weight: 1, arbitrary: fc.constant('restart') },
)

/** Plays `moves`, and syncs once more when the chain has come to rest. */
export async function playOn(
  chain: ReorgingChain,
  moves: readonly FollowMove[],
  open: () => Follower,
): Promise<void> {
  let follower = open()
  let started: Promise<unknown>[] = []
  for (const move of moves) {
    if (move === 'start') started.push(follower.sync().catch(onlyUnavailable))
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

/** A chain that moves too often while it is read is an error that passes. */
function onlyUnavailable(error: unknown): void {
  if (!(error instanceof FloeError) || error.code !== 'unavailable') throw error
}

type View = {
  readonly posts: ChainState['posts']
  readonly heads: ChainState['heads']
  readonly headers: readonly PostedHeader[]
}

/** What `store` has, and what it should have: as a fresh follower sees the chain, and as a stranger reads it. */
export async function besideFresh(
  store: TestChainStore,
  chain: ReorgingChain,
  follow: (store: TestChainStore) => Follower,
): Promise<{ followed: View; expected: View }> {
  const fresh = memoryChainStore()
  await follow(fresh).sync()
  const [state, other] = [store.state(), fresh.state()]
  const headers = state.posts.flatMap((post) => post.headers)
  return {
    followed: { posts: state.posts, heads: headsSince(state, other), headers },
    expected: { posts: other.posts, heads: headsSince(other, state), headers: await chain.posted() },
  }
}

/** How long each remembers its heads depends on where it began. */
function headsSince({ heads }: ChainState, other: ChainState): ChainState['heads'] {
  const from = Math.max(heads[0]?.number ?? 0, other.heads[0]?.number ?? 0)
  return heads.filter(({ number }) => number >= from)
}
