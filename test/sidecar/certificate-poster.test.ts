// The certificate poster of a verifier's sidecar, with the real contracts and a real account: what it posts by itself, and what it
// does not.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CheckedCertificate } from '../../src/client/certified-header.ts'
import type { Poster } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { Metrics } from '../../src/runtime/metrics.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import {
  type CertificateOutcome,
  CertificatePoster,
  type CertificatePosterOptions,
} from '../../src/sidecar/certificate-poster.ts'
import {
  type CertificatePosterService,
  openCertificatePoster,
} from '../../src/sidecar/certificate-poster-service.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { CertifiedWorld } from '../support/certified-world.ts'
import { testKey } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const disperser = addressOfSecretKey(testKey('disperser'))
const stranger = addressOfSecretKey(testKey('stranger'))
const poster = addressOfSecretKey(testKey('poster'))
const logger = createLogger('test', 'silent')

let world: CertifiedWorld
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'floe-certificate-poster-'))
  world = await CertifiedWorld.start()
  await world.fund(poster)
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

function checked(commitment: Hex): CheckedCertificate {
  const { domain, members: committee } = world.deployment
  const certificate = decodeCertificate(fromHex(commitment))
  const { header } = certificate
  const digest = toHex(headerDigest(domain, header))
  return { certificate, header, digest, committee, commitment: fromHex(commitment) }
}

async function statusOf(commitment: Hex): Promise<string> {
  return world.reader.statusOf(decodeCertificate(fromHex(commitment)))
}

/** Commitments of three headers that were attested together. */
async function group(name: string): Promise<Hex[]> {
  const batches = [1, 2, 3].map(async (n) => world.batch(`${name} ${n}`, 10 + n))
  const headers = (await Promise.all(batches)).map(
    ({ commitment }) => decodeCertificate(fromHex(commitment)).header,
  )
  return world.certify(headers)
}

describe('a sidecar that posts certificates', () => {
  let metrics: Metrics

  async function open(changes: Partial<SidecarConfig>): Promise<CertificatePosterService | undefined> {
    metrics = new Metrics()
    const { ledger, committee, domain } = world.deployment
    const config = {
      keyFile: undefined,
      posterKeyFile: () => toHex(testKey('poster')),
      postDispersers: [disperser],
      rpcUrls: [world.rpcUrl],
      committee,
      ledger,
      finality: 0,
      dir,
      ...changes,
    } as SidecarConfig
    const l1 = connectL1([world.rpcUrl])
    return openCertificatePoster({ config, l1, domain, clock: systemClock, logger, metrics })
  }

  async function outcomes(): Promise<string[]> {
    const text = await metrics.registry.metrics()
    return [...text.matchAll(/^floe_sidecar_certificate_posts_total\{outcome="([a-z]+)"\} (\d+)$/gm)].map(
      ([, outcome, count]) => `${count} ${outcome}`,
    )
  }

  test('Once: a certificate that is asked for is posted, and the others of its headersRoot then stand as well', async () => {
    const commitments = await group('asked')
    const service = await open({})
    for (const commitment of [...commitments, ...commitments]) service?.poster.request(checked(commitment))
    await service?.poster.idle()
    expect(await Promise.all(commitments.map(statusOf))).toEqual(['stands', 'stands', 'stands'])
    expect(await outcomes()).toEqual(['1 posted'])
    await service?.close()
  })

  test('Wanted only: a certificate of a disperser that is not in the list is not posted', async () => {
    const { commitment } = await world.batch('unlisted', 10)
    const service = await open({ postDispersers: [stranger] })
    service?.poster.request(checked(commitment))
    await service?.poster.idle()
    expect(await statusOf(commitment)).toBe('postable')
    expect(await outcomes()).toEqual([])
    await service?.close()
  })

  test('Within the budget: a post that costs more than a day may cost is not sent', async () => {
    const { commitment } = await world.batch('expensive', 10)
    const service = await open({ postGweiDayMax: 1 })
    service?.poster.request(checked(commitment))
    await service?.poster.idle()
    expect(await statusOf(commitment)).toBe('postable')
    expect(await outcomes()).toEqual(['1 failed'])
    await service?.close()
  })

  test('without a list, without a key, or with a disperser of its own a sidecar posts no certificates', async () => {
    expect(await open({ postDispersers: undefined })).toBeUndefined()
    expect(await open({ posterKeyFile: undefined })).toBeUndefined()
    expect(await open({ keyFile: 'disperser.key' })).toBeUndefined()
  })
})

