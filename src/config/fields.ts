// The settings of a service. A setting is described once, as a field: its flag, its variable, its key in the configuration file,
// its default, its line of help and its row in docs/configuration.md all follow from that description.
import type { Kind } from './kinds.ts'

export type Field<T> = {
  readonly kind: Kind<Exclude<T, undefined>>
  /** Placeholder for the value in the help, such as `<time>`. A field without one is a switch. */
  readonly placeholder?: string
  readonly help: string
  /** In the spelling that an operator would use. */
  readonly default?: string
  /** The service works without a value. A field that is not optional and has no default must be given. */
  readonly optional?: undefined extends T ? true : never
  /** The key, where it does not follow from the name of the property. */
  readonly settingName?: string
  /** A secret is read from this variable only: every user of the machine can read the flags of a process. */
  readonly secretVariable?: string
}

export type Fields<S> = { readonly [K in keyof S]-?: Field<S[K]> }

/** The configuration of a service: `S` are the settings that an operator gives, `C` is what the service is started with. */
export type ServiceSettings<S, C> = {
  readonly name: string
  readonly fields: Fields<S>
  /** Finds settings that contradict each other, and returns a sentence for each. `settings` has those that could be read. */
  readonly findConflicts: (isGiven: IsGiven<S>, settings: Partial<S>) => string[]
  readonly toConfig: (settings: S) => C
}

/** Whether an operator gave the setting, by whatever source; a default does not count. */
export type IsGiven<S> = (property: keyof S) => boolean

/** One name in its three spellings. */
export type Names = {
  /** In the configuration file. */
  readonly key: string
  readonly flag: string
  readonly variable: string
}

/** A field of any service, with the property that it sets. */
export type NamedField = {
  readonly property: string
  readonly field: Field<unknown>
  readonly names: Names
}

/** The fields of a service in the order in which they are described. */
export function listFields<S>(fields: Fields<S>): NamedField[] {
  return Object.entries(fields as Record<string, Field<unknown>>).map(([property, field]) => ({
    property,
    field,
    names: namesOfField(property, field),
  }))
}

/** Values carry their unit of time ("500ms"), so the names drop it. */
function namesOfField(
  property: string,
  field: Pick<Field<unknown>, 'settingName' | 'secretVariable'>,
): Names {
  const key = field.settingName ?? property.replace(/Ms$|Seconds(?=Max$|$)/, '')
  const words = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const variable = field.secretVariable ?? `FLOE_${words.replaceAll('-', '_').toUpperCase()}`
  return { key, flag: `--${words}`, variable }
}
