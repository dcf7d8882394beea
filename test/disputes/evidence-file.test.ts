// Evidence as a file: it is read as it was written, and a file that was changed is refused.
import { expect, test } from 'vitest'
import { type HeaderEvidence, readEvidenceFile, toEvidenceFile } from '../../src/disputes/evidence-file.ts'
import { findEvidence } from '../../src/disputes/evidence-search.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { checkProvenSliver } from '../../src/protocol/sliver.ts'
import { type Stored, kernel, placeOf, sliverAnswer } from '../protocol/support.ts'
import { headerOf } from '../support/arbitraries.ts'
import { type Flaw, evilEncode, flaws } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'

const geometry = geometryOf(4)
const domain = { chainId: 1, ledger: `0x${'55'.repeat(20)}` as Hex }
const SIBLING: Hex = `0x${'33'.repeat(32)}`

async function evidenceOf(flaw: Flaw): Promise<HeaderEvidence> {
  const encoding = evilEncode(geometry, seededBytes('file', 5_000), flaw)
  const store: Stored = { header: headerOf(encoding.root, 5_000), encoding }
  const { header } = store
  const finding = await findEvidence(kernel, { header, geometry }, async (side, pair) =>
    checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair)),
  )
  if (finding.kind === 'none') throw new Error('no evidence')
  const digest = toHex(headerDigest(domain, header))
  return { digest, shown: { header, index: 2, path: [SIBLING, SIBLING] }, evidence: finding.evidence }
}

function read(text: string): HeaderEvidence {
  return readEvidenceFile(text, { domain, geometry })
}

test.each([...flaws])('an evidence file for the flaw %s is read as it was written', async (flaw) => {
  const written = await evidenceOf(flaw)
  expect(read(JSON.stringify(toEvidenceFile(written)))).toEqual(written)
})

test.each<[string, RegExp, (text: string, digest: Hex) => string]>([
  ['not JSON', /expected JSON/, () => 'evidence'],
  ['too long', /at most 2097152 bytes/, (text) => text + ' '.repeat(2 ** 21)],
  ['of another version', /version/, (text) => text.replace('floe-evidence-2', 'floe-evidence-1')],
  ['with an unknown key', /Unrecognized key/, (text) => text.replace('{', '{"more":1,')],
  [
    'of another header',
    /expected the digest/,
    (text, digest) => text.replace(digest, `0x${'22'.repeat(32)}`),
  ],
  ['at a place that no header has', /an index below 4/, (text) => text.replace('"index":2', '"index":4')],
  ['with half a path', /path/, (text) => text.replace(SIBLING, SIBLING.slice(0, 34))],
  ['without the whole header', /header/, (text) => text.replace(/("header":"0x.{180}).*?"/, '$1"')],
  [
    'with a byte beyond a chunk',
    /do not contradict each other/,
    (text) => text.replace(/"byteIndex":\d+/, '"byteIndex":4000'),
  ],
  ['with half an opening', /./, (text) => text.replace(/("opening":"0x.{100}).*?"/, '$1"')],
])('an evidence file that is %s is refused', async (_name, reason, change) => {
  const written = await evidenceOf('padding')
  const text = change(JSON.stringify(toEvidenceFile(written)), written.digest)
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: 'malformed', message: expect.stringMatching(reason) as string }),
  )
})
