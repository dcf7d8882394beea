// The search finds evidence for every flaw of an encoding, whichever slivers are served, and never for a valid encoding.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SearchResult, type SliverSource, findEvidence } from '../../src/disputes/evidence-search.ts'
import { encodeOpening, decodeOpening, type Opening } from '../../src/protocol/opening.ts'
import { type Evidence, type DisputedBatch, verifyEvidence } from '../../src/protocol/evidence.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { type Side, checkProvenSliver } from '../../src/protocol/sliver.ts'
import { type Stored, kernel, placeOf, sliverAnswer } from '../protocol/support.ts'
import { type Flaw, evilEncode, flaws } from '../support/evil-encoder.ts'
import { headerOf, picks } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'

function storedEvil(shards: number, length: number, flaw: Flaw | 'none'): Stored {
  const encoding = evilEncode(geometryOf(shards), seededBytes(`batch ${length}`, length), flaw)
  return { header: headerOf(encoding.root, length), encoding }
}

/** Serves the pairs of `serving` as storage nodes would. */
function sourceOf(store: Stored, serving: ReadonlySet<number>): SliverSource {
  return async (side: Side, pair: number) =>
    serving.has(pair)
      ? checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair))
      : undefined
}

function subjectOf({ header, encoding }: Stored): DisputedBatch {
  return { header, geometry: encoding.geometry }
}

async function search(store: Stored, serving?: readonly number[]): Promise<SearchResult> {
  const all = Array.from({ length: store.encoding.geometry.shards }, (_, pair) => pair)
  return findEvidence(kernel, subjectOf(store), sourceOf(store, new Set(serving ?? all)))
}

function evidenceIn(finding: SearchResult): Evidence {
  if (finding.kind !== 'evidence') throw new Error('no evidence was found')
  return finding.evidence
}

/** Evidence as a receiver decodes it. */
function sent(store: Stored, evidence: Evidence): Evidence {
  const through = (opening: Opening): Opening =>
    decodeOpening(store.header, store.encoding.geometry, encodeOpening(opening))
  switch (evidence.kind) {
    case 'parity':
      return { ...evidence, openings: evidence.openings.map(through) }
    case 'symbol':
      return { ...evidence, row: through(evidence.row), column: through(evidence.column) }
    case 'padding':
      return { ...evidence, opening: through(evidence.opening) }
  }
}

/** The kind of evidence with the fewest openings for each flaw. */
const expected: Record<Flaw, RegExp> = {
  'parity-row': /^parity column$/,
  'parity-column': /^parity row$/,
  'shared-symbol': /^symbol$/,
  padding: /^padding$/,
  noise: /./,
}

function nameOf(evidence: Evidence): string {
  return evidence.kind === 'parity' ? `parity ${evidence.line.side}` : evidence.kind
}

describe.each([4, 7, 10, 13])('with %i shards', (shards) => {
  test.each(flaws)('evidence of the flaw %s is found and verifies', async (flaw) => {
    for (const length of [1, 100, 5000, 40_001]) {
      const store = storedEvil(shards, length, flaw)
      const evidence = evidenceIn(await search(store))
      expect(verifyEvidence(subjectOf(store), sent(store, evidence))).toBe(true)
      expect(nameOf(evidence)).toMatch(expected[flaw])
    }
  })

  test('a valid encoding has no evidence, and no sliver is missing', async () => {
    const store = storedEvil(shards, 5000, 'none')
    expect(await search(store)).toEqual({ kind: 'none', missing: [] })
  })
})

test('whichever pairs are served, found evidence verifies, and without evidence the missing slivers are listed', async () => {
  const cases = fc.constantFrom(4, 7, 10).chain((shards) =>
    fc.record({
      flaw: fc.constantFrom(...flaws, 'none' as const),
      length: fc.integer({ min: 1, max: 9000 }),
      serving: fc.integer({ min: 0, max: shards }).chain((count) =>
        picks(
          Array.from({ length: shards }, (_, pair) => pair),
          count,
        ),
      ),
      shards: fc.constant(shards),
    }),
  )
  await fc.assert(
    fc.asyncProperty(cases, async ({ shards, flaw, length, serving }) => {
      // The padding flaw needs a batch with padding.
      const store = storedEvil(shards, flaw === 'padding' ? length - (length % 32) + 1 : length, flaw)
      const finding = await search(store, serving)
      const held =
        finding.kind === 'evidence' && verifyEvidence(subjectOf(store), sent(store, finding.evidence))
      const missing = finding.kind === 'none' && finding.missing.length > 0
      const complete = serving.length === shards
      // With every pair served, there is evidence exactly for a flaw. With some missing, a search may find no evidence, but it never
      // finds evidence against a valid batch.
      expect({ held, missing }).toEqual(
        complete || held ? { held: flaw !== 'none', missing: false } : { held: false, missing: true },
      )
    }),
  )
})
