// What the commands about disputes work with: L1, its contracts, and retrieval from the storage nodes. Only L1 is trusted.
import { retrievalOnNode } from '../../client/retrieval-on-node.ts'
import { Retriever } from '../../client/retriever.ts'
import type { CheckedCertificate } from '../../client/certified-header.ts'
import type { RetrieveOptions } from '../../client/retrieve.ts'
import type { Finality } from '../../l1/finality-rule.ts'
import { CommitteeReader } from '../../l1/committee-reader.ts'
import { type Committees, committeeFor } from '../../l1/committees.ts'
import { type Disputes, DisputesContract } from '../../l1/disputes.ts'
import { LedgerReader } from '../../l1/ledger-reader.ts'
import { type LogSettings, logSettings } from '../../l1/log-spans.ts'
import { type L1, connectL1 } from '../../l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../protocol/bytes.ts'
import { type SignatureChecker, decodeCertificate } from '../../protocol/certificate.ts'
import { headerDigest } from '../../protocol/header.ts'
import { startDeadline } from '../../runtime/async/deadline.ts'
import { type Clock, systemClock } from '../../runtime/clock.ts'
import { HttpClient } from '../../runtime/http-client.ts'
import { loadSecp256k1 } from '../../runtime/secp256k1.ts'
import { type ShownBatch, ensurePosted } from './shown-batch.ts'

export type DisputeSession = {
  readonly finality: Finality
  readonly clock: Clock
  readonly l1: L1
  readonly checker: SignatureChecker
  readonly committees: Committees
  readonly ledger: LedgerReader
  readonly disputes: Disputes
  readonly retriever: Retriever
  readonly retrieval: RetrieveOptions & { readonly signal: AbortSignal }
  /** The checked certificate of a commitment. @throws FloeError `commitment-invalid`, `unavailable` */
  certified(commitment: Hex): Promise<CheckedCertificate>
  /** The header of a commitment, whether or not its signatures hold. @throws FloeError `commitment-invalid`, `unavailable` */
  shown(commitment: Hex): Promise<ShownBatch>
  /** As `shown`, of a header that stands posted. @throws FloeError `refused` for one that does not, `unavailable` */
  posted(commitment: Hex): Promise<ShownBatch>
  close(): Promise<void>
}

export type SessionOptions = LogSettings & {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes: Hex
  readonly chainId?: number | undefined
  readonly finality: Finality
}

/** A whole command, with its retrievals and searches, ends within this time. */
const COMMAND_MS_MAX = 10 * 60_000
const RETRIEVAL_MS = 30_000
const HEDGE_MS = 300

/** @throws FloeError `configuration` for addresses that are not of one deployment, `unavailable` when L1 does not answer */
export async function openDisputeSession(options: SessionOptions): Promise<DisputeSession> {
  const { rpcUrls, committee, ledger, disputes, chainId, finality } = options
  const clock = systemClock
  const { committees, domain } = await CommitteeReader.connect({
    rpcUrls,
    committee,
    ledger,
    chainId,
    finality,
    clock,
    ...logSettings(options),
  })
  const l1 = connectL1(rpcUrls, logSettings(options))
  const http = new HttpClient()
  const deadline = startDeadline({ clock, timeoutMs: COMMAND_MS_MAX })
  const limits = { timeoutMs: RETRIEVAL_MS, hedgeDelayMs: HEDGE_MS }
  const retrieval = { ...retrievalOnNode({ http, clock, ...limits }), signal: deadline.signal }
  const checker = { curve: loadSecp256k1(), domain }
  const retriever = new Retriever({ committees, checker, clock, retrieval, retrievalsMax: 1 })
  const reader = new LedgerReader({ l1, domain })
  const shown = async (commitment: Hex): Promise<ShownBatch> => {
    const { header, index, path } = decodeCertificate(fromHex(commitment))
    const digest = toHex(headerDigest(domain, header))
    return { header, index, path, digest, committee: await committeeFor(header.epoch, committees) }
  }
  return {
    finality,
    clock,
    l1,
    checker,
    committees,
    ledger: reader,
    disputes: new DisputesContract(l1, disputes),
    retriever,
    retrieval,
    certified: async (commitment) => retriever.certificate(fromHex(commitment)),
    shown,
    posted: async (commitment) => ensurePosted({ l1, domain, ledger: reader }, await shown(commitment)),
    close: async () => {
      deadline.release()
      await http.close()
    },
  }
}
