// The command of a service: its options follow from the fields, and its action receives the configuration.
import { type Command, Option } from 'commander'
import { type NamedField, type ServiceSettings, listFields } from './fields.ts'
import { loadConfig } from './load.ts'

/** Adds an option for every field, and calls `run` with the configuration. */
export function configure<S, C extends object>(
  command: Command,
  service: ServiceSettings<S, C>,
  run: (config: Readonly<C>) => Promise<void>,
): Command {
  const fields = listFields(service.fields)
  for (const namedField of fields) {
    if (namedField.field.secretVariable === undefined) command.addOption(optionOf(namedField))
  }
  command.addOption(
    new Option(
      '--config <file>',
      'JSON file with settings, as {"rpcUrl": …}; flags and variables override it',
    ).env('FLOE_CONFIG'),
  )
  return command.action(async (flags: Record<string, unknown>) => {
    const given = fields.map(({ names: { key } }) => [
      key,
      command.getOptionValueSource(key) === 'cli' ? flags[key] : undefined,
    ])
    const { config: file } = flags as { config?: string }
    const config = loadConfig(service, {
      flags: Object.fromEntries(given),
      environment: process.env,
      file: file === '' ? undefined : file,
    })
    await run(config)
  })
}

/** Commander shows the variable and the default; `loadConfig` reads them, so that one error lists the problems of all sources. */
function optionOf({ field, names: { flag, variable } }: NamedField): Option {
  const flags = field.placeholder === undefined ? flag : `${flag} ${field.placeholder}`
  const option = new Option(flags, field.help).env(variable)
  if (field.default !== undefined) option.default(field.default, field.default)
  if (field.kind.list === true) option.argParser(collect)
  return option
}

/** @param previous the values of earlier flags; on the first flag, the default or undefined */
function collect(value: string, previous: unknown): string[] {
  return Array.isArray(previous) ? [...(previous as string[]), value] : [value]
}

/** Lines of help for the secrets, which have no option. */
export function secretsHelp<S, C>(service: ServiceSettings<S, C>): string {
  return listFields(service.fields)
    .flatMap(({ field: { secretVariable, help } }) =>
      secretVariable === undefined ? [] : [`  ${secretVariable.padEnd(18)} ${help}`],
    )
    .join('\n')
}
