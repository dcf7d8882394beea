// A sidecar's responder: it answers challenges of batches that its own disperser has certified, with openings that it retrieves. A
// holder that attested answers first. One that did not cannot be fined, and the disperser pays for it (docs/protocol.md §7.3), so over
// its pairs the sidecar answers immediately.
import { join } from 'node:path'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { Coder } from '../coding/coder.ts'
import type { Challenge } from '../disputes/open-challenges.ts'
import { ResponderService, openingsByRetrieval } from '../disputes/responder-service.ts'
import type { Committees } from '../l1/committees.ts'
import { DisputesContract } from '../l1/disputes.ts'
import type { HeadFeed } from '../l1/head-feed.ts'
import type { L1 } from '../l1/rpc.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { type Committee, memberOfPair } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { SidecarConfig } from './config.ts'
import type { SidecarKeys } from './keys.ts'

export type SidecarResponderOptions = {
  readonly config: SidecarConfig
  readonly l1: L1
  readonly keys: SidecarKeys
  readonly committees: Pick<Committees, 'ofEpoch'>
  /** Has the attestations that the sidecar received. */
  readonly batchIndex: Pick<BatchIndex, 'attestationOf'>
  readonly kernel: Kernel
  readonly coder: Coder
  readonly http: Pick<HttpClient, 'send'>
  readonly heads: HeadFeed
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Share of the window: storage nodes answer for the pairs that they hold before it, and for pairs of other nodes after it. */
const SHARE_BEFORE_ANSWER = 0.25
/** Committees that are kept: those of challenged headers, which expire within a few epochs. */
const COMMITTEES_MAX = 64

/** Undefined where no Disputes contract is configured. @throws FloeError `configuration`, `unavailable` */
export async function startSidecarResponder(
  options: SidecarResponderOptions,
): Promise<ResponderService | undefined> {
  const { config, l1, keys, committees, batchIndex, kernel, coder, http, clock, logger, metrics } = options
  const { disputes, getTimeoutMs, hedgeDelayMs } = config
  if (disputes === undefined) return undefined
  await checkAccount(config, keys)
  const { address, domain } = keys.signer
  const outcomes = metrics.counter(
    'floe_sidecar_answers_total',
    'Challenges of batches of this disperser that were due for an answer, by outcome',
    ['outcome'],
  )
  const terms = await new DisputesContract(l1, disputes).terms()
  const shares = new HolderShares({ committees, batchIndex })
  const responder = await ResponderService.start({
    config,
    l1,
    disputes,
    terms,
    domain,
    dir: join(config.dir, 'answers'),
    shareBeforeAnswer: (challenge) =>
      challenge.header.disperser === address ? shares.shareBeforeAnswer(challenge) : undefined,
    fineWei: () => terms.disperserFine,
    openings: openingsByRetrieval(
      committees,
      retrievalOnNode({ kernel, coder, http, clock, timeoutMs: getTimeoutMs, hedgeDelayMs }),
    ),
    onOutcome: (outcome) => outcomes.inc({ outcome }),
    heads: options.heads,
    clock,
    logger,
  })
  measureResponder(metrics, responder)
  return responder
}

/** How long the sidecar leaves a challenged pair to its holder. */
export class HolderShares {
  readonly #committees: Pick<Committees, 'ofEpoch'>
  readonly #batchIndex: Pick<BatchIndex, 'attestationOf'>
  readonly #known = new Map<number, Committee>()
  readonly #requests = new SingleFlight<number, void>()

  constructor({ committees, batchIndex }: Pick<SidecarResponderOptions, 'committees' | 'batchIndex'>) {
    this.#committees = committees
    this.#batchIndex = batchIndex
  }

  /** Until the committee of the header's epoch is known, its holders are left their share. */
  shareBeforeAnswer({ digest, header, position }: Pick<Challenge, 'digest' | 'header' | 'position'>): number {
    const committee = this.#known.get(header.epoch)
    if (committee === undefined) {
      void this.#requests.run(header.epoch, async () => this.#load(header.epoch))
      return SHARE_BEFORE_ANSWER
    }
    const holder = memberOfPair(committee, header.root, position.pair)
    return this.#batchIndex.attestationOf(digest, holder) === undefined ? 0 : SHARE_BEFORE_ANSWER
  }

  /** Never rejects: the next question asks again. */
  async #load(epoch: number): Promise<void> {
    const committee = await this.#committees.ofEpoch(epoch).catch(() => undefined)
    if (committee === undefined) return
    this.#known.set(epoch, committee)
    const [oldest] = this.#known.keys()
    if (this.#known.size > COMMITTEES_MAX && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Two transaction managers of one account would use each other's nonces. */
async function checkAccount({ answerKeyFile }: SidecarConfig, { posterKey }: SidecarKeys): Promise<void> {
  if (answerKeyFile === undefined || !equalBytes(await readSecretKey(answerKeyFile), posterKey)) return
  throw new FloeError(
    'configuration',
    'Expected different accounts for answers and for posts, got the same key for both.',
    { remedy: 'Give --answer-key-file a separate key.' },
  )
}

function measureResponder(metrics: Metrics, responder: ResponderService): void {
  metrics.gauge(
    'floe_sidecar_challenges_open',
    'Challenges that are open on L1, of any header',
    [],
    (gauge) => gauge.set(responder.openCount()),
  )
  metrics.gauge(
    'floe_sidecar_funded_answers',
    'Answers that the account can pay for; -1 without an account',
    [],
    (gauge) => gauge.set(responder.funds()?.transactions ?? -1),
  )
}
