// The body of a dispersal: its head, and the places of the leaves and pairs after it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/protocol/bytes.ts'
import {
  DISPERSAL_HEAD_BYTES,
  decodeDispersalHead,
  dispersalLayout,
  encodeDispersalHead,
} from '../../src/protocol/dispersal.ts'
import { BATCH_BYTES_MAX } from '../../src/protocol/limits.ts'
import { committees, headerOf, headers, keyedCommittee } from '../support/arbitraries.ts'
import { codeThrownBy, encodedCopy } from './support.ts'

const signatures = fc.uint8Array({ minLength: 64, maxLength: 64 }).map(toHex)

describe('the head of a dispersal', () => {
  test('the head of a dispersal has 165 bytes and round-trips', () => {
    fc.assert(
      fc.property(headers(), signatures, (header, signature) => {
        const bytes = encodeDispersalHead({ header, signature })
        expect(bytes).toHaveLength(165)
        expect(bytes[0]).toBe(1)
        expect(decodeDispersalHead(bytes)).toEqual({ header, signature })
      }),
    )
  })

  test('the head of a dispersal with another version is malformed', () => {
    const signature = toHex(new Uint8Array(64))
    const bytes = encodeDispersalHead({ header: headerOf(new Uint8Array(32), 5), signature })
    for (const version of [0, 2, 255]) {
      bytes[0] = version
      expect(codeThrownBy(() => decodeDispersalHead(bytes))).toBe('malformed')
    }
  })
})

describe('the body of a dispersal', () => {
  test('the body of a dispersal has the pairs of the member one after another, up to its end', () => {
    const lengths = fc.integer({ min: 1, max: BATCH_BYTES_MAX })
    fc.assert(
      fc.property(committees(20), lengths, ({ committee }, length) => {
        committee.members.forEach(({ shards }, member) => {
          const layout = dispersalLayout(committee, member, length)
          const leavesEnd = layout.leaves + 32 * committee.geometry.shards
          expect(layout.leaves).toBe(DISPERSAL_HEAD_BYTES)
          expect(layout.pair(0)).toBe(leavesEnd)
          expect(layout.pair(1) - layout.pair(0)).toBe(layout.rowBytes + layout.columnBytes)
          expect(layout.pair(shards.length)).toBe(layout.total)
        })
      }),
    )
  })

  test('the places in the body of a dispersal have the lengths of the encoded slivers', () => {
    const { committee } = keyedCommittee([2, 1, 4])
    const layout = dispersalLayout(committee, 2, 5000)
    const encoding = encodedCopy(committee.geometry, new Uint8Array(5000))
    expect(layout.rowBytes).toBe(encoding.rows[0]?.length)
    expect(layout.columnBytes).toBe(encoding.columns[0]?.length)
    expect(layout.pair(0) - layout.leaves).toBe(encoding.leaves.length)
  })

  test('the layout for a member outside the committee fails an assertion', () => {
    const { committee } = keyedCommittee([2, 2])
    expect(() => dispersalLayout(committee, 2, 5000)).toThrow('assertion failed: member 2 of 2')
  })
})
