// TypeScript, compared with the Disputes contract over a few hundred cases of each property.
import { describe } from 'vitest'
import { disputesAgree } from './disputing.ts'

describe('TypeScript and Solidity on disputes', () => {
  disputesAgree()
})
