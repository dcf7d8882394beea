// Evidence as a file: it is read as it was written, and a file that was changed is refused.
import { expect, test } from 'vitest'
import { type CertifiedEvidence, toEvidenceFile, readEvidenceFile } from '../../src/disputes/evidence-file.ts'
import { findEvidence } from '../../src/disputes/evidence-search.ts'
import type { CheckedCertificate } from '../../src/client/certified-header.ts'
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

/** Accepts every certificate: checking them has tests of its own. */
const retriever = {
  certificate: async (commitment: Uint8Array): Promise<CheckedCertificate> => {
    const certificate = decodeCertificate(commitment)
    const { header } = certificate
    return { certificate, commitment, header, committee, digest: toHex(headerDigest(domain, header)) }
  },
}

async function certifiedEvidence(flaw: Flaw): Promise<CertifiedEvidence> {
  const encoding = evilEncode(geometryOf(4), seededBytes('file', 5_000), flaw)
  const store: Stored = { header: { ...headerOf(encoding.root, 5_000), epoch: 1 }, encoding }
  const { header } = store
  const { signatures } = attest(domain, operators, [header], [0, 1, 2])
  const subject = { header, geometry: committee.geometry }
  const finding = await findEvidence(kernel, subject, async (side, pair) =>
    checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair)),
  )
  if (finding.kind === 'none') throw new Error('no evidence')
  const checked = await retriever.certificate(encodeCertificate({ header, path: [], signatures }))
  return { checked, evidence: finding.evidence }
}

test.each([...flaws])('an evidence file for the flaw %s is read as it was written', async (flaw) => {
  const written = await certifiedEvidence(flaw)
  expect(await readEvidenceFile(JSON.stringify(toEvidenceFile(written)), retriever)).toEqual(written)
})

test.each<[string, RegExp, (text: string, digest: Hex) => string]>([
  ['not JSON', /expected JSON/, () => 'evidence'],
  ['too long', /at most 1048576 bytes/, (text) => text + ' '.repeat(2 ** 20)],
  ['of another version', /version/, (text) => text.replace('floe-evidence-1', 'floe-evidence-2')],
  ['with an unknown key', /Unrecognized key/, (text) => text.replace('{', '{"more":1,')],
  [
    'of another header',
    /expected the digest/,
    (text, digest) => text.replace(digest, `0x${'22'.repeat(32)}`),
  ],
  [
    'with a byte beyond a chunk',
    /do not contradict each other/,
    (text) => text.replace(/"byteIndex":\d+/, '"byteIndex":4000'),
  ],
  ['with half an opening', /./, (text) => text.replace(/("opening":"0x.{100}).*?"/, '$1"')],
])('an evidence file that is %s is refused', async (_name, reason, change) => {
  const written = await certifiedEvidence('padding')
  const text = change(JSON.stringify(toEvidenceFile(written)), written.checked.digest)
  await expect(readEvidenceFile(text, retriever)).rejects.toMatchObject({
    code: 'malformed',
    message: expect.stringMatching(reason) as string,
  })
})
