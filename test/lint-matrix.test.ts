// The order of the folders of src (docs/architecture.md): a folder imports only from folders below it, types included. The test
// plants an import from every folder into every other folder, and runs the linter with the rules of this repository on them.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** For each folder of src, the folders from which it may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = withOrder([
  ['protocol', []],
  ['runtime', ['protocol']],
  ['coding', ['runtime']],
  ['store', ['coding']],
  ['queue', ['coding']],
  ['l1', ['store']],
  ['client', ['coding', 'l1'], ['store']],
  ['disputes', ['client', 'store', 'queue']],
  ['challenger', ['disputes'], ['queue']],
  ['node', ['disputes'], ['queue']],
  ['sidecar', ['disputes']],
  ['config', ['challenger', 'node', 'sidecar']],
  ['devnet', ['config']],
  ['doctor', ['config']],
  ['cli', ['devnet', 'doctor']],
])

/** @param rows a folder, the folders directly below it, and folders below those from which it must not import */
function withOrder(
  rows: readonly (readonly [string, readonly string[], (readonly string[])?])[],
): Record<string, string[]> {
  const below = new Map<string, Set<string>>()
  const allowed: Record<string, string[]> = {}
  for (const [folder, direct, except = []] of rows) {
    const all = new Set(direct.flatMap((name) => [name, ...(below.get(name) ?? [])]))
    below.set(folder, all)
    allowed[folder] = [...all].filter((name) => !except.includes(name)).sort()
  }
  return allowed
}

const statements = {
  value: (path: string) => `import { value } from '${path}'\nexport const used = value\n`,
  type: (path: string) => `import type { Type } from '${path}'\nexport type Used = Type\n`,
  'exported type': (path: string) => `export type { Type } from '${path}'\n`,
}
type Kind = keyof typeof statements
const kinds = Object.keys(statements) as Kind[]

/** Folders of src that have TypeScript files of their own, nested ones too: `sidecar/http`. */
let folders: string[]
let planted: string
/** Imports that the linter refused: `KIND FROM → TO`. */
let refused: string[]

const top = (folder: string): string => folder.split('/')[0] ?? ''
const importOf = (kind: Kind, from: string, to: string): string => `${kind} ${from} → ${to}`

function pairs(): { from: string; to: string }[] {
  return folders.flatMap((from) => folders.filter((to) => top(to) !== top(from)).map((to) => ({ from, to })))
}

beforeAll(async () => {
  const files = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true })
  const sources = files.filter((file) => file.isFile() && /(?<!\.d)\.tsx?$/.test(file.name))
  const names = sources.map(({ parentPath }) => relative(join(root, 'src'), parentPath))
  // The linter does not look at generated files, nor at the kernel's AssemblyScript.
  folders = [...new Set(names)].filter((name) => !/^$|\bgenerated\b|\bassembly\b/.test(name)).sort()
  planted = await mkdtemp(join(tmpdir(), 'floe-lint-'))
  refused = await plantAndLint()
})
afterAll(async () => rm(planted, { recursive: true, force: true }))

async function plantAndLint(): Promise<string[]> {
  const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as object
  // Rules that need types read a tsconfig.json; none of the rules of this test does.
  await writeFile(join(planted, '.oxlintrc.json'), JSON.stringify({ ...config, options: {} }))
  await cp(join(root, 'package.json'), join(planted, 'package.json'))
  const plants = new Map<string, string>()
  for (const [i, { from, to }] of pairs().entries()) {
    for (const kind of kinds) {
      const file = join('src', from, `${kind.replace(' ', '-')}-${i}.ts`)
      const target = relative(from, join(to, 'target.ts'))
      await mkdir(dirname(join(planted, file)), { recursive: true })
      await writeFile(join(planted, file), statements[kind](target))
      plants.set(file, importOf(kind, from, to))
    }
  }
  const found = await lint()
  return found.map((file) => plants.get(file) ?? `unknown ${file}`).sort()
}

/** Files for which the linter reports a restricted import. */
async function lint(): Promise<string[]> {
  const oxlint = join(root, 'node_modules', '.bin', 'oxlint')
  const options = { cwd: planted, maxBuffer: 1 << 28 }
  // It ends with status 1 because it finds errors.
  const { stdout } = await promisify(execFile)(oxlint, ['--format', 'json', 'src'], options).catch(
    (error: unknown) => error as { stdout: string },
  )
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] }
  return diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename }) => filename)
}

test('the lint matrix has a row for every folder of src', () => {
  expect([...new Set(folders.map(top))].sort()).toEqual(Object.keys(mayImport).sort())
  expect(folders).toEqual(expect.arrayContaining(['sidecar/http', 'l1/tx-manager', 'runtime/async']))
})

test('the lint matrix refuses an import from every folder into every folder above it', () => {
  const forbidden = pairs().filter(({ from, to }) => mayImport[top(from)]?.includes(top(to)) !== true)
  expect(forbidden.length).toBeGreaterThan(100)
  const expected = forbidden.flatMap(({ from, to }) => kinds.map((kind) => importOf(kind, from, to)))
  expect(refused).toEqual(expected.sort())
})

test('the lint matrix has no folder that may import from a folder that imports from it', () => {
  const circles = Object.entries(mayImport).flatMap(([folder, others]) =>
    others.filter((other) => mayImport[other]?.includes(folder)).map((other) => `${folder} ↔ ${other}`),
  )
  expect(circles).toEqual([])
})

test('dynamic imports, which the linter does not look at, obey the matrix as well', async () => {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((file) => file.endsWith('.ts'))
  const imports = await Promise.all(
    files.map(async (file) =>
      [...(await readFile(join(root, 'src', file), 'utf8')).matchAll(/import\(\s*'(\.[^']+)'/g)].map(
        ([, path = '']) => ({ from: top(file), to: top(join(dirname(file), path)) }),
      ),
    ),
  )
  const found = imports.flat()
  expect(found.length).toBeGreaterThan(5)
  expect(found.filter(({ from, to }) => from !== to && mayImport[from]?.includes(to) !== true)).toEqual([])
})
