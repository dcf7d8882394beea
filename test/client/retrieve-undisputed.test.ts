// A retrieval concurrent with the question whether L1 has made its header invalid: the first that decides does, and a silent L1
// delays readers by a bounded time.
import { expect, test } from 'vitest'
import { retrieveUndisputed } from '../../src/client/retrieve-undisputed.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type Stored, kernel, sliverAnswer } from '../protocol/support.ts'
import { testOperators } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { headerOf } from '../support/arbitraries.ts'
import { manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'

const batch = seededBytes('judged', 5_000)
const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const committee = committeeOf(1, `0x${'11'.repeat(32)}`, members)

type Case = {
  flaw?: Flaw | 'none'
  nodes?: 'answer' | 'silent' | 'gone'
  l1: 'valid' | 'invalid' | 'down' | 'silent'
  /** Whether the clock runs to the end of the wait for L1. */
  waits?: boolean
}

const HEDGE_DELAY_MS = 50_000
const L1_PATIENCE_MS = 3_000

/** The signals of the requests to L1. */
const requests: AbortSignal[] = []

/** What a reader gets, and what it was told of. */
async function read({ flaw = 'none', nodes = 'answer', l1, waits = false }: Case): Promise<unknown> {
  const encoding = evilEncode(geometryOf(4), batch, flaw)
  const store: Stored = { header: headerOf(encoding.root, batch.length), encoding }
  const told: string[] = []
  const clock = manualClock(1_900_000_000)
  const reading = retrieveUndisputed(
    { header: store.header, digest: `0x${'11'.repeat(32)}`, committee },
    {
      retrieval: {
        kernel,
        clock,
        timeoutMs: 60_000,
        hedgeDelayMs: HEDGE_DELAY_MS,
        get: async ({ url, signal }) => {
          if (nodes === 'gone') throw new FloeError('unavailable', 'nothing here.')
          if (nodes === 'silent')
            return new Promise((_, reject) =>
              signal.addEventListener('abort', () => reject(new Error('aborted'))),
            )
          return { status: 200, body: sliverAnswer(store, 'row', Number(url.split('/').at(-1))) }
        },
      },
      signal: new AbortController().signal,
      disputes: {
        isInvalid: async (_, signal) => {
          if (signal !== undefined) requests.push(signal)
          if (l1 === 'down') throw new FloeError('unavailable', 'no L1.')
          return l1 === 'silent' ? new Promise<boolean>(() => undefined) : l1 === 'invalid'
        },
      },
      onInvalidEncoding: () => told.push('invalid encoding'),
    },
  )
  if (waits) {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(L1_PATIENCE_MS)
  }
  const result = await reading.then(
    (bytes) => (Buffer.compare(bytes, batch) === 0 ? 'the batch' : 'other bytes'),
    (error: unknown) => (error instanceof FloeError ? `${error.status} ${error.message.slice(0, 5)}` : error),
  )
  return [result, ...told]
}

test.each<[Case, unknown[]]>([
  [{ l1: 'valid' }, ['the batch']],
  [{ l1: 'invalid' }, ['418 L1 ha']],
  // Withheld: the reader is answered although no row arrives.
  [{ l1: 'invalid', nodes: 'silent' }, ['418 L1 ha']],
  [{ l1: 'invalid', nodes: 'gone' }, ['418 L1 ha']],
  [{ l1: 'valid', nodes: 'gone' }, ['503 Expec']],
  // L1 out of reach: the slivers decide.
  [{ l1: 'down' }, ['the batch']],
  [{ l1: 'down', nodes: 'gone' }, ['503 Expec']],
  [{ l1: 'down', flaw: 'noise' }, ['418 The s', 'invalid encoding']],
  [{ l1: 'silent', waits: true }, ['the batch']],
  [{ l1: 'silent', waits: true, nodes: 'gone' }, ['503 Expec']],
  // An invalid encoding is refused immediately, even while L1 is silent.
  [{ l1: 'silent', flaw: 'parity-row' }, ['418 The s', 'invalid encoding']],
  [{ l1: 'valid', flaw: 'parity-row' }, ['418 The s', 'invalid encoding']],
])('a reader in the case %o gets %o', async (given, expected) => {
  expect(await read(given)).toEqual(expected)
})

test('a request to L1 that was not answered ends with the retrieval', async () => {
  requests.length = 0
  await read({ l1: 'silent', waits: true })
  expect(requests.map(({ aborted }) => aborted)).toEqual([true])
})
