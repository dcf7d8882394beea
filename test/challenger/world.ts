// What the tests of a challenger's parts share: one posted batch whose slivers the test serves or withholds, on a manual clock.
import { createClient, custom } from 'viem'
import type { CertifiedHeader } from '../../src/client/certified-header.ts'
import type { RetrieveOptions } from '../../src/client/retrieve.ts'
import { postCall } from '../../src/l1/poster.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import type { L1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import type { SignatureChecker } from '../../src/protocol/certificate.ts'
import { type Committee, committeeOf } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import type { Side } from '../../src/protocol/sliver.ts'
import { kernel, sliverAnswer, symbolAnswer } from '../protocol/support.ts'
import { curve, headerOf } from '../support/arbitraries.ts'
import { attest, testOperators } from '../support/deploy.ts'
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
  readonly checker: SignatureChecker
  /** Answers for the transaction of the post, and nothing else. */
  readonly l1: L1
  /** Pairs that are served; the others answer 404. */
  readonly serving: Set<number>
}

/** @param flaw of the encoding */
export function createWorld(flaw: Flaw | 'none' = 'none'): World {
  const clock = manualClock(NOW)
  const operators = testOperators(Array.from({ length: SHARDS }, () => 1))
  const committee = committeeOf(
    1,
    operators.map(({ member }) => member),
  )
  const domain = { chainId: 1, ledger: `0x${'55'.repeat(20)}` as Hex }
  const encoding = evilEncode(geometryOf(SHARDS), seededBytes('sampled', 5_000), flaw)
  const header = { ...headerOf(encoding.root, 5_000), epoch: 1, expiry: NOW + 86_400 }
  const store = { encoding, header }
  const digest = toHex(headerDigest(domain, header))
  const { headers, headersRoot, signatures } = attest(domain, operators, [header])
  const transactionHash = toHex(new Uint8Array(32).fill(7))
  const { data: input } = postCall(domain.ledger, { headers, committee, signatures })
  const client = createClient({
    transport: custom({ request: async () => ({ hash: transactionHash, input, type: '0x2' }) }),
  })
  const serving = new Set(Array.from({ length: SHARDS }, (_, pair) => pair))
  return {
    clock,
    committee,
    certified: { header, digest, committee },
    posted: { header, digest, headersRoot, accumulator: headersRoot, transactionHash, blockNumber: 1 },
    checker: { curve, domain },
    l1: { client, endpoints: [client] },
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
