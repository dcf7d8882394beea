// A sidecar's record of the batches that it has answered for, or is about to: what state each is in, and which wait for L1.
//
// It holds headers and certificates, never the bytes of a batch: those are with the committee before anything is answered.
// Deleting it loses nothing certified (design §1, principle 1); keeping it is what lets a restarted sidecar post what it had
// certified, and answer a repeated put with the same commitment. Every change resolves only after fsync.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import { type RecordFolder, type Records, openRecordFolder } from './records.ts'

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
  const folder = await openRecordFolder(dir, SCHEMA)
  return spoolOver(folder, {
    batches: folder.records('batches'),
    contents: folder.records('contents'),
    waiting: folder.records('waiting'),
    expiries: folder.records('expiries'),
    state: folder.records('state'),
  })
}

type Tables = {
  readonly batches: Records<BatchRecord>
  /** SHA-256 of a batch to the digest of its newest header. */
  readonly contents: Records<Hex>
  /** Time of certification and digest, to digest. */
  readonly waiting: Records<Hex>
  /** Expiry and digest, to digest. */
  readonly expiries: Records<Hex>
  /** 'groups', 'lastPost', 'posted'. */
  readonly state: Records<unknown>
}

function orderedKey(value: number, digest: Hex): string {
  return `${String(value).padStart(KEY_DIGITS, '0')}/${digest}`
}

function spoolOver(folder: RecordFolder, tables: Tables): Spool {
  const { batches, contents, waiting, expiries, state } = tables
  const batch = (digest: Hex): BatchRecord | undefined => batches.get(digest)
  const groups = (): PostGroup[] => (state.get('groups') as PostGroup[] | undefined) ?? []
  const forget = (record: BatchRecord): void => {
    batches.remove(record.digest)
    expiries.remove(orderedKey(record.header.expiry, record.digest))
    waiting.remove(orderedKey(record.certifiedAt ?? 0, record.digest))
    if (contents.get(record.content) === record.digest) contents.remove(record.content)
  }
  return {
    batch,
    byContent: (content) => {
      const digest = contents.get(content)
      return digest === undefined ? undefined : batch(digest)
    },
    save: async (record) =>
      folder.write(() => {
        batches.put(record.digest, record)
        contents.put(record.content, record.digest)
        expiries.put(orderedKey(record.header.expiry, record.digest), record.digest)
        if (record.certifiedAt !== undefined && record.post === undefined) {
          waiting.put(orderedKey(record.certifiedAt, record.digest), record.digest)
        }
      }),
    waiting: (limit) => waiting.first(limit).flatMap(({ value }) => batch(value) ?? []),
    waitingCount: () => waiting.count(),
    saveGroups: async (pending) => folder.write(() => state.put('groups', pending)),
    groups,
    markPosted: async (group, receipt) =>
      folder.write(() => {
        for (const digest of group.digests) {
          const record = batch(digest)
          if (record?.certifiedAt === undefined) continue
          batches.put(digest, { ...record, post: receipt })
          waiting.remove(orderedKey(record.certifiedAt, digest))
        }
        state.put(
          'groups',
          groups().filter((other) => other.headersRoot !== group.headersRoot),
        )
        state.put('lastPost', { ...receipt, headers: group.digests.length })
        state.put('posted', ((state.get('posted') as number | undefined) ?? 0) + group.digests.length)
      }),
    removeExpired: async (unixSeconds, limit) => {
      const ended = expiries.first(limit).filter(({ key }) => key < orderedKey(unixSeconds, '0x'))
      await folder.write(() => {
        for (const { value } of ended) {
          const record = batch(value)
          if (record !== undefined) forget(record)
        }
      })
      return ended.length
    },
    counts: () => {
      const total = batches.count()
      const posted = (state.get('posted') as number | undefined) ?? 0
      return { received: total, certified: waiting.count() + posted, posted }
    },
    lastPost: () => state.get('lastPost') as ReturnType<Spool['lastPost']>,
    close: async () => folder.close(),
  }
}
