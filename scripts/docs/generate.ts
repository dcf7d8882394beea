// Writes the documents that are generated from the code. `--check` writes nothing, and fails if a document is out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationDocument, configurationSection } from '../../src/config/document.ts'
import { challengerService } from '../../src/config/challenger.ts'
import { nodeService } from '../../src/config/node.ts'
import { sidecarService } from '../../src/config/sidecar.ts'
import { dashboard } from './dashboard.ts'

const root = join(import.meta.dirname, '../..')

const documents: Record<string, () => string> = {
  'docs/configuration.md': () =>
    configurationDocument([
      configurationSection(sidecarService),
      configurationSection(nodeService),
      configurationSection(challengerService),
    ]),
  'docs/monitoring/dashboard.json': dashboard,
}

function storedText(file: string): string {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch {
    return ''
  }
}

function main(check: boolean): void {
  const stale = Object.entries(documents).filter(([file, text]) => storedText(file) !== text())
  if (check && stale.length > 0) {
    console.error(`stale: ${stale.map(([file]) => file).join(', ')}; run npm run generate`)
    process.exitCode = 1
    return
  }
  for (const [file, text] of stale) {
    writeFileSync(join(root, file), text())
    console.log(`wrote ${file}`)
  }
}

main(process.argv.includes('--check'))
