// `floe post` against the real contracts: what it posts, what it refuses, and its exit codes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { callFloe } from '../support/call-floe.ts'
import { CertifiedWorld, DAY_SECONDS } from '../support/certified-world.ts'
import { testKey } from '../support/deploy.ts'
import type { Finished } from '../support/floe.ts'

const NOTICE_DAYS = 7
const PROMISE_DAYS = 15

let world: CertifiedWorld
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'floe-post-'))
  writeFileSync(join(dir, 'poster.key'), toHex(testKey('poster')), { mode: 0o600 })
  const days = { noticeSeconds: NOTICE_DAYS, promiseSeconds: PROMISE_DAYS }
  const seconds = ([term, count]: [string, number]) => [term, BigInt(count * DAY_SECONDS)]
  world = await CertifiedWorld.start(Object.fromEntries(Object.entries(days).map(seconds)))
  await world.fund(addressOfSecretKey(testKey('poster')))
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

async function floePost(commitment: Hex, ...flags: readonly string[]): Promise<Finished> {
  const { committee, ledger } = world.deployment
  const l1 = ['--rpc-url', world.rpcUrl, '--committee', committee, '--ledger', ledger, '--finality', '0']
  const key = ['--key-file', 'poster.key', '--journal', join(dir, 'journal')]
  return callFloe(['post', commitment, ...l1, ...key, ...flags], { cwd: dir })
}

async function statusOf(commitment: Hex): Promise<string> {
  return world.reader.statusOf(decodeCertificate(fromHex(commitment)))
}

describe('a certificate that holds', () => {
  test('a dry run shows the call and its cost, and sends nothing', async () => {
    const { commitment } = await world.batch('dry', 10)
    const { code, stdout } = await floePost(commitment, '--dry-run')
    expect(stdout).toMatch(/^Nothing is sent\. From 0x/)
    expect(stdout).toMatch(
      new RegExp(`post to ${world.deployment.ledger}: \\d+ bytes, a value of 0 wei; \\d+ gas`),
    )
    expect(code).toBe(0)
    expect(await statusOf(commitment)).toBe('postable')
  })

  test('it is posted once, and its header then stands posted', async () => {
    const { commitment } = await world.batch('once', 10)
    const first = await floePost(commitment)
    expect(first.stdout).toMatch(/^posted in block \d+, transaction 0x[0-9a-f]{64}, \d+ gas\n$/)
    expect(first.code).toBe(0)
    expect(await statusOf(commitment)).toBe('stands')
    const second = await floePost(commitment)
    expect(second.stdout).toMatch(/^Nothing is sent: it stands posted since .*Z\.\n$/)
    expect(second.code).toBe(0)
  })

  test('one certificate of a group makes the headers of the whole group stand', async () => {
    const headers = [await world.batch('a', 10), await world.batch('b', 11), await world.batch('c', 12)].map(
      ({ commitment }) => decodeCertificate(fromHex(commitment)).header,
    )
    const [a = '0x', b = '0x', c = '0x'] = world.certify(headers)
    const { stdout } = await floePost(b, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'posted', gasUsed: expect.any(Number) })
    expect(await Promise.all([a, b, c].map(statusOf))).toEqual(['stands', 'stands', 'stands'])
    expect(JSON.parse((await floePost(c, '--json')).stdout)).toMatchObject({ outcome: 'stands' })
  })
})

describe('a certificate that cannot be posted', () => {
  test('one that is too late is refused with the last time, and the exit code is 1', async () => {
    const { commitment } = await world.batch('late', NOTICE_DAYS - 1)
    const { code, stderr } = await floePost(commitment)
    expect(stderr).toMatch(
      /^floe: Expected a post by .*Z, 604800 seconds before its expiry; L1 is at .*Z\. No account can post it any more\. Put the batch again/,
    )
    expect(code).toBe(1)
  })

  test('one that would be posted before its promise begins is not posted, and the exit code is 4', async () => {
    const { commitment } = await world.batch('early', PROMISE_DAYS + 5)
    const { code, stderr } = await floePost(commitment)
    expect(stderr).toMatch(/^floe: Expected a post from .*Z on, the promise of the Ledger before its expiry/)
    expect(stderr).toContain('Post later')
    expect(code).toBe(4)
    expect(await statusOf(commitment)).toBe('postable')
  })

  test('one whose header was posted too late by another certificate is refused', async () => {
    const [on, late] = [await world.batch('on time', 10), await world.batch('too late', NOTICE_DAYS - 1)]
    const headers = [on, late].map(({ commitment }) => decodeCertificate(fromHex(commitment)).header)
    const [first = '0x', second = '0x'] = world.certify(headers)
    await world.post(first)
    const { code, stderr } = await floePost(second)
    expect(stderr).toContain('the header never stands posted')
    expect(code).toBe(1)
  })

  test('one that does not hold is invalid, and the exit code is 3', async () => {
    const { commitment } = await world.batch('forged', 10)
    const certificate = decodeCertificate(fromHex(commitment))
    const signatures = certificate.signatures.slice(0, 2)
    const few = await floePost(toHex(encodeCertificate({ ...certificate, signatures })))
    expect(few.stderr).toContain('Expected signers with at least 3 of 4 shards, got 2')
    expect(few.code).toBe(3)
    await world.advance(600)
    const header = { ...certificate.header, epoch: 9 }
    const unknown = await floePost(toHex(encodeCertificate({ ...certificate, header })))
    expect(unknown.stderr).toContain('Expected an epoch that has started on L1, got 9:')
    expect(unknown.code).toBe(3)
    expect((await floePost('0x016601')).code).toBe(3)
  })

  test('without a key the exit code is 2', async () => {
    const { committee, ledger } = world.deployment
    const l1 = ['--rpc-url', world.rpcUrl, '--committee', committee, '--ledger', ledger]
    const { code, stderr } = await callFloe(['post', '0x016601', ...l1], { cwd: dir })
    expect(stderr).toContain('Expected --key-file or FLOE_KEY_FILE')
    expect(code).toBe(2)
  })

  test('one of an epoch that closed is refused, and the error names the epoch', async () => {
    const { commitment } = await world.batch('closed', 40)
    await world.startEpoch()
    await world.startEpoch()
    await world.advance((PROMISE_DAYS - NOTICE_DAYS) * DAY_SECONDS + 2)
    const { code, stderr } = await floePost(commitment)
    expect(stderr).toMatch(/^floe: Expected a post by .*Z, when epoch 1 closed; L1 is at/)
    expect(code).toBe(1)
  })
})
