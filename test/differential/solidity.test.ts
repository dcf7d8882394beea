// TypeScript, compared with the contracts over a few hundred cases of each property.
import { describe } from 'vitest'
import { solidityAgrees } from './agreement.ts'

describe('TypeScript and Solidity', () => {
  solidityAgrees()
})
