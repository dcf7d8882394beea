import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))
/** Packages that run in browsers. */
const portable = ['@noble/curves', '@noble/hashes', 'viem']

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

test('the client library imports nothing that only Node has', () => {
  const names = [...importsOf(entry)].filter((name) => !name.startsWith('/'))
  expect(names.length).toBeGreaterThan(0)
  expect(
    names.filter((name) => !portable.some((known) => name === known || name.startsWith(`${known}/`))),
  ).toEqual([])
})

test('the walk follows the kernel and the protocol', () => {
  const files = [...importsOf(entry)]
  expect(files.some((file) => file.endsWith('/src/coding/kernel/load.ts'))).toBe(true)
  expect(files.some((file) => file.endsWith('/src/protocol/batch.ts'))).toBe(true)
})
