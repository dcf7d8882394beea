// A retrieval beside what L1 says of its header: whichever decides first does, and a silent L1 holds nobody up.
import { expect, test } from 'vitest'
import { retrieveJudged } from '../../src/client/retrieve-undisputed.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type Stored, kernel, sliverAnswer } from '../protocol/support.ts'
import { testOperators } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { headerOf } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'

const batch = seededBytes('judged', 5_000)
const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const committee = committeeOf(1, members)

type Case = {
  flaw?: Flaw | 'none'
  nodes?: 'answer' | 'silent' | 'gone'
  l1: 'valid' | 'invalid' | 'down' | 'silent'
  /** Whether a wait ends. */
  patience?: boolean
}

/** What a reader gets, what it was told of, and how often it had to wait for L1. */
async function read({ flaw = 'none', nodes = 'answer', l1, patience = false }: Case): Promise<unknown> {
  const encoding = evilEncode(geometryOf(4), batch, flaw)
  const store: Stored = { header: headerOf(encoding.root, batch.length), encoding }
  const told: string[] = []
  const result = await retrieveJudged(
    { header: store.header, digest: `0x${'11'.repeat(32)}`, committee },
    {
      kernel,
      timeoutMs: 60_000,
      hedgeDelayMs: 50_000,
      sleep: async (ms) => (patience && ms < 50_000 ? undefined : new Promise(() => undefined)),
      get: async ({ url, signal }) => {
        if (nodes === 'gone') throw new FloeError('unavailable', 'nothing here.')
        if (nodes === 'silent')
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          )
        return { status: 200, body: sliverAnswer(store, 'row', Number(url.split('/').at(-1))) }
      },
      disputes: {
        isInvalid: async () => {
          if (l1 === 'down') throw new FloeError('unavailable', 'no L1.')
          return l1 === 'silent' ? new Promise<boolean>(() => undefined) : l1 === 'invalid'
        },
      },
      onNoBatch: () => told.push('no batch'),
    },
  ).then(
    (bytes) => (Buffer.compare(bytes, batch) === 0 ? 'the batch' : 'other bytes'),
    (error: unknown) => (error instanceof FloeError ? `${error.status} ${error.message.slice(0, 5)}` : error),
  )
  return [result, ...told]
}

test.each<[Case, unknown[]]>([
  [{ l1: 'valid' }, ['the batch']],
  [{ l1: 'invalid' }, ['418 L1 ha']],
  // Withheld: nothing is there to be had, and nothing is waited for.
  [{ l1: 'invalid', nodes: 'silent' }, ['418 L1 ha']],
  [{ l1: 'invalid', nodes: 'gone' }, ['418 L1 ha']],
  [{ l1: 'valid', nodes: 'gone' }, ['503 Expec']],
  // L1 out of reach: the slivers decide.
  [{ l1: 'down' }, ['the batch']],
  [{ l1: 'down', nodes: 'gone' }, ['503 Expec']],
  [{ l1: 'down', flaw: 'noise' }, ['418 The s', 'no batch']],
  [{ l1: 'silent', patience: true }, ['the batch']],
  [{ l1: 'silent', patience: true, nodes: 'gone' }, ['503 Expec']],
  // What is no batch is none at once, even while L1 is silent.
  [{ l1: 'silent', flaw: 'parity-row' }, ['418 The s', 'no batch']],
  [{ l1: 'valid', flaw: 'parity-row' }, ['418 The s', 'no batch']],
])('%o', async (given, expected) => {
  expect(await read(given)).toEqual(expected)
})
