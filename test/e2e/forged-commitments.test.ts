// Commitments without a quorum, or in bytes other than the canonical encoding, that anyone may post to L1. A get must be answered with
// 418, so that the rollup skips them, and never with 404, 5xx or another batch.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Hex, concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { type Certificate, decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { type Header, attestationDigest, headerDigest, headersTree } from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import { FINAL_BLOCKS } from '../../src/devnet/anvil.ts'
import { committeeOnL1, testKey } from '../support/deploy.ts'
import { mineBlocks, startEpoch } from '../support/epochs.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { flipped } from './evil-sequencer.ts'
import { verifies } from './ledger.ts'
import { commit, get } from './rollup.ts'

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** Of a certificate without a path (docs/protocol.md §5): kind, header, index and the length of the path come before the signers. */
const SIGNERS_LENGTH_AT = 3 + 100 + 2 + 1
const batch = seededBytes('forgery', 2000)
let network: Network
let commitment: Uint8Array
let certificate: Certificate

beforeAll(async () => {
  // Five operators of six shards: f = 1, five shards make a quorum.
  network = await Network.start({ shards: [2, 1, 1, 1, 1] })
  commitment = await commit(network.url, batch)
  certificate = decodeCertificate(commitment)
})

afterAll(async () => network[Symbol.asyncDispose]())

/** The response to a get, once L1 has a block that is younger than the first one: until then an unknown epoch is 503. */
async function decided(bytes: Uint8Array): ReturnType<typeof get> {
  return until('L1 decides whether the epoch has started', async () => {
    const response = await get(network.url, bytes)
    return response.status === 503 ? undefined : response
  })
}

/** Status and code of a get, and whether L1 accepts the same bytes. */
async function judged(bytes: Uint8Array): Promise<[status: number, code: string | null, onL1: boolean]> {
  const [{ status, headers }, onL1] = await Promise.all([decided(bytes), verifies(network, bytes)])
  return [status, headers.get('x-floe-error'), onL1]
}

const INVALID = [418, 'commitment-invalid', false]

/** Of the epoch of the deployment. */
function committeeRoot(): Uint8Array {
  return fromHex(network.deployment.members.root)
}

function signed(
  header: Header,
  { index, path, root }: { readonly index: number; readonly path: readonly Hex[]; readonly root: Uint8Array },
  members: readonly number[],
): Uint8Array {
  const digest = attestationDigest(network.deployment.domain, root, committeeRoot())
  const signatures = members.map((member) => ({
    member,
    signature: toHex(
      pureSecp256k1.sign(digest, network.nodes[member]?.operator.secretKey ?? testKey('no member')),
    ),
  }))
  return encodeCertificate({ header, index, path, signatures })
}

function alone(header: Header, members: readonly number[]): Uint8Array {
  return signed(
    header,
    { index: 0, path: [], root: headerDigest(network.deployment.domain, header) },
    members,
  )
}

const everyMember = [0, 1, 2, 3, 4]

/** The offsets of all bytes before the first signature, and of every seventh byte of the signatures. */
function places(): number[] {
  return [...commitment.keys()].filter((at) => at < SIGNERS_LENGTH_AT + 2 || at % 7 === 0)
}

/** Shards of `members`. */
function shardsOf(members: readonly number[]): number {
  return members.reduce((sum, i) => sum + (network.deployment.members.members[i]?.shards.length ?? 0), 0)
}

describe('valid commitments', () => {
  test('a valid commitment is served, and L1 accepts it', async () => {
    expect(await judged(commitment)).toEqual([200, null, true])
  })

  test('a commitment with the signatures of all members is served', async () => {
    expect(await judged(alone(certificate.header, everyMember))).toEqual([200, null, true])
  })

  test('a commitment with a path to the headers root of several headers is served', async () => {
    const { domain } = network.deployment
    const others = [1, 2, 3].map((n) => headerDigest(domain, { ...certificate.header, length: n }))
    const digests = [...others, headerDigest(domain, certificate.header)]
    const { root, path } = headersTree(digests, 3)
    const inGroup = signed(certificate.header, { index: 3, path: path.map(toHex), root }, everyMember)
    expect(await judged(inGroup)).toEqual([200, null, true])
    expect((await get(network.url, inGroup)).body.equals(batch)).toBe(true)
  })
})

describe('bytes other than the canonical encoding', () => {
  test('a commitment that is cut at any byte is answered with 418', async () => {
    for (const length of places())
      expect([length, ...(await judged(commitment.subarray(0, length)))]).toEqual([length, ...INVALID])
  })

  test('a commitment with a bit flipped in any byte is answered with 418', async () => {
    for (const at of places())
      expect([at, ...(await judged(flipped(commitment, at)))]).toEqual([at, ...INVALID])
  })

  test('a commitment with bytes after its end is answered with 418', async () => {
    for (const extra of [Uint8Array.of(0), Uint8Array.of(1), new Uint8Array(64), commitment])
      expect(await judged(concatBytes(commitment, extra))).toEqual(INVALID)
  })

  test('a commitment of another kind or layer, or of keccak, is answered with 418', async () => {
    for (const prefix of ['0x016600', '0x016602', '0x016603', '0x0166ff', '0x010001', '0x006601', '0x026601'])
      expect(await judged(concatBytes(fromHex(prefix as Hex), commitment.subarray(3)))).toEqual(INVALID)
    expect(await judged(concatBytes(Uint8Array.of(0), new Uint8Array(32).fill(7)))).toEqual(INVALID)
  })

  test('a commitment whose signers have a leading zero, or are missing, is answered with 418', async () => {
    const at = SIGNERS_LENGTH_AT
    const length = commitment[at] as number
    const longer = concatBytes(
      commitment.subarray(0, at),
      Uint8Array.of(length + 1, 0),
      commitment.subarray(at + 1),
    )
    expect(await judged(longer)).toEqual(INVALID)
    expect(await judged(concatBytes(commitment.subarray(0, at), Uint8Array.of(0)))).toEqual(INVALID)
    expect(await judged(concatBytes(commitment.subarray(0, at), Uint8Array.of(1, 0)))).toEqual(INVALID)
  })

  test('a commitment with a signature in its other form is answered with 418', async () => {
    const compact = commitment.subarray(commitment.length - 64)
    const s = BigInt(toHex(compact.subarray(32))) & ((1n << 255n) - 1n)
    const parity = (compact[32] as number) >> 7
    const highS = fromHex(`0x${(CURVE_ORDER - s).toString(16).padStart(64, '0')}`)
    expect((highS[0] as number) >> 7).toBe(1)
    const malleated = [highS, flipped(highS, 0)].map((form) => {
      const bytes = Uint8Array.from(form)
      bytes[0] = ((bytes[0] as number) & 0x7f) | ((1 - parity) << 7)
      return bytes
    })
    for (const form of [highS, ...malleated])
      expect(await judged(concatBytes(commitment.subarray(0, commitment.length - 32), form))).toEqual(INVALID)
  })
})

