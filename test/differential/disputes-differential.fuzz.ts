// The questions of disputes.test.ts over as many cases as FLOE_RUNS says, twenty a run.
import { describe } from 'vitest'
import { disputesAgree } from './disputing.ts'

describe('TypeScript and Solidity on disputes', () => {
  disputesAgree()
})
