// How long a sidecar leaves a challenged pair to its holder: not at all when the holder did not attest, because the disperser then
// pays for it.
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Challenge } from '../../src/disputes/open-challenges.ts'
import { HolderShares } from '../../src/sidecar/responder.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { committeeOf, memberOfPair } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { testHeader, testOperators } from '../support/deploy.ts'

const seed = toHex(new Uint8Array(32))
const committee = committeeOf(
  1,
  seed,
  testOperators([1, 1, 1, 1]).map(({ member }) => member),
)
const header = testHeader('challenged')
const digest: Hex = `0x${'33'.repeat(32)}`
const PAIR = 2
const HOLDER = memberOfPair(committee, header.root, PAIR)
const challenge: Pick<Challenge, 'digest' | 'header' | 'position'> = {
  digest,
  header,
  position: { pair: PAIR, side: 'row', symbol: 0, chunk: 0 },
}

/** Shares where only these members attested. */
function sharesWith(
  attested: readonly number[],
  failures = 0,
): { shares: HolderShares; asked: () => number } {
  let asked = 0
  const shares = new HolderShares({
    committees: {
      ofEpoch: async () => {
        asked += 1
        if (asked <= failures) throw new FloeError('unavailable', 'L1 does not answer.')
        return committee
      },
    },
    batchIndex: {
      attestationOf: (_digest, member) =>
        attested.includes(member) ? { index: 0, path: [], signature: '0x' } : undefined,
    },
  })
  return { shares, asked: () => asked }
}

test('a holder that attested has its share of the window before the sidecar answers', async () => {
  const { shares } = sharesWith([HOLDER])
  expect(shares.shareBeforeAnswer(challenge)).toBe(0.25)
  await setImmediate()
  expect(shares.shareBeforeAnswer(challenge)).toBe(0.25)
})

test('over a pair whose holder did not attest the sidecar answers immediately', async () => {
  const { shares, asked } = sharesWith([0, 1, 2, 3].filter((member) => member !== HOLDER))
  shares.shareBeforeAnswer(challenge)
  await setImmediate()
  expect(shares.shareBeforeAnswer(challenge)).toBe(0)
  expect(asked()).toBe(1)
})

test('while L1 does not tell the committee, holders have their share, and the sidecar asks again', async () => {
  const { shares, asked } = sharesWith([], 2)
  for (let i = 0; i < 2; i++) {
    expect(shares.shareBeforeAnswer(challenge)).toBe(0.25)
    await setImmediate()
  }
  expect(shares.shareBeforeAnswer(challenge)).toBe(0.25)
  await setImmediate()
  expect(shares.shareBeforeAnswer(challenge)).toBe(0)
  expect(asked()).toBe(3)
})
