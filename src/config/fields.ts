// What a service's configuration consists of. A field is described once; its flag, its variable, its key in a file, its default,
// its line of help and its row of documentation all come from that.
import type { Kind } from './kinds.ts'

export type Field<T> = {
  readonly kind: Kind<Exclude<T, undefined>>
  /** What the flag takes, such as `<time>`; left out: it is a switch. */
  readonly takes?: string
  readonly help: string
  /** As somebody would write it. */
  readonly default?: string
  /** The service works without it. Without this or a default, a value must be given. */
  readonly optional?: undefined extends T ? true : never
  /** Its name where that does not follow from the property's. */
  readonly name?: string
  /** A secret itself: given by this variable only, never by a flag, which everybody on the machine can read. */
  readonly secretVariable?: string
}

export type Fields<S> = { readonly [K in keyof S]-?: Field<S[K]> }

/** A service as its configuration sees it: `S` is what can be set, `C` what the service is given. */
export type Service<S, C> = {
  readonly name: string
  readonly fields: Fields<S>
  /** What is wrong between fields, in sentences: by which of them were given at all, and by what could be read. */
  readonly rules: (given: Given<S>, settings: Partial<S>) => string[]
  readonly configOf: (settings: S) => C
}

export type Given<S> = (property: keyof S) => boolean

export type Names = {
  /** In a file. */
  readonly key: string
  readonly flag: string
  readonly variable: string
}

/** One name in three spellings. Values bring their unit of time, so the names have none. */
function namesOf(property: string, field: Pick<Field<unknown>, 'name' | 'secretVariable'>): Names {
  const key = field.name ?? property.replace(/Ms$|Seconds(?=Max$|$)/, '')
  const words = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const variable = field.secretVariable ?? `FLOE_${words.replaceAll('-', '_').toUpperCase()}`
  return { key, flag: `--${words}`, variable }
}

/** The fields in order, with their names, for whoever does not care which service it is. */
export function listFields<S>(fields: Fields<S>): [property: string, field: Field<unknown>, names: Names][] {
  return Object.entries<Field<unknown>>(fields as Record<string, Field<unknown>>).map(([property, field]) => [
    property,
    field,
    namesOf(property, field),
  ])
}
