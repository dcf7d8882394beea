// Evidence and reads (docs/protocol.md §7): TypeScript and L1 accept the same, over valid and invalid encodings, true and false claims
// of every kind, and bytes changed anywhere. disputes.test.ts and disputes-differential.fuzz.ts test the same properties.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeAbiParameters } from 'viem'
import { findEvidence } from '../../src/disputes/evidence-search.ts'
import { evidenceCalls, readCall } from '../../src/l1/dispute-calls.ts'
import type { ShownHeader } from '../../src/l1/posted.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { headerDigest, headersTreePaths } from '../../src/protocol/header.ts'
import {
  type Evidence,
  type Line,
  type DisputedBatch,
  positionOfPoint,
  readOpening,
  positionOfRead,
  verifyEvidence,
} from '../../src/protocol/evidence.ts'
import { range } from '../../src/protocol/field.ts'
import { chunkCount } from '../../src/protocol/geometry.ts'
import { type Opening, decodeOpening, encodeOpening, openSliver } from '../../src/protocol/opening.ts'
import { type Side, checkProvenSliver, sliverWidth } from '../../src/protocol/sliver.ts'
import { type Stored, flipped, kernel, passes, placeOf, sliverAnswer } from '../protocol/support.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type KeyedCommittee, headerOf, keyedCommittee, picks } from '../support/arbitraries.ts'
import { evilEncode, flaws } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { DifferentialChain } from './chain.ts'
import { signaturesOf } from './post-agreement.ts'

/** Each of a deployment of its own: the number of shards never changes in one. */
const committees: readonly KeyedCommittee[] = [
  keyedCommittee([1, 1, 1, 1]),
  keyedCommittee([1, 1, 1, 1, 1, 1, 1]),
  keyedCommittee([3, 1, 1, 2, 1, 2]),
]
/** Within the promise that the contracts are deployed with, whenever the tests run. */
const EXPIRY = 4_000_000_000
/** Lengths of batches, each with padding: a word, less than a chunk, several chunks with a short last one. */
const lengths = [1, 900, 30_001]

/** A posted batch, with evidence against it if its encoding is invalid. */
type Case = Stored & {
  readonly chain: DifferentialChain
  readonly shown: ShownHeader
  readonly found: Evidence | undefined
}

let anvil: TestAnvil
let cases: readonly Case[]

function subjectOf({ header, encoding }: Stored): DisputedBatch {
  return { header, geometry: encoding.geometry }
}

/** Batches of every length with every flaw, encoded for a committee, and posted together in a deployment of their own. */
async function makeCases(planned: KeyedCommittee): Promise<Case[]> {
  const chain = await DifferentialChain.deploy(anvil.url, planned)
  const keyed = await chain.keyedOnL1(planned)
  const stores = lengths.flatMap((length) =>
    [...flaws, 'none' as const].map((flaw): Stored => {
      const encoding = evilEncode(keyed.committee.geometry, seededBytes('case', length), flaw)
      return { header: { ...headerOf(encoding.root, length), expiry: EXPIRY }, encoding }
    }),
  )
  const headers = stores.map(({ header }) => header)
  const { root, paths } = headersTreePaths(headers.map((header) => headerDigest(chain.domain, header)))
  const posted = await chain.post(headers, keyed.committee, signaturesOf(chain, keyed, root))
  expect(posted?.headersRoot).toBe(toHex(root))
  return Promise.all(
    stores.map(async (store, index) => {
      const finding = await findEvidence(kernel, subjectOf(store), async (side, pair) =>
        checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair)),
      )
      const found = finding.kind === 'evidence' ? finding.evidence : undefined
      const path = (paths[index] ?? []).map(toHex)
      return { ...store, chain, shown: { header: store.header, index, path }, found }
    }),
  )
}

type Place = { readonly side: Side; readonly pair: number; readonly symbol: number; readonly chunk: number }

