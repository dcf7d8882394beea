// Batches that are sent to readers.
//
// Guarantees:
// - One copy: All readers of a batch share one copy of it, for as long as one of them is being sent it.
// - Bounded: Copies and retrievals together count against memory that clients share; a further batch is refused.
// - Decided again: What decides whether a reader may have a batch is asked for every reader, also where its bytes are in memory.
import type { CallOptions } from '../client/call-options.ts'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { Retriever } from '../client/retriever.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { BudgetShare, SharedBudget } from '../runtime/shared-budget.ts'

export type OutgoingBatchesOptions = {
  readonly retriever: Pick<Retriever, 'batchOf'>
  /** Bytes of batches that are retrieved or sent. */
  readonly memory: SharedBudget
}

export type OutgoingBatch = {
  readonly batch: Uint8Array
  /** To be called when the reader needs the bytes no longer. */
  readonly release: () => void
}

type Copy = { readonly share: BudgetShare; readers: number; batch?: Uint8Array }

export class OutgoingBatches {
  readonly #options: OutgoingBatchesOptions
  readonly #copies = new Map<Hex, Copy>()

  constructor(options: OutgoingBatchesOptions) {
    this.#options = options
  }

  /** The batch of a certificate for a reader of `client`. @throws FloeError as `Retriever.batchOf`, and `overloaded` */
  async open(
    checked: CheckedCertificate,
    client: string,
    { signal }: CallOptions = {},
  ): Promise<OutgoingBatch> {
    const { digest } = checked
    const copy = this.#copies.get(digest) ?? this.#reserve(checked, client)
    copy.readers += 1
    let left = false
    const release = (): void => {
      if (left) return
      left = true
      copy.readers -= 1
      if (copy.readers > 0) return
      copy.share.release()
      this.#copies.delete(digest)
    }
    try {
      copy.batch = await this.#options.retriever.batchOf(checked, { signal, inMemory: copy.batch })
      return { batch: copy.batch, release }
    } catch (error) {
      release()
      throw error
    }
  }

  #reserve({ digest, header }: CheckedCertificate, client: string): Copy {
    const { memory } = this.#options
    // A batch larger than the bound is sent while no other one is; otherwise it could never be.
    const share = memory.take(client, Math.min(header.length, memory.bytesMax))
    if (share === undefined) {
      const [usedBytes, bytesMax] = [memory.used(), memory.bytesMax]
      throw new FloeError(
        'overloaded',
        `Expected room for a batch of ${header.length} bytes, got ${usedBytes} of ${bytesMax} bytes in use, or the share of this client.`,
        {
          facts: { usedBytes, bytesMax, bytes: header.length },
          remedy: 'Try again when other batches have been read.',
          retryAfterSeconds: 1,
        },
      )
    }
    const copy = { share, readers: 0 }
    this.#copies.set(digest, copy)
    return copy
  }
}
