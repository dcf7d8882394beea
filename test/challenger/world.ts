// What the tests of a challenger's parts share: one posted batch whose slivers the test serves or withholds, on a manual clock.
import type { CertifiedHeader } from '../../src/client/certified-header.ts'
import type { RetrieveOptions } from '../../src/client/retrieve.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { type Committee, committeeOf } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import type { Side } from '../../src/protocol/sliver.ts'
import { kernel, sliverAnswer, symbolAnswer } from '../protocol/support.ts'
import { headerOf } from '../support/arbitraries.ts'
import { testOperators } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const NOW = 1_900_000_000
const SHARDS = 4

export type World = {
  readonly clock: ManualClock
  readonly committee: Committee
  readonly certified: CertifiedHeader
  readonly posted: PostedHeader
  readonly retrieval: RetrieveOptions
  /** Pairs that are served; the others answer 404. */
  readonly serving: Set<number>
}

/** @param flaw of the encoding */
export function createWorld(flaw: Flaw | 'none' = 'none'): World {
  const clock = manualClock(NOW)
  const operators = testOperators(Array.from({ length: SHARDS }, () => 1))
  const committee = committeeOf(
    1,
    `0x${'5e'.repeat(32)}`,
    operators.map(({ member }) => member),
  )
  const domain = { chainId: 1, ledger: `0x${'55'.repeat(20)}` as Hex }
  const encoding = evilEncode(geometryOf(SHARDS), seededBytes('sampled', 5_000), flaw)
  const header = { ...headerOf(encoding.root, 5_000), epoch: 1, expiry: NOW + 86_400 }
  const store = { encoding, header }
  const digest = toHex(headerDigest(domain, header))
  const transactionHash = toHex(new Uint8Array(32).fill(7))
  const serving = new Set(Array.from({ length: SHARDS }, (_, pair) => pair))
  return {
    clock,
    committee,
    certified: { header, digest, committee },
    posted: {
      header,
      digest,
      index: 0,
      path: [],
      headersRoot: digest,
      postedAt: NOW,
      stands: true,
      transactionHash,
      blockNumber: 1,
    },
    serving,
    retrieval: {
      kernel,
      clock,
      timeoutMs: 1_000,
      hedgeDelayMs: 500,
      get: async ({ url }) => {
        const [, side, pair, symbol] = /\/(row|column)s\/(\d+)(?:\/symbols\/(\d+))?$/.exec(url) ?? []
        const place = { side: side as Side, pair: Number(pair) }
        if (!serving.has(place.pair)) return { status: 404, body: new Uint8Array() }
        const body =
          symbol === undefined
            ? sliverAnswer(store, place.side, place.pair)
            : symbolAnswer(store, place, Number(symbol))
        return { status: 200, body }
      },
    },
  }
}

/** Lets every promise that can settle do so; the clock stands still meanwhile. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
