// Every command of docs/challengers.md is run, word for word, against a real network.
import { call } from 'viem/actions'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, decodeFunctionResult, http } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { readCall } from '../../src/l1/dispute-calls.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { decodeHeader, headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { testKey } from '../support/deploy.ts'
import { evilEncode } from '../support/evil-encoder.ts'
import { type Finished, runFloe } from '../support/floe.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { allPosted } from './ledger.ts'
import { commit } from './rollup.ts'
import { until } from '../support/until.ts'

const key = testKey('challenger by hand')
const challenger = addressOfSecretKey(key)
const batch = seededBytes('challengers', 5_001)
let network: Network
let dir: string
let document: string
const ran = new Set<string>()
const variables: Record<string, string> = {}

beforeAll(async () => {
  document = await readFile(new URL('../../docs/challengers.md', import.meta.url), 'utf8')
  network = await Network.start({ shards: [1, 1, 1, 1] })
  dir = await mkdtemp(join(tmpdir(), 'floe-challengers-'))
  await writeFile(join(dir, 'challenger.key'), toHex(key), { mode: 0o600 })
  await chain().setBalance({ address: challenger, value: 10n ** 19n })
  variables['COMMITMENT'] = toHex(await commit(network.url, batch))
  variables['WITHHELD'] = toHex(await commit(network.url, seededBytes('withheld', 5_001)))
  const invalid = evilBatch(
    network,
    evilEncode(geometryOf(4), seededBytes('invalid', 5_001), 'parity-row'),
    5_001,
  )
  variables['INVALID'] = toHex(await certify(network, invalid))
}, 60_000)
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

function chain() {
  return createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
}

/** Runs a command of the document, with the variables filled in. */
async function run(line: string): Promise<Finished> {
  expect(commandsOf(document)).toContain(line)
  ran.add(line)
  return runAny(line)
}

async function runAny(line: string): Promise<Finished> {
  const words = line.replaceAll(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? '').split(' ')
  const { committee, ledger, disputes } = network.deployment
  const env = {
    FLOE_RPC_URL: network.rpcUrl,
    FLOE_COMMITTEE: committee,
    FLOE_LEDGER: ledger,
    FLOE_DISPUTES: disputes,
    FLOE_KEY_FILE: 'challenger.key',
    FLOE_FINALITY: '2',
  }
  return runFloe(words.slice(1), { env, cwd: dir })
}

async function runOk(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect([line, code, stderr]).toEqual([line, 0, ''])
  return stdout.trim()
}

function commandsOf(text: string): string[] {
  return [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'))
}

function digestOf(name: string): Hex {
  const { header } = decodeCertificate(Buffer.from((variables[name] ?? '').slice(2), 'hex'))
  return toHex(headerDigest(network.deployment.domain, header))
}

function disputes(): DisputesContract {
  return new DisputesContract(connectL1([network.rpcUrl]), network.deployment.disputes)
}

async function faults(name: string): Promise<unknown> {
  return disputes().faultsOf(digestOf(name))
}

/** Until the header of a commitment stands posted. */
async function untilPosted(name: string): Promise<void> {
  const isPosted = async (): Promise<true | undefined> =>
    (await allPosted(network)).some(({ digest }) => digest === digestOf(name)) ? true : undefined
  await until(`${name} to be posted`, isPosted, 60_000)
}

/** Moves the time of L1 past the deadline of a challenge, or past the time to expire it. */
async function passWindows(count: number): Promise<void> {
  const { window } = await disputes().terms()
  await chain().increaseTime({ seconds: count * window + 1 })
  await chain().mine({ blocks: 1 })
}

/** Runs `work` while no storage node answers. */
async function withoutNodes<T>(work: () => Promise<T>): Promise<T> {
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'cut' }
  try {
    return await work()
  } finally {
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
  }
}

test('a challenge by hand is planned, opened, listed and answered', async () => {
  const position = '--pair 0 --side row --symbol 0 --chunk 0'
  await untilPosted('COMMITMENT')
  const planned = await runOk(`floe challenge $COMMITMENT ${position} --dry-run`)
  expect(planned).toMatch(/a value of 100000000000000000 wei; \d+ gas, at most \d+ wei/)
  expect(await runOk('floe disputes')).toMatch(
    /^open challenges: none\n\ninvalid headers: none\n\nexpired pairs: none\n\nproofs: none\n\ndeposits\n0x/,
  )
  expect(await runOk(`floe challenge $COMMITMENT ${position}`)).toMatch(/challenged in block \d+/)
  const listing = JSON.parse(await runOk('floe disputes $COMMITMENT --json')) as { open: object[] }
  expect(listing.open).toMatchObject([
    { challenger, position: { pair: 0, side: 'row' }, status: 'open', header: { length: batch.length } },
  ])
  // The holder does not serve the chunk, so the answer is rebuilt from the batch.
  const { header } = decodeCertificate(Buffer.from((variables['COMMITMENT'] ?? '').slice(2), 'hex'))
  const holder = network.nodes[memberOfPair(network.deployment.members, header.root, 0)]
  if (holder !== undefined) holder.proxy.fault = { kind: 'cut' }
  expect(await runOk(`floe answer $COMMITMENT ${position}`)).toMatch(/answered in block/)
  if (holder !== undefined) holder.proxy.fault = { kind: 'none' }
  expect(await faults('COMMITMENT')).toEqual({ withheld: false, inconsistent: false })
  // The chunk is on L1 now.
  const again = await run(`floe challenge $COMMITMENT ${position}`)
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/chunk is on L1/)])
}, 120_000)

