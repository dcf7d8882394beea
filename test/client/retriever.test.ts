// What a reader says of a commitment before and around its retrieval: expiry, epochs, sharing, limits.
import { describe, expect, test } from 'vitest'
import type { Get } from '../../src/client/storage-node.ts'
import { type Library, createLibrary } from '../../src/client/retriever.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import type { Header } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { attest, testHeader, testOperators } from '../support/deploy.ts'

const operators = testOperators([1, 1, 1, 1])
const domain = { chainId: 1, ledger: `0x${'55'.repeat(20)}` as Hex }
const NOW = 1_900_000_000
const CURRENT_EPOCH = 4

function commitment(name: string, changes: Partial<Header> = {}): Uint8Array {
  const header = testHeader(name, { expiry: NOW + 60, epoch: CURRENT_EPOCH, ...changes })
  const { signatures } = attest(domain, operators, [header], [0, 1, 2])
  return encodeCertificate({ header, path: [], signatures })
}

/** A library whose nodes are `get`. */
function libraryOver(get: Get, retrievalsMax = 64): Library {
  const members = operators.map(({ member }) => member)
  return createLibrary({
    committees: {
      current: async () => committeeOf(CURRENT_EPOCH, members),
      ofEpoch: async (epoch) =>
        epoch >= 1 && epoch <= CURRENT_EPOCH ? committeeOf(epoch, members) : undefined,
      disperserQuota: async () => 0n,
    },
    checker: { curve: pureSecp256k1, domain },
    clock: { now: () => NOW * 1000, monotonic: () => 0, sleep: async () => undefined },
    retrieval: {
      kernel: nodeKernel(),
      get,
      sleep: async () => new Promise(() => undefined),
      timeoutMs: 60_000,
      hedgeDelayMs: 1_000,
    },
    retrievalsMax,
  })
}

/** Nodes that answer when the test lets them, and then that they have nothing. */
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
  test('is expired ten minutes after its expiry, and until then whoever has it is asked', async () => {
    const { get, asked, release } = heldNodes()
    release()
    const library = libraryOver(get)
    expect(await codeOf(library.get(commitment('on time', { expiry: NOW - 600 })))).toBe('503 unavailable')
    expect(asked.length).toBeGreaterThan(0)
    const before = asked.length
    expect(await codeOf(library.get(commitment('late', { expiry: NOW - 601 })))).toBe('404 expired')
    expect(asked).toHaveLength(before)
  })

  test('that is forged is invalid whatever its expiry: only what was true can be gone', async () => {
    const forged = commitment('forged', { expiry: 1 })
    forged[3] = (forged[3] as number) ^ 1
    expect(await codeOf(libraryOver(heldNodes().get).get(forged))).toBe('418 commitment-invalid')
  })

  test('of an old epoch is read, of the next one waited for, of others refused', async () => {
    const { get, release } = heldNodes()
    release()
    const library = libraryOver(get)
    const codes: string[] = []
    for (const epoch of [0, 1, 3, 4, 5, 6, 2 ** 32 - 1])
      codes.push(await codeOf(library.certificate(commitment('epoch', { epoch }))))
    const invalid = '418 commitment-invalid'
    expect(codes).toEqual([invalid, 'none', 'none', 'none', '503 unavailable', invalid, invalid])
  })
})

describe('retrievals', () => {
  test('of one batch that come together are one, also under certificates with other signers', async () => {
    const { get, asked, release } = heldNodes()
    const library = libraryOver(get)
    const header = testHeader('shared', { expiry: NOW + 60, epoch: CURRENT_EPOCH })
    const forms = [
      [0, 1, 2],
      [1, 2, 3],
      [0, 1, 2, 3],
    ].map((signers) => {
      const { signatures } = attest(domain, operators, [header], signers)
      return encodeCertificate({ header, path: [], signatures })
    })
    const gets = forms.flatMap((form) => [library.get(form), library.get(form)])
    const codes = Promise.all(gets.map(codeOf))
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toHaveLength(2)
    release()
    expect(await codes).toEqual(Array<string>(6).fill('503 unavailable'))
    expect(asked).toHaveLength(4)
    expect(new Set(asked).size).toBe(4)
  })

  test('of more batches than the limit are 429 until one is done', async () => {
    const { get, release } = heldNodes()
    const library = libraryOver(get, 2)
    const running = [commitment('one'), commitment('two')].map(async (bytes) => codeOf(library.get(bytes)))
    await new Promise((resolve) => setImmediate(resolve))
    expect(await codeOf(library.get(commitment('three')))).toBe('429 overloaded')
    const shared = codeOf(library.get(commitment('one')))
    release()
    expect(await Promise.all([...running, shared])).toEqual(Array<string>(3).fill('503 unavailable'))
    expect(await codeOf(library.get(commitment('three')))).toBe('503 unavailable')
  })
})
