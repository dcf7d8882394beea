// An encoding with each of the flaws is disproved on L1.
import { afterAll, beforeAll } from 'vitest'
import { flaws } from '../support/evil-encoder.ts'
import { EvidenceWorld, testDisproofs } from './evidence-world.ts'

let world: EvidenceWorld

beforeAll(async () => {
  world = await EvidenceWorld.start()
})
afterAll(async () => world[Symbol.asyncDispose]())

testDisproofs(flaws, () => world)
