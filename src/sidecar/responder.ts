// A sidecar's responder: it answers challenges of batches that its own disperser has certified, with openings that it retrieves,
// once the holder of the challenged pair has had time to answer.
import { join } from 'node:path'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { Coder } from '../coding/coder.ts'
import { ResponderService, openingsByRetrieval } from '../disputes/responder-service.ts'
import type { Committees } from '../l1/committees.ts'
import { DisputesContract } from '../l1/disputes.ts'
import { connectL1 } from '../l1/rpc.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import type { SidecarConfig } from './config.ts'
import type { SidecarKeys } from './keys.ts'

export type SidecarResponderOptions = {
  readonly config: SidecarConfig
  readonly keys: SidecarKeys
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly kernel: Kernel
  readonly coder: Coder
  readonly http: Pick<HttpClient, 'send'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Share of the window: storage nodes answer for the pairs that they hold before it, and for pairs of other nodes after it. */
const SHARE_BEFORE_ANSWER = 0.25

/** Undefined where no Disputes contract is configured. @throws FloeError `configuration`, `unavailable` */
export async function startSidecarResponder(
  options: SidecarResponderOptions,
): Promise<ResponderService | undefined> {
  const { config, keys, committees, kernel, coder, http, clock, logger, metrics } = options
  const { disputes, rpcUrls, getTimeoutMs, hedgeDelayMs } = config
  if (disputes === undefined) return undefined
  await checkAccount(config, keys)
  const { address, domain } = keys.signer
  const outcomes = metrics.counter(
    'floe_sidecar_answers_total',
    'Challenges of batches of this disperser that were due for an answer, by outcome',
    ['outcome'],
  )
  const terms = await new DisputesContract(connectL1(rpcUrls), disputes).terms()
  const responder = await ResponderService.start({
    config,
    disputes,
    terms,
    domain,
    dir: join(config.dir, 'answers'),
    shareBeforeAnswer: ({ header }) => (header.disperser === address ? SHARE_BEFORE_ANSWER : undefined),
    fineWei: () => terms.disperserFine,
    openings: openingsByRetrieval(
      committees,
      retrievalOnNode({ kernel, coder, http, clock, timeoutMs: getTimeoutMs, hedgeDelayMs }),
    ),
    onOutcome: (outcome) => outcomes.inc({ outcome }),
    clock,
    logger,
  })
  measureResponder(metrics, responder)
  return responder
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
