import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import { type Committee, committeeOf } from '../../src/protocol/committee.ts'
import { type ErrorCode, FloeError } from '../../src/protocol/errors.ts'
import { type MemberSignature, gatherQuorum } from '../../src/sidecar/quorum.ts'
import { testOperators } from '../support/deploy.ts'

function committee(...shards: number[]): Committee {
  const members = testOperators([1, 1, 1, 1, 1, 1, 1].slice(0, shards.length)).map(({ member }, i) => ({
    ...member,
    shards: shards[i] ?? 0,
  }))
  return committeeOf(1, members)
}

const never = new AbortController().signal

/** Members that answer when and as the test says. */
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
      for (const member of refusers) answers[member]?.reject(new FloeError(code, `member ${member} says no.`))
    },
  }
}

const signaturesOf = (...signers: number[]): MemberSignature[] =>
  signers.map((member) => ({ member, signature: `0x0${member}` }))

describe('a quorum', () => {
  test('is counted in shards: n − f of them are enough, and not one less', async () => {
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
      expect(first).toEqual(enough ? signaturesOf(...signers) : 'nothing yet')
      deadline.abort()
      await gathered.catch(() => undefined)
    }
  })

  test('asks everybody at once and waits for no more than it needs', async () => {
    const nodes = members(4)
    const gathered = gatherQuorum(committee(1, 1, 1, 1), nodes.ask, never)
    expect(nodes.asked).toEqual([0, 1, 2, 3])
    nodes.sign(3, 0)
    nodes.sign(2)
    expect(await gathered).toEqual(signaturesOf(0, 2, 3))
  })

  test('has no more signatures than it takes, however many come together', async () => {
    const nodes = members(7)
    const gathered = gatherQuorum(committee(1, 1, 1, 1, 1, 1, 1), nodes.ask, never)
    await turns(1)
    nodes.sign(6, 5, 4, 3, 2, 1, 0)
    expect((await gathered).map(({ member }) => member)).toEqual([2, 3, 4, 5, 6])
  })

  test('survives f shards of refusals of any kind', async () => {
    const nodes = members(4)
    const gathered = gatherQuorum(committee(3, 2, 1, 1), nodes.ask, never)
    nodes.refuse('internal', 1)
    nodes.sign(0, 2, 3)
    expect(await gathered).toEqual(signaturesOf(0, 2, 3))
  })
})

describe('no quorum', () => {
  test('is known as soon as more than f shards have refused, with others still silent', async () => {
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
    ['over quota, say f + 1', [['over-quota', 0, 1, 2]], 'over-quota'],
    ['unknown disperser, say f + 1', [['unknown-disperser', 0, 1, 2]], 'unknown-disperser'],
    ['too large, say f + 1', [['too-large', 4, 5, 6]], 'too-large'],
    ['overloaded, say f + 1', [['overloaded', 1, 3, 5]], 'overloaded'],
    [
      'over quota, say f, and one is gone',
      [
        ['over-quota', 0, 1],
        ['unavailable', 2],
      ],
      'unavailable',
    ],
    [
      'f liars call it too large',
      [
        ['too-large', 0, 1],
        ['unknown-disperser', 2],
      ],
      'unavailable',
    ],
    ['the wrong epoch, say all: L1 is seen at different times', [['wrong-epoch', 0, 1, 2]], 'unavailable'],
    ['a defect here', [['internal', 0, 1, 2]], 'unavailable'],
  ])('%s', async (_, refusals, code) => {
    const nodes = members(7)
    const gathered = gatherQuorum(seven, nodes.ask, never)
    for (const [refusal, ...refusers] of refusals) nodes.refuse(refusal, ...refusers)
    await expect(gathered).rejects.toMatchObject({ code })
  })

  test('counts shards, not members, when it decides whose fault it is', async () => {
    const nodes = members(4)
    const gathered = gatherQuorum(committee(1, 1, 1, 4), nodes.ask, never)
    nodes.refuse('over-quota', 3)
    await expect(gathered).rejects.toMatchObject({ code: 'over-quota', status: 429 })
  })

  test('at the deadline is unavailable, and before it nothing', async () => {
    const nodes = members(4)
    const deadline = new AbortController()
    const gathered = gatherQuorum(committee(1, 1, 1, 1), nodes.ask, deadline.signal)
    nodes.sign(0, 1)
    expect(await Promise.race([gathered, turns(5)])).toBe('nothing yet')
    deadline.abort()
    await expect(gathered).rejects.toMatchObject({ code: 'unavailable', facts: { signed: 2, failures: 0 } })
  })

  test('after the deadline is found at once', async () => {
    await expect(
      gatherQuorum(committee(1, 1, 1, 1), members(4).ask, AbortSignal.abort()),
    ).rejects.toMatchObject({ code: 'unavailable' })
  })
})

/** Resolves after the promises that are settled by now have run what waits for them, `count` times over. */
async function turns(count: number): Promise<string> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
  return 'nothing yet'
}
