// Writes the ABIs and bytecode of the contracts as TypeScript constants, so that viem types every call and no compiler is needed at
// run time. `--check` writes nothing and fails if a file differs from what the sources compile to.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { contractsFolder, runForge } from './foundry.ts'

type Target = {
  readonly contract: string
  /** Prefix of the exported constants. */
  readonly name: string
  readonly file: string
}

type Artifact = { readonly abi: unknown; readonly bytecode: { readonly object: string } }

const root = join(import.meta.dirname, '../..')

const targets: readonly Target[] = [
  { contract: 'Committee', name: 'committee', file: 'src/l1/generated/committee.ts' },
  { contract: 'Ledger', name: 'ledger', file: 'src/l1/generated/ledger.ts' },
  { contract: 'Disputes', name: 'disputes', file: 'src/l1/generated/disputes.ts' },
  {
    contract: 'NitroProofValidator',
    name: 'nitroProofValidator',
    file: 'src/l1/generated/nitro-proof-validator.ts',
  },
  {
    contract: 'OpeningsHarness',
    name: 'openingsHarness',
    file: 'test/contracts/generated/openings-harness.ts',
  },
]

function generatedText(target: Target): string {
  const path = join(contractsFolder, `out/${target.contract}.sol/${target.contract}.json`)
  const artifact = JSON.parse(readFileSync(path, 'utf8')) as Artifact
  const bytecode = artifact.bytecode.object
  // An unlinked library leaves a placeholder in the bytecode.
  if (!/^0x[0-9a-f]+$/.test(bytecode))
    throw new Error(`Expected deployable bytecode of ${target.contract}, got none.`)
  return [
    `// Generated from contracts/ by scripts/contracts/generate.ts: run npm run generate, don't edit.`,
    `export const ${target.name}Abi = ${JSON.stringify(artifact.abi, null, 2)} as const`,
    '',
    `export const ${target.name}Bytecode = '${bytecode}' as const`,
    '',
  ].join('\n')
}

function storedText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function main(check: boolean): void {
  if (runForge(['build', '--quiet', '--skip', 'test']) !== 0)
    throw new Error('Expected the contracts to build, but forge failed.')
  const stale = targets.filter((target) => storedText(join(root, target.file)) !== generatedText(target))
  if (check && stale.length > 0) {
    console.error(`Out of date: ${stale.map((target) => target.file).join(', ')}. Run npm run generate.`)
    process.exitCode = 1
    return
  }
  for (const target of stale) {
    const path = join(root, target.file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, generatedText(target))
    console.log(`wrote ${target.file}`)
  }
}

main(process.argv.includes('--check'))
