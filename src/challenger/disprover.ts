// Proves to L1 that a posted encoding is invalid. Where the slivers that are served contradict nothing, the missing ones are
// recorded, so that they are challenged.
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { CertifiedHeader } from '../client/certified-header.ts'
import { findEvidence } from '../disputes/evidence-search.ts'
import { sliversFromNodes } from '../disputes/sliver-sources.ts'
import { submitEvidence } from '../disputes/submit-evidence.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { TransactionSender } from '../l1/tx-manager/tx-manager.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { MissingChunks } from './missing-chunks.ts'
import { holderOf } from './sampling.ts'

export type DisproverOptions = {
  readonly disputes: Disputes
  readonly retrieval: Pick<RetrieveOptions, 'kernel' | 'get' | 'timeoutMs'>
  readonly missingChunks: Pick<MissingChunks, 'add'>
  /** Undefined: evidence is found and not submitted. */
  readonly account: Pick<TransactionSender, 'address' | 'send'> | undefined
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn'>
  readonly onEvent: (event: 'disproved') => void
}

export class Disprover {
  readonly #options: DisproverOptions

  constructor(options: DisproverOptions) {
    this.#options = options
  }

  /** @throws FloeError `refused` when L1 rejects the evidence, `unavailable` */
  async disprove(certified: CertifiedHeader, posted: PostedHeader, signal: AbortSignal): Promise<void> {
    const { disputes, retrieval, account, logger, onEvent } = this.#options
    const { digest, header, committee } = certified
    const source = sliversFromNodes(certified, { ...retrieval, signal })
    const subject = { header, geometry: committee.geometry }
    const result = await findEvidence(retrieval.kernel, subject, source)
    if (result.kind === 'none') return this.#recordMissing(certified, posted, result.missing)
    logger.warn({ digest, kind: result.evidence.kind }, 'invalid encoding found')
    if (account === undefined) return undefined
    await submitEvidence(disputes, account, { digest, shown: posted, evidence: result.evidence })
    return onEvent('disproved')
  }

  /** The served slivers are on one codeword with another root, so the missing ones have to be shown on L1. */
  #recordMissing(
    certified: CertifiedHeader,
    posted: PostedHeader,
    missing: readonly { readonly side: 'row' | 'column'; readonly pair: number }[],
  ): void {
    const missingSinceMs = this.#options.clock.monotonic()
    for (const { side, pair } of missing) {
      const position = { side, pair, symbol: 0, chunk: 0 }
      const operator = holderOf(certified, position).signer
      this.#options.missingChunks.add({ certified, posted, position, operator, missingSinceMs })
    }
  }
}
