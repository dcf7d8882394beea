// Checks whole batches: it retrieves a random posted batch, and disproves its header when the encoding is invalid. A batch that
// cannot be retrieved is left to the samples.
import { type RetrieveOptions, retrieveBatch } from '../client/retrieve.ts'
import type { CertifiedHeader } from '../client/certified-header.ts'
import type { Committees } from '../l1/committees.ts'
import type { Disputes } from '../l1/disputes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Disprover } from './disprover.ts'
import type { RecentPosts } from './recent-posts.ts'
import { certifiedHeaderOf } from './sampling.ts'

export type BatchCheckerOptions = {
  readonly posts: Pick<RecentPosts, 'pick'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly disputes: Pick<Disputes, 'faultsOf'>
  readonly retrieval: RetrieveOptions
  readonly disprover: Pick<Disprover, 'disprove'>
  readonly random: () => number
  readonly onEvent: (event: 'checked') => void
}

export class BatchChecker {
  readonly #options: BatchCheckerOptions

  constructor(options: BatchCheckerOptions) {
    this.#options = options
  }

  /** @throws FloeError `unavailable` when the batch cannot be retrieved, or the evidence not submitted */
  async checkOne(signal: AbortSignal): Promise<void> {
    const { posts, committees, disputes, disprover, random, onEvent } = this.#options
    const posted = posts.pick(random())
    if (posted === undefined) return
    const certified = await certifiedHeaderOf(posted, committees)
    const valid = await this.#isValid(certified, signal)
    onEvent('checked')
    if (valid) return
    const { inconsistent } = await disputes.faultsOf(certified.digest)
    if (!inconsistent) await disprover.disprove(certified, posted, signal)
  }

  async #isValid(certified: CertifiedHeader, signal: AbortSignal): Promise<boolean> {
    try {
      await retrieveBatch(certified, { ...this.#options.retrieval, signal })
      return true
    } catch (error) {
      if (error instanceof FloeError && error.code === 'batch-invalid') return false
      throw error
    }
  }
}
