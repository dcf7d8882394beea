// The headers that a storage node keeps after their slivers are deleted, with the signatures of their dispersers. A fine of a
// disperser needs that signature, and can be due some windows after the last challenge was answered (docs/protocol.md §7.3).
//
//     headers      digest 32                   header 100 ‖ signature 64
//     headerEnds   expiry u64 ‖ digest 32      0 u8
import { type Hex, concatBytes, fromHex, toHex, uint64Bytes } from '../protocol/bytes.ts'
import { HEADER_BYTES, type Header, decodeHeader, encodeHeader } from '../protocol/header.ts'
import { SIGNATURE_BYTES } from '../protocol/signature.ts'
import { CHECKSUM_BYTES, CheckedTable, type OnDamaged } from './checked-table.ts'
import type { LmdbFolder } from './lmdb-folder.ts'
import { type StoredBatch, decodeExpiryKey, entryBytes, expiryKey } from './stored-batch.ts'

export type KeptHeader = {
  readonly header: Header
  /** The disperser's, over the digest. */
  readonly signature: Hex
}

const FIRST_EXPIRY: Uint8Array = uint64Bytes(0n)
const NOTHING = Uint8Array.of(0)
/** What one header takes of the disk. */
const BYTES_PER_HEADER: number =
  entryBytes(32, HEADER_BYTES + SIGNATURE_BYTES + CHECKSUM_BYTES) + entryBytes(40, 1 + CHECKSUM_BYTES)

export class KeptHeaders {
  readonly #folder: LmdbFolder
  readonly #headers: CheckedTable
  readonly #ends: CheckedTable

  constructor(folder: LmdbFolder, onDamaged: OnDamaged) {
    this.#folder = folder
    const checked = (name: string): CheckedTable =>
      new CheckedTable({ name, table: folder.table(name), onDamaged })
    this.#headers = checked('headers')
    this.#ends = checked('headerEnds')
  }

  /** Undefined when there is none, or when it is damaged. */
  get(digest: Hex): KeptHeader | undefined {
    const bytes = this.#headers.get(fromHex(digest))
    if (bytes === undefined) return undefined
    const header = decodeHeader(bytes.subarray(0, HEADER_BYTES))
    return { header, signature: toHex(bytes.subarray(HEADER_BYTES)) }
  }

  /** Only within a write of the folder. */
  put(batch: Pick<StoredBatch, 'digest' | 'header' | 'signature'>): void {
    this.#headers.put(
      fromHex(batch.digest),
      concatBytes(encodeHeader(batch.header), fromHex(batch.signature)),
    )
    this.#ends.put(expiryKey(batch), NOTHING)
  }

  /** Deletes at most `limit` headers whose expiry is not after `nowSeconds`. @returns how many */
  async removeExpired(nowSeconds: number, limit: number): Promise<number> {
    const ended = this.#ends
      .keys(FIRST_EXPIRY, limit)
      .filter((key) => decodeExpiryKey(key).expiry <= nowSeconds)
    if (ended.length === 0) return 0
    await this.#folder.write(() => {
      for (const key of ended) {
        this.#headers.remove(fromHex(decodeExpiryKey(key).digest))
        this.#ends.remove(key)
      }
    })
    return ended.length
  }

  /** Bytes on disk. */
  bytes(): number {
    return this.#headers.count() * BYTES_PER_HEADER
  }
}
