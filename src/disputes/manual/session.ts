// What every command about disputes works with: L1, its contracts, and batches as a reader sees them. Nobody but L1 is trusted.
import type { Finality } from '../../l1/chain.ts'
import { createCommittees } from '../../l1/committee-reader.ts'
import type { Committees } from '../../l1/committees.ts'
import { type Disputes, createDisputes } from '../../l1/disputes.ts'
import { type L1, connectL1 } from '../../l1/rpc.ts'
import { type CheckedCertificate, type Library, createLibrary } from '../../client/retriever.ts'
import type { RetrieveOptions } from '../../client/retrieve.ts'
import { type Hex, fromHex } from '../../protocol/bytes.ts'
import type { Domain } from '../../protocol/header.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createHttpClient, getBy } from '../../runtime/http-client.ts'
import { nodeKernel } from '../../coding/node-kernel.ts'
import { loadSecp256k1 } from '../../runtime/secp256k1.ts'
import { type L1Flags, disputesContract, l1Connection } from '../../cli/shared/connection.ts'
import { required } from '../../cli/shared/options.ts'

export type DisputeSession = AsyncDisposable & {
  readonly rpcUrls: readonly string[]
  readonly finality: Finality
  readonly l1: L1
  readonly domain: Domain
  readonly committees: Committees
  readonly disputes: Disputes
  readonly library: Library
  readonly retrieval: RetrieveOptions & { readonly signal: AbortSignal }
  certified(commitment: Hex): Promise<CheckedCertificate>
}

export type SessionFlags = L1Flags & { readonly finality: Finality }

/** For a whole command: retrievals, searches. */
const COMMAND_MS_MAX = 10 * 60_000
const RETRIEVAL_MS = 30_000
const HEDGE_MS = 300

/** @throws FloeError `configuration` when nothing says which L1, `unavailable` when it cannot be read */
export async function openDisputeSession(flags: SessionFlags): Promise<DisputeSession> {
  const connection = l1Connection(flags)
  const address = required(disputesContract(flags), '--disputes', 'FLOE_DISPUTES')
  const { finality } = flags
  const { committees, domain } = await createCommittees({ ...connection, finality, clock: systemClock })
  const l1 = connectL1(connection.rpcUrls)
  const http = createHttpClient()
  const retrieval = {
    kernel: nodeKernel(),
    get: getBy(http),
    sleep: async (ms: number, signal: AbortSignal) => systemClock.sleep(ms, signal),
    timeoutMs: RETRIEVAL_MS,
    hedgeDelayMs: HEDGE_MS,
    signal: AbortSignal.timeout(COMMAND_MS_MAX),
  }
  const library = createLibrary({
    committees,
    checker: { curve: loadSecp256k1(), domain },
    clock: systemClock,
    retrieval,
    retrievalsMax: 1,
  })
  return {
    rpcUrls: connection.rpcUrls,
    finality,
    l1,
    domain,
    committees,
    library,
    retrieval,
    disputes: createDisputes(l1, address),
    certified: async (commitment) => library.certificate(fromHex(commitment)),
    [Symbol.asyncDispose]: async () => http.close(),
  }
}
