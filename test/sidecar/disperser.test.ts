// Certificates, and the operators that are slower than the quorum: they are retried within a bound, or abandoned and counted.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from 'vitest'
import { type DispersalBody, bodyBytes } from '../../src/coding/coder.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { type ErrorCode, FloeError } from '../../src/protocol/errors.ts'
import { NO_CONTENT_HASH } from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { type Dispersal, prepareDispersal } from '../../src/sidecar/dispersal.ts'
import { Disperser } from '../../src/sidecar/disperser.ts'
import type { ReceivedAttestation } from '../../src/store/batch-index.ts'
import { testKey, testOperators } from '../support/deploy.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const committee = committeeOf(
  1,
  `0x${'5e'.repeat(32)}`,
  testOperators([1, 1, 1, 1]).map(({ member }) => member),
)
const kernel = nodeKernel()

async function dispersal(label: string, bytes = 10_000): Promise<Dispersal> {
  const secretKey = testKey('disperser')
  const signer = {
    curve: pureSecp256k1,
    secretKey,
    address: addressOfSecretKey(secretKey),
    domain: { chainId: 1, ledger: `0x${'11'.repeat(20)}` as Hex },
  }
  const terms = { expiry: 2_000_000_000, contentHash: NO_CONTENT_HASH }
  return prepareDispersal({ kernel, signer }, committee, seededBytes(label, bytes), terms)
}

const TIMEOUT_MS = 5_000

type Ask = { readonly member: number; readonly body: DispersalBody; readonly signal: AbortSignal }

/** A disperser over operators that answer as `answer` says, with a record of its requests and of how stragglers ended. */
function disperserOver(
  answer: (ask: Ask, attempt: number) => Promise<Hex>,
  stragglerBytesMax = 1024 * 1024,
): {
  disperser: Disperser
  clock: ManualClock
  asks: number[]
  outcomes: string[]
  late: ReceivedAttestation[]
} {
  const asks: number[] = []
  const outcomes: string[] = []
  const late: ReceivedAttestation[] = []
  const clock = manualClock(1_900_000_000)
  const disperser = new Disperser({
    operators: {
      disperse: async (owner, body, _asked, { signal }) => {
        const member = committee.members.findIndex(({ signer }) => signer === owner.signer)
        asks.push(member)
        return answer({ member, body, signal }, asks.filter((other) => other === member).length)
      },
    },
    clock,
    logger: createLogger('sidecar', 'silent'),
    timeoutMs: TIMEOUT_MS,
    stragglerBytesMax,
    onStraggler: (outcome) => outcomes.push(outcome),
    onAttestation: (received) => late.push(received),
  })
  open.push(disperser)
  return { disperser, clock, asks, outcomes, late }
}

const open: Disperser[] = []

afterEach(() => {
  for (const disperser of open.splice(0)) disperser.close()
})

const signature: Hex = `0x${'ab'.repeat(64)}`

function refusal(code: ErrorCode): FloeError {
  return new FloeError(code, 'no.')
}

test('A certificate has the signatures of the first quorum, and the disperser waits for no further operator.', async () => {
  const { disperser } = disperserOver(async ({ member }) =>
    member === 1 ? new Promise<Hex>(() => undefined) : signature,
  )
  const batch = await dispersal('quorum')
  const certificate = await disperser.certify(batch)
  expect(certificate).toEqual({
    header: batch.header,
    index: 0,
    path: [],
    signatures: [0, 2, 3].map((member) => ({ member, signature })),
  })
})

test('A batch that more than f operators refuse for one reason is refused with that reason.', async () => {
  const { disperser, outcomes } = disperserOver(async () => Promise.reject(refusal('over-quota')))
  await expect(disperser.certify(await dispersal('refused'))).rejects.toMatchObject({ code: 'over-quota' })
  expect(outcomes).toEqual([])
  expect(disperser.stragglerBytes()).toBe(0)
})

test('A batch without a quorum after the timeout is unavailable, and not a moment before.', async () => {
  const { disperser, clock } = disperserOver(async ({ member }) =>
    member < 2 ? signature : new Promise<Hex>(() => undefined),
  )
  let settled = false
  const certified = disperser.certify(await dispersal('timeout')).finally(() => (settled = true))
  clock.advance(TIMEOUT_MS - 1)
  await nextTurn()
  expect(settled).toBe(false)
  clock.advance(1)
  await expect(certified).rejects.toMatchObject({ code: 'unavailable', facts: { signed: 2 } })
})

