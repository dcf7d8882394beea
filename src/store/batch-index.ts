// A sidecar's record of the batches that it has answered for, or is about to: what state each is in, and which wait for L1.
//
// It holds headers and certificates, never the bytes of a batch: those are with the committee before anything is answered.
// Deleting it loses nothing certified (design §1, principle 1); keeping it is what lets a restarted sidecar post what it had
// certified, and answer a repeated put with the same commitment. Guarantees:
// - Durable: every change resolves after fsync, and is there as a whole or not at all.
// - Consistent: indexes follow from the records in one function, `write`, so they and the counts cannot drift.
// - The chain has the last word: `apply` alone makes batches posted and final, in one write with the follower's place.
// - Bounded: whoever takes batches in asks `unposted` first; what has ended is forgotten, of final ones all but the newest.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import {
  type BatchRecord,
  type BatchState,
  type PostMark,
  batchStates,
  endOf,
  ended,
  orderOf,
  posted,
  revived,
  stateOf,
  unposted,
} from './batch-record.ts'
import { type RecordFolder, type Records, openRecordFolder } from './records.ts'

/** A group of certified headers that is on its way to L1 under one headersRoot. */
export type PostGroup = {
  readonly headersRoot: Hex
  readonly epoch: number
  readonly digests: readonly Hex[]
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

export type LastPost = PostMark & { readonly headers: number }

/** Members of a certified batch's committee that are not known to hold it. */
export type IncompleteBatch = { readonly epoch: number; readonly members: readonly number[] }

/** A batch whose state changed; undefined: it was not known before, or is not any more. */
export type StateChange = {
  readonly record: BatchRecord
  readonly from: BatchState | undefined
  readonly to: BatchState | undefined
}

/** One step along the chain, as a follower hands it on (src/l1/chain.ts). */
export type BatchIndexStep = {
  readonly undoAbove: number | undefined
  readonly posts: readonly (PostMark & {
    readonly headers: readonly { readonly digest: Hex; readonly header: Header }[]
  })[]
  readonly heads: readonly BatchIndexHead[]
  readonly forgetBelow: number
  readonly final: number
}
export type BatchIndexHead = { readonly number: number; readonly hash: Hex }

export type BatchIndex = {
  batch(digest: Hex): BatchRecord | undefined
  /** The newest record of a batch with this SHA-256. */
  findByContent(content: Hex): BatchRecord | undefined
  /** Adds to what is known of a batch; `missing`: the members that are not known to hold it. */
  save(record: BatchRecord, missing?: readonly number[]): Promise<void>
  /** The same for a batch that another sidecar took in: what this one knows itself stays. */
  adopt(record: BatchRecord, missing: readonly number[]): Promise<void>
  /** Certified batches that are not on L1, oldest first, but for those that `without` has. */
  readyToPost(limit: number, without?: ReadonlySet<Hex>): BatchRecord[]
  /** Batches that are to be posted, or may still be: what the disk has to have room for. */
  unpostedCount(): number
  /** Records of batches that some member is not known to hold, from `start` on, in the order of their digests. */
  listIncomplete(start: Hex | '', limit: number): (IncompleteBatch & { readonly digest: Hex })[]
  /** These members hold these batches now, or never will. */
  removeMissing(done: readonly { readonly digest: Hex; readonly member: number }[]): Promise<void>
  /** Remembers groups that are to be posted, so that a restarted sidecar posts the same ones. */
  saveGroups(groups: readonly PostGroup[]): Promise<void>
  /** Oldest first. */
  groups(): PostGroup[]
  forgetGroups(headersRoots: readonly Hex[]): Promise<void>
  /** Fails or forgets at most `limit` records whose state has ended by now, in unix milliseconds. Returns how many. */
  expire(now: number, limit: number): Promise<number>
  counts(): Record<BatchState, number> & { readonly incomplete: number }
  /** The record that has been in a state for longest, or nearly. */
  oldest(state: BatchState): BatchRecord | undefined
  lastPost(): LastPost | undefined
  /** Where the follower is: remembered heads, ascending (src/l1/chain.ts). */
  heads(): BatchIndexHead[]
  /** One step at a time: it looks for what to undo on disk. */
  apply(step: BatchIndexStep): Promise<void>
  bytes(): number
  close(): Promise<void>
}

export type BatchIndexOptions = {
  /** Headers of this disperser are remembered when they are first seen on L1. */
  readonly disperser?: Hex | undefined
  /** Final records that are kept, to know a header that is on L1 when somebody brings it again. */
  readonly finalMax?: number
  readonly onChange?: (change: StateChange) => void
}

const SCHEMA = 'floe-spool-2'
const KEY_DIGITS = 15
const FINAL_MAX = 400_000
/** A record and its indexes on disk, about: two commitments and a dozen keys. */
const RECORD_BYTES = 4_096
const PAGE = 1_024

export type Tables = {
  readonly batches: Records<BatchRecord>
  /** SHA-256 of a batch to the digest of its newest header. */
  readonly contents: Records<Hex>
  /** Digests of each state in `orderOf` of their records. */
  readonly states: Record<BatchState, Records<Hex>>
  /** Digests by `endOf` of their records. */
  readonly ends: Records<Hex>
  readonly missing: Records<IncompleteBatch>
  readonly groups: Records<PostGroup>
  readonly heads: Records<BatchIndexHead>
  readonly state: Records<LastPost>
}

/** Opens the spool in `dir`. @throws FloeError `configuration` when another process has it, or it is of another version */
export async function openBatchIndex(dir: string, options: BatchIndexOptions = {}): Promise<BatchIndex> {
  const folder = await openRecordFolder(dir, SCHEMA)
  const states = Object.fromEntries(batchStates.map((state) => [state, folder.records<Hex>(state)]))
  return spoolOver(folder, options, {
    batches: folder.records('batches'),
    contents: folder.records('contents'),
    states: states as Tables['states'],
    ends: folder.records('ends'),
    missing: folder.records('missing'),
    groups: folder.records('groups'),
    heads: folder.records('heads'),
    state: folder.records('state'),
  })
}

function orderedKey(order: number, name: string): string {
  return `${String(order).padStart(KEY_DIGITS, '0')}/${name}`
}

/** Puts a record in place of another, with everything that is looked up by. Either may be undefined. */
function replace(tables: Tables, before: BatchRecord | undefined, after: BatchRecord | undefined): void {
  const { batches, contents, states, ends, missing } = tables
  if (before !== undefined) {
    states[stateOf(before)].remove(orderedKey(orderOf(before), before.digest))
    ends.remove(orderedKey(endOf(before), before.digest))
  }
  if (after !== undefined) {
    batches.put(after.digest, after)
    states[stateOf(after)].put(orderedKey(orderOf(after), after.digest), after.digest)
    ends.put(orderedKey(endOf(after), after.digest), after.digest)
    if (after.content !== undefined && before?.content !== after.content)
      contents.put(after.content, after.digest)
  } else if (before !== undefined) {
    batches.remove(before.digest)
    if (before.content !== undefined && contents.get(before.content) === before.digest)
      contents.remove(before.content)
  }
  if (before !== undefined && (after === undefined || stateOf(after) === 'failed'))
    missing.remove(before.digest)
}

type Update = (digest: Hex, change: (before: BatchRecord | undefined) => BatchRecord | undefined) => void
type Write = (change: (update: Update) => void, bytes?: number) => Promise<void>

/** Changes to records in one durable write; states that changed are told once it is on disk. */
function writerOver(folder: RecordFolder, tables: Tables, onChange: BatchIndexOptions['onChange']): Write {
  return async (change, bytes) => {
    const told: StateChange[] = []
    await folder.write(() => {
      change((digest, of) => {
        const before = tables.batches.get(digest)
        const after = of(before)
        if (after === before) return
        replace(tables, before, after)
        const [from, to] = [before && stateOf(before), after && stateOf(after)]
        const record = after ?? before
        if (from !== to && record !== undefined) told.push({ record, from, to })
      })
    }, bytes)
    if (onChange !== undefined) for (const one of told) onChange(one)
  }
}

function spoolOver(folder: RecordFolder, options: BatchIndexOptions, tables: Tables): BatchIndex {
  const { batches, contents, states, missing, groups, heads, state } = tables
  const { finalMax = FINAL_MAX } = options
  const write = writerOver(folder, tables, options.onChange)
  const addMissing = (digest: Hex, epoch: number, members: readonly number[]): void => {
    if (members.length > 0) missing.put(digest, { epoch, members })
  }
  return {
    batch: (digest) => batches.get(digest),
    findByContent: (content) => {
      const digest = contents.get(content)
      return digest === undefined ? undefined : batches.get(digest)
    },
    save: async (record, members = []) =>
      write((update) => {
        // Whoever brings it again has not given it up.
        update(record.digest, (before) => ({ ...(before && revived(before)), ...record }))
        addMissing(record.digest, record.header.epoch, members)
      }, RECORD_BYTES),
    adopt: async (record, members) =>
      write((update) => {
        if (batches.get(record.digest)?.commitment !== undefined) return
        update(record.digest, (before) => ({ ...record, ...before }))
        addMissing(record.digest, record.header.epoch, members)
      }, RECORD_BYTES),
    readyToPost: (limit, without = new Set()) =>
      states.certified
        .first(limit + without.size)
        .filter(({ value }) => !without.has(value))
        .slice(0, limit)
        .flatMap(({ value }) => batches.get(value) ?? []),
    unpostedCount: () => states.received.count() + states.dispersed.count() + states.certified.count(),
    listIncomplete: (start, limit) =>
      missing.from(start, limit).map(({ key, value }) => ({ digest: key as Hex, ...value })),
    removeMissing: async (done) => folder.write(() => removeMembers(missing, done)),
    saveGroups: async (added) =>
      folder.write(() => {
        const sequence = (sequenceOf(groups.first(groups.count()).at(-1)?.key) ?? -1) + 1
        added.forEach((group, i) => groups.put(orderedKey(sequence + i, group.headersRoot), group))
      }, added.length * RECORD_BYTES),
    groups: () => groups.first(groups.count()).map(({ value }) => value),
    forgetGroups: async (headersRoots) =>
      folder.write(() => {
        for (const { key, value } of groups.first(groups.count()))
          if (headersRoots.includes(value.headersRoot)) groups.remove(key)
      }),
    expire: async (now, limit) => expire(tables, write, { now, limit, finalMax }),
    counts: () => {
      const counts = Object.fromEntries(batchStates.map((each) => [each, states[each].count()]))
      return { ...(counts as Record<BatchState, number>), incomplete: missing.count() }
    },
    oldest: (of) => {
      const [first] = states[of].first(1)
      return first && batches.get(first.value)
    },
    lastPost: () => state.get('lastPost'),
    heads: () => heads.first(heads.count()).map(({ value }) => value),
    apply: async (step) => write((update) => applyStep(tables, step, update, options.disperser)),
    bytes: () => folder.bytes(),
    close: async () => folder.close(),
  }
}

async function expire(
  { ends, states }: Tables,
  write: Write,
  { now, limit, finalMax }: { now: number; limit: number; finalMax: number },
): Promise<number> {
  const due = ends.first(limit).filter(({ key }) => key < orderedKey(now + 1, ''))
  const tooMany = states.final.first(Math.min(limit, Math.max(0, states.final.count() - finalMax)))
  if (due.length + tooMany.length === 0) return 0
  await write((update) => {
    for (const { value } of tooMany) update(value, (record) => (record?.final === true ? undefined : record))
    for (const { value } of due)
      update(value, (record) => (record && endOf(record) <= now ? ended(record, now) : record))
  })
  return due.length + tooMany.length
}

function sequenceOf(key: string | undefined): number | undefined {
  return key === undefined ? undefined : Number(key.slice(0, KEY_DIGITS))
}

function removeMembers(
  missing: Tables['missing'],
  done: readonly { readonly digest: Hex; readonly member: number }[],
): void {
  for (const { digest, member } of done) {
    const known = missing.get(digest)
    if (known === undefined) continue
    const members = known.members.filter((other) => other !== member)
    if (members.length === 0) missing.remove(digest)
    else missing.put(digest, { ...known, members })
  }
}

/** @yields entries from `start` to the end of a table, as they are on disk */
function* entriesFrom<V>(table: Records<V>, start: string): Generator<{ key: string; value: V }> {
  for (let next = start; ;) {
    const page = table.from(next, PAGE)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    next = `${last.key}\0`
  }
}

function applyStep(tables: Tables, step: BatchIndexStep, update: Update, disperser: Hex | undefined): void {
  const { states, heads, state } = tables
  const { undoAbove, posts, final } = step
  if (undoAbove !== undefined) {
    const undo = (record: BatchRecord | undefined): BatchRecord | undefined =>
      record?.post !== undefined && record.post.blockNumber > undoAbove ? unposted(record) : record
    for (const table of [states.posted, states.final])
      for (const { value } of entriesFrom(table, orderedKey(undoAbove + 1, ''))) update(value, undo)
    for (const { key } of entriesFrom(heads, orderedKey(undoAbove + 1, ''))) heads.remove(key)
    if ((state.get('lastPost')?.blockNumber ?? 0) > undoAbove) state.remove('lastPost')
  }
  for (const post of posts) {
    const { headersRoot, transactionHash, blockNumber } = post
    const mark: PostMark = { headersRoot, transactionHash, blockNumber }
    let known = 0
    for (const { digest, header } of post.headers) {
      update(digest, (before) => {
        const first = header.disperser === disperser ? { digest, header, receivedAt: 0 } : undefined
        const record = before ?? first
        if (record !== undefined) known += 1
        return record && posted(record, mark, final)
      })
    }
    if (known > 0) state.put('lastPost', { ...mark, headers: known })
  }
  for (const { key, value } of entriesFrom(states.posted, '')) {
    if (key >= orderedKey(final + 1, '')) break
    update(value, (record) =>
      record?.post !== undefined && record.final !== true && record.post.blockNumber <= final
        ? { ...record, final: true }
        : record,
    )
  }
  for (const { key } of heads.first(heads.count())) {
    if (key >= orderedKey(step.forgetBelow, '')) break
    heads.remove(key)
  }
  for (const head of step.heads) heads.put(orderedKey(head.number, ''), head)
}
