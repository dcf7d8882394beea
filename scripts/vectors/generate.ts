// Writes test/vectors/*.json; with --check, fails if they differ from what it would write. Wherever a second implementation exists,
// the vectors do not come from src/protocol: schoolbook arithmetic and node:crypto compute batches, viem what Ethereum defines. Error
// messages have no second implementation; their vectors make a change of a message visible in review.
import { readFileSync, writeFileSync } from 'node:fs'
import { batchVectors } from './batches.ts'
import { committeeVectors } from './committees.ts'
import { errorVectors } from './errors.ts'
import { fieldVectors } from './field.ts'
import { geometryVectors } from './geometry.ts'
import { openingVectors } from './openings.ts'
import { certificateVectors, dispersalVectors, typedDataVectors } from './signed.ts'

const files: Record<string, () => unknown> = {
  geometry: geometryVectors,
  field: fieldVectors,
  batches: batchVectors,
  openings: openingVectors,
  committees: committeeVectors,
  'typed-data': typedDataVectors,
  certificates: certificateVectors,
  dispersal: dispersalVectors,
  errors: errorVectors,
}

function pathOf(name: string): URL {
  return new URL(`../../test/vectors/${name}.json`, import.meta.url)
}

/** The file's text, or undefined if there is no such file. */
function committed(name: string): string | undefined {
  try {
    return readFileSync(pathOf(name), 'utf8')
  } catch {
    return undefined
  }
}

const check = process.argv.includes('--check')
const stale: string[] = []
for (const [name, make] of Object.entries(files)) {
  const text = `${JSON.stringify(await make(), undefined, 1)}\n`
  if (text === committed(name)) continue
  if (check) stale.push(name)
  else writeFileSync(pathOf(name), text)
}
if (stale.length > 0) {
  console.error(
    `Out of date in test/vectors: ${stale.join(', ')}. A changed vector is a changed format; if that is intended, run without --check.`,
  )
  process.exitCode = 1
}
