// TypeScript against the real contracts, a few hundred cases of everything.
import { describe } from 'vitest'
import { solidityAgrees } from './agreement.ts'

describe('TypeScript and Solidity', () => {
  solidityAgrees()
})
