// Reads a configuration from its sources: a flag overrides its variable, which overrides the file, which overrides the default.
// An empty variable counts as not set.
//
// Guarantees:
// - All problems together: one error lists every problem, each with its source and the value that was expected.
// - Secrets stay secret: no message quotes a confidential value or the content of a file that is not JSON.
import { readFileSync } from 'node:fs'
import { combineProblems } from './combined-error.ts'
import { type Field, type NamedField, type Names, type ServiceSettings, listFields } from './fields.ts'

export type Sources = {
  /** By key; a flag that was not given has no entry. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Path of the JSON file. */
  readonly file?: string | undefined
}

const QUOTED_CHARACTERS_MAX = 100

/** @throws FloeError `configuration` with every problem */
export function loadConfig<S, C extends object>(
  service: ServiceSettings<S, C>,
  sources: Sources,
): Readonly<C> {
  const fields = listFields(service.fields)
  const file = readConfigFile(sources.file)
  const problems = [...file.problems, ...findUnknownKeys(file, fields)]
  const settings: Record<string, unknown> = {}
  const given = new Set<PropertyKey>()
  for (const { property, field, names } of fields) {
    const input = findInput(names, field, sources, file)
    if (input !== undefined) given.add(property)
    const value = input === undefined ? field.default : input.value
    if (value === undefined) {
      if (field.optional !== true) problems.push(missingValue(names))
      continue
    }
    const parsed = field.kind.schema.safeParse(value)
    if (parsed.success) settings[property] = parsed.data
    else problems.push(wrongValue(input?.source ?? names.flag, value, field))
  }
  problems.push(...service.findConflicts((property) => given.has(property), settings as Partial<S>))
  if (problems.length > 0) {
    throw combineProblems(problems, `floe ${service.name} --help lists every option.`)
  }
  return Object.freeze(service.toConfig(settings as S))
}

/** A value that an operator gave, and where. */
type Input = { readonly value: unknown; readonly source: string }

function findInput(
  { key, flag, variable }: Names,
  field: Field<unknown>,
  { flags, environment }: Sources,
  file: ConfigFile,
): Input | undefined {
  const inEnvironment = environment[variable] ?? ''
  if (field.secretVariable !== undefined) {
    return inEnvironment === '' ? undefined : { value: inEnvironment, source: variable }
  }
  if (flags[key] !== undefined) return { value: flags[key], source: flag }
  if (inEnvironment !== '') return { value: inEnvironment, source: variable }
  if (Object.hasOwn(file.values, key)) return { value: file.values[key], source: `${file.path}, ${key}` }
  return undefined
}

function missingValue({ key, flag, variable }: Names): string {
  return `Expected ${flag}, ${variable} or "${key}" in the file of --config, got none of them.`
}

function wrongValue(source: string, value: unknown, { kind }: Field<unknown>): string {
  const got = kind.confidential === true ? '' : `, got ${quote(value)}`
  return `${source}: expected ${kind.expected}${got}.`
}

function quote(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, QUOTED_CHARACTERS_MAX)
}

type ConfigFile = {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: readonly string[]
}

function readConfigFile(path: string | undefined): ConfigFile {
  if (path === undefined) return { path: '', values: {}, problems: [] }
  try {
    const values: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
      return { path, values: values as Record<string, unknown>, problems: [] }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Without a code it is the parser's error, which quotes the file and with it perhaps a secret.
    if (code !== undefined) {
      const problem = `${path}: expected a readable JSON file (--config, FLOE_CONFIG), got ${code}.`
      return { path, values: {}, problems: [problem] }
    }
  }
  return { path, values: {}, problems: [`${path}: expected one JSON object.`] }
}

function findUnknownKeys({ path, values }: ConfigFile, fields: readonly NamedField[]): string[] {
  const known = fields.flatMap(({ field, names }) => (field.secretVariable === undefined ? [names.key] : []))
  const unknown = Object.keys(values).filter((key) => !known.includes(key))
  if (unknown.length === 0) return []
  return [
    `${path}: expected only known keys, got ${unknown.map(quote).join(', ')}. Known: ${known.join(', ')}.`,
  ]
}