function open(store: Stored, { side, pair, symbol, chunk }: Place): Opening {
  const sliver = checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair))
  return openSliver(store.encoding.geometry, sliver, { symbol, chunk })
}

function lines({ encoding }: Stored): fc.Arbitrary<Line> {
  const { shards, rows, columns } = encoding.geometry
  const ofSide = (side: Side, indexes: number, degree: number): fc.Arbitrary<Line> =>
    fc.record({
      side: fc.constant(side),
      // The flaws of the evil encoder are at the edges of the matrix.
      index: fc.oneof(fc.constant(0), fc.nat(indexes - 1)),
      chunk: fc.oneof(fc.constant(0), fc.nat(chunkCount(encoding.symbolBytes) - 1)),
      byteIndex: fc.oneof(fc.constant(0), fc.nat(2048)),
      points: picks(range(0, shards), degree + 1).map((points) => points.sort((a, b) => a - b)),
    })
  return fc.oneof(ofSide('column', columns, rows), ofSide('row', rows, columns))
}

function places({ encoding }: Stored): fc.Arbitrary<Place> {
  return fc.constantFrom<Side>('row', 'row', 'column').chain((side) =>
    fc.record({
      side: fc.constant(side),
      pair: fc.nat(encoding.geometry.shards - 1),
      symbol: fc.nat(sliverWidth(encoding.geometry, side) - 1),
      chunk: fc.nat(chunkCount(encoding.symbolBytes) - 1),
    }),
  )
}

/** Claims with openings that all verify. Some openings are in the right places, and some of those claims hold. */
function claims(store: Case): fc.Arbitrary<Evidence> {
  const { geometry } = store.encoding
  const parity = lines(store).map((line): Evidence => ({
    kind: 'parity',
    line,
    openings: line.points.map((point) =>
      open(store, { ...positionOfPoint(geometry, line, point), chunk: line.chunk }),
    ),
  }))
  const symbol = fc.tuple(places(store), places(store)).map(([row, column]): Evidence => {
    const crossing = { side: 'column' as const, pair: row.symbol, symbol: row.pair % geometry.rows }
    const isCrossed = row.side === 'row' && row.pair < geometry.rows
    return {
      kind: 'symbol',
      row: open(store, row),
      column: open(store, isCrossed ? { ...column, ...crossing } : column),
    }
  })
  const padding = fc
    .tuple(places(store), fc.nat(2048))
    .map(([place, byteIndex]): Evidence => ({ kind: 'padding', opening: open(store, place), byteIndex }))
  const found = store.found === undefined ? [] : [fc.constant(store.found)]
  return fc.oneof(parity, symbol, padding, ...found)
}

/** Changes one field of a claim, or one bit of an opening. */
function edited(evidence: Evidence): fc.Arbitrary<Evidence> {
  const bit = fc.nat()
  const fields = ['bytes', 'symbolPath', 'sliverPath', 'other', 'pairPath'] as const
  const spoil = (opening: Opening, at: number): Opening => {
    const field = fields[at % fields.length] ?? 'bytes'
    const bytes = opening[field]
    return bytes.length === 0 ? opening : { ...opening, [field]: flipped(bytes, at % (8 * bytes.length)) }
  }
  switch (evidence.kind) {
    case 'parity': {
      const { line, openings } = evidence
      const spoiled = fc.tuple(fc.nat(openings.length - 1), bit).map(([i, at]): Evidence => ({
        ...evidence,
        openings: openings.map((opening, j) => (i === j ? spoil(opening, at) : opening)),
      }))
      const changed = fc
        .record({
          side: fc.constantFrom<Side>('row', 'column'),
          index: fc.nat(8),
          chunk: fc.nat(2),
          byteIndex: fc.nat(2048),
          points: picks(range(0, 12), line.points.length).map((points) => points.sort((a, b) => a - b)),
        })
        .chain((other) =>
          fc.constantFrom(...(Object.keys(other) as (keyof Line)[])).map((key) => ({ key, other })),
        )
        .map(({ key, other }): Evidence => ({ ...evidence, line: { ...line, [key]: other[key] } }))
      const fewer: Evidence = {
        ...evidence,
        line: { ...line, points: line.points.slice(1) },
        openings: openings.slice(1),
      }
      const swapped: Evidence = { ...evidence, openings: [...openings].reverse() }
      return fc.oneof(spoiled, changed, fc.constantFrom(fewer, swapped))
    }
    case 'symbol': {
      const { row, column } = evidence
      return fc.oneof(
        bit.map((at): Evidence => ({ ...evidence, row: spoil(row, at) })),
        bit.map((at): Evidence => ({ ...evidence, column: spoil(column, at) })),
        fc.constant<Evidence>({ kind: 'symbol', row: column, column: row }),
      )
    }
    case 'padding':
      return fc.oneof(
        bit.map((at): Evidence => ({ ...evidence, opening: spoil(evidence.opening, at) })),
        fc.nat(2100).map((byteIndex): Evidence => ({ ...evidence, byteIndex })),
      )
  }
}

