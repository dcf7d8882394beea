// The disperser's signature of a header, from whichever storage nodes answer.
import { expect, test } from 'vitest'
import type { CertifiedHeader } from '../../src/client/certified-header.ts'
import type { Get } from '../../src/client/storage-node.ts'
import { attestationsInCertificate, disperserSignaturesFromNodes } from '../../src/disputes/fine-sources.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { testHeader, testOperators } from '../support/deploy.ts'

const seed = toHex(new Uint8Array(32))
const committee = committeeOf(
  1,
  seed,
  testOperators([1, 1, 1, 1]).map(({ member }) => member),
)
const certified: CertifiedHeader = { digest: seed, header: testHeader('fined'), committee }
const signature: Hex = `0x${'ab'.repeat(64)}`
const other: Hex = `0x${'cd'.repeat(64)}`

/** Nodes that answer these bodies, in the order of the committee; undefined: no answer. */
function nodesWith(bodies: readonly (string | undefined)[]): Get {
  return async ({ url }) => {
    const index = committee.members.findIndex(({ endpoint }) => url.startsWith(endpoint))
    const body = bodies[index]
    if (body === undefined) throw new Error('The node does not answer.')
    return { status: 200, body: new TextEncoder().encode(body) }
  }
}

async function found(bodies: readonly (string | undefined)[], signal = new AbortController().signal) {
  return disperserSignaturesFromNodes(certified, { get: nodesWith(bodies), timeoutMs: 1_000, signal })
}

function bodyOf(disperserSignature: unknown): string {
  return JSON.stringify({ header: certified.header, disperserSignature })
}

test('every signature that nodes answer is returned once, whatever the others answer', async () => {
  expect(await found([bodyOf(signature), undefined, bodyOf(signature), bodyOf(other)])).toEqual([
    signature,
    other,
  ])
})

test('an answer that has no signature is left out', async () => {
  expect(await found(['', '{}', bodyOf(null), bodyOf('0x1234')])).toEqual([])
})

test('a search for signatures ends when its signal aborts', async () => {
  const stop = new AbortController()
  stop.abort(new Error('closing'))
  await expect(found([bodyOf(signature)], stop.signal)).rejects.toThrow('closing')
})

test('an attestation in a certificate is shown at the place of its header', () => {
  const path = [seed]
  const certificate = {
    header: certified.header,
    index: 1,
    path,
    signatures: [
      { member: 0, signature },
      { member: 2, signature: other },
    ],
  }
  expect(attestationsInCertificate(certificate, 2)).toEqual([{ index: 1, path, signature: other }])
  expect(attestationsInCertificate(certificate, 1)).toEqual([])
})
