// Evidence at rest: what is written is read again, and what was tampered with is not.
import { expect, test } from 'vitest'
import { type CertifiedEvidence, toEvidenceFile, readEvidenceFile } from '../../src/disputes/evidence-file.ts'
import { findEvidence } from '../../src/disputes/evidence-search.ts'
import type { CheckedCertificate } from '../../src/client/retriever.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { checkProvenSliver } from '../../src/protocol/sliver.ts'
import { type Stored, kernel, placeOf, sliverAnswer } from '../protocol/support.ts'
import { attest, testOperators } from '../support/deploy.ts'
import { type Flaw, evilEncode, flaws } from '../support/evil-encoder.ts'
import { headerOf } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'

const operators = testOperators([1, 1, 1, 1])
const committee = committeeOf(
  1,
  operators.map(({ member }) => member),
)
const domain = { chainId: 1, ledger: `0x${'55'.repeat(20)}` as Hex }

/** Takes every certificate: who checks them has tests of its own. */
const library = {
  certificate: async (commitment: Uint8Array): Promise<CheckedCertificate> => {
    const certificate = decodeCertificate(commitment)
    const { header } = certificate
    return { certificate, commitment, header, committee, digest: toHex(headerDigest(domain, header)) }
  },
}

async function accusation(flaw: Flaw): Promise<CertifiedEvidence> {
  const encoding = evilEncode(geometryOf(4), seededBytes('file', 5_000), flaw)
  const store: Stored = { header: { ...headerOf(encoding.root, 5_000), epoch: 1 }, encoding }
  const { header } = store
  const { signatures } = attest(domain, operators, [header], [0, 1, 2])
  const subject = { header, geometry: committee.geometry }
  const finding = await findEvidence(kernel, subject, async (side, pair) =>
    checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair)),
  )
  if (finding.kind === 'none') throw new Error('no evidence')
  const checked = await library.certificate(encodeCertificate({ header, path: [], signatures }))
  return { checked, evidence: finding.evidence }
}

test.each([...flaws])('%s is read as it was written', async (flaw) => {
  const written = await accusation(flaw)
  expect(await readEvidenceFile(JSON.stringify(toEvidenceFile(written)), library)).toEqual(written)
})

test.each<[string, RegExp, (text: string, digest: Hex) => string]>([
  ['not JSON', /not JSON/, () => 'evidence'],
  ['too long', /more than 1048576 bytes/, (text) => text + ' '.repeat(2 ** 20)],
  ['of another version', /version/, (text) => text.replace('floe-evidence-1', 'floe-evidence-2')],
  ['with more than evidence has', /Unrecognized key/, (text) => text.replace('{', '{"more":1,')],
  ['of another header', /has the digest/, (text, digest) => text.replace(digest, `0x${'22'.repeat(32)}`)],
  [
    'with a byte beyond a chunk',
    /contradicts nothing/,
    (text) => text.replace(/"byteIndex":\d+/, '"byteIndex":4000'),
  ],
  ['with half an opening', /./, (text) => text.replace(/("opening":"0x.{100}).*?"/, '$1"')],
])('a file that is %s is refused', async (_name, why, spoil) => {
  const written = await accusation('padding')
  const text = spoil(JSON.stringify(toEvidenceFile(written)), written.checked.digest)
  await expect(readEvidenceFile(text, library)).rejects.toMatchObject({
    code: 'malformed',
    message: expect.stringMatching(why) as string,
  })
})
