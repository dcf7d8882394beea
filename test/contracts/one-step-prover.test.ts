// Nitro's OneStepProverHostIo with our validator on anvil: it accepts our proofs for valid batches and refuses everything else, and its
// answer is that of the rule by which readers decide off chain (docs/protocol.md §8).
import { concat, encodeFunctionData, padHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DisputeSession, openDisputeSession } from '../../src/disputes/manual/session.ts'
import { decideForNitro } from '../../src/disputes/nitro-decision.ts'
import { challengeCall, expireCall } from '../../src/l1/dispute-calls.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { isUndecided } from '../../src/l1/epoch-horizon.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { postOneCall } from '../../src/l1/poster.ts'
import { type Hex, fromHex, toHex, uint64Bytes } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf, packMembers } from '../../src/protocol/committee.ts'
import { encodeHeader } from '../../src/protocol/header.ts'
import type { NitroVerdict } from '../../src/protocol/nitro.ts'
import { systemClock, unixSeconds } from '../../src/runtime/clock.ts'
import { testHeader } from '../support/deploy.ts'
import {
  certificateOf,
  lineOpenings,
  membersEncoded,
  openingAt,
  placeOfOffset,
  readProof,
  validityProof,
} from '../support/dispute-evidence.ts'
import { type After, afterRead } from '../support/one-step-prover.ts'
import { until } from '../support/until.ts'
import { type Certified, DAY, NOTICE, PROMISE, ProverWorld, operators } from './prover-world.ts'

const WINDOW = 3_600
let world: ProverWorld
let session: DisputeSession
let members: Hex

beforeAll(async () => {
  world = await ProverWorld.start()
  const { committee, ledger, disputes, members: epoch } = world.floe
  session = await openDisputeSession({ rpcUrls: [world.rpcUrl], committee, ledger, disputes, finality: 0 })
  members = membersEncoded(epoch)
})

afterAll(async () => {
  await session.close()
  await world[Symbol.asyncDispose]()
})

/** A batch whose header stands posted. */
async function posted(...args: Parameters<ProverWorld['certified']>): Promise<Certified> {
  const certified = await world.certified(...args)
  await world.post([certified.header])
  return certified
}

function honestRead(of: Certified, offset: number): Hex {
  return readProof(of.certificate, openingAt(of.encoding, placeOfOffset(of.encoding, offset)))
}

async function honestlyRead(of: Certified, offset: number): Promise<After> {
  return world.read(of.certificate, offset, honestRead(of, offset))
}

describe('ReadPreimage', () => {
  test('the prover accepts the word at every offset of a small batch, including the short last one', async () => {
    const small = await world.certified('small', 999)
    for (let offset = 0; offset < 999; offset += 32)
      expect(await honestlyRead(small, offset)).toEqual(afterRead(small, offset))
  })

  test('the prover accepts words at the ends of chunks, symbols and rows, and at random offsets', async () => {
    // Each symbol has two chunks, the second of them short.
    const large = await world.certified('large', 15 * 2080 - 5)
    const row = 5 * 2080
    const edges = [0, 2016, 2048, 2080, row - 32, row, 2 * row, 15 * 2080 - 32]
    const random = Array.from({ length: 12 }, (_, i) => 32 * ((i * 97 + 31 * (i * i)) % 975))
    for (const offset of [...edges, ...random])
      expect(await honestlyRead(large, offset)).toEqual(afterRead(large, offset))
  })

  test('the prover refuses a wrong chunk, a wrong offset and a wrong certificate', async () => {
    const small = await world.certified('small', 999)
    const other = await world.certified('other', 999)
    await expect(world.read(small.certificate, 64, honestRead(small, 128))).rejects.toThrow('OpeningInvalid')
    await expect(world.read(small.certificate, 999 + 25, honestRead(small, 992))).rejects.toThrow(
      'OffsetInvalid',
    )
    await expect(world.read(small.certificate, 0, honestRead(other, 0))).rejects.toThrow(
      'WRONG_CERTIFICATE_HASH',
    )
    const foreign = readProof(small.certificate, openingAt(other.encoding, placeOfOffset(other.encoding, 0)))
    await expect(world.read(small.certificate, 0, foreign)).rejects.toThrow('OpeningInvalid')
  })

  test('the prover refuses a chunk with any byte changed', async () => {
    const small = await world.certified('small', 999)
    const opening = fromHex(openingAt(small.encoding, placeOfOffset(small.encoding, 0)))
    for (let i = 0; i < opening.length; i += 7) {
      const changed = opening.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x40
      const proof = readProof(small.certificate, toHex(changed))
      await expect(world.read(small.certificate, 0, proof), `byte ${i}`).rejects.toThrow('OpeningInvalid')
    }
  })
})

