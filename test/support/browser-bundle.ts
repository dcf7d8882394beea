// What a bundler makes of the client library for a page: minified modules, as they are served.
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export type Bundle = {
  /** Code by file name; `main.js` is the entry, which loads the others when it needs them. */
  readonly files: ReadonlyMap<string, string>
  /** Of the entry and of what it always loads, compressed. */
  readonly gzipBytes: number
}

const ENTRY = 'entry-of-the-page'

/**
 * @param folder from which imports are resolved
 * @param code of the entry
 */
export async function bundleForBrowser(folder: string, code: string): Promise<Bundle> {
  const entry = join(folder, `${ENTRY}.ts`)
  const bundle = await rolldown({
    cwd: folder,
    input: { main: ENTRY },
    platform: 'browser',
    logLevel: 'warn',
    // A module that a browser does not have must fail the test, and not be left for the page to fail on.
    onLog: (level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT' || log.code === 'MISSING_EXPORT') throw new Error(log.message)
      if (level === 'warn') process.stderr.write(`${log.message}\n`)
    },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === ENTRY ? entry : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true, entryFileNames: '[name].js' })
  const chunks = output.flatMap((file) => (file.type === 'chunk' ? [file] : []))
  const main = chunks.find(({ isEntry }) => isEntry)
  if (main === undefined) throw new Error('Expected an entry in the bundle.')
  const loaded = chunks.filter(
    ({ fileName }) => fileName === main.fileName || main.imports.includes(fileName),
  )
  return {
    files: new Map(chunks.map((chunk) => [chunk.fileName, chunk.code])),
    gzipBytes: loaded.reduce((sum, chunk) => sum + gzipSync(chunk.code, { level: 9 }).length, 0),
  }
}
