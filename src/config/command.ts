// The command line of a service: options that follow from its fields, and a configuration when they are parsed.
import { type Command, Option } from 'commander'
import { type Service, listFields } from './fields.ts'
import { loadConfig } from './load.ts'

/** Adds an option for every field, and has `run` called with the configuration. */
export function configure<S, C extends object>(
  command: Command,
  service: Service<S, C>,
  run: (config: Readonly<C>, command: Command) => Promise<void>,
): Command {
  const fields = listFields(service.fields)
  for (const [, field, { flag, variable }] of fields) {
    if (field.secretVariable !== undefined) continue
    // Variable and default are named for the help: what they give is read with everything else, so that all errors are told at once.
    const option = new Option(field.takes === undefined ? flag : `${flag} ${field.takes}`, field.help).env(
      variable,
    )
    if (field.default !== undefined) option.default(field.default, field.default)
    if (field.kind.list === true) option.argParser(collect)
    command.addOption(option)
  }
  command.addOption(
    new Option('--config <file>', 'JSON with any of these, as {"rpcUrl": …}; a flag or a variable wins').env(
      'FLOE_CONFIG',
    ),
  )
  command.addOption(
    // For a process that another one started: it ends when its standard input does, which is when that one ends.
    new Option('--exit-with-parent', 'end when standard input ends').hideHelp(),
  )
  return command.action(async (flags: Record<string, unknown>) => {
    const given = fields.map(([, , { key }]) => [
      key,
      command.getOptionValueSource(key) === 'cli' ? flags[key] : undefined,
    ])
    const { config: file } = flags as { config?: string }
    const config = loadConfig(service, {
      flags: Object.fromEntries(given),
      environment: process.env,
      file: file === '' ? undefined : file,
    })
    await run(config, command)
  })
}

function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** What can only be given by a variable, as lines of help. */
export function secretsHelp<S, C>(service: Service<S, C>): string {
  return listFields(service.fields)
    .flatMap(([, { secretVariable, help }]) =>
      secretVariable === undefined ? [] : [`  ${secretVariable.padEnd(18)} ${help}`],
    )
    .join('\n')
}
