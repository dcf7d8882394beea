// TypeScript against the real Disputes contract, a few hundred cases of everything.
import { describe } from 'vitest'
import { disputesAgree } from './disputing.ts'

describe('TypeScript and Solidity on disputes', () => {
  disputesAgree()
})
