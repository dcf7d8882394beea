// The questions of solidity.test.ts over as many cases as FLOE_RUNS says, twenty a run.
import { describe } from 'vitest'
import { solidityAgrees } from './agreement.ts'

describe('TypeScript and Solidity', () => {
  solidityAgrees()
})
