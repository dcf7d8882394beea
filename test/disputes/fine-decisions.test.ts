// Which fine is due: the holder's for a window after the expiry, the disperser's in the window after it, each once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueFineOverPair, dueFineOverProof } from '../../src/disputes/fine-decisions.ts'
import type { Hex } from '../../src/protocol/bytes.ts'

const W = 3_600
const AT = 1_900_000_000
const expired = { expiredAt: AT, fined: false }
const unfined = { finedOverWithheld: false }
const known = { holder: true, disperser: true }
const prover: Hex = `0x${'44'.repeat(20)}`
const proof = { proven: { prover, provedAt: AT }, finedOverInconsistent: false }

test.each([
  ['the holder', 0, known, 'holder'],
  ['the holder', W, known, 'holder'],
  ['no one yet', W, { ...known, holder: false }, 'later'],
  ['the disperser', W + 1, known, 'disperser'],
  ['the disperser', W + 1, { ...known, holder: false }, 'disperser'],
  ['no one yet', W + 1, { ...known, disperser: false }, 'later'],
  ['the disperser', 2 * W, known, 'disperser'],
  ['no one any more', 2 * W + 1, known, 'none'],
])('over an expired pair %s pays after %i seconds with %j', (_who, after, signatures, due) => {
  const time = { timestamp: AT + after, windowSeconds: W }
  expect(dueFineOverPair(expired, unfined, signatures, time)).toBe(due)
})

test.each([
  ['the disperser', 0, true, 'disperser'],
  ['the disperser', W, true, 'disperser'],
  ['no one yet', W, false, 'later'],
  ['no one any more', W + 1, true, 'none'],
])('over a proof %s pays after %i seconds, if its signature is known: %s', (_who, after, disperser, due) => {
  const time = { timestamp: AT + after, windowSeconds: W }
  expect(dueFineOverProof(proof, { disperser }, time)).toBe(due)
})

test('nothing is due over a pair that was fined, or a header that was not proven inconsistent', () => {
  const seconds = fc.integer({ min: -W, max: 4 * W })
  fc.assert(
    fc.property(seconds, fc.boolean(), fc.boolean(), (after, holder, disperser) => {
      const time = { timestamp: AT + after, windowSeconds: W }
      const signatures = { holder, disperser }
      expect(dueFineOverPair({ ...expired, fined: true }, unfined, signatures, time)).toBe('none')
      expect(dueFineOverProof({ ...proof, proven: undefined }, signatures, time)).toBe('none')
      expect(dueFineOverProof({ ...proof, finedOverInconsistent: true }, signatures, time)).toBe('none')
      // A disperser pays once over a header, and its holders still pay for every pair.
      const due = dueFineOverPair(expired, { finedOverWithheld: true }, signatures, time)
      expect(due).not.toBe('disperser')
      expect(due === 'holder').toBe(holder && after <= W)
    }),
  )
})
