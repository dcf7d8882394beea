// Rules of the repository that no linter checks. A limit here may tighten, never loosen.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const linesMax = 400
/** Folders that are installed, compiled or written by a run. */
const foreign = new Set(['node_modules', '.git', '.floe', 'dist', 'out', 'cache', 'broadcast'])

type File = { readonly path: string; readonly text: string }

function filesUnder(folder: string, suffix: RegExp): File[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : filesUnder(path, suffix)
    if (!entry.isFile() || !suffix.test(entry.name)) return []
    return [{ path: relative(root, path), text: readFileSync(path, 'utf8') }]
  })
}

function inFolder(name: string, suffix: RegExp): File[] {
  const folder = join(root, name)
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? filesUnder(folder, suffix) : []
}

/** Files of the root folder itself. */
function atTop(suffix: RegExp): File[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && suffix.test(entry.name))
    .map(({ name }) => ({ path: name, text: readFileSync(join(root, name), 'utf8') }))
}

const written = (files: readonly File[]) => files.filter(({ path }) => !path.includes('/generated/'))
const source = written(inFolder('src', /\.tsx?$/))
const tests = inFolder('test', /\.ts$/)

/** Paths of the files that break a rule. */
function offenders(files: readonly File[], breaks: (file: File) => boolean): string[] {
  return files.filter(breaks).map(({ path }) => path)
}

test('the rules of this file read the code of src and test', () => {
  expect(source.map(({ path }) => path)).toContain('src/protocol/batch.ts')
  expect(tests.map(({ path }) => path)).toContain('test/tidy.test.ts')
})

describe('source', () => {
  test(`source files have at most ${linesMax} lines: split a longer one at a noun`, () => {
    expect(offenders(source, ({ text }) => text.trimEnd().split('\n').length > linesMax)).toEqual([])
  })

  test('source files open with a comment that says what they are for', () => {
    // A program starts with the line that names its interpreter.
    expect(offenders(source, ({ text }) => !/^(#!.*\n)?(\/\/|\/\*)/.test(text))).toEqual([])
  })

  test('the sources run on Node 22: it has neither "using" declarations nor disposable stacks', () => {
    const late = /\b(await )?using \w+ =|\bDisposableStack\b|\bAsyncDisposableStack\b/
    expect(offenders(source, ({ text }) => late.test(text))).toEqual([])
  })

  test('the folder protocol runs in browsers: it imports no Node built-ins', () => {
    const pure = source.filter(({ path }) => path.startsWith('src/protocol/'))
    expect(pure.length).toBeGreaterThan(0)
    expect(offenders(pure, ({ text }) => /(from|import|require)\s*\(?\s*['"]node:/.test(text))).toEqual([])
  })
})

test('every test runs, and runs once: none is skipped, focused or retried', () => {
  // In parts, so that this file itself does not match.
  const banned = new RegExp(['\\.on' + 'ly\\(', '\\.sk' + 'ip\\(', '\\bret' + 'ry:'].join('|'))
  expect(offenders(tests, ({ text }) => banned.test(text))).toEqual([])
})

test('no file contains an absolute path of the machine on which it was written', () => {
  const text = /\.(ts|tsx|js|mjs|sol|md|json|toml|yml|yaml|html|css|sh)$/
  const folders = ['src', 'test', 'scripts', 'contracts', 'docs', '.github', '.ci']
  const files = [...atTop(text), ...folders.flatMap((folder) => inFolder(folder, text))]
  const places = ['home', 'root', 'work', 'Users'].map((name) => `(?<![\\w.}])/${name}/`)
  expect(offenders(files, ({ text: content }) => new RegExp(places.join('|')).test(content))).toEqual([])
})

describe('dependencies', () => {
  type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }

  test('dependencies have exact versions', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(all.length).toBeGreaterThan(0)
    const loose = all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    expect(loose).toEqual([])
  })

  test('every dependency is locked by its hash, also those of other platforms, and none to one registry', () => {
    type Locked = { integrity?: string; resolved?: string }
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
    const { packages } = JSON.parse(text) as { packages: Record<string, Locked> }
    const locked = Object.entries(packages).filter(([path]) => path !== '')
    expect(locked.length).toBeGreaterThan(0)
    const faulty = locked.filter(
      ([, { integrity = '', resolved }]) => !integrity.startsWith('sha512-') || resolved !== undefined,
    )
    expect(faulty).toEqual([])
  })
})

// Words that a reader has to decode (docs/CONTRIBUTING.md). Each phrase has the number of its uses that are left, which may only fall:
// after uses were removed, `FLOE_TIGHTEN=1 npx vitest run --config test/vitest.config.ts test/tidy.test.ts` writes the new numbers.
describe('language', () => {
  type Banned = { phrase: string; pattern: string; instead: string; count: number }
  const list = join(root, 'test', 'banned-phrases.json')
  const banned = JSON.parse(readFileSync(list, 'utf8')) as Banned[]
  const text = /\.(ts|tsx|js|mjs|md|yml|yaml|html)$/
  const folders = ['src', 'test', 'scripts', 'docs', '.github', '.ci']
  const files = written([...atTop(text), ...folders.flatMap((folder) => inFolder(folder, text))])

  /** Places of a phrase as PATH:LINE, also where a line break, with the next line's comment mark, divides it. */
  function usesOf({ pattern }: Banned): string[] {
    const matcher = new RegExp(pattern.replaceAll(' ', '(?: |\\s*\\n\\s*(?://|\\*|#)? ?)'), 'gi')
    return files.flatMap(({ path, text: content }) =>
      [...content.matchAll(matcher)].map(
        ({ index }) => `${path}:${content.slice(0, index).split('\n').length}`,
      ),
    )
  }

  if (process.env['FLOE_TIGHTEN'] !== undefined) {
    for (const each of banned) each.count = Math.min(each.count, usesOf(each).length)
    writeFileSync(list, `${JSON.stringify(banned, null, 2)}\n`)
  }

  test.each(banned)('"$phrase" is banned, write: $instead ($count uses left)', (each) => {
    const uses = usesOf(each)
    expect({ ...each, count: uses.length, uses }).toEqual({ ...each, uses })
  })
})
