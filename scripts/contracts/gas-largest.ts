// Measures calls of disputes for the largest committee. Encoding a batch for it takes minutes with the encoder of the tests, so only
// the slivers that are opened exist: the root is that of no batch, and their openings are valid under it.
import {
  answerCall,
  challengeCall,
  evidenceCalls,
  expireCall,
  fineHolderCall,
  readCall,
} from '../../src/l1/dispute-calls.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import type { Evidence } from '../../src/protocol/evidence.ts'
import type { Geometry } from '../../src/protocol/geometry.ts'
import { type Opening, encodeOpening, openChunk } from '../../src/protocol/opening.ts'
import { chunkHashes, hashPair, treeRoot } from '../../src/protocol/tree.ts'
import { attest, testHeader } from '../../test/support/deploy.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'
import type { GasBench, Measured } from './gas-bench.ts'
import { EXPIRY, GROUP, callOfPost, headersOf, shownIn } from './gas-posts.ts'

const BOND_WEI = 10n ** 17n
const WINDOW_SECONDS = 3_600
/** A whole chunk, and the start of a second one. */
const SYMBOL_BYTES = 2_080

type Pair = { readonly pair: number; readonly row: Uint8Array; readonly column: Uint8Array }
type Slivers = { readonly root: Uint8Array; readonly leaves: Uint8Array; readonly pairs: readonly Pair[] }

function sliverRoot(sliver: Uint8Array): Uint8Array {
  const symbols = Array.from({ length: sliver.length / SYMBOL_BYTES }, (_, i) =>
    sliver.subarray(i * SYMBOL_BYTES, (i + 1) * SYMBOL_BYTES),
  )
  return treeRoot(symbols.map((symbol) => treeRoot(chunkHashes(symbol))))
}

/** The first and the last pair, under a root of noise. */
function makeSlivers({ shards, rows, columns }: Geometry): Slivers {
  const pairs = [0, shards - 1].map((pair) => ({
    pair,
    row: seededBytes(`row ${pair}`, columns * SYMBOL_BYTES),
    column: seededBytes(`column ${pair}`, rows * SYMBOL_BYTES),
  }))
  const leaves = Array.from({ length: shards }, (_, pair) => {
    const held = pairs.find((other) => other.pair === pair)
    return held === undefined
      ? seededBytes(`leaf ${pair}`, 32)
      : hashPair(sliverRoot(held.row), sliverRoot(held.column))
  })
  return { root: treeRoot(leaves), leaves: Uint8Array.from(Buffer.concat(leaves)), pairs }
}

/** Evidence (b): the first row at its c own points, and at the last column. */
function parityOf(geometry: Geometry, { leaves, pairs }: Slivers): Evidence & { kind: 'parity' } {
  const [first, last] = pairs as [Pair, Pair]
  const own = Array.from({ length: geometry.columns }, (_, symbol): Opening =>
    openChunk(geometry, { ...first, leaves }, { side: 'row', symbol, chunk: 0 }),
  )
  const other = openChunk(geometry, { ...last, leaves }, { side: 'column', symbol: 0, chunk: 0 })
  const points = [...own.map((_, point) => point), geometry.shards - 1]
  const line = { side: 'row', index: 0, chunk: 0, byteIndex: 0, points } as const
  return { kind: 'parity', line, openings: [...own, other] }
}

/** Every transaction by name; of evidence every part. */
export async function measureLargest(bench: GasBench): Promise<Record<string, Measured>> {
  const { disputes, members } = bench.floe
  const { geometry } = members
  const slivers = makeSlivers(geometry)
  const length = geometry.rows * geometry.columns * SYMBOL_BYTES - 1
  const header = testHeader('largest', { root: toHex(slivers.root), length, expiry: EXPIRY })
  const headers = [header, ...headersOf('beside the largest', GROUP - 1)]
  await bench.send(callOfPost(bench, headers))
  const shown = shownIn(bench, headers, 0)
  const evidence = parityOf(geometry, slivers)
  const [opening] = evidence.openings as [Opening]
  const encoded = encodeOpening(opening)
  const at = (symbol: number) => ({ pair: 0, side: 'row', symbol, chunk: 0 }) as const

  const measured: Record<string, Measured> = {
    'read, transaction': await bench.send(readCall(disputes, shown, 0, encoded)),
    challenge: await bench.send(challengeCall(disputes, shown, at(0), BOND_WEI)),
    'answer, as the first payment of the contract': await bench.send(answerCall(disputes, header, encoded)),
  }
  await bench.send(challengeCall(disputes, shown, at(1), BOND_WEI))
  await bench.pass(WINDOW_SECONDS + 1)
  measured['expire'] = await bench.send(expireCall(disputes, header, at(1)))
  const member = memberOfPair(members, header.root, 0)
  const { signatures } = attest(bench.floe, bench.operators, headers, [member])
  const attested = { index: shown.index, path: shown.path, signature: signatures[0]?.signature ?? '0x' }
  measured['fineHolder'] = await bench.send(
    fineHolderCall(disputes, header, 0, { attested, committee: members }),
  )
  const parts = evidenceCalls(disputes, shown, evidence)
  for (const [i, part] of parts.entries())
    measured[`disprove (b) parity of a row, part ${i + 1} of ${parts.length}`] = await bench.send(part)
  return measured
}