/** The verdict of TypeScript on evidence that arrives as bytes. */
function holds(store: Stored, evidence: Evidence): boolean {
  let verified = false
  const through = (opening: Opening): Opening =>
    decodeOpening(store.header, store.encoding.geometry, encodeOpening(opening))
  const decoded = passes('malformed', () => {
    const arrived: Evidence =
      evidence.kind === 'parity'
        ? { ...evidence, openings: evidence.openings.map(through) }
        : evidence.kind === 'symbol'
          ? { ...evidence, row: through(evidence.row), column: through(evidence.column) }
          : { ...evidence, opening: through(evidence.opening) }
    verified = verifyEvidence(subjectOf(store), arrived)
  })
  return decoded && verified
}

async function holdsOnL1(store: Case, evidence: Evidence): Promise<boolean> {
  const [call, ...more] = evidenceCalls(store.chain.disputes, store.shown, evidence)
  // Parts of small committees fit in one call.
  expect(more).toEqual([])
  const returned = call && (await store.chain.attempt(call))
  // A parity claim with too few openings is a part: L1 accepts it without a decision.
  return returned !== undefined && returned !== `0x${'00'.repeat(32)}`
}

/** Number of questions in each run: a round trip costs more than the answers. */
const batch = 20

type Question = { readonly store: Case; readonly evidence?: Evidence; readonly offset?: number }

/** A short description for failures, because openings are long. */
function nameOf({ store, evidence, offset }: Question): string {
  const { encoding, header } = store
  const asked =
    evidence === undefined ? `offset ${offset}` : 'line' in evidence ? evidence.line : evidence.kind
  return JSON.stringify([encoding.geometry.shards, header.length, store.found?.kind ?? 'honest', asked])
}

async function agreement<Q extends Question>(
  questions: fc.Arbitrary<Q>,
  ours: (question: Q) => unknown,
  theirs: (question: Q) => Promise<unknown>,
): Promise<Map<unknown, number>> {
  const seen = new Map<unknown, number>()
  const readable = questions.map((question) => ({ ...question, [fc.toStringMethod]: () => nameOf(question) }))
  const batches = fc.array(fc.noShrink(readable), { minLength: batch, maxLength: batch })
  await fc.assert(
    fc.asyncProperty(fc.noShrink(batches), async (all) => {
      const answers = await Promise.all(all.map(theirs))
      // With descriptions, so that a failure names its claim.
      const named = (given: readonly unknown[]): unknown[] =>
        all.map((question, i) => [nameOf(question), given[i]])
      expect(named(all.map(ours))).toEqual(named(answers))
      for (const answer of answers) seen.set(answer, (seen.get(answer) ?? 0) + 1)
    }),
  )
  return seen
}

