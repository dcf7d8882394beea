// The library that verifiers import: a batch for a commitment, trusting nothing but an L1 endpoint. Runs in browsers too.
//
//     const reader = await createReader({ rpcUrls, committee, ledger })
//     const batch = await reader.get('0x016601…')
import type { Finality } from '../l1/chain.ts'
import { createCommittees } from '../l1/committee-reader.ts'
import { createDisputes } from '../l1/disputes.ts'
import { connectL1 } from '../l1/rpc.ts'
import { loadKernel } from '../coding/kernel/load.ts'
import type { Hex } from '../protocol/bytes.ts'
import { parseCommitment } from '../protocol/certificate.ts'
import { pureSecp256k1 } from '../protocol/signature.ts'
import { systemClock } from '../runtime/clock.ts'
import { webGet } from '../runtime/web-get.ts'
import { type CheckedCertificate, createLibrary } from './retriever.ts'

export type { CheckedCertificate, Finality }
export { FloeError } from '../protocol/errors.ts'

export type ReaderOptions = {
  /** L1 endpoints; several are compared where they could lie. */
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  /** The Disputes contract: what it made invalid is `batch-invalid`. Left out, nothing but the batch itself says so. */
  readonly disputes?: Hex
  /**
   * When L1 is believed: `finalized` if left out, `safe`, or that many blocks deep. A certificate is checked against a
   * committee that cannot change any more; one of an epoch that is not final yet is `unavailable` for now.
   */
  readonly finality?: Finality
  /** Milliseconds for a whole retrieval; 10,000 if left out. */
  readonly timeoutMs?: number
  /** Milliseconds that a storage node may be late before another is asked as well; 300 if left out. */
  readonly hedgeDelayMs?: number
}

export type Reader = {
  /**
   * The batch that `commitment` (hexadecimal) stands for, checked.
   * @throws FloeError `commitment-invalid` or `batch-invalid`: skip it; `expired`: gone; `unavailable`: try again
   */
  get(commitment: string): Promise<Uint8Array>
  /** The certificate in it, checked against the committee of its epoch. @throws FloeError likewise */
  certificate(commitment: string): Promise<CheckedCertificate>
}

const RETRIEVALS_MAX = 64

export async function createReader(options: ReaderOptions): Promise<Reader> {
  const { timeoutMs = 10_000, hedgeDelayMs = 300, disputes, ...l1 } = options
  const { committees, domain } = await createCommittees({ ...l1, clock: systemClock })
  const library = createLibrary({
    committees,
    checker: { curve: pureSecp256k1, domain },
    clock: systemClock,
    retrieval: {
      kernel: loadKernel(),
      get: webGet,
      sleep: async (ms, signal) => systemClock.sleep(ms, signal),
      timeoutMs,
      hedgeDelayMs,
    },
    disputes: disputes && createDisputes(connectL1(l1.rpcUrls), disputes),
    retrievalsMax: RETRIEVALS_MAX,
  })
  return {
    get: async (commitment) => library.get(parseCommitment(commitment)),
    certificate: async (commitment) => library.certificate(parseCommitment(commitment)),
  }
}
