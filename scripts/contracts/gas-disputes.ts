// Measures the gas of disputes over headers of a post of 64. Each symbol of the batches has one whole chunk of 2,048 bytes, which is
// opened, and the start of a second one.
import { type Abi, encodeFunctionData } from 'viem'
import {
  answerCall,
  challengeCall,
  expireCall,
  fineDisperserOverInconsistentCall,
  fineDisperserOverWithheldCall,
  fineHolderCall,
  readCall,
  reclaimCall,
} from '../../src/l1/dispute-calls.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import type { ShownHeader } from '../../src/l1/posted.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf, pairOfShard } from '../../src/protocol/geometry.ts'
import { encodeHeader, headerDigest } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { testHeader } from '../../test/support/deploy.ts'
import {
  type ChunkPlace,
  lineOpenings,
  openingAt,
  placeOfOffset,
} from '../../test/support/dispute-evidence.ts'
import { type EvilEncoding, type Flaw, evilEncode } from '../../test/support/evil-encoder.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'
import type { GasBench, Measured } from './gas-bench.ts'
import { EXPIRY, GROUP, callOfPost, certificateIn, headersOf, shownIn } from './gas-posts.ts'

/** A posted batch. */
type Case = { readonly encoding: EvilEncoding; readonly shown: ShownHeader }
type Cases = Readonly<Record<(typeof kinds)[number], Case>>

const kinds = ['none', 'parity-row', 'parity-column', 'shared-symbol', 'padding'] as const
/** Below the limit of 128 KiB for a transaction, with room for everything other than the openings. */
const PART_BYTES_MAX = 110 * 1024
const BOND_WEI = 10n ** 17n
const WINDOW_SECONDS = 3_600

function encodingOf(shards: number, flaw: Flaw | 'none'): EvilEncoding {
  const geometry = geometryOf(shards)
  return evilEncode(geometry, seededBytes(`gas ${flaw}`, batchBytes(shards)), flaw)
}

/** One byte less than a multiple of 32: the batch has padding, and Nitro accepts it. */
function batchBytes(shards: number): number {
  const { rows, columns } = geometryOf(shards)
  return rows * columns * 2080 - 1
}

async function postCases(bench: GasBench): Promise<{ cases: Cases; attested: Hex }> {
  const shards = bench.operators.length
  const encodings = kinds.map((kind) => encodingOf(shards, kind))
  const disputed = encodings.map(({ root }, i) =>
    testHeader(kinds[i] ?? '', { root: toHex(root), length: batchBytes(shards), expiry: EXPIRY }),
  )
  const headers = [...disputed, ...headersOf('beside disputes', GROUP - disputed.length)]
  await bench.send(callOfPost(bench, headers))
  const entries = kinds.map((kind, i): [string, Case] => [
    kind,
    { encoding: encodings[i] as EvilEncoding, shown: shownIn(bench, headers, i) },
  ])
  const { signatures } = certificateIn(bench, headers, 0)
  return { cases: Object.fromEntries(entries) as Cases, attested: signatures[0]?.signature ?? '0x' }
}

/** A challenge that is answered, two that expire, one that lapses, and the fines. */
async function measureWithheld(
  bench: GasBench,
  { encoding, shown }: Case,
  attested: Hex,
): Promise<Record<string, Measured>> {
  const { disputes, domain, members } = bench.floe
  const { header } = shown
  const { shards } = encoding.geometry
  // The pairs of the first shards. The member of the first one attested the header.
  const [pair = 0, other = 0] = [0, 1].map((shard) => pairOfShard(encoding.root, shard, shards))
  const at = (of: number, symbol: number): Position => ({ pair: of, side: 'row', symbol, chunk: 0 })
  const digest = headerDigest(domain, header)
  const challenge = async (position: Position) =>
    bench.send(challengeCall(disputes, shown, position, BOND_WEI))
  const challenged = await challenge(at(pair, 0))
  const opening = fromHex(openingAt(encoding, at(pair, 0)))
  const answered = await bench.send(answerCall(disputes, header, opening))
  for (const position of [at(pair, 1), at(other, 0), at(other, 1)]) await challenge(position)
  await bench.pass(WINDOW_SECONDS + 1)
  const expired = await bench.send(expireCall(disputes, header, at(pair, 1)))
  await bench.send(expireCall(disputes, header, at(other, 0)))
  const holder = { index: shown.index, path: shown.path, signature: attested }
  const fined = await bench.send(
    fineHolderCall(disputes, header, pair, { attested: holder, committee: members }),
  )
  await bench.pass(WINDOW_SECONDS + 1)
  const reclaimed = await bench.send(reclaimCall(disputes, toHex(digest), at(other, 1)))
  const signature = toHex(pureSecp256k1.sign(digest, bench.disperserKey))
  return {
    challenge: challenged,
    answer: answered,
    expire: expired,
    reclaim: reclaimed,
    fineHolder: fined,
    fineDisperserOverWithheld: await bench.send(
      fineDisperserOverWithheldCall(disputes, header, other, signature),
    ),
  }
}

