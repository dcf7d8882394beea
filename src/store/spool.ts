// A sidecar's record of the batches that it has answered for, or is about to: what state each is in, and which wait for L1.
//
// It holds headers and certificates, never the bytes of a batch: those are with the committee before anything is answered.
// Deleting it loses nothing certified (design §1, principle 1); keeping it is what lets a restarted sidecar post what it had
// certified, and answer a repeated put with the same commitment. Every change resolves only after fsync.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import { type DatabaseFolder, type Table, openDatabase } from './database.ts'

export type PostReceipt = {
  readonly headersRoot: Hex
  readonly transactionHash: Hex
  readonly blockNumber: number
}

export type BatchRecord = {
  readonly digest: Hex
  readonly header: Header
  /** The disperser's signature of the digest. */
  readonly signature: Hex
  /** SHA-256 of the batch. */
  readonly content: Hex
  /** Unix milliseconds. */
  readonly receivedAt: number
  /** The commitment, once a quorum has signed. */
  readonly commitment?: Hex
  readonly certifiedAt?: number
  readonly post?: PostReceipt
}

/** A group of certified headers that is on its way to L1 under one headersRoot. */
export type PostGroup = {
  readonly headersRoot: Hex
  readonly epoch: number
  readonly digests: readonly Hex[]
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

export type SpoolCounts = { readonly received: number; readonly certified: number; readonly posted: number }

export type Spool = {
  batch(digest: Hex): BatchRecord | undefined
  /** The newest record of a batch with this SHA-256. */
  byContent(content: Hex): BatchRecord | undefined
  save(record: BatchRecord): Promise<void>
  /** Certified records that no post covers, oldest first. */
  waiting(limit: number): BatchRecord[]
  waitingCount(): number
  /** Remembers the groups that are being posted, so that a restarted sidecar posts the same ones. */
  saveGroups(groups: readonly PostGroup[]): Promise<void>
  groups(): PostGroup[]
  /** Marks the batches of a group as posted and forgets the group. */
  markPosted(group: PostGroup, receipt: PostReceipt): Promise<void>
  /** Forgets records whose promise has ended before `unixSeconds`, at most `limit`. Returns how many. */
  removeExpired(unixSeconds: number, limit: number): Promise<number>
  counts(): SpoolCounts
  lastPost(): (PostReceipt & { readonly headers: number }) | undefined
  close(): Promise<void>
}

const SCHEMA = 'floe-spool-1'
const KEY_DIGITS = 15

/** Opens the spool in `dir`. @throws FloeError `configuration` when another process has it, or it is of another version */
export async function openSpool(dir: string): Promise<Spool> {
  const folder = await openDatabase(dir, SCHEMA)
  return spoolOver(folder, {
    batches: folder.table('batches', 'json'),
    contents: folder.table('contents', 'json'),
    waiting: folder.table('waiting', 'json'),
    expiries: folder.table('expiries', 'json'),
    state: folder.table('state', 'json'),
  })
}

type Tables = {
  readonly batches: Table<BatchRecord>
  /** SHA-256 of a batch to the digest of its newest header. */
  readonly contents: Table<Hex>
  /** Time of certification and digest, to digest. */
  readonly waiting: Table<Hex>
  /** Expiry and digest, to digest. */
  readonly expiries: Table<Hex>
  /** 'groups', 'lastPost', 'posted'. */
  readonly state: Table<unknown>
}

function orderedKey(value: number, digest: Hex): string {
  return `${String(value).padStart(KEY_DIGITS, '0')}/${digest}`
}

function spoolOver(folder: DatabaseFolder, tables: Tables): Spool {
  const { batches, contents, waiting, expiries, state } = tables
  const batch = (digest: Hex): BatchRecord | undefined => batches.get(digest)
  const groups = (): PostGroup[] => (state.get('groups') as PostGroup[] | undefined) ?? []
  const forget = (record: BatchRecord): void => {
    batches.removeSync(record.digest)
    expiries.removeSync(orderedKey(record.header.expiry, record.digest))
    waiting.removeSync(orderedKey(record.certifiedAt ?? 0, record.digest))
    if (contents.get(record.content) === record.digest) contents.removeSync(record.content)
  }
  return {
    batch,
    byContent: (content) => {
      const digest = contents.get(content)
      return digest === undefined ? undefined : batch(digest)
    },
    save: async (record) =>
      folder.transaction(() => {
        batches.putSync(record.digest, record)
        contents.putSync(record.content, record.digest)
        expiries.putSync(orderedKey(record.header.expiry, record.digest), record.digest)
        if (record.certifiedAt !== undefined && record.post === undefined) {
          waiting.putSync(orderedKey(record.certifiedAt, record.digest), record.digest)
        }
      }),
    waiting: (limit) => [...waiting.getRange({ limit })].flatMap(({ value }) => batch(value) ?? []),
    waitingCount: () => waiting.getCount(),
    saveGroups: async (pending) =>
      folder.transaction(() => {
        state.putSync('groups', pending)
      }),
    groups,
    markPosted: async (group, receipt) =>
      folder.transaction(() => {
        for (const digest of group.digests) {
          const record = batch(digest)
          if (record?.certifiedAt === undefined) continue
          batches.putSync(digest, { ...record, post: receipt })
          waiting.removeSync(orderedKey(record.certifiedAt, digest))
        }
        state.putSync(
          'groups',
          groups().filter((other) => other.headersRoot !== group.headersRoot),
        )
        state.putSync('lastPost', { ...receipt, headers: group.digests.length })
        state.putSync('posted', ((state.get('posted') as number | undefined) ?? 0) + group.digests.length)
      }),
    removeExpired: async (unixSeconds, limit) => {
      const ended = [...expiries.getRange({ end: orderedKey(unixSeconds, '0x'), limit })]
      await folder.transaction(() => {
        for (const { value } of ended) {
          const record = batch(value)
          if (record !== undefined) forget(record)
        }
      })
      return ended.length
    },
    counts: () => {
      const total = batches.getCount()
      const posted = (state.get('posted') as number | undefined) ?? 0
      return { received: total, certified: waiting.getCount() + posted, posted }
    },
    lastPost: () => state.get('lastPost') as ReturnType<Spool['lastPost']>,
    close: async () => folder.close(),
  }
}
