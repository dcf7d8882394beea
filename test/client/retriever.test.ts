// What a retriever answers for a commitment before and around its retrieval: expiry, epochs, sharing, limits, aborts.
import { describe, expect, test } from 'vitest'
import type { Get } from '../../src/client/storage-node.ts'
import type { CheckedCertificate } from '../../src/client/certified-header.ts'
import { Retriever } from '../../src/client/retriever.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { type Committee, committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import type { Header } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { manualClock } from '../support/manual-clock.ts'
import { attest, testHeader, testOperators } from '../support/deploy.ts'

const operators = testOperators([1, 1, 1, 1])
const domain = { chainId: 1, ledger: `0x${'55'.repeat(20)}` as Hex }
const NOW = 1_900_000_000
const CURRENT_EPOCH = 4

function committeeIn(epoch: number): Committee {
  return committeeOf(
    epoch,
    `0x${epoch.toString(16).padStart(64, '0')}`,
    operators.map(({ member }) => member),
  )
}

function commitment(name: string, changes: Partial<Header> = {}): Uint8Array {
  const header = testHeader(name, { expiry: NOW + 60, epoch: CURRENT_EPOCH, ...changes })
  const { signatures } = attest(
    { domain, members: committeeIn(header.epoch) },
    operators,
    [header],
    [0, 1, 2],
  )
  return encodeCertificate({ header, index: 0, path: [], signatures })
}

/** A retriever whose storage nodes are `get`. */
function retrieverOver(
  get: Get,
  retrievalsMax = 64,
  onRequest?: (checked: CheckedCertificate) => void,
): Retriever {
  const clock = manualClock(NOW)
  return new Retriever({
    committees: {
      ofEpoch: async (epoch) => (epoch >= 1 && epoch <= CURRENT_EPOCH ? committeeIn(epoch) : undefined),
    },
    checker: { curve: pureSecp256k1, domain },
    clock,
    retrieval: { kernel: nodeKernel(), get, clock, timeoutMs: 60_000, hedgeDelayMs: 1_000 },
    retrievalsMax,
    onRequest,
  })
}

/** Storage nodes that answer, once the test releases them, that they hold nothing. */
function heldNodes(): { get: Get; asked: string[]; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const asked: string[] = []
  return {
    asked,
    release: resolve,
    get: async ({ url }) => {
      asked.push(url)
      await promise
      throw new FloeError('unavailable', 'nothing here.')
    },
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof FloeError ? `${error.status} ${error.code}` : String(error)),
  )
}

describe('a commitment', () => {
  test('a commitment is expired ten minutes after its expiry, and until then the storage nodes are asked', async () => {
    const { get, asked, release } = heldNodes()
    release()
    const retriever = retrieverOver(get)
    expect(await codeOf(retriever.get(commitment('on time', { expiry: NOW - 600 })))).toBe('503 unavailable')
    expect(asked.length).toBeGreaterThan(0)
    const before = asked.length
    expect(await codeOf(retriever.get(commitment('late', { expiry: NOW - 601 })))).toBe('404 expired')
    expect(asked).toHaveLength(before)
  })

  test('a forged commitment is invalid whatever its expiry, because only a valid one can be expired', async () => {
    const forged = commitment('forged', { expiry: 1 })
    forged[3] = (forged[3] as number) ^ 1
    expect(await codeOf(retrieverOver(heldNodes().get).get(forged))).toBe('418 commitment-invalid')
  })

  test('a commitment of an epoch that has started is read, and one of an epoch that has not is invalid', async () => {
    const { get, release } = heldNodes()
    release()
    const retriever = retrieverOver(get)
    const codes: string[] = []
    for (const epoch of [0, 1, 3, 4, 5, 6, 2 ** 32 - 1])
      codes.push(await codeOf(retriever.certificate(commitment('epoch', { epoch }))))
    const invalid = '418 commitment-invalid'
    expect(codes).toEqual([invalid, 'none', 'none', 'none', invalid, invalid, invalid])
  })
})

test('every get of a certificate that holds is reported, also of an expired batch, and no forged one is', async () => {
  const { get, release } = heldNodes()
  release()
  const requested: string[] = []
  const retriever = retrieverOver(get, 64, ({ digest }) => requested.push(digest))
  const forged = commitment('forged')
  forged[3] = (forged[3] as number) ^ 1
  for (const bytes of [commitment('one'), commitment('two', { expiry: 1 }), forged])
    await codeOf(retriever.get(bytes))
  await retriever.certificate(commitment('three'))
  expect(requested).toHaveLength(2)
})

describe('retrievals', () => {
  test('concurrent calls for one batch share a retrieval, also under certificates with other signers', async () => {
    const { get, asked, release } = heldNodes()
    const retriever = retrieverOver(get)
    const deployment = { domain, members: committeeIn(CURRENT_EPOCH) }
    const header = testHeader('shared', { expiry: NOW + 60, epoch: CURRENT_EPOCH })
    const forms = [
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2, 3],
    ].map((signers) => {
      const { signatures } = attest(deployment, operators, [header], signers)
      return encodeCertificate({ header, index: 0, path: [], signatures })
    })
    const gets = forms.flatMap((form) => [retriever.get(form), retriever.get(form)])
    const codes = Promise.all(gets.map(codeOf))
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toHaveLength(2)
    release()
    expect(await codes).toEqual(Array<string>(6).fill('503 unavailable'))
    expect(asked).toHaveLength(4)
    expect(new Set(asked).size).toBe(4)
  })

  test('a retrieval beyond the limit is refused with 429 until another one has ended', async () => {
    const { get, release } = heldNodes()
    const retriever = retrieverOver(get, 2)
    const running = [commitment('one'), commitment('two')].map(async (bytes) => codeOf(retriever.get(bytes)))
    await new Promise((resolve) => setImmediate(resolve))
    expect(await codeOf(retriever.get(commitment('three')))).toBe('429 overloaded')
    const shared = codeOf(retriever.get(commitment('one')))
    release()
    expect(await Promise.all([...running, shared])).toEqual(Array<string>(3).fill('503 unavailable'))
    expect(await codeOf(retriever.get(commitment('three')))).toBe('503 unavailable')
  })

  test('a caller that aborts is rejected with its reason, and the retrieval goes on for the others', async () => {
    const { get, asked, release } = heldNodes()
    const retriever = retrieverOver(get)
    const [caller, reason] = [new AbortController(), new Error('not needed any more')]
    const leaving = retriever.get(commitment('shared'), { signal: caller.signal })
    const staying = codeOf(retriever.get(commitment('shared')))
    await new Promise((resolve) => setImmediate(resolve))
    const before = asked.length
    caller.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    release()
    expect(await staying).toBe('503 unavailable')
    expect(asked.length).toBeGreaterThan(before)
  })

  test('a retrieval whose callers have all aborted ends, and a later call starts another one', async () => {
    const signals: AbortSignal[] = []
    const retriever = retrieverOver(async ({ signal }) => {
      signals.push(signal)
      return new Promise<never>(() => undefined)
    })
    const caller = new AbortController()
    const leaving = retriever.get(commitment('one'), { signal: caller.signal })
    leaving.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
    caller.abort()
    await expect(leaving).rejects.toBe(caller.signal.reason)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    void retriever.get(commitment('one'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(signals).toHaveLength(4)
  })
})
