// What documentation says that a test can hold.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
}

function names(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))].sort()
}

test('docs/operations.md lists exactly the metrics that the code has', () => {
  const documented = names(readFileSync(join(root, 'docs/operations.md'), 'utf8'), /^\| `(floe_[a-z_]+)`/gm)
  const defined = names(sources('src').join('\n'), /'(floe_(?:node|sidecar)_[a-z_]+)'/g)
  expect(documented).toEqual(defined)
})

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const documents = ['README.md', 'CONTRIBUTING.md', 'docs/operations.md'].map((file) =>
    readFileSync(join(root, file), 'utf8'),
  )
  const named = names(documents.join('\n'), /npm run ([a-z:-]+)/g)
  expect(named.length).toBeGreaterThan(3)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('relative links in documents lead somewhere', () => {
  const documents = ['README.md', 'CONTRIBUTING.md'].map((file) => readFileSync(join(root, file), 'utf8'))
  const links = names(documents.join('\n'), /\]\(((?!http)[^)#]+)\)/g)
  expect(links.length).toBeGreaterThan(1)
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([])
})