/** Evidence with openings in the form of the contract. */
function disproveCall(
  { floe }: GasBench,
  functionName: 'disproveParity' | 'disproveSymbol' | 'disprovePadding',
  { header, index, path }: ShownHeader,
  args: readonly unknown[],
): Call {
  const place = [toHex(encodeHeader(header)), BigInt(index), toHex(concatBytes(...path.map(fromHex)))]
  const abi: Abi = disputesAbi
  const data = encodeFunctionData({ abi, functionName, args: [...place, ...args] })
  return { to: floe.disputes, value: 0n, data }
}

/** Every part. */
async function measureParity(bench: GasBench, of: Case, side: 0 | 1): Promise<Measured[]> {
  const { shards, rows, columns } = of.encoding.geometry
  const last = 1n << BigInt(shards - 1)
  const width = side === 0 ? columns : rows
  const line = { side, index: 0, chunk: 0, byteIndex: 0, points: ((1n << BigInt(width)) - 1n) | last }
  const openings = lineOpenings(of.encoding, line)
  const perPart = Math.floor(PART_BYTES_MAX / ((openings[0] as Hex).length / 2 + 64))
  const parts: Measured[] = []
  for (let i = 0; i < openings.length; i += perPart) {
    const args = [line, openings.slice(i, i + perPart)]
    parts.push(await bench.send(disproveCall(bench, 'disproveParity', of.shown, args)))
  }
  return parts
}

async function measureEvidence(bench: GasBench, cases: Cases): Promise<Record<string, Measured>> {
  const measured: Record<string, Measured> = {}
  for (const [name, kind, side] of [
    ['a', 'parity-row', 1],
    ['b', 'parity-column', 0],
  ] as const) {
    const parts = await measureParity(bench, cases[kind], side)
    const label = parts.length === 1 ? '' : `, in ${parts.length} parts`
    measured[`disprove (${name}) parity of a ${side === 1 ? 'column' : 'row'}${label}`] = {
      gas: parts.reduce((sum, part) => sum + part.gas, 0),
      bytes: Math.max(...parts.map(({ bytes }) => bytes)),
    }
  }
  const symbol = cases['shared-symbol']
  const place = { pair: 0, symbol: 0, chunk: 0 }
  const openings = (['row', 'column'] as const).map((side) => openingAt(symbol.encoding, { ...place, side }))
  measured['disprove (c) symbol'] = await bench.send(
    disproveCall(bench, 'disproveSymbol', symbol.shown, openings),
  )
  const { encoding, shown } = cases.padding
  const end: ChunkPlace = placeOfOffset(encoding, shown.header.length)
  measured['disprove (d) padding'] = await bench.send(
    disproveCall(bench, 'disprovePadding', shown, [openingAt(encoding, end), 31]),
  )
  const { header } = symbol.shown
  const signature = toHex(pureSecp256k1.sign(headerDigest(bench.floe.domain, header), bench.disperserKey))
  const { disputes } = bench.floe
  measured['fineDisperserOverInconsistent'] = await bench.send(
    fineDisperserOverInconsistentCall(disputes, header, signature),
  )
  return measured
}

/** Transactions and views of disputes, by name. */
export async function measureDisputes(
  bench: GasBench,
): Promise<{ transactions: Record<string, Measured>; views: Record<string, number> }> {
  const { cases, attested } = await postCases(bench)
  const { encoding, shown } = cases.none
  const offset = 64
  const opening = fromHex(openingAt(encoding, placeOfOffset(encoding, offset)))
  const read = readCall(bench.floe.disputes, shown, offset, opening)
  const views = { 'read, execution': await bench.view(read) }
  const transactions = {
    'read, transaction': await bench.send(read),
    ...(await measureEvidence(bench, cases)),
    ...(await measureWithheld(bench, cases.none, attested)),
  }
  return { transactions, views }
}