test('floe challenge chooses only a withheld chunk, an unanswered challenge expires, and its holder is fined', async () => {
  await untilPosted('WITHHELD')
  const refused = await run('floe challenge $WITHHELD')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/nothing to challenge/)])
  const opened = await withoutNodes(async () => runOk('floe challenge $WITHHELD'))
  expect(opened).toMatch(/^row 0, symbol 0, chunk 0\nchallenged in block/)
  await passWindows(1)
  expect(await runOk('floe disputes')).toContain('not answered: floe expire')
  expect(await runOk('floe expire')).toMatch(/^expired in block/)
  expect(await faults('WITHHELD')).toEqual({ withheld: true, inconsistent: false })
  const listed = await runOk('floe disputes')
  expect(listed).toContain(`${digestOf('WITHHELD')}  withheld`)
  expect(listed).toMatch(/pair 0 {2}holder 0x\w+ {2}the holder can be fined for \d+ s: floe disputes fine/)
  expect(await runOk('floe disputes fine --dry-run')).toMatch(
    /pair 0 withheld: 0x\w+, half to 0x.*\nNothing is sent/s,
  )
  expect(await runOk('floe disputes fine $WITHHELD')).toMatch(/\nfined in block/)
  expect(await disputes().expiredPairOf(digestOf('WITHHELD'), 0)).toMatchObject({ challenger, fined: true })
  expect(await runOk('floe disputes fine --dry-run')).toBe('Nothing to do.')
}, 120_000)

test('the bond of a challenge that no account expired is reclaimed', async () => {
  const before = await disputes().creditOf(challenger)
  await withoutNodes(async () => runOk('floe challenge $WITHHELD'))
  await passWindows(2)
  expect(await runOk('floe expire')).toBe('Nothing to do.')
  expect(await runOk('floe reclaim')).toMatch(/^reclaimed in block/)
  expect(await disputes().creditOf(challenger)).toBe(before + (await disputes().terms()).bond)
}, 120_000)

test('floe challenge says how a header that no account has posted can be disputed', async () => {
  const refused = await runAny('floe challenge $INVALID')
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/not posted yet.*floe post COMMITMENT/s),
  ])
}, 120_000)

test('floe disprove finds evidence, writes it to a file, and submits it from the file, and the disperser is fined', async () => {
  expect(await runOk('floe post $INVALID')).toMatch(/^posted in block/)
  expect(await runOk('floe disprove $INVALID --dry-run --output evidence.json')).toMatch(/^Nothing is sent/)
  expect(await faults('INVALID')).toEqual({ withheld: false, inconsistent: false })
  expect(await runOk('floe disprove --evidence evidence.json')).toMatch(/^evidence in block/)
  expect(await faults('INVALID')).toEqual({ withheld: false, inconsistent: true })
  expect(await runOk('floe disputes')).toMatch(/proven by 0x\w+ {2}the disperser can be fined for \d+ s/)
  expect(await runOk('floe disputes fine $INVALID')).toMatch(/\nfined in block/)
  expect(await disputes().proofOf(digestOf('INVALID'))).toMatchObject({
    proven: { prover: challenger },
    finedOverInconsistent: true,
  })
}, 120_000)

test('L1 accepts the proof of a read', async () => {
  const opening = (await runOk('floe prove $COMMITMENT --offset 64')) as Hex
  const proof = JSON.parse(await runOk('floe prove $COMMITMENT --offset 64 --json')) as {
    readonly proof: Hex
    readonly place: { readonly header: Hex; readonly index: number; readonly path: readonly Hex[] }
  }
  expect(proof.proof).toBe(opening)
  const shown = { ...proof.place, header: decodeHeader(fromHex(proof.place.header)) }
  const { to, data } = readCall(network.deployment.disputes, shown, 64, fromHex(opening))
  const answer = await call(connectL1([network.rpcUrl]).client, { to, data })
  const read = decodeFunctionResult({ abi: disputesAbi, functionName: 'read', data: answer.data ?? '0x' })
  expect(read).toBe(toHex(batch.subarray(64, 96)))
  // Nitro takes the place that the certificate has. The sidecar posted the header there, or with another under a headersRoot of both.
  expect(await runOk('floe post $COMMITMENT')).toMatch(/^posted in block|stands posted since/)
  expect(await runOk('floe prove $COMMITMENT --nitro')).toMatch(/^0x01/)
}, 120_000)

test('the tests of this file ran every command of the document', () => {
  expect([...ran].sort()).toEqual([...new Set(commandsOf(document))].sort())
})