/** The outcome of each claim: the value that the machine pushes, or the reason for which the prover reverts. */
async function outcomes(certificate: Hex, aux: Hex = members): Promise<{ valid: string; invalid: string }> {
  const outcome = async (claim: boolean): Promise<string> => {
    try {
      return String((await world.validate(certificate, validityProof(certificate, claim, aux))).pushed)
    } catch (error) {
      return /CLAIMED_\w+/.exec(String(error))?.[0] ?? String(error)
    }
  }
  return { valid: await outcome(true), invalid: await outcome(false) }
}

const yes = { valid: '1', invalid: 'CLAIMED_INVALID_BUT_VALID' }
const no = { valid: 'CLAIMED_VALID_BUT_INVALID', invalid: '0' }

/** What a reader decides off chain, with the proof that it gives the prover. */
async function decided(certificate: Hex): Promise<{ verdict: NitroVerdict; proof: Hex }> {
  const decision = await decideForNitro(session, fromHex(certificate))
  if (decision.verdict === 'not-decided') return { verdict: decision.verdict, proof: '0x' }
  return { verdict: decision.verdict, proof: toHex(decision.proof) }
}

/** What a reader decides. The prover agrees, and accepts the reader's proof; what is not decided is not valid yet. */
async function verdictOf(certificate: Hex): Promise<NitroVerdict> {
  const { verdict, proof } = await decided(certificate)
  expect(await outcomes(certificate)).toEqual(verdict === 'valid' ? yes : no)
  if (verdict === 'not-decided') return verdict
  const size = toHex(uint64Bytes(BigInt((certificate.length - 2) / 2)))
  const { pushed } = await world.validate(certificate, concat([size, certificate, proof]))
  expect(pushed).toBe(verdict === 'valid' ? 1n : 0n)
  return verdict
}