function anyCase(): fc.Arbitrary<Case> {
  return fc.constantFrom(...cases)
}

/** The bytes that a read shows, or undefined if the opening is refused. */
function shown(store: Stored, offset: number, opening: Uint8Array): Hex | undefined {
  let bytes: Uint8Array | undefined
  passes('malformed', () => {
    bytes = readOpening(subjectOf(store), offset, opening)
  })
  return bytes && toHex(bytes)
}

async function shownByL1(store: Case, offset: number, opening: Uint8Array): Promise<Hex | undefined> {
  const returned = await store.chain.attempt(readCall(store.chain.disputes, store.shown, offset, opening))
  return returned && decodeAbiParameters([{ type: 'bytes' }], returned)[0]
}

/** The tests of every question about disputes that both implementations answer. */
export function disputesAgree(): void {
  beforeAll(async () => {
    anvil = await startTestAnvil()
    const all: Case[] = []
    // One after another: they are deployed by one account.
    for (const committee of committees) all.push(...(await makeCases(committee)))
    cases = all
  })
  afterAll(async () => {
    await anvil.stop()
  })

  test('evidence is found against every invalid encoding and holds in TypeScript and on L1', async () => {
    for (const store of cases.filter(({ found }) => found !== undefined)) {
      const found = store.found as Evidence
      expect([holds(store, found), await holdsOnL1(store, found)]).toEqual([true, true])
    }
    // Every batch here has padding, so evidence was found for every flaw.
    expect(cases.filter(({ found }) => found !== undefined)).toHaveLength((cases.length * 5) / 6)
  })

  test('claims with verified openings hold in both implementations or in neither, and never against a valid encoding', async () => {
    const questions = anyCase().chain((store) => claims(store).map((evidence) => ({ store, evidence })))
    const seen = await agreement(
      questions,
      ({ store, evidence }) => holds(store, evidence),
      async ({ store, evidence }) => {
        const answer = await holdsOnL1(store, evidence)
        // No evidence was found against a valid encoding. The search is complete when every sliver is served.
        return store.found === undefined && answer ? 'a valid encoding was disproved' : answer
      },
    )
    expect(new Set(seen.keys())).toEqual(new Set([false, true]))
  })

  test('edited claims hold in both implementations or in neither', async () => {
    const questions = anyCase().chain((store) =>
      claims(store).chain((claim) => edited(claim).map((evidence) => ({ store, evidence }))),
    )
    const seen = await agreement(
      questions,
      ({ store, evidence }) => holds(store, evidence),
      async ({ store, evidence }) => holdsOnL1(store, evidence),
    )
    expect(seen.get(false)).toBeGreaterThan(0)
  })

  test('reads show the same bytes in both implementations, or none in either', async () => {
    const honest = fc.constantFrom(...cases.filter(({ found }) => found === undefined))
    const questions = honest.chain((store) => {
      const words = Math.ceil(store.header.length / 32)
      const offsets = fc
        .oneof(fc.constant(0), fc.constant(words - 1), fc.nat(words - 1))
        .map((word) => 32 * word)
      const asked = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 70_000 }))
      return fc
        .record({ offset: offsets, shift: asked, bit: fc.option(fc.nat(), { freq: 2 }) })
        .map(({ offset, shift, bit }) => {
          const opening = encodeOpening(
            open(store, { side: 'row', ...positionOfRead(subjectOf(store), offset) }),
          )
          const bytes = bit === null ? opening : flipped(opening, bit % (8 * opening.length))
          return { store, offset: offset + shift, bytes }
        })
    })
    const seen = await agreement(
      questions,
      ({ store, offset, bytes }) => shown(store, offset, bytes),
      async ({ store, offset, bytes }) => shownByL1(store, offset, bytes),
    )
    expect(seen.get(undefined)).toBeGreaterThan(0)
    expect(seen.size).toBeGreaterThan(2)
  })
}
