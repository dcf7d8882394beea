// Rules of the repository that no linter holds. A limit here may tighten, never loosen.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const linesMax = 400
/** Folders that are installed, compiled or left by a run. */
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

const written = (files: readonly File[]) => files.filter(({ path }) => !path.includes('/generated/'))
const source = written(inFolder('src', /\.tsx?$/))
const tests = inFolder('test', /\.ts$/)

/** Paths of the files that break a rule. */
function offenders(files: readonly File[], breaks: (file: File) => boolean): string[] {
  return files.filter(breaks).map(({ path }) => path)
}

test('the rules see the code', () => {
  expect(source.map(({ path }) => path)).toContain('src/protocol/batch.ts')
  expect(tests.map(({ path }) => path)).toContain('test/tidy.test.ts')
})

describe('source', () => {
  test(`files have at most ${linesMax} lines: split at a noun`, () => {
    expect(offenders(source, ({ text }) => text.trimEnd().split('\n').length > linesMax)).toEqual([])
  })

  test('files open with a comment that says what they are for', () => {
    // A program starts with the line that names its interpreter.
    expect(offenders(source, ({ text }) => !/^(#!.*\n)?(\/\/|\/\*)/.test(text))).toEqual([])
  })

  test('of protocol and kernel runs in browsers: no Node built-ins', () => {
    const pure = source.filter(({ path }) => /^src\/(protocol|kernel)\//.test(path))
    expect(offenders(pure, ({ text }) => /(from|import|require)\s*\(?\s*['"]node:/.test(text))).toEqual([])
  })
})

test('tests are all run, each once', () => {
  // Taken apart, so that this file keeps the rule itself.
  const banned = new RegExp(['\\.on' + 'ly\\(', '\\.sk' + 'ip\\(', '\\bret' + 'ry:'].join('|'))
  expect(offenders(tests, ({ text }) => banned.test(text))).toEqual([])
})

test('no file knows on which machine it was written', () => {
  const text = /\.(ts|tsx|js|mjs|sol|md|json|toml|yml|yaml|html|css|sh)$/
  const folders = ['src', 'test', 'scripts', 'contracts', 'docs', '.github', '.ci']
  const top = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isFile() && text.test(entry.name))
    .map(({ name }) => ({ path: name, text: readFileSync(join(root, name), 'utf8') }))
  const files = [...top, ...folders.flatMap((folder) => inFolder(folder, text))]
  const places = ['home', 'root', 'work', 'Users'].map((name) => `(?<![\\w.}])/${name}/`)
  expect(offenders(files, ({ text: content }) => new RegExp(places.join('|')).test(content))).toEqual([])
})

describe('dependencies', () => {
  type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }

  test('have exact versions', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(all.length).toBeGreaterThan(0)
    const loose = all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    expect(loose).toEqual([])
  })

  test('are locked by their hashes, and not to one registry', () => {
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
    expect(lock).toContain('"integrity"')
    expect(lock).not.toContain('"resolved"')
  })
})
