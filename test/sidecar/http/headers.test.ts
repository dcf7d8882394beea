// The route of a sidecar that says what it knows of a header, with real nodes, contracts and posts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Hex, fromHex, toHex } from '../../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../../src/protocol/certificate.ts'
import { attestationDigest, headerDigest, headersRootOfPath } from '../../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1, recoverSigner } from '../../../src/protocol/signature.ts'
import type { HeaderReport } from '../../../src/sidecar/header-report.ts'
import { commit } from '../../e2e/rollup.ts'
import { Network } from '../../support/network.ts'
import { seededBytes } from '../../support/random-bytes.ts'
import { until } from '../../support/until.ts'

let network: Network

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
})

afterAll(async () => network[Symbol.asyncDispose]())

async function report(digest: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${network.url}/v1/headers/${digest}`)
  return { status: response.status, body: await response.json() }
}

function digestOf(commitment: Uint8Array): Hex {
  return toHex(headerDigest(network.deployment.domain, decodeCertificate(commitment).header))
}

/** The addresses of the members whose attestations in a report hold. */
function attesters({ digest, attestations }: HeaderReport): (string | undefined)[] {
  const { domain, members } = network.deployment
  return attestations.map(({ index, path, signature }) => {
    const root = headersRootOfPath(fromHex(digest), index, path.map(fromHex))
    return recoverSigner(
      pureSecp256k1,
      attestationDigest(domain, root, fromHex(members.root)),
      fromHex(signature),
    )
  })
}

test('A header is reported with its signatures, also those that came after the quorum, and with its place on L1 once it is posted.', async () => {
  const digest = digestOf(await commit(network.url, seededBytes('reported', 3_000)))
  const complete = await until('all members have attested and the header is posted', async () => {
    const { body } = await report(digest)
    const found = body as HeaderReport
    return found.post !== null && found.attestations.length === 4 ? found : undefined
  })
  expect(attesters(complete)).toEqual(network.nodes.map(({ operator }) => operator.member.signer))
  const disperser = addressOfSecretKey(network.disperserKey)
  expect(complete.header.disperser).toBe(disperser)
  expect(recoverSigner(pureSecp256k1, fromHex(digest), fromHex(complete.disperserSignature ?? '0x'))).toBe(
    disperser,
  )
  const { headersRoot, index = 0, path = [] } = complete.post ?? {}
  expect(toHex(headersRootOfPath(fromHex(digest), index, path.map(fromHex)))).toBe(headersRoot)
})

test('The attestations of a header are kept over a restart of the sidecar, and those of an operator that was down are added.', async () => {
  const [absent] = network.nodes
  await absent?.stop()
  const digest = digestOf(await commit(network.url, seededBytes('one is down', 3_000)))
  await network.restartSidecar()
  const before = (await report(digest)).body as HeaderReport
  expect(before.attestations.map(({ member }) => member)).toEqual([1, 2, 3])
  await absent?.start()
  // The first sidecar has found the operator down, and visits it again after seconds; a new one visits it immediately.
  await network.restartSidecar()
  const after = await until('the operator was completed', async () => {
    const { body } = await report(digest)
    return (body as HeaderReport).attestations.length === 4 ? (body as HeaderReport) : undefined
  })
  expect(attesters(after)).toEqual(network.nodes.map(({ operator }) => operator.member.signer))
})

test('A header that is not known is answered with not-held, and another text with malformed.', async () => {
  expect(await report(`0x${'ab'.repeat(32)}`)).toMatchObject({ status: 404, body: { code: 'not-held' } })
  for (const text of ['0x12', 'x', `0x${'ab'.repeat(33)}`, 'ab'.repeat(32)])
    expect(await report(text)).toMatchObject({ status: 400, body: { code: 'malformed' } })
})
