// Nitro's DA provider interface of a sidecar, from its settings.
import { FloeError } from '../../protocol/errors.ts'
import { SharedBudget } from '../../runtime/shared-budget.ts'
import { JsonRpc } from '../nitro/json-rpc.ts'
import { readJwtSecret } from '../nitro/jwt.ts'
import { RpcEndpoint } from '../nitro/rpc-endpoint.ts'
import type { Sidecar } from '../service.ts'

export type NitroInterface = Pick<RpcEndpoint, 'router' | 'upgrade' | 'close'>

/** Bytes of a request beside the message in it. */
const ENVELOPE_BYTES_MAX = 4_096
/** Requests of the largest size that may be in memory at the same time. */
const REQUESTS_MAX = 4
/** Answers of about the largest size that may be sent at the same time. */
const ANSWERS_MAX = 8

/** @throws FloeError `configuration` for a JWT secret that cannot be read */
export async function openNitroInterface(sidecar: Sidecar): Promise<NitroInterface> {
  const { config, clock, logger, metrics, daProvider } = sidecar
  const jwtSecret = config.nitroJwtFile === undefined ? undefined : await readJwtSecret(config.nitroJwtFile)
  const calls = metrics.counter(
    'floe_sidecar_nitro_calls_total',
    'Calls of the Nitro interface, by outcome',
    ['method', 'outcome'],
  )
  const rpc = new JsonRpc({
    methods: daProvider?.methods() ?? new Map(),
    logger,
    onCall: (method, outcome) => calls.inc({ method, outcome }),
  })
  // In hexadecimal a message takes two characters a byte.
  const requestBytesMax = 2 * config.batchBytesMax + ENVELOPE_BYTES_MAX
  return new RpcEndpoint({
    rpc,
    jwtSecret,
    requestBytesMax,
    memory: new SharedBudget(REQUESTS_MAX * requestBytesMax),
    // An answer has a batch in base64, and at most once more as a preimage.
    answers: new SharedBudget(ANSWERS_MAX * requestBytesMax),
    clock,
    removeIdle: () => daProvider?.removeIdle(),
    checkServed: () => {
      if (daProvider !== undefined) return
      throw new FloeError(
        'unavailable',
        'Expected a sidecar with a Disputes contract, which decides what is valid for Nitro.',
        {
          remedy: 'Start it with --disputes 0x….',
        },
      )
    },
  })
}
