// `floe sidecar`: what stands beside a sequencer or a verifier.
import { Command, Option } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { SidecarConfig } from '../sidecar/config.ts'
import { runService } from './lifetime.ts'
import {
  batchBytesMaxOption,
  committeeOption,
  dirOption,
  durationMs,
  exitWithParentOption,
  hostOption,
  ledgerOption,
  logLevelOption,
  portOption,
  required,
  rpcUrlOption,
} from './options.ts'

type SidecarFlags = {
  host: string
  port: number
  dir: string
  keyFile?: string
  posterKeyFile?: string
  readOnly?: boolean
  rpcUrl?: string[]
  committee?: Hex
  ledger?: Hex
  batchBytesMax: number
  retention: number
  postingInterval: number
  putTimeout: number
  getTimeout: number
  hedgeDelay: number
  logLevel: LogLevel
  exitWithParent?: boolean
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export function sidecarCommand(): Command {
  const command = new Command('sidecar')
    .summary('run a sidecar beside a sequencer or a verifier')
    .description(
      'Runs a sidecar: it takes batches, has a committee store and certify them, posts to L1, and serves them.\n' +
        'It speaks OP Stack Alt-DA (/put, /get/0x…) and its own API (/v1/batches).',
    )
    .addHelpText(
      'after',
      `
Examples:
  floe sidecar --key-file disperser.key --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…
  floe sidecar --read-only --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…

Point op-batcher and op-node at it:
  --altda.enabled --altda.da-service --altda.da-server http://127.0.0.1:4242

It logs JSON lines to standard output and closes gracefully on SIGTERM.`,
    )
    .action(async (flags: SidecarFlags) => {
      const config = sidecarConfig(flags)
      await runService(
        async () => {
          const { startSidecar } = await import('../gateways/server.ts')
          return startSidecar(config)
        },
        { exitWithParent: flags.exitWithParent === true },
      )
    })
  for (const option of sidecarOptions()) command.addOption(option)
  return command
}

function sidecarOptions(): Option[] {
  return [
    hostOption(),
    portOption(4242),
    dirOption('.floe/sidecar', 'where it keeps what is in flight'),
    new Option('--key-file <file>', "the disperser's secret key: 32 bytes of hexadecimal").env(
      'FLOE_KEY_FILE',
    ),
    new Option(
      '--poster-key-file <file>',
      'key of the account that pays for posts; the disperser if left out',
    ).env('FLOE_POSTER_KEY_FILE'),
    new Option('--read-only', 'serve and verify, take no batches; needs no key').env('FLOE_READ_ONLY'),
    rpcUrlOption(),
    committeeOption(),
    ledgerOption(),
    batchBytesMaxOption(),
    new Option('--retention <time>', 'how long the committee is asked to serve a batch')
      .env('FLOE_RETENTION')
      .default(14 * DAY_MS, '14d')
      .argParser(durationMs(1000, 3650 * DAY_MS)),
    new Option('--posting-interval <time>', 'time between posts to L1')
      .env('FLOE_POSTING_INTERVAL')
      .default(MINUTE_MS, '1m')
      .argParser(durationMs(100, DAY_MS)),
    new Option('--put-timeout <time>', 'a put that takes longer is answered with 503')
      .env('FLOE_PUT_TIMEOUT')
      .default(10_000, '10s')
      .argParser(durationMs(100, 10 * MINUTE_MS)),
    new Option('--get-timeout <time>', 'a get that takes longer is answered with 503')
      .env('FLOE_GET_TIMEOUT')
      .default(10_000, '10s')
      .argParser(durationMs(100, 10 * MINUTE_MS)),
    new Option('--hedge-delay <time>', 'how long a storage node may be late before another is asked as well')
      .env('FLOE_HEDGE_DELAY')
      .default(150, '150ms')
      .argParser(durationMs(1, MINUTE_MS)),
    logLevelOption(),
    exitWithParentOption(),
  ]
}

/** @throws FloeError `configuration` for what has no default and was not given */
function sidecarConfig(flags: SidecarFlags): SidecarConfig {
  const { host, port, dir, batchBytesMax, posterKeyFile, logLevel } = flags
  if (flags.readOnly !== true && flags.keyFile === undefined) {
    throw new FloeError('configuration', 'Expected --key-file or FLOE_KEY_FILE, got neither.', {
      remedy: 'A sidecar that takes no batches needs none: --read-only.',
    })
  }
  return {
    host,
    port,
    dir,
    keyFile: flags.readOnly === true ? undefined : flags.keyFile,
    posterKeyFile,
    rpcUrls: required(flags.rpcUrl, '--rpc-url', 'FLOE_RPC_URL'),
    committee: required(flags.committee, '--committee', 'FLOE_COMMITTEE'),
    ledger: required(flags.ledger, '--ledger', 'FLOE_LEDGER'),
    batchBytesMax,
    retentionSeconds: Math.floor(flags.retention / 1000),
    postingIntervalMs: flags.postingInterval,
    putTimeoutMs: flags.putTimeout,
    getTimeoutMs: flags.getTimeout,
    hedgeDelayMs: flags.hedgeDelay,
    logLevel,
  }
}
