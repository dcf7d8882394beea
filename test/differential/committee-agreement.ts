// TypeScript and Solidity agree which members are a committee, and about its root.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Committee, type Member, committeeOf } from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { passes } from '../protocol/support.ts'
import { type KeyedCommittee, addresses } from '../support/arbitraries.ts'
import type { DifferentialChain } from './chain.ts'
import { first } from './first.ts'

/** The number of shards of the deployment. */
export const SHARDS = 14

export type CommitteeWorld = {
  readonly chain: DifferentialChain
  readonly committees: readonly KeyedCommittee[]
  /** Gets the committees that a test starts, by epoch. */
  readonly started: Map<number, Committee>
}

/** Members with sets of shards that mostly are a committee of `SHARDS` shards, and sometimes nearly one. */
function anyMembers(): fc.Arbitrary<Member[]> {
  const nonZero = addresses.filter((address) => BigInt(address) !== 0n)
  return fc
    .record({
      signers: fc.uniqueArray(nonZero, { minLength: 1, maxLength: 8 }),
      owners: fc.array(fc.nat(7), { minLength: SHARDS, maxLength: SHARDS }),
      flaw: fc.constantFrom('none', 'none', 'none', 'twice', 'outside', 'missing', 'order', 'signer'),
    })
    .map(({ signers, owners, flaw }) => {
      const sets = signers.map((_, i) =>
        range(0, SHARDS).filter((shard) => (owners[shard] ?? 0) % signers.length === i),
      )
      const members = signers
        .sort((a, b) => (a < b ? -1 : 1))
        .map((signer, i) => ({ signer, shards: sets[i] ?? [], endpoint: 'http://127.0.0.1:1' }))
      return spoilMembers(members, flaw)
    })
}

function spoilMembers(members: Member[], flaw: string): Member[] {
  const last = first(members.slice(-1))
  const but = (shards: number[]): Member[] => [...members.slice(0, -1), { ...last, shards }]
  if (flaw === 'twice') return but([...new Set([0, ...last.shards])].sort((a, b) => a - b))
  if (flaw === 'outside') return but([...last.shards, 200])
  if (flaw === 'missing') return but(last.shards.slice(1))
  if (flaw === 'order') return [...members].reverse()
  if (flaw === 'signer') return [...members, { ...last, shards: [] }]
  return members
}

/** The tests of committees. @param world what exists once the chain has started */
export function committeesAgree(world: () => CommitteeWorld): void {
  test('TypeScript and Solidity compute the same roots of committees', async () => {
    const { chain, committees } = world()
    for (const { committee } of committees) {
      expect(await chain.committeeRoot(committee.epoch)).toBe(committee.root)
    }
  })

  test('TypeScript and Solidity accept the same members as a committee, with the same root', async () => {
    const { chain, started } = world()
    const seen = new Set<boolean>()
    await fc.assert(
      fc.asyncProperty(anyMembers(), async (all) => {
        const isOfDeployment = all.reduce((sum, { shards }) => sum + shards.length, 0) === SHARDS
        const seed = `0x${'00'.repeat(32)}` as const
        const accepted = passes('malformed', () => void committeeOf(1, seed, all)) && isOfDeployment
        const epoch = await chain.startEpoch(all)
        expect(epoch !== undefined).toBe(accepted)
        seen.add(accepted)
        if (epoch === undefined) return
        const committee = await chain.committeeOnL1(epoch, all)
        started.set(epoch, committee)
        expect(await chain.committeeRoot(epoch)).toBe(committee.root)
      }),
    )
    expect(seen).toEqual(new Set([true, false]))
  })
}
