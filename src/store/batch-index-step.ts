// Applies one step of the followed chain to the batch index: a reorg, new posts, newly final blocks, and the follower's heads.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import {
  type BatchRecord,
  type HeaderPost,
  type PostLocation,
  withPost,
  withoutPost,
} from './batch-record.ts'
import { type BatchIndexHead, type BatchTables, entriesFrom } from './batch-tables.ts'
import { orderedKey } from './ordered-key.ts'

/** A header that a post shows, and whether it stands posted. */
type ShownHeader = Pick<HeaderPost, 'index' | 'path'> & {
  readonly digest: Hex
  readonly header: Header
  readonly stands: boolean
}

type BatchIndexPost = PostLocation & { readonly headers: readonly ShownHeader[] }

/** What the batch index needs of a follower's step (`ChainStep` in src/l1/chain.ts). */
export type BatchIndexStep = {
  /** Posts and heads in blocks above this number are undone first; undefined: none are. */
  readonly undoAbove: number | undefined
  readonly posts: readonly BatchIndexPost[]
  readonly heads: readonly BatchIndexHead[]
  readonly forgetBelow: number
  /** Number of the newest final block. */
  readonly final: number
}

/** Changes the record of a batch within a write; a record that is undefined afterwards is removed. */
export type UpdateRecord = (
  digest: Hex,
  change: (before: BatchRecord | undefined) => BatchRecord | undefined,
) => void

export type StepContext = {
  readonly tables: BatchTables
  readonly update: UpdateRecord
  /** Headers of this disperser get a record when they are first seen on L1. */
  readonly disperser: Hex | undefined
}

/** Only within a write of the index. */
export function applyStep(context: StepContext, step: BatchIndexStep): void {
  if (step.undoAbove !== undefined) undoBlocks(context, step.undoAbove)
  for (const post of step.posts) applyPost(context, post, step.final)
  finalizePosts(context, step.final)
  replaceHeads(context, step)
}

function undoBlocks({ tables, update }: StepContext, undoAbove: number): void {
  const { states, heads, posts } = tables
  const firstUndone = orderedKey(undoAbove + 1, '')
  const undo = (record: BatchRecord | undefined): BatchRecord | undefined =>
    record?.post !== undefined && record.post.blockNumber > undoAbove ? withoutPost(record) : record
  for (const table of [states.posted, states.final])
    for (const { value: digest } of entriesFrom(table, firstUndone)) update(digest, undo)
  for (const { key } of entriesFrom(heads, firstUndone)) heads.remove(key)
  if ((posts.get('lastPost')?.blockNumber ?? 0) > undoAbove) posts.remove('lastPost')
}

/** A header that a post shows and that does not stand by it counts as not posted: it may stand by another one. */
function applyPost({ tables, update, disperser }: StepContext, post: BatchIndexPost, final: number): void {
  const { headersRoot, transactionHash, blockNumber } = post
  const location: PostLocation = { headersRoot, transactionHash, blockNumber }
  let known = 0
  for (const { digest, header, index, path, stands } of post.headers) {
    if (!stands) continue
    const firstSeen = header.disperser === disperser ? { digest, header, receivedAt: 0 } : undefined
    update(digest, (before) => {
      const record = before ?? firstSeen
      if (record === undefined) return undefined
      known += 1
      return withPost(record, { ...location, index, path }, final)
    })
  }
  if (known > 0) tables.posts.put('lastPost', { ...location, headers: known })
}

function finalizePosts({ tables, update }: StepContext, final: number): void {
  const firstNotFinal = orderedKey(final + 1, '')
  for (const { key, value: digest } of entriesFrom(tables.states.posted, '')) {
    if (key >= firstNotFinal) return
    update(digest, (record) =>
      record?.post !== undefined && record.final !== true && record.post.blockNumber <= final
        ? { ...record, final: true }
        : record,
    )
  }
}

function replaceHeads({ tables: { heads } }: StepContext, step: BatchIndexStep): void {
  for (const { key } of entriesFrom(heads, '')) {
    if (key >= orderedKey(step.forgetBelow, '')) break
    heads.remove(key)
  }
  for (const head of step.heads) heads.put(orderedKey(head.number, ''), head)
}
