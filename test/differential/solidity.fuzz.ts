// The properties of solidity.test.ts over FLOE_RUNS runs of twenty cases.
import { describe } from 'vitest'
import { solidityAgrees } from './agreement.ts'

describe('TypeScript and Solidity', () => {
  solidityAgrees()
})
