// A configuration from its sources: a flag wins over its variable, which wins over the file, which wins over the default. All that
// is wrong is told at once, each with where it came from and what was expected. An empty variable is none.
import { readFileSync } from 'node:fs'
import { type Field, type Names, type Service, listFields } from './fields.ts'
import { nearest } from './nearest.ts'
import { problemsError } from './combined-error.ts'

export type Sources = {
  /** By key; what was not given is not there. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Path of the file of JSON. */
  readonly file?: string | undefined
}

/** @throws FloeError `configuration` with everything that is wrong */
export function loadConfig<S, C extends object>(service: Service<S, C>, sources: Sources): Readonly<C> {
  const fields = listFields(service.fields)
  const file = sources.file === undefined ? undefined : readFile(sources.file)
  const problems = file === undefined ? [] : [...file.problems, ...unknownKeys(file, fields)]
  const settings: Record<string, unknown> = {}
  const given = new Set<PropertyKey>()
  for (const [property, field, names] of fields) {
    const found = find(names, field, sources, file)
    if (found !== undefined) given.add(property)
    const value = found === undefined ? field.default : found.value
    if (value === undefined) {
      if (field.optional !== true) problems.push(missing(names))
      continue
    }
    const parsed = field.kind.schema.safeParse(value)
    if (parsed.success) settings[property] = parsed.data
    else problems.push(`${found?.where ?? names.flag}: expected ${field.kind.expected}${got(value, field)}.`)
  }
  problems.push(...service.rules((property) => given.has(property), settings as Partial<S>))
  if (problems.length > 0) throw problemsError(problems, `floe ${service.name} --help lists every option.`)
  return Object.freeze(service.configOf(settings as S))
}

type Found = { readonly value: unknown; readonly where: string }
type ConfigFile = { readonly path: string; readonly values: Record<string, unknown>; problems: string[] }

function find(
  { key, flag, variable }: Names,
  field: Field<unknown>,
  { flags, environment }: Sources,
  file: ConfigFile | undefined,
): Found | undefined {
  const inEnvironment = environment[variable] ?? ''
  if (field.secretVariable !== undefined) {
    return inEnvironment === '' ? undefined : { value: inEnvironment, where: variable }
  }
  if (flags[key] !== undefined) return { value: flags[key], where: flag }
  if (inEnvironment !== '') return { value: inEnvironment, where: variable }
  if (file !== undefined && Object.hasOwn(file.values, key)) {
    return { value: file.values[key], where: `${file.path}, ${key}` }
  }
  return undefined
}

function got(value: unknown, { kind }: Field<unknown>): string {
  return kind.confidential === true ? '' : `, got ${JSON.stringify(value)?.slice(0, 100)}`
}

function missing({ key, flag, variable }: Names): string {
  return `Expected ${flag}, ${variable} or "${key}" in the file of --config, got none.`
}

function readFile(path: string): ConfigFile {
  const failed = (problem: string): ConfigFile => ({ path, values: {}, problems: [problem] })
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return failed(`${path}: expected a file of JSON that can be read (--config, FLOE_CONFIG), got ${code}.`)
  }
  try {
    const values: unknown = JSON.parse(content)
    if (typeof values === 'object' && values !== null && !Array.isArray(values))
      return { path, values: values as Record<string, unknown>, problems: [] }
  } catch {
    // Said below; what a parser quotes may be somebody's secret.
  }
  return failed(`${path}: expected one JSON object.`)
}

function unknownKeys({ path, values }: ConfigFile, fields: ReturnType<typeof listFields>): string[] {
  const known = fields.flatMap(([, field, { key }]) => (field.secretVariable === undefined ? [key] : []))
  return Object.keys(values)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = nearest(key, known)
      return `${path}: there is no setting ${JSON.stringify(key.slice(0, 100))}${near === undefined ? '.' : `; did you mean "${near}"?`}`
    })
}
