// A storage node's part in disputes (docs/protocol.md §7.1): it answers challenges on what it holds. For its own pairs at once,
// from custody, where the hashes are that an opening needs; for pairs of others that stay silent, from whoever has the rest.
import { ResponderService, openingByRetrieval } from '../disputes/responder-service.ts'
import type { Challenge } from '../disputes/open-challenges.ts'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { Coder } from '../coding/coder.ts'
import type { Committees } from '../l1/committees.ts'
import { type DisputeTerms, createDisputes } from '../l1/disputes.ts'
import { connectL1 } from '../l1/rpc.ts'
import { concatBytes, fromHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Opening, openSliver, verifyOpening } from '../protocol/opening.ts'
import { hashesOf, treeWithPath } from '../protocol/tree.ts'
import type { Clock } from '../runtime/clock.ts'
import { createHttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { SliverStore } from '../store/sliver-store.ts'
import { join } from 'node:path'
import type { NodeConfig } from './config.ts'

export type DisputingParts = {
  readonly config: NodeConfig
  readonly custody: Pick<SliverStore, 'batch' | 'hashes' | 'sliver'>
  readonly committees: Committees
  readonly kernel: Kernel
  readonly coder: Coder
  readonly domain: Domain
  readonly signer: `0x${string}`
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** A challenge in the last second of a promise is answered until a window later, and its transaction may take a while. */
const GRACE_MARGIN_SECONDS = 3_600
/** Holders answer at once and dispersers' sidecars soon after; then the other nodes take turns. */
const OTHERS_SHARE = 0.5
const OTHERS_SPREAD = 0.25
const RETRIEVE_MS = 20_000
const HEDGE_MS = 500

/** What the contract asks of a node; undefined where disputes are not configured. @throws FloeError `unavailable` */
export async function readTerms({ disputes, rpcUrls }: NodeConfig): Promise<DisputeTerms | undefined> {
  return disputes && createDisputes(connectL1(rpcUrls), disputes).terms()
}

/** How long pairs are kept and served after their expiry. */
export function graceSecondsOf(terms: Pick<DisputeTerms, 'window'> | undefined): number {
  return terms === undefined ? 0 : terms.window + GRACE_MARGIN_SECONDS
}

/** Starts the answers. @throws FloeError `configuration` */
export async function startDisputing(
  parts: DisputingParts,
  terms: DisputeTerms,
): Promise<{ close(): Promise<void> }> {
  const { config, custody, committees, kernel, coder, clock, metrics } = parts
  const { disputes } = config
  if (disputes === undefined) throw new FloeError('internal', 'There are terms without a contract.')
  const http = createHttpClient()
  const outcomes = metrics.counter(
    'floe_node_answers_total',
    'Challenges that were ours to answer, by outcome',
    ['outcome'],
  )
  const limits = { timeoutMs: RETRIEVE_MS, hedgeDelayMs: HEDGE_MS }
  const retrieval = retrievalOnNode({ kernel, coder, http, clock, ...limits })
  const openingOfOthers = openingByRetrieval(committees, retrieval)
  const answering = await ResponderService.start({
    ...parts,
    disputes,
    terms,
    dir: join(config.dir, 'answers'),
    shareBeforeAnswer: (dispute) => patienceOf(parts, dispute),
    opening: async (dispute, signal) =>
      (await ownOpening(custody, dispute)) ?? (await openingOfOthers(dispute, signal)),
    onOutcome: (outcome) => outcomes.inc({ outcome }),
  })
  measure(metrics, answering)
  return {
    close: async () => {
      await answering.close()
      await http.close()
    },
  }
}

function measure(metrics: Metrics, answering: ResponderService): void {
  metrics.gauge('floe_node_challenges_open', 'Challenges that are open on L1, of any header', [], (gauge) =>
    gauge.set(answering.openCount()),
  )
  metrics.gauge(
    'floe_node_funded_answers',
    'Answers that the account can pay for; -1 when there is none',
    [],
    (gauge) => gauge.set(answering.funds()?.transactions ?? -1),
  )
}

/** Our own pairs at once; others of batches of which we hold a part when their holders have had their time. */
function patienceOf(
  { custody, signer }: Pick<DisputingParts, 'custody' | 'signer'>,
  { digest, position }: Challenge,
): number | undefined {
  const batch = custody.batch(digest)
  if (batch === undefined) return undefined
  if (batch.pairs.includes(position.pair)) return 0
  // Any order of the nodes does that is another one for every batch: they do not pay for the same answer all at once.
  const turn = ((fromHex(signer)[0] ?? 0) ^ (fromHex(digest)[0] ?? 0)) / 256
  return OTHERS_SHARE + OTHERS_SPREAD * turn
}

/** From custody, where its hashes are; undefined if the pair is not here, or no longer as it was. */
export async function ownOpening(
  custody: DisputingParts['custody'],
  { digest, header, position }: Pick<Challenge, 'digest' | 'header' | 'position'>,
): Promise<Opening | undefined> {
  const { pair, side, symbol, chunk } = position
  const batch = custody.batch(digest)
  const hashes = batch && custody.hashes(batch, pair)
  const bytes = await custody.sliver(digest, pair, side)
  if (batch === undefined || hashes === undefined || bytes === undefined) return undefined
  const other = hashes[side === 'row' ? 'column' : 'row'].root
  const pairPath = concatBytes(...treeWithPath(hashesOf(batch.leaves), pair).path)
  const { symbolRoots } = hashes[side]
  const opening = openSliver(
    batch.geometry,
    { pair, side, bytes, other, pairPath, symbolRoots },
    { symbol, chunk },
  )
  return verifyOpening(header, opening) ? opening : undefined
}