describe('ValidateCertificate', () => {
  test('the prover accepts a posted certificate of a quorum as valid, and refuses the claim that it is not', async () => {
    expect(await verdictOf((await posted('small', 999)).certificate)).toBe('valid')
  })

  test('the prover accepts each certificate of headers that were posted together as valid', async () => {
    const headers = await Promise.all(
      ['one', 'two', 'three'].map(async (name) => (await world.certified(name, 999)).header),
    )
    await world.post(headers)
    for (const index of headers.keys())
      expect(await verdictOf(world.certificateOf(headers, index))).toBe('valid')
    // Under another headersRoot, which no account has posted, the same header is another certificate.
    expect(await verdictOf(world.certificateOf(headers.slice(0, 1), 0))).toBe('not-decided')
  })

  test('the prover accepts a certificate without a quorum, or with wrong signatures, as invalid', async () => {
    const { header, certificate } = await posted('signed', 999)
    expect(await verdictOf(world.certificateOf([header], 0, [0, 1]))).toBe('invalid')
    const changed = fromHex(certificate)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 0x01
    expect(await verdictOf(toHex(changed))).toBe('invalid')
    expect(await verdictOf(certificate)).toBe('valid')
  })

  test('the prover accepts a certificate that is changed anywhere as invalid', async () => {
    const bytes = fromHex((await posted('changed', 999)).certificate)
    for (let i = 0; i < bytes.length; i += 5) {
      const changed = bytes.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x01
      expect(await outcomes(toHex(changed)), `byte ${i}`).toEqual(no)
    }
  })

  test('the prover accepts bytes that are not a certificate as invalid, without members', async () => {
    for (const bytes of ['0x', '0x01', '0x016601', padHex('0x01', { size: 600 })] as const) {
      expect(await outcomes(bytes, '0x')).toEqual(no)
      expect(await verdictOf(bytes)).toBe('invalid')
    }
  })

  test('the prover accepts a certificate with a garbage tail as invalid, without members, before and after the post', async () => {
    const { header, certificate } = await world.certified('tail', 999)
    const longer = concat([certificate, '0x00'])
    const check = async (): Promise<void> => {
      expect(await outcomes(longer, '0x')).toEqual(no)
      expect(await verdictOf(longer)).toBe('invalid')
    }
    await check()
    await world.post([header])
    await check()
    expect(await verdictOf(certificate)).toBe('valid')
  })

  test('the prover accepts a length that the replay cannot read to its end as invalid', async () => {
    for (const length of [32, 960])
      expect(await verdictOf((await posted(`length ${length}`, length)).certificate)).toBe('invalid')
  })

  test('the prover refuses members that are not the committee', async () => {
    const { certificate } = await posted('members', 999)
    for (const claim of [true, false]) {
      const proof = validityProof(certificate, claim, '0x')
      await expect(world.validate(certificate, proof)).rejects.toThrow('MembersMismatch')
    }
  })

  test('after evidence on L1, the prover accepts the certificate as invalid and still proves earlier reads', async () => {
    const evil = await posted('evil', 999, { flaw: 'parity-row' })
    expect(await verdictOf(evil.certificate)).toBe('valid')
    const line = { side: 1, index: 0, chunk: 0, byteIndex: 0, points: 0b1000111n }
    const args = [
      toHex(encodeHeader(evil.header)),
      0n,
      '0x',
      line,
      lineOpenings(evil.encoding, line),
    ] as const
    await world.transact({
      to: world.floe.disputes,
      data: encodeFunctionData({ abi: disputesAbi, functionName: 'disproveParity', args }),
    })
    expect(await verdictOf(evil.certificate)).toBe('invalid')
    expect(await outcomes(evil.certificate, '0x')).toEqual(no)
    expect(await honestlyRead(evil, 0)).toEqual(afterRead(evil, 0))
  })
})

