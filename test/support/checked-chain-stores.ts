// Chain stores that check every step of a follower against the contract of src/l1/chain.ts, so that a follower which breaks it fails
// any test. One keeps its state in memory, the other one in LMDB for a process that may be killed.
import type { ChainHead, ChainPost, ChainStep, ChainStore } from '../../src/l1/chain.ts'
import { RecordFolder, type Records } from '../../src/store/records.ts'

export type ChainState = {
  readonly heads: readonly ChainHead[]
  readonly posts: readonly ChainPost[]
  readonly final: number
}

export type CheckedChainStore = ChainStore & {
  state(): ChainState
  /** The steps that this object has applied. */
  readonly steps: readonly ChainStep[]
}

const EMPTY: ChainState = { heads: [], posts: [], final: -1 }

export class MemoryChainStore implements CheckedChainStore {
  readonly steps: ChainStep[] = []
  #state = EMPTY

  state(): ChainState {
    return this.#state
  }

  heads(): ChainHead[] {
    return [...this.#state.heads]
  }

  async apply(step: ChainStep): Promise<void> {
    this.#state = applyStep(this.#state, step)
    this.steps.push(step)
  }
}

/** The whole state is one record, so this store is for short chains. */
export class LmdbChainStore implements CheckedChainStore {
  readonly steps: ChainStep[] = []
  readonly #folder: RecordFolder
  readonly #records: Records<ChainState>

  static async open(dir: string): Promise<LmdbChainStore> {
    return new LmdbChainStore(await RecordFolder.open(dir, 'floe-test-chain-1'))
  }

  private constructor(folder: RecordFolder) {
    this.#folder = folder
    this.#records = folder.records<ChainState>('chain')
  }

  state(): ChainState {
    return this.#records.get('state') ?? EMPTY
  }

  heads(): ChainHead[] {
    return [...this.state().heads]
  }

  async apply(step: ChainStep): Promise<void> {
    const state = applyStep(this.state(), step)
    await this.#folder.write(() => this.#records.put('state', state))
    this.steps.push(step)
  }

  async close(): Promise<void> {
    await this.#folder.close()
  }
}

/** @throws Error for a step that breaks the contract */
function applyStep(state: ChainState, step: ChainStep): ChainState {
  const { undoAbove = Infinity, posts, heads, forgetBelow, final } = step
  const isRescan = undoAbove === -1
  check(isRescan || undoAbove >= Math.min(state.final, newest(state.heads)), 'undoes final blocks', step)
  const kept = state.heads.filter(({ number }) => number <= undoAbove)
  const all = [...kept, ...heads]
  check(isAscending(all.map(({ number }) => number)), 'has heads out of order', step)
  check(new Set(all.map(({ number }) => number)).size === all.length, 'repeats a head', step)
  const blocks = posts.map(({ blockNumber }) => blockNumber)
  check(isAscending(blocks), 'has posts out of order', step)
  check(
    blocks.every((number) => number > newest(kept) && number <= newest(heads)),
    'has posts outside its blocks',
    step,
  )
  const remembered = all.filter(({ number }) => number >= forgetBelow)
  check(remembered.length > 0, 'leaves no head', step)
  return {
    heads: remembered,
    posts: [...state.posts.filter(({ blockNumber }) => blockNumber <= undoAbove), ...posts],
    // An endpoint that lags may report a lower number after a restart; a final block stays final.
    final: Math.max(state.final, final),
  }
}

function check(isKept: boolean, fault: string, { posts, ...step }: ChainStep): void {
  if (!isKept) throw new Error(`a step ${fault}: ${JSON.stringify({ ...step, posts: posts.length })}`)
}

function newest(heads: readonly ChainHead[]): number {
  return heads.at(-1)?.number ?? -1
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] ?? 0))
}
