// A storage node's responder (docs/protocol.md §7.1): it answers challenges on the batches that it stores. Its own pairs it answers
// immediately, from the sliver store, whose hashes an opening needs. Pairs of other nodes that stay silent it answers later, with
// slivers from the rest of the committee.
import { join } from 'node:path'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { Coder } from '../coding/coder.ts'
import type { Challenge } from '../disputes/open-challenges.ts'
import { ResponderService, openingsByRetrieval } from '../disputes/responder-service.ts'
import type { OpeningResult, ResponderOptions } from '../disputes/responder.ts'
import type { Committees } from '../l1/committees.ts'
import type { DisputeTerms } from '../l1/disputes.ts'
import type { L1 } from '../l1/rpc.ts'
import { type Hex, concatBytes, fromHex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Opening, openSliver, verifyOpening } from '../protocol/opening.ts'
import { hashesOf, treeWithPath } from '../protocol/tree.ts'
import { addressRuleOf } from '../runtime/addresses.ts'
import type { Clock } from '../runtime/clock.ts'
import { HttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { SliverStore } from '../store/sliver-store.ts'
import type { NodeConfig } from './config.ts'

export type NodeResponderOptions = {
  readonly config: NodeConfig
  readonly l1: L1
  readonly terms: DisputeTerms
  /** Address of this node as a member. */
  readonly signer: Hex
  readonly sliverStore: Pick<SliverStore, 'batch' | 'hashes' | 'sliver'>
  readonly committees: Committees
  readonly domain: Domain
  readonly kernel: Kernel
  readonly coder: Coder
  readonly metrics: Metrics
  /** Called with the timestamp of every tip of L1 that was followed to, in unix seconds. */
  readonly onTip: (timestamp: number) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** A challenge in the last second of a promise can be answered until a window later, and the transaction takes some time. */
const GRACE_MARGIN_SECONDS = 3_600
/** Holders answer immediately and the disperser's sidecar soon after; the other nodes follow one after another. */
const OTHERS_SHARE = 0.5
const OTHERS_SPREAD = 0.25
const RETRIEVE_MS = 20_000
const HEDGE_MS = 500

/** How long pairs are kept and served after their expiry. */
export function graceSecondsOf(terms: Pick<DisputeTerms, 'window'> | undefined): number {
  return terms === undefined ? 0 : terms.window + GRACE_MARGIN_SECONDS
}

/** A running responder with the HTTP client that it retrieves slivers with. */
export class NodeResponder {
  readonly #service: ResponderService
  readonly #http: HttpClient

  /** @throws FloeError `configuration` */
  static async start(options: NodeResponderOptions): Promise<NodeResponder> {
    const { config, l1, terms, signer, sliverStore, committees, domain, kernel, coder, clock, logger } =
      options
    const { disputes } = config
    if (disputes === undefined) {
      throw new FloeError('internal', 'Expected the address of a Disputes contract, got terms without one.')
    }
    const http = new HttpClient({ addresses: await addressRuleOf(config.operatorAddresses, config.rpcUrls) })
    const retrieval = retrievalOnNode({
      kernel,
      coder,
      http,
      clock,
      timeoutMs: RETRIEVE_MS,
      hedgeDelayMs: HEDGE_MS,
    })
    const retrieveOpenings = openingsByRetrieval(committees, retrieval)
    const outcomes = options.metrics.counter(
      'floe_node_answers_total',
      'Challenges that this node was to answer, by outcome',
      ['outcome'],
    )
    const service = await ResponderService.start({
      config,
      l1,
      disputes,
      terms,
      domain,
      dir: join(config.dir, 'answers'),
      shareBeforeAnswer: (challenge) => shareBeforeAnswer(challenge, sliverStore, signer),
      // Only an own pair can cost the deposit, and only after this node attested to it, which is when it is stored.
      fineWei: ({ digest, position }) =>
        storesPair(sliverStore, digest, position.pair) ? terms.operatorFine : 0n,
      openings: async (challenges, signal) => openAll(sliverStore, challenges, retrieveOpenings, signal),
      onOutcome: (outcome) => outcomes.inc({ outcome }),
      onTip: options.onTip,
      clock,
      logger,
    })
    registerGauges(options.metrics, service)
    return new NodeResponder(service, http)
  }

  private constructor(service: ResponderService, http: HttpClient) {
    this.#service = service
    this.#http = http
  }

  async close(): Promise<void> {
    await this.#service.close()
    await this.#http.close()
  }
}

function registerGauges(metrics: Metrics, service: ResponderService): void {
  metrics.gauge('floe_node_challenges_open', 'Challenges that are open on L1, of any header', [], (gauge) =>
    gauge.set(service.openCount()),
  )
  metrics.gauge(
    'floe_node_funded_answers',
    'Answers that the account can pay for; -1 when there is none',
    [],
    (gauge) => gauge.set(service.funds()?.transactions ?? -1),
  )
}

function storesPair(sliverStore: Pick<SliverStore, 'batch'>, digest: Hex, pair: number): boolean {
  return sliverStore.batch(digest)?.pairs.includes(pair) === true
}

/** Stored openings, and those of other pairs by retrieval; a stored one does not fail because another cannot be retrieved. */
async function openAll(
  sliverStore: Pick<SliverStore, 'batch' | 'hashes' | 'sliver'>,
  challenges: readonly Challenge[],
  retrieve: ResponderOptions['openings'],
  signal: AbortSignal,
): Promise<readonly OpeningResult[]> {
  const openings = new Map<Hex, OpeningResult>()
  for (const challenge of challenges) {
    const opening = await storedOpening(sliverStore, challenge)
    if (opening !== undefined) openings.set(challenge.id, opening)
  }
  const others = challenges.filter(({ id }) => !openings.has(id))
  const retrieved = await retrieve(others, signal).catch((error: unknown) =>
    others.map(() => asFloeError(error)),
  )
  others.forEach(({ id }, i) => openings.set(id, retrieved[i] ?? missingOpening()))
  return challenges.map(({ id }) => openings.get(id) ?? missingOpening())
}

function missingOpening(): FloeError {
  return new FloeError('internal', 'Expected an opening for every challenge.')
}

/** The share of the window that passes before this node answers; undefined: it stores no pair of the batch and does not answer. */
function shareBeforeAnswer(
  { digest, position }: Challenge,
  sliverStore: Pick<SliverStore, 'batch'>,
  signer: Hex,
): number | undefined {
  const batch = sliverStore.batch(digest)
  if (batch === undefined) return undefined
  if (batch.pairs.includes(position.pair)) return 0
  // The order of the nodes differs from batch to batch, so that several nodes do not pay for one answer at the same time.
  const turn = ((fromHex(signer)[0] ?? 0) ^ (fromHex(digest)[0] ?? 0)) / 256
  return OTHERS_SHARE + OTHERS_SPREAD * turn
}

/** The opening of a stored chunk; undefined: its pair is not stored here, or no longer matches its hashes. */
export async function storedOpening(
  sliverStore: Pick<SliverStore, 'batch' | 'hashes' | 'sliver'>,
  { digest, header, position }: Pick<Challenge, 'digest' | 'header' | 'position'>,
): Promise<Opening | undefined> {
  const { pair, side, symbol, chunk } = position
  const batch = sliverStore.batch(digest)
  const hashes = batch && sliverStore.hashes(batch, pair)
  const bytes = await sliverStore.sliver(digest, pair, side)
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
