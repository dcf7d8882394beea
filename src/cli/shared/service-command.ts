// What `floe node`, `floe sidecar` and `floe challenger` have in common: their settings, the checks before the start, and the end.
import { type Command, Option } from 'commander'
import { configure } from '../../config/command.ts'
import type { ServiceSettings } from '../../config/fields.ts'
import type { Check } from '../../doctor/check.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { ListenerOptions } from '../../runtime/http-server.ts'
import { type Service, runService } from '../../runtime/lifetime.ts'
import type { LogLevel } from '../../runtime/logger.ts'

export type ServiceCommandOptions<S, C> = {
  readonly settings: ServiceSettings<S, C>
  /** Checks that must find no error before the service starts. */
  readonly listChecks: (config: Readonly<C>) => Promise<readonly Check[]>
  readonly start: (config: Readonly<C>) => Promise<Service>
}

/** What every service has among its settings. */
type CommonConfig = ListenerOptions & {
  readonly logLevel: LogLevel
  readonly rpcUrls: readonly string[]
  readonly redisUrl?: string | undefined
}

/** Makes `command` run a service until a signal stops it. */
export function runsService<S, C extends CommonConfig>(
  command: Command,
  { settings, listChecks, start }: ServiceCommandOptions<S, C>,
): Command {
  configure(command, settings, async (config) =>
    runService({
      name: settings.name,
      logLevel: config.logLevel,
      secretUrls: [...config.rpcUrls, config.redisUrl],
      exitWithParent: command.opts<{ exitWithParent?: boolean }>().exitWithParent === true,
      start: async (logger, signal) => {
        const { checkBeforeStart } = await import('../../doctor/before-start.ts')
        const { startPatiently } = await import('./patient-start.ts')
        const attempt = async (): Promise<Service> => {
          await checkBeforeStart(await listChecks(config), logger, systemClock)
          return start(config)
        }
        return startPatiently({ at: config, clock: systemClock, logger, signal, start: attempt })
      },
    }),
  )
  // The devnet starts its services with this option. Their standard input ends when the devnet does.
  return command.addOption(new Option('--exit-with-parent', 'end when standard input ends').hideHelp())
}
