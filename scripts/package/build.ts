// Compiles src/ to dist/ for the published package: JavaScript and source maps, and types of what the entries export.
//
// What `tsc` leaves to do:
// - It rewrites the extension of relative imports, but not in `new URL('./x.ts', import.meta.url)`, by which workers and processes
//   are started, and not in declarations.
// - The parts of viem that are used are bundled into dist/vendor. The packages of viem and of what it depends on take 90 MB of an
//   install, and the parts 2 MB (measured).
// - Declarations that no entry reaches are removed: they name packages that a consumer need not have.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')
const urlOfSource = /new URL\('(\.[^']*)\.ts', import\.meta\.url\)/g
const importOfVendored = /\bfrom '(viem(?:\/[^']*)?)'/g
const importOfSource = /\bfrom '(\.[^']*)\.ts'/g

type Package = { readonly name: string; readonly version: string }
type Exports = Record<string, string | { readonly types: string; readonly default: string }>
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly exports: Exports }

function compile(): void {
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { status } = spawnSync(tsc, ['-p', join(import.meta.dirname, 'tsconfig.json')], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`Expected tsc to end with status 0, got ${status}.`)
}

function filesOf(ending: string): string[] {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith(ending)).map((name) => join(dist, name))
}

function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'utf8')
  const changed = change(text)
  if (changed !== text) writeFileSync(file, changed)
}

function rewriteUrls(file: string): void {
  edit(file, (text) =>
    text.replaceAll(urlOfSource, (_, path: string) => {
      if (!existsSync(join(dirname(file), `${path}.js`)))
        throw new Error(`${relative(root, file)} names ${path}.ts, which is not compiled.`)
      return `new URL('${path}.js', import.meta.url)`
    }),
  )
}

/** Removes what no entry reaches, and names compiled files in what stays. */
function pruneDeclarations(): void {
  const reached = new Set<string>()
  const reach = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(importOfSource))
      reach(join(dirname(file), `${path}.d.ts`))
  }
  for (const entry of Object.values(manifest.exports))
    if (typeof entry === 'object') reach(join(root, entry.types))
  for (const file of filesOf('.d.ts')) {
    if (reached.has(file)) edit(file, (text) => text.replaceAll(importOfSource, `from '$1.js'`))
    else rmSync(file)
  }
}

/** Bundles the packages that `dist` imports and that are not installed with it, and imports the bundle instead. */
async function vendor(): Promise<void> {
  const files = filesOf('.js')
  const names = new Map<string, Set<string>>()
  for (const file of files)
    for (const [specifier, imported] of vendoredImports(readFileSync(file, 'utf8')))
      names.set(specifier, new Set([...(names.get(specifier) ?? []), ...imported]))
  const entries = new Map(
    [...names].map(([specifier, imported]) => [`vendor:${specifier}`, entryText(specifier, imported)]),
  )
  const bundle = await rolldown({
    input: Object.fromEntries(
      [...names.keys()].map((specifier) => [specifier.replaceAll('/', '-'), `vendor:${specifier}`]),
    ),
    // For Node as well: it has the globals of a browser that viem uses.
    platform: 'browser',
    treeshake: { moduleSideEffects: false },
    plugins: [
      {
        name: 'vendor-entries',
        resolveId: (id) => (entries.has(id) ? id : undefined),
        load: (id) => entries.get(id),
      },
    ],
  })
  const { output } = await bundle.write({
    dir: join(dist, 'vendor'),
    format: 'esm',
    comments: { legal: true },
    // A file for each module, so that a bundler of the client library drops the modules that a reader does not use.
    preserveModules: true,
    preserveModulesRoot: join(root, 'node_modules'),
    // npm packs no folder of that name.
    entryFileNames: ({ name }) => `${name.replaceAll('node_modules', 'packages')}.js`,
  })
  for (const file of files) {
    const folder = relative(dirname(file), join(dist, 'vendor')).replaceAll(sep, '/')
    const path = (specifier: string): string => `./${folder}/${specifier.replaceAll('/', '-')}.js`
    edit(file, (text) =>
      text.replaceAll(importOfVendored, (_, specifier: string) => `from '${path(specifier)}'`),
    )
  }
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  writeFileSync(join(dist, 'vendor/LICENSES'), licensesOf(modules))
}

/** The licenses of the packages that modules are from: each requires that its text goes with the code. */
function licensesOf(modules: readonly string[]): string {
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [])
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package
    return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** Which names a file imports from which vendored package. */
function vendoredImports(text: string): [string, Set<string>][] {
  const imports = text.matchAll(/^import\s+\{([^}]*)\}\s+from '(viem(?:\/[^']*)?)'/gm)
  const found = [...imports].map(([, list = '', specifier = '']): [string, Set<string>] => [
    specifier,
    new Set(
      list
        .split(',')
        .map((name) => name.trim().replace(/ as .*/, ''))
        .filter((name) => name !== ''),
    ),
  ])
  if (found.length !== [...text.matchAll(importOfVendored)].length || text.includes("import('viem"))
    throw new Error(
      'Expected named imports of viem at the top of a file only; the build knows no other form.',
    )
  return found
}

function entryText(specifier: string, names: ReadonlySet<string>): string {
  return `export { ${[...names].sort().join(', ')} } from '${specifier}'`
}

rmSync(dist, { recursive: true, force: true })
compile()
for (const file of filesOf('.js')) rewriteUrls(file)
pruneDeclarations()
await vendor()