describe('commitments without a quorum', () => {
  test('a commitment is answered with 418 exactly when its signers have fewer shards than a quorum', async () => {
    for (let bits = 1; bits < 32; bits++) {
      const members = everyMember.filter((i) => bits & (1 << i))
      const [status, code, onL1] = await judged(alone(certificate.header, members))
      const expected = shardsOf(members) >= 5 ? [200, null, true] : INVALID
      expect([members, status, code, onL1]).toEqual([members, ...expected])
    }
  })

  test('a commitment with the signature of a stranger, or with exchanged signatures, is answered with 418', async () => {
    const stranger = alone(certificate.header, everyMember)
    const digest = headerDigest(network.deployment.domain, certificate.header)
    const attested = attestationDigest(network.deployment.domain, digest, committeeRoot())
    stranger.set(pureSecp256k1.sign(attested, testKey('stranger')), stranger.length - 64)
    expect(await judged(stranger)).toEqual(INVALID)
    const swapped = alone(certificate.header, everyMember)
    const at = swapped.length - 128
    const [one, two] = [swapped.slice(at, at + 64), swapped.slice(at + 64)]
    swapped.set(two, at)
    swapped.set(one, at + 64)
    expect(await judged(swapped)).toEqual(INVALID)
  })

  test('a commitment with a repeated signer, or a signer outside the committee, is answered with 418', async () => {
    const { header, signatures } = decodeCertificate(alone(certificate.header, everyMember))
    const first = fromHex(signatures[0]?.signature ?? '0x')
    const head = alone(header, [0]).subarray(0, SIGNERS_LENGTH_AT)
    const bitmap = (bits: number): Uint8Array => concatBytes(head, Uint8Array.of(1, bits))
    expect(await judged(concatBytes(bitmap(0b11111), first, first, first, first, first))).toEqual(INVALID)
    expect(await judged(alone(header, [0, 1, 2, 3, 4, 5]))).toEqual(INVALID)
    expect(await judged(alone(header, [0, 1, 2, 3, 4, 255]))).toEqual(INVALID)
  })

  test('a commitment with signatures for another chain or ledger is answered with 418', async () => {
    const { domain } = network.deployment
    const others = [
      { ...domain, chainId: domain.chainId + 1 },
      { ...domain, ledger: network.deployment.committee },
    ]
    for (const other of others) {
      const digest = attestationDigest(other, headerDigest(other, certificate.header), committeeRoot())
      const signatures = network.nodes.map(({ operator }, member) => ({
        member,
        signature: toHex(pureSecp256k1.sign(digest, operator.secretKey)),
      }))
      expect(await judged(encodeCertificate({ ...certificate, signatures }))).toEqual(INVALID)
    }
  })

  test('a commitment whose header was changed after it was signed is answered with 418', async () => {
    const { header } = certificate
    const changes: Partial<Header>[] = [
      { length: header.length + 1 },
      { expiry: header.expiry + 1 },
      { contentHash: `0x${'11'.repeat(32)}` },
      { disperser: addressOfSecretKey(testKey('stranger')) },
    ]
    for (const change of changes) {
      const forged = encodeCertificate({ ...certificate, header: { ...header, ...change } })
      expect([change, ...(await judged(forged))]).toEqual([change, ...INVALID])
    }
  })
})

describe('epochs', () => {
  test('a commitment of an epoch that has not started is answered with 418, also after that epoch has started', async () => {
    const of = (epoch: number): Uint8Array => alone({ ...certificate.header, epoch }, everyMember)
    const epochs = [0, 2, 3, 1000, 2 ** 32 - 1]
    const asked = await Promise.all(epochs.map(async (epoch) => (await get(network.url, of(epoch))).status))
    // Epoch 0 never starts. About the others a block decides that is younger than the question.
    expect(asked).toEqual([418, 503, 503, 503, 503])
    for (const epoch of epochs) expect([epoch, ...(await judged(of(epoch)))]).toEqual([epoch, ...INVALID])
    const { rpcUrl, deployment } = network
    await startEpoch(rpcUrl, deployment.committee, deployment.members.members)
    await mineBlocks(rpcUrl, FINAL_BLOCKS)
    const second = {
      rpcUrl,
      deployment: { ...deployment, members: await committeeOnL1(rpcUrl, deployment, 2) },
    }
    const { status, headers } = await get(network.url, of(2))
    expect([status, headers.get('x-floe-error'), await verifies(second, of(2))]).toEqual(INVALID)
  })
})