// Each test moves the time of L1, and begins where the one before it ended.
describe('the answer is settled by L1, and time does not change it', () => {
  async function startEpoch(): Promise<void> {
    const all = operators.map(({ member }) => member)
    const args = [packMembers(all), all.map(({ endpoint }) => endpoint)] as const
    const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
    await world.transact({ to: world.floe.committee, data })
  }

  test('a withheld header is invalid from its invalidation on', async () => {
    const { header, certificate } = await posted('withheld', 999)
    const position = { pair: 0, side: 'row' as const, symbol: 0, chunk: 0 }
    const { bond } = await session.disputes.terms()
    await world.transact(challengeCall(world.floe.disputes, { header, index: 0, path: [] }, position, bond))
    await world.moveTo((await world.now()) + WINDOW + 1)
    expect(await verdictOf(certificate)).toBe('valid')
    await world.transact(expireCall(world.floe.disputes, header, position))
    expect(await verdictOf(certificate)).toBe('invalid')
    await world.moveTo(header.expiry + 2 * WINDOW + 1)
    expect(await verdictOf(certificate)).toBe('invalid')
  })

  test('a certificate that was posted in time is valid also after its expiry', async () => {
    const { header, certificate } = await posted('kept back', 999)
    expect(await verdictOf(certificate)).toBe('valid')
    await world.moveTo(header.expiry - NOTICE + 1)
    expect(await verdictOf(certificate)).toBe('valid')
    await world.moveTo(header.expiry + 2 * WINDOW + 1)
    expect(await verdictOf(certificate)).toBe('valid')
  })

  test('a certificate that was never posted is invalid when it can no longer be posted, and a later post changes nothing', async () => {
    const { header, certificate } = await world.certified('never posted', 999)
    await world.moveTo(header.expiry - NOTICE)
    expect(await verdictOf(certificate)).toBe('not-decided')
    await world.moveTo(header.expiry - NOTICE + 1)
    expect(await verdictOf(certificate)).toBe('invalid')
    await expect(world.post([header])).rejects.toThrow('reverted')
    expect(await verdictOf(certificate)).toBe('invalid')
  })

  test('a certificate that was posted too late, with a header that was in time, is invalid before and after the post', async () => {
    const late = await world.certified('late', 999, { expiresIn: NOTICE + 100 })
    const inTime = await world.certified('in time', 999)
    const headers = [late.header, inTime.header]
    const [certificateLate, certificateInTime] = [0, 1].map((index) => world.certificateOf(headers, index))
    await world.moveTo(late.header.expiry - NOTICE + 1)
    expect(await verdictOf(certificateLate as Hex)).toBe('invalid')
    expect(await verdictOf(certificateInTime as Hex)).toBe('not-decided')
    await world.post(headers)
    expect(await verdictOf(certificateLate as Hex)).toBe('invalid')
    expect(await verdictOf(certificateInTime as Hex)).toBe('valid')
  })

  test('a certificate whose expiry is beyond the promise is invalid from its post on, also when the promise would reach it', async () => {
    const { header, certificate } = await world.certified('beyond', 999, { expiresIn: PROMISE + DAY })
    expect(await verdictOf(certificate)).toBe('not-decided')
    await world.post([header])
    expect(await verdictOf(certificate)).toBe('invalid')
    await world.moveTo(header.expiry - PROMISE + 1)
    await world.post([header])
    expect(await verdictOf(certificate)).toBe('invalid')
  })

  test('a certificate of an epoch that starts later is invalid before and after the start', async () => {
    const { members: current, domain } = world.floe
    const later = committeeOf(2, `0x${'77'.repeat(32)}`, current.members)
    const expiry = (await world.now()) + PROMISE - DAY
    const header = testHeader('later', { epoch: 2, expiry, length: 999 })
    const certificate = certificateOf({ domain, members: later }, operators, header)
    // Only a block that is younger than the question decides that an epoch has not started.
    await world.moveTo(Math.max(await world.now(), unixSeconds(systemClock)) + 600)
    const decided = await until('a view of L1 that is younger than the question', async () =>
      verdictOf(certificate).catch((error: unknown) => {
        if (isUndecided(error)) return undefined
        throw error
      }),
    )
    expect(decided).toBe('invalid')
    await startEpoch()
    expect(await verdictOf(certificate)).toBe('invalid')
    const post = postOneCall(domain.ledger, decodeCertificate(fromHex(certificate)), later)
    await expect(world.transact(post)).rejects.toThrow('reverted')
    expect(await verdictOf(certificate)).toBe('invalid')
  })

  test('a certificate of a retired epoch is invalid when no attestation of its time could still be posted', async () => {
    const before = await posted('before retirement', 999)
    await startEpoch()
    const retiredAt = await world.now()
    await world.moveTo(retiredAt + PROMISE - NOTICE)
    const after = await world.certified('after retirement', 999)
    expect(await verdictOf(after.certificate)).toBe('not-decided')
    await world.moveTo(retiredAt + PROMISE - NOTICE + 1)
    expect(await verdictOf(after.certificate)).toBe('invalid')
    await expect(world.post([after.header])).rejects.toThrow('reverted')
    expect(await verdictOf(after.certificate)).toBe('invalid')
    expect(await verdictOf(before.certificate)).toBe('valid')
  })
})
