// The entries of the package, and all that they import, run in browsers.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** The entries of the package. */
const entries = ['client/index', 'client/sidecar', 'protocol/index'].map((name) =>
  fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url)),
)
/** Packages that run in browsers. */
const portable = ['@noble/curves', '@noble/hashes', 'lru-cache', 'viem']

/** Everything that a module imports when it runs, and what it imports in turn; packages by name. */
function importsOf(file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const source = readFileSync(file, 'utf8')
  for (const [, kind, name] of source.matchAll(/^(?:import|export)(\s+type)?\s[^;]*?from '([^']+)'/gm)) {
    if (kind !== undefined || name === undefined) continue
    if (name.startsWith('.')) importsOf(resolve(dirname(file), name), found)
    else found.add(name)
  }
  return found
}

test.each(entries)('The entry %s imports nothing that only Node has.', (entry) => {
  const names = [...importsOf(entry)].filter((name) => !name.startsWith('/'))
  expect(names.length).toBeGreaterThan(0)
  const missing = names.filter(
    (name) => !portable.some((known) => name === known || name.startsWith(`${known}/`)),
  )
  expect(missing).toEqual([])
})

test('The search for imports follows the reader to the kernel and to the protocol.', () => {
  const files = [...importsOf(entries[0] as string)]
  expect(files.some((file) => file.endsWith('/src/coding/kernel/load.ts'))).toBe(true)
  expect(files.some((file) => file.endsWith('/src/protocol/batch.ts'))).toBe(true)
})