test('A straggler counts with its bytes until it has answered.', async () => {
  const late = Promise.withResolvers<Hex>()
  const { disperser, asks } = disperserOver(async ({ member }) => (member === 3 ? late.promise : signature))
  const batch = await dispersal('late')
  await disperser.certify(batch)
  await until('only the straggler counts', () =>
    disperser.stragglerBytes() === bodyBytes(batch.bodies[3] as DispersalBody) ? true : undefined,
  )
  expect([disperser.isRetrying(batch.digest, 3), disperser.isRetrying(batch.digest, 2)]).toEqual([
    true,
    false,
  ])
  late.resolve(signature)
  await until('no bytes are kept', () => (disperser.stragglerBytes() === 0 ? true : undefined))
  expect(asks).toHaveLength(4)
  expect(disperser.isRetrying(batch.digest, 3)).toBe(false)
})

test('A straggler that failed with a retryable error is retried immediately, and completed.', async () => {
  const { disperser, asks, outcomes } = disperserOver(async ({ member }, attempt) => {
    if (member === 0 && attempt === 1) throw refusal('unavailable')
    return signature
  })
  await disperser.certify(await dispersal('again'))
  await until('it is completed', () => (outcomes.length > 0 ? true : undefined))
  expect(outcomes).toEqual(['completed'])
  expect(asks.filter((member) => member === 0)).toHaveLength(2)
  expect(disperser.stragglerBytes()).toBe(0)
})

test('Attestations that come after the quorum, at first or after a retry, are passed on with their members.', async () => {
  const slow = Promise.withResolvers<Hex>()
  const { disperser, late } = disperserOver(async ({ member }, attempt) => {
    if (member === 0 && attempt === 1) throw refusal('unavailable')
    return member === 3 ? slow.promise : signature
  })
  // Members 1 and 2 alone are no quorum.
  const certified = disperser.certify(await dispersal('late attestations'))
  await expect(Promise.race([certified, nextTurn().then(() => 'undecided')])).resolves.toBe('undecided')
  slow.resolve(signature)
  const { signatures } = await certified
  expect(signatures.map(({ member }) => member)).toEqual([1, 2, 3])
  await until('the retry is completed', () => (late.length > 0 ? true : undefined))
  expect(late).toMatchObject([{ member: 0, index: 0, path: [], signature }])
})

test('Attestations of a put that gets no quorum are passed on: its header is signed and may be certified by others.', async () => {
  const { disperser, late, clock } = disperserOver(async ({ member }) =>
    member < 2 ? signature : new Promise<Hex>(() => undefined),
  )
  const batch = await dispersal('no quorum')
  const certified = disperser.certify(batch)
  clock.advance(TIMEOUT_MS)
  await expect(certified).rejects.toMatchObject({ code: 'unavailable' })
  await until('both are passed on', () => (late.length === 2 ? true : undefined))
  expect(late.map(({ digest, member }) => [digest, member])).toEqual(
    [0, 1].map((member) => [batch.digest, member]),
  )
})

test('A straggler that keeps failing is retried five times with longer pauses, and then abandoned.', async () => {
  const { disperser, clock, asks, outcomes } = disperserOver(async ({ member }) => {
    if (member === 0) throw refusal('unavailable')
    return signature
  })
  await disperser.certify(await dispersal('keeps failing'))
  for (const pauseMs of [2_000, 4_000, 8_000, 16_000, 16_000]) {
    await until('it waits for the next retry', () => (clock.sleeping() > 0 ? true : undefined))
    clock.advance(pauseMs)
  }
  await until('it is abandoned', () => (outcomes.length > 0 ? true : undefined))
  expect(outcomes).toEqual(['abandoned'])
  expect(asks.filter((member) => member === 0)).toHaveLength(7)
  expect(disperser.stragglerBytes()).toBe(0)
})

test('A straggler that failed with a final error is abandoned without a further retry.', async () => {
  const { disperser, asks, outcomes } = disperserOver(async ({ member }, attempt) => {
    if (member === 0) throw refusal(attempt === 1 ? 'unavailable' : 'bad-signature')
    return signature
  })
  await disperser.certify(await dispersal('final'))
  await until('it is abandoned', () => (outcomes.length > 0 ? true : undefined))
  expect(outcomes).toEqual(['abandoned'])
  expect(asks.filter((member) => member === 0)).toHaveLength(2)
  expect(disperser.stragglerBytes()).toBe(0)
})

