// The places of posted headers, whichever call showed them, and the attestations in the calldata of that call.
import { encodeDeployData, encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { attestationsOfPost } from '../../src/l1/post-attestations.ts'
import { type PostedHeader, postedHeaders } from '../../src/l1/posted.ts'
import { postCall, postOneCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { epochMembersOf } from '../../src/protocol/committee.ts'
import {
  type Header,
  attestationDigest,
  encodeHeader,
  encodedHeaderDigest,
  headerDigest,
  headersRootOfPath,
  headersTree,
} from '../../src/protocol/header.ts'
import { pureSecp256k1, recoverSigner } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, attest, deployFloe, testHeader, testOperators } from '../support/deploy.ts'
import { newestTimestamp, sendFrom } from '../support/transactions.ts'

const operators = testOperators([1, 2, 1, 1])
const SIGNERS = [0, 1, 3]

let anvil: TestAnvil
let deployment: Deployment

beforeAll(async () => {
  anvil = await startTestAnvil()
  const disperser = { address: testHeader('').disperser, quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser)
})
afterAll(async () => anvil.stop())

function headersNamed(...names: string[]): Header[] {
  return names.map((name) => testHeader(name))
}

async function post(headers: readonly Header[]): Promise<void> {
  const content = attest(deployment, operators, headers, SIGNERS)
  await sendFrom(anvil.url, postCall(deployment.ledger, { ...content, committee: deployment.members }))
}

function callOfOne(headers: readonly Header[], index: number): Call {
  const digests = headers.map((header) => headerDigest(deployment.domain, header))
  const { signatures } = attest(deployment, operators, headers, SIGNERS)
  const path = headersTree(digests, index).path.map(toHex)
  const certificate = { header: headers[index] as Header, index, path, signatures }
  return postOneCall(deployment.ledger, certificate, deployment.members)
}

/** The headers that L1 shows, of those with these roots. */
async function shownOf(headers: readonly Pick<Header, 'root'>[]): Promise<PostedHeader[]> {
  const roots = new Set(headers.map(({ root }) => root))
  const found: PostedHeader[] = []
  for await (const posted of postedHeaders({ l1: connectL1([anvil.url]), domain: deployment.domain }))
    if (roots.has(posted.header.root)) found.push(posted)
  return found
}

function leadsToRoot({ digest, index, path, headersRoot }: PostedHeader): boolean {
  return toHex(headersRootOfPath(fromHex(digest), index, path.map(fromHex))) === headersRoot
}

describe('a posted header', () => {
  it('every header of a post has its index, and a path that leads to the headersRoot', async () => {
    for (const count of [1, 2, 3, 5, 8]) {
      const headers = headersNamed(...Array.from({ length: count }, (_, i) => `place ${i} of ${count}`))
      await post(headers)
      const found = await shownOf(headers)
      expect(found.map(({ header, index }) => [index, header])).toEqual(
        headers.map((header, i) => [i, header]),
      )
      expect(found.map(leadsToRoot)).toEqual(headers.map(() => true))
      expect(new Set(found.map(({ stands }) => stands))).toEqual(new Set([true]))
    }
  })

  it('a header that was posted alone is found at its place', async () => {
    const headers = headersNamed('alone 0', 'alone 1', 'alone 2')
    await sendFrom(anvil.url, callOfOne(headers, 2))
    const [found, ...others] = await shownOf(headers)
    expect(others).toEqual([])
    expect(found).toMatchObject({ header: headers[2], index: 2, stands: true })
    expect(found && leadsToRoot(found)).toBe(true)
  })

  it('a headersRoot that is posted again keeps the time of its first post', async () => {
    const headers = headersNamed('again 0', 'again 1')
    await sendFrom(anvil.url, callOfOne(headers, 0))
    const first = await newestTimestamp(anvil.url)
    await post(headers)
    const found = await shownOf(headers)
    expect(found.map(({ index, postedAt }) => [index, postedAt])).toEqual([
      [0, first],
      [0, first],
      [1, first],
    ])
  })

  it('a post with bytes that are no header shows the headers beside them at their places', async () => {
    const header = testHeader('beside noise')
    const noise = fromHex(
      toHex(encodeHeader({ ...header, length: 1 })).replace('00000001', 'ffffffff') as Hex,
    )
    const encoded = [noise, encodeHeader(header)]
    const digests = encoded.map((bytes) => encodedHeaderDigest(deployment.domain, bytes))
    const root = headersTree(digests, 0).root
    const digest = attestationDigest(deployment.domain, root, fromHex(deployment.members.root))
    const signatures = operators.map(({ secretKey }) => pureSecp256k1.sign(digest, secretKey))
    const args = [
      toHex(concatBytes(...encoded)),
      epochMembersOf(deployment.members),
      0b1111n,
      toHex(concatBytes(...signatures)),
    ] as const
    const data = encodeFunctionData({ abi: ledgerAbi, functionName: 'post', args })
    await sendFrom(anvil.url, { to: deployment.ledger, value: 0n, data })
    const found = await shownOf([header])
    expect(found.map(({ header: shown, index }) => [index, shown])).toEqual([[1, header]])
    expect(found.map(leadsToRoot)).toEqual([true])
  })
})

describe('the attestations of a post', () => {
  async function signersOf(posted: PostedHeader): Promise<(string | undefined)[]> {
    const attestations = await attestationsOfPost(connectL1([anvil.url]), posted)
    const root = fromHex(posted.headersRoot)
    const digest = attestationDigest(deployment.domain, root, fromHex(deployment.members.root))
    expect(attestations.map(({ member }) => member)).toEqual(attestations.length === 0 ? [] : SIGNERS)
    return attestations.map(({ signature }) => recoverSigner(pureSecp256k1, digest, fromHex(signature)))
  }

  const expected = SIGNERS.map((i) => operators[i]?.member.signer)

  it('the signatures of a post and of a header that was posted alone are in the calldata', async () => {
    const together = headersNamed('together 0', 'together 1', 'together 2')
    await post(together)
    const single = headersNamed('single 0', 'single 1')
    await sendFrom(anvil.url, callOfOne(single, 1))
    const found = [...(await shownOf(together)), ...(await shownOf(single))]
    expect(found).toHaveLength(4)
    for (const posted of found) expect(await signersOf(posted)).toEqual(expected)
  })

  it('a post through a contract has no signatures that can be read', async () => {
    // Creation code that calls the Ledger with the bytes behind it: codecopy, call, stop.
    const headers = headersNamed('through a contract')
    const { data } = callOfOne(headers, 0)
    const size = (data.length - 2) / 2
    const length = size.toString(16).padStart(4, '0')
    const copy = `61${length}6030600039`
    const call = `6000600061${length}60006000` + `73${deployment.ledger.slice(2)}5af1` + '00'
    const code = `0x${(copy + call).padEnd(2 * 0x30, '0')}` as const
    const bytecode = toHex(concatBytes(fromHex(code), fromHex(data)))
    await sendFrom(anvil.url, { data: encodeDeployData({ abi: [], bytecode }), value: 0n })
    const found = await shownOf(headers)
    expect(found.map(({ header }) => header)).toEqual(headers)
    expect(await Promise.all(found.map(signersOf))).toEqual([[]])
  })
})
