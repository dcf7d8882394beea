// Quorums over members that answer as the test says: when one is reached, when it is given up, and with which error.
import { expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import { type Committee, committeeOf } from '../../src/protocol/committee.ts'
import { type ErrorCode, FloeError } from '../../src/protocol/errors.ts'
import { type MemberSignature, gatherQuorum } from '../../src/sidecar/quorum.ts'
import { testOperators } from '../support/deploy.ts'
import { dealShards } from '../support/shard-sets.ts'

function committee(...shards: number[]): Committee {
  const sets = dealShards(shards)
  const members = testOperators(shards.map(() => 1)).map(({ member }, i) => ({
    ...member,
    shards: sets[i] ?? [],
  }))
  return committeeOf(1, `0x${'5e'.repeat(32)}`, members)
}

const never = new AbortController().signal

/** Members that sign or refuse when the test says so. */
function members(count: number): {
  ask: (member: number) => Promise<Hex>
  sign: (...members: number[]) => void
  refuse: (code: ErrorCode, ...members: number[]) => void
  asked: number[]
} {
  const answers = Array.from({ length: count }, () => Promise.withResolvers<Hex>())
  const asked: number[] = []
  return {
    asked,
    ask: async (member) => {
      asked.push(member)
      return answers[member]?.promise as Promise<Hex>
    },
    sign: (...signers) => {
      for (const member of signers) answers[member]?.resolve(`0x0${member}`)
    },
    refuse: (code, ...refusers) => {
      for (const member of refusers) answers[member]?.reject(new FloeError(code, `member ${member} refuses.`))
    },
  }
}

const signaturesOf = (...signers: number[]): MemberSignature[] =>
  signers.map((member) => ({ member, signature: `0x0${member}` }))

test('A quorum is counted in shards: n − f are enough, and one fewer is not.', async () => {
  for (const [signers, enough] of [
    [[0, 1], true],
    [[0, 2, 3], true],
    [[1, 2, 3], false],
    [[0, 2], false],
  ] as const) {
    const nodes = members(4)
    const deadline = new AbortController()
    const gathered = gatherQuorum(committee(3, 2, 1, 1), nodes.ask, deadline.signal)
    nodes.sign(...signers)
    const first = await Promise.race([gathered, turns(5)])
    expect(first).toEqual(enough ? signaturesOf(...signers) : 'undecided')
    deadline.abort()
    await gathered.catch(() => undefined)
  }
})

test('All members are asked concurrently, and the quorum waits for no more of them than it needs.', async () => {
  const nodes = members(4)
  const gathered = gatherQuorum(committee(1, 1, 1, 1), nodes.ask, never)
  expect(nodes.asked).toEqual([0, 1, 2, 3])
  nodes.sign(3, 0)
  nodes.sign(2)
  expect(await gathered).toEqual(signaturesOf(0, 2, 3))
})

test('A quorum has no more signatures than it needs, even when all arrive together.', async () => {
  const nodes = members(7)
  const gathered = gatherQuorum(committee(1, 1, 1, 1, 1, 1, 1), nodes.ask, never)
  await turns(1)
  nodes.sign(6, 5, 4, 3, 2, 1, 0)
  expect((await gathered).map(({ member }) => member)).toEqual([2, 3, 4, 5, 6])
})

test('A quorum is reached although members of f shards refuse for any reason.', async () => {
  const nodes = members(4)
  const gathered = gatherQuorum(committee(3, 2, 1, 1), nodes.ask, never)
  nodes.refuse('internal', 1)
  nodes.sign(0, 2, 3)
  expect(await gathered).toEqual(signaturesOf(0, 2, 3))
})

test('A quorum is given up as soon as more than f shards have refused, while other members are silent.', async () => {
  const nodes = members(7)
  const gathered = gatherQuorum(committee(1, 1, 1, 1, 1, 1, 1), nodes.ask, never)
  nodes.sign(0, 1)
  nodes.refuse('unavailable', 4, 5, 6)
  await expect(gathered).rejects.toMatchObject({
    code: 'unavailable',
    status: 503,
    retryAfterSeconds: 2,
    facts: { signed: 2, failures: 3 },
    message: expect.stringContaining('Expected signatures for 5 of 7 shards, got 2.') as string,
  })
})

const seven = committee(1, 1, 1, 1, 1, 1, 1)
test.each<[name: string, refusals: [ErrorCode, ...number[]][], code: ErrorCode]>([
  ['f + 1 shards say over-quota', [['over-quota', 0, 1, 2]], 'over-quota'],
  ['f + 1 shards say unknown-disperser', [['unknown-disperser', 0, 1, 2]], 'unknown-disperser'],
  ['f + 1 shards say no-deposit', [['no-deposit', 0, 1, 2]], 'no-deposit'],
  ['f + 1 shards say too-large', [['too-large', 4, 5, 6]], 'too-large'],
  ['f + 1 shards say overloaded', [['overloaded', 1, 3, 5]], 'overloaded'],
  [
    'f shards say over-quota and one is unavailable',
    [
      ['over-quota', 0, 1],
      ['unavailable', 2],
    ],
    'unavailable',
  ],
  [
    'f shards say too-large and one says unknown-disperser',
    [
      ['too-large', 0, 1],
      ['unknown-disperser', 2],
    ],
    'unavailable',
  ],
  [
    'f + 1 shards say wrong-epoch, because they see L1 at different times',
    [['wrong-epoch', 0, 1, 2]],
    'unavailable',
  ],
  ['f + 1 requests fail with a defect of the sidecar', [['internal', 0, 1, 2]], 'unavailable'],
])('The error has the right code when %s.', async (_, refusals, code) => {
  const nodes = members(7)
  const gathered = gatherQuorum(seven, nodes.ask, never)
  for (const [refusal, ...refusers] of refusals) nodes.refuse(refusal, ...refusers)
  await expect(gathered).rejects.toMatchObject({ code })
})

test('The code of the error is decided by shards, not by members.', async () => {
  const nodes = members(4)
  const gathered = gatherQuorum(committee(1, 1, 1, 4), nodes.ask, never)
  nodes.refuse('over-quota', 3)
  await expect(gathered).rejects.toMatchObject({ code: 'over-quota', status: 429 })
})

test('A quorum that is not reached is unavailable at the deadline, and undecided before it.', async () => {
  const nodes = members(4)
  const deadline = new AbortController()
  const gathered = gatherQuorum(committee(1, 1, 1, 1), nodes.ask, deadline.signal)
  nodes.sign(0, 1)
  expect(await Promise.race([gathered, turns(5)])).toBe('undecided')
  deadline.abort()
  await expect(gathered).rejects.toMatchObject({ code: 'unavailable', facts: { signed: 2, failures: 0 } })
})

test('A quorum whose deadline has passed is unavailable immediately.', async () => {
  await expect(
    gatherQuorum(committee(1, 1, 1, 1), members(4).ask, AbortSignal.abort()),
  ).rejects.toMatchObject({ code: 'unavailable' })
})

/** Resolves after `count` turns of the event loop, in which settled promises run their callbacks. */
async function turns(count: number): Promise<string> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
  return 'undecided'
}
