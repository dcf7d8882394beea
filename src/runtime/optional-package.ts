// Packages that only some programs need, so that an install without them stays small. They are optional peer dependencies in
// package.json, and loaded on demand.
import { readFileSync } from 'node:fs'
import { FloeError } from '../protocol/errors.ts'

type Manifest = { readonly peerDependencies: Readonly<Record<string, string>> }

/**
 * What `load` imports.
 * @param purpose what the packages are needed for, as in "Expected … for a queue on Redis"
 * @throws FloeError `configuration` that names the packages to add when one is not installed
 */
export async function loadOptional<T>(
  packages: readonly string[],
  purpose: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const missing = packages.filter((name) => isMissing(error, name))
    if (missing.length === 0) throw error
    throw packageMissing(packages, purpose, error)
  }
}

/** The error of a package that is not installed. */
export function packageMissing(packages: readonly string[], purpose: string, cause?: unknown): FloeError {
  const what = packages.length === 1 ? 'it is not installed' : 'at least one is not installed'
  const message = `Expected ${packages.join(' and ')} for ${purpose}, but ${what}.`
  return new FloeError('configuration', message, {
    remedy: `Add what is missing with: npm install ${packages.map(withVersion).join(' ')}`,
    cause,
  })
}

function isMissing(error: unknown, name: string): boolean {
  return (
    error instanceof Error &&
    (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'${name}'`)
  )
}

/** A package with the lowest version that it may have, which the tests use. */
function withVersion(name: string): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const range = (JSON.parse(manifest) as Manifest).peerDependencies[name]
  return range === undefined ? name : `${name}@${range.replace(/^\^/, '')}`
}
