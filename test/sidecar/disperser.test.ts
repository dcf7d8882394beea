// What becomes of operators that were slower than the quorum: completed within a bound, and given up in a way that shows.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import { type DispersalBody, bodyBytes } from '../../src/coding/coder.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { type ErrorCode, FloeError } from '../../src/protocol/errors.ts'
import { NO_CONTENT_HASH } from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import {
  type Disperser,
  type Dispersal,
  createDisperser,
  prepareDispersal,
} from '../../src/sidecar/disperser.ts'
import { testKey, testOperators } from '../support/deploy.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'

const committee = committeeOf(
  1,
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

type Ask = { readonly member: number; readonly body: DispersalBody; readonly signal: AbortSignal }

/** A disperser over operators that answer as `answer` says, with a record of what was asked and what was told. */
function disperserOver(
  answer: (ask: Ask, attempt: number) => Promise<Hex>,
  stragglerBytesMax = 1024 * 1024,
): { disperser: Disperser; asks: number[]; outcomes: string[] } {
  const asks: number[] = []
  const outcomes: string[] = []
  const disperser = createDisperser({
    operators: {
      disperse: async (owner, body, _asked, { signal }) => {
        const member = committee.members.findIndex(({ signer }) => signer === owner.signer)
        asks.push(member)
        return answer({ member, body, signal }, asks.filter((other) => other === member).length)
      },
      attest: async () => Promise.reject(new Error('not asked here')),
      reachable: async () => true,
    },
    logger: createLogger('sidecar', 'silent'),
    timeoutMs: 5_000,
    stragglerBytesMax,
    onStraggler: (outcome) => outcomes.push(outcome),
  })
  open.push(disperser)
  return { disperser, asks, outcomes }
}

const open: Disperser[] = []

afterEach(() => {
  for (const disperser of open.splice(0)) disperser.close()
})

const signature: Hex = `0x${'ab'.repeat(64)}`

function refusal(code: ErrorCode): FloeError {
  return new FloeError(code, 'no.')
}

describe('a certificate', () => {
  test('has the signatures of the first quorum and waits for nobody else', async () => {
    const { disperser } = disperserOver(async ({ member }) =>
      member === 1 ? new Promise<Hex>(() => undefined) : signature,
    )
    const batch = await dispersal('quorum')
    const certificate = await disperser.certify(batch)
    expect(certificate).toEqual({
      header: batch.header,
      path: [],
      signatures: [0, 2, 3].map((member) => ({ member, signature })),
    })
  })

  test('is refused with the code of the operators when more than f refuse alike', async () => {
    const { disperser, outcomes } = disperserOver(async () => Promise.reject(refusal('over-quota')))
    await expect(disperser.certify(await dispersal('refused'))).rejects.toMatchObject({ code: 'over-quota' })
    expect(outcomes).toEqual([])
    expect(disperser.stragglerBytes()).toBe(0)
  })
})

describe('an operator that is slower than the quorum', () => {
  test('counts with its bytes until it has answered', async () => {
    const late = Promise.withResolvers<Hex>()
    const { disperser, asks } = disperserOver(async ({ member }) => (member === 3 ? late.promise : signature))
    const batch = await dispersal('late')
    await disperser.certify(batch)
    await until('only the late one counts', () =>
      disperser.stragglerBytes() === bodyBytes(batch.bodies[3] as DispersalBody) ? true : undefined,
    )
    late.resolve(signature)
    await until('nothing is kept', () => (disperser.stragglerBytes() === 0 ? true : undefined))
    expect(asks).toHaveLength(4)
  })

  test('is asked again when it failed in a way that may pass, and completed', async () => {
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

  test('is given up at once when it failed for good', async () => {
    const { disperser, asks, outcomes } = disperserOver(async ({ member }, attempt) => {
      if (member === 0) throw refusal(attempt === 1 ? 'unavailable' : 'bad-signature')
      return signature
    })
    await disperser.certify(await dispersal('for good'))
    await until('it is given up', () => (outcomes.length > 0 ? true : undefined))
    expect(outcomes).toEqual(['abandoned'])
    expect(asks.filter((member) => member === 0)).toHaveLength(2)
    expect(disperser.stragglerBytes()).toBe(0)
  })

  test('is given up without another attempt when the bytes for stragglers are used up', async () => {
    const bytes = bodyBytes((await dispersal('budget 0')).bodies[2] as DispersalBody)
    const late = Promise.withResolvers<Hex>()
    const { disperser, asks, outcomes } = disperserOver(
      async ({ member }) => (member === 2 ? late.promise : signature),
      bytes,
    )
    await disperser.certify(await dispersal('budget 0'))
    await until('the first is kept', () => (disperser.stragglerBytes() === bytes ? true : undefined))
    await disperser.certify(await dispersal('budget 1'))
    expect(disperser.stragglerBytes()).toBe(bytes)
    late.reject(refusal('unavailable'))
    await until('one is given up', () => (outcomes.includes('abandoned') ? true : undefined))
    // The one that had room is asked again, the other one is not.
    await until('the kept one is asked again', () =>
      asks.filter((member) => member === 2).length === 3 ? true : undefined,
    )
    expect(outcomes).toEqual(['abandoned'])
  })

  test('may have its body reused by the first attempt only', async () => {
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

  test('is given up when the sidecar closes', async () => {
    const { disperser, outcomes } = disperserOver(async ({ member, signal }) => {
      if (member !== 1) return signature
      return new Promise<Hex>((_, reject) => {
        signal.addEventListener('abort', () => reject(refusal('unavailable')))
      })
    })
    await disperser.certify(await dispersal('closing'))
    disperser.close()
    await until('it is given up', () => (outcomes.length > 0 ? true : undefined))
    expect(outcomes).toEqual(['abandoned'])
    expect(disperser.stragglerBytes()).toBe(0)
  })

  test('keeps its own pairs in memory and nothing else of the batch', async () => {
    const { disperser } = disperserOver(async ({ member }) =>
      member === 1 ? new Promise<Hex>(() => undefined) : signature,
    )
    const bodies = await certifyAndForget(disperser)
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await until('the bodies of the others are gone', () => {
      collect()
      return bodies.filter((body) => body.deref() !== undefined).length === 1 ? true : undefined
    })
    expect(bodies[1]?.deref()).toBeDefined()
  })
})

async function certifyAndForget(disperser: Disperser): Promise<WeakRef<ArrayBufferLike>[]> {
  const batch = await dispersal('memory', 100_000)
  const bodies = batch.bodies.map(({ parts }) => new WeakRef((parts[0] as Uint8Array).buffer))
  await disperser.certify(batch)
  return bodies
}
