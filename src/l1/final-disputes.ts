// Which headers L1 has made invalid for good. A reader that skips such a commitment skips it permanently, so a block that can still be
// undone, or one endpoint alone, must not make it do so.
import type { Hex } from '../protocol/bytes.ts'
import { DisputesContract } from './disputes.ts'
import type { Finality } from './finality-rule.ts'
import { finalBlock } from './finality.ts'
import { type L1, askEach, onlyEndpoint, withSignal } from './rpc.ts'

export type FinalDisputesOptions = {
  readonly l1: L1
  /** Of the Disputes contract. */
  readonly address: Hex
  readonly finality: Finality
}

export class FinalDisputes {
  readonly #options: FinalDisputesOptions

  constructor(options: FinalDisputesOptions) {
    this.#options = options
  }

  /**
   * Whether a header is invalid in the newest final block, on every endpoint that answers. A header that is valid at the tip costs
   * one request.
   * @throws FloeError `unavailable`; the signal's reason when it aborts
   */
  async isInvalid(digest: Hex, signal?: AbortSignal): Promise<boolean> {
    const { address, finality } = this.#options
    const l1 = withSignal(this.#options.l1, signal)
    if (!(await new DisputesContract(l1, address).isInvalid(digest, signal))) return false
    const blockNumber = await finalBlock(l1, finality)
    const faults = await askEach(l1, 'read the faults of a header', async (endpoint) =>
      new DisputesContract(onlyEndpoint(endpoint), address).faultsOf(digest, blockNumber),
    )
    return faults.every(({ withheld, inconsistent }) => withheld || inconsistent)
  }
}