describe('what is looked up', () => {
  let clock: ManualClock
  let outcomes: CertificateOutcome[]
  let posted: string[]
  let post: Poster['postOne']

  beforeEach(() => {
    clock = manualClock(0)
    outcomes = []
    posted = []
    post = async ({ header }) => {
      posted.push(header.root)
      throw new FloeError('unavailable', 'The transaction is not mined yet.')
    }
  })

  function create(changes: Partial<CertificatePosterOptions> = {}): CertificatePoster {
    return new CertificatePoster({
      domain: world.deployment.domain,
      reader: world.reader,
      poster: { postOne: async (certificate, committee) => post(certificate, committee) },
      dispersers: new Set([disperser]),
      clock,
      logger,
      onOutcome: (outcome) => outcomes.push(outcome),
      ...changes,
    })
  }

  test('a header that stands or can never stand is not posted, and L1 is asked again a minute later at the earliest', async () => {
    const [stands, late] = [await world.batch('stands', 10), await world.batch('late', 1)]
    await world.post(stands.commitment)
    const subject = create()
    for (let i = 0; i < 3; i++) {
      for (const { commitment } of [stands, late]) subject.request(checked(commitment))
      await subject.idle()
    }
    expect(outcomes).toEqual(['stands', 'never'])
    clock.advance(60_000)
    subject.request(checked(stands.commitment))
    await subject.idle()
    expect(outcomes).toEqual(['stands', 'never', 'stands'])
    expect(posted).toEqual([])
  })

  test('Once: while a post may still be mined, no other certificate of its headersRoot is posted', async () => {
    const [first = '0x', second = '0x'] = await group('pending')
    const subject = create()
    for (const commitment of [first, second, second]) {
      subject.request(checked(commitment))
      await subject.idle()
      clock.advance(60_000)
    }
    const { root } = checked(first).header
    expect(posted).toEqual([root, root, root])
    post = async () => {
      throw new FloeError('commitment-invalid', 'L1 refuses the post.')
    }
    subject.request(checked(second))
    await subject.idle()
    clock.advance(60_000)
    post = async ({ header }) => {
      posted.push(header.root)
      return { outcome: 'already-there' }
    }
    subject.request(checked(second))
    await subject.idle()
    expect(posted.at(-1)).toBe(checked(second).header.root)
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'failed', 'stands'])
  })

  test('Bounded: certificates beyond the queue are dropped, and one is noticed again when it is asked for again', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>()
    const reader = {
      statusOf: async () => {
        await release
        return 'never' as const
      },
    }
    const subject = create({ reader })
    const one = checked((await world.batch('many', 10)).commitment)
    const many = Array.from({ length: 257 }, (_, i) => {
      const header = { ...one.header, length: i + 1 }
      return { ...one, header, certificate: { ...one.certificate, header } }
    })
    for (const each of many) subject.request(each)
    expect(outcomes).toEqual(['dropped'])
    resolve()
    await subject.idle()
    const last = many.at(-1)
    if (last !== undefined) subject.request(last)
    await subject.idle()
    expect(outcomes.filter((outcome) => outcome === 'never')).toHaveLength(257)
  })

  test('after it was closed it looks up nothing', async () => {
    const subject = create()
    subject.close()
    subject.request(checked((await world.batch('closed', 10)).commitment))
    await subject.idle()
    expect(outcomes).toEqual([])
  })
})