test('A straggler beyond the bytes that are kept is abandoned without a retry when it fails.', async () => {
  const bytes = bodyBytes((await dispersal('budget 0')).bodies[2] as DispersalBody)
  const late = Promise.withResolvers<Hex>()
  const { disperser, asks, outcomes } = disperserOver(
    async ({ member }) => (member === 2 ? late.promise : signature),
    bytes,
  )
  await disperser.certify(await dispersal('budget 0'))
  await until('the first one is kept', () => (disperser.stragglerBytes() === bytes ? true : undefined))
  await disperser.certify(await dispersal('budget 1'))
  expect(disperser.stragglerBytes()).toBe(bytes)
  late.reject(refusal('unavailable'))
  await until('the second one is abandoned', () => (outcomes.includes('abandoned') ? true : undefined))
  await until('the first one is retried', () =>
    asks.filter((member) => member === 2).length === 2 ? true : undefined,
  )
  expect(outcomes).toEqual(['abandoned'])
})

test('Bounded: an operator that takes no bytes has at most a quarter of what is kept, its further requests are cut or not sent', async () => {
  const bytes = bodyBytes((await dispersal('share 0')).bodies[2] as DispersalBody)
  let open = 0
  const { disperser, asks, outcomes } = disperserOver(
    async ({ member, signal }) => {
      if (member !== 2) return signature
      open += 1
      return new Promise<Hex>((_, reject) => {
        signal.addEventListener('abort', () => {
          open -= 1
          reject(signal.reason as Error)
        })
      })
    },
    8 * bytes + 7,
  )
  for (let i = 0; i < 6; i++) await disperser.certify(await dispersal(`share ${i}`))
  await until('four are abandoned', () => (outcomes.length === 4 ? true : undefined))
  expect(outcomes).toEqual(Array.from({ length: 4 }, () => 'abandoned'))
  expect(disperser.stragglerBytes()).toBe(2 * bytes)
  expect(open).toBe(2)
  expect(asks.filter((member) => member === 2)).toHaveLength(2)
})

test('Bounded: a request in flight beyond what is kept is cut as soon as the quorum has signed', async () => {
  let cut: unknown
  const { disperser, outcomes } = disperserOver(async ({ member, signal }) => {
    if (member !== 0) return signature
    return new Promise<Hex>((_, reject) => {
      signal.addEventListener('abort', () => reject((cut = signal.reason) as Error))
    })
  }, 1)
  await disperser.certify(await dispersal('cut'))
  await until('it is abandoned', () => (outcomes.length > 0 ? true : undefined))
  expect(outcomes).toEqual(['abandoned'])
  expect(cut).toMatchObject({ code: 'unavailable' })
  expect(disperser.stragglerBytes()).toBe(0)
})

test('Only the first attempt may have its body reused.', async () => {
  const offered: boolean[] = []
  const { disperser, outcomes } = disperserOver(async ({ member, body }, attempt) => {
    if (member === 0) offered.push(body.reuse !== undefined)
    if (member === 0 && attempt === 1) throw refusal('unavailable')
    return signature
  })
  const batch = await dispersal('reuse')
  const bodies = batch.bodies.map(({ parts }) => ({ parts, reuse: () => undefined }))
  await disperser.certify({ ...batch, bodies })
  await until('it is completed', () => (outcomes.length > 0 ? true : undefined))
  expect(offered).toEqual([true, false])
})

test('A straggler is abandoned when the disperser closes.', async () => {
  const { disperser, outcomes } = disperserOver(async ({ member, signal }) => {
    if (member !== 1) return signature
    return new Promise<Hex>((_, reject) => {
      signal.addEventListener('abort', () => reject(refusal('unavailable')))
    })
  })
  await disperser.certify(await dispersal('closing'))
  disperser.close()
  await until('it is abandoned', () => (outcomes.length > 0 ? true : undefined))
  expect(outcomes).toEqual(['abandoned'])
  expect(disperser.stragglerBytes()).toBe(0)
})

test('A straggler keeps its own pairs in memory, and nothing else of the batch.', async () => {
  const late = Promise.withResolvers<Hex>()
  const { disperser, outcomes } = disperserOver(async ({ member }, attempt) =>
    member === 1 && attempt === 1 ? late.promise : signature,
  )
  const bodies = await certifyAndForget(disperser)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await until('the bodies of the others are collected', () => {
    collect()
    return bodies.filter((body) => body.deref() !== undefined).length === 1 ? true : undefined
  })
  expect(bodies[1]?.deref()).toBeDefined()
  late.reject(refusal('unavailable'))
  await until('it is completed with the body that was kept', () => (outcomes.length > 0 ? true : undefined))
  expect(outcomes).toEqual(['completed'])
})

async function certifyAndForget(disperser: Disperser): Promise<WeakRef<ArrayBufferLike>[]> {
  const batch = await dispersal('memory', 100_000)
  const bodies = batch.bodies.map(({ parts }) => new WeakRef((parts[0] as Uint8Array).buffer))
  await disperser.certify(batch)
  return bodies
}

async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
