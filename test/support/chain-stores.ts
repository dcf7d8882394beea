// What a follower tells, kept as simply as can be: in memory, or in LMDB for a process that may be killed. Both hold every step
// against the contract of src/l1/chain.ts, so a follower that breaks it fails whatever test it is in.
import type { ChainHead, ChainPost, ChainStep, ChainStore } from '../../src/l1/chain.ts'
import { RecordFolder } from '../../src/store/records.ts'

export type ChainState = {
  readonly heads: readonly ChainHead[]
  readonly posts: readonly ChainPost[]
  readonly final: number
}

export type TestChainStore = ChainStore & { state(): ChainState; readonly steps: ChainStep[] }

const EMPTY: ChainState = { heads: [], posts: [], final: -1 }

function check(condition: boolean, what: string, step: ChainStep): void {
  const { posts, ...rest } = step
  if (!condition) throw new Error(`${what}: ${JSON.stringify({ ...rest, posts: posts.length })}`)
}

function ascending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] ?? 0))
}

/** @throws Error for a step that no follower may make */
function applyStep(state: ChainState, step: ChainStep): ChainState {
  const { undoAbove = Infinity, posts, heads, forgetBelow, final } = step
  const rescan = undoAbove === -1
  check(
    rescan || undoAbove >= Math.min(state.final, state.heads.at(-1)?.number ?? -1),
    'undoes what is final',
    step,
  )
  const kept = state.heads.filter(({ number }) => number <= undoAbove)
  const all = [...kept, ...heads]
  check(ascending(all.map(({ number }) => number)), 'heads are out of order', step)
  check(new Set(all.map(({ number }) => number)).size === all.length, 'heads come twice', step)
  const first = kept.at(-1)?.number ?? -1
  const told = posts.map(({ blockNumber }) => blockNumber)
  check(ascending(told), 'posts are out of order', step)
  check(
    told.every((number) => number > first && number <= (heads.at(-1)?.number ?? -1)),
    'posts are outside the blocks of the step',
    step,
  )
  const remembered = all.filter(({ number }) => number >= forgetBelow)
  check(remembered.length > 0, 'no head is left', step)
  return {
    heads: remembered,
    posts: [...state.posts.filter(({ blockNumber }) => blockNumber <= undoAbove), ...posts],
    // After a restart an endpoint that lags may say less; what was final stays so.
    final: Math.max(state.final, final),
  }
}

export function memoryChainStore(): TestChainStore {
  let state = EMPTY
  const steps: ChainStep[] = []
  return {
    steps,
    state: () => state,
    heads: () => [...state.heads],
    apply: async (step) => {
      state = applyStep(state, step)
      steps.push(step)
    },
  }
}

/** One record that is written whole; for short chains. */
export async function lmdbChainStore(dir: string): Promise<TestChainStore & { close(): Promise<void> }> {
  const folder = await RecordFolder.open(dir, 'floe-test-chain-1')
  const records = folder.records<ChainState>('chain')
  const state = (): ChainState => records.get('state') ?? EMPTY
  const steps: ChainStep[] = []
  return {
    steps,
    state,
    heads: () => [...state().heads],
    apply: async (step) => {
      const next = applyStep(state(), step)
      await folder.write(() => records.put('state', next))
      steps.push(step)
    },
    close: async () => folder.close(),
  }
}
