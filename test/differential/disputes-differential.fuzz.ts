// The properties of disputes.test.ts over FLOE_RUNS runs of twenty cases.
import { describe } from 'vitest'
import { disputesAgree } from './disputing.ts'

describe('TypeScript and Solidity on disputes', () => {
  disputesAgree()
})
