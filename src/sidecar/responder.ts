// A sidecar's answers to challenges on what its own disperser has certified: by retrieval, once the pair's holder has had its time.
import { join } from 'node:path'
import { ResponderService, openingByRetrieval } from '../disputes/responder-service.ts'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import { createDisputes } from '../l1/disputes.ts'
import { connectL1 } from '../l1/rpc.ts'
import { equalBytes } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import type { WriterParts } from './write-path.ts'

/** Of the window; storage nodes have answered by then what they hold, and others than the holder wait for longer. */
const PATIENCE = 0.25

/** Undefined where disputes are not configured. @throws FloeError `configuration`, `unavailable` */
export async function startSidecarAnswers(parts: WriterParts): Promise<ResponderService | undefined> {
  const { config, committees, signer, kernel, coder, clock, http, metrics } = parts
  const { disputes, rpcUrls, getTimeoutMs, hedgeDelayMs } = config
  if (disputes === undefined) return undefined
  // Two senders of one account would take each other's nonces.
  const { answerKeyFile } = config
  if (answerKeyFile !== undefined && equalBytes(await readSecretKey(answerKeyFile), parts.posterKey)) {
    throw new FloeError('configuration', 'Expected another account for answers than for posts.', {
      remedy: 'Give --answer-key-file a key of its own.',
    })
  }
  const terms = await createDisputes(connectL1(rpcUrls), disputes).terms()
  const outcomes = metrics.counter(
    'floe_sidecar_answers_total',
    'Challenges on batches of this disperser that nobody else answered in time, by outcome',
    ['outcome'],
  )
  const answering = await ResponderService.start({
    ...parts,
    disputes,
    terms,
    dir: join(config.dir, 'answers'),
    shareBeforeAnswer: ({ header }) => (header.disperser === signer.address ? PATIENCE : undefined),
    opening: openingByRetrieval(
      committees,
      retrievalOnNode({ kernel, coder, http, clock, timeoutMs: getTimeoutMs, hedgeDelayMs }),
    ),
    onOutcome: (outcome) => outcomes.inc({ outcome }),
  })
  metrics.gauge(
    'floe_sidecar_challenges_open',
    'Challenges that are open on L1, of any header',
    [],
    (gauge) => gauge.set(answering.openCount()),
  )
  metrics.gauge(
    'floe_sidecar_funded_answers',
    'Answers that the account can pay for; -1 when there is none',
    [],
    (gauge) => gauge.set(answering.funds()?.transactions ?? -1),
  )
  return answering
}
