// `floe node`: a storage node.
import { Command, Option } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import type { NodeConfig } from '../node/config.ts'
import type { LogLevel } from '../runtime/logger.ts'
import { runService } from './lifetime.ts'
import {
  batchBytesMaxOption,
  byteCount,
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

type NodeFlags = {
  host: string
  port: number
  dir: string
  keyFile?: string
  rpcUrl?: string[]
  committee?: Hex
  ledger?: Hex
  batchBytesMax: number
  diskBytesMax: number
  intakeBytesMax: number
  expiryMax: number
  logLevel: LogLevel
  exitWithParent?: boolean
}

const TIB = 2 ** 40
const DAY_MS = 86_400_000

export function nodeCommand(): Command {
  return new Command('node')
    .summary('run a storage node')
    .description(
      'Runs a storage node: it stores its part of every batch, swears to that, and serves it until it expires.',
    )
    .addOption(hostOption())
    .addOption(portOption(7000))
    .addOption(dirOption('.floe/node', 'where it stores'))
    .addOption(
      new Option('--key-file <file>', "the operator's secret key: 32 bytes of hexadecimal").env(
        'FLOE_KEY_FILE',
      ),
    )
    .addOption(rpcUrlOption())
    .addOption(committeeOption())
    .addOption(ledgerOption())
    .addOption(batchBytesMaxOption())
    .addOption(
      new Option('--disk-bytes-max <bytes>', 'most that it stores')
        .env('FLOE_DISK_BYTES_MAX')
        .default(100 * 2 ** 30, '100GiB')
        .argParser(byteCount(2 ** 20, 1024 * TIB)),
    )
    .addOption(
      new Option('--intake-bytes-max <bytes>', 'most that it holds in memory while it is sent batches')
        .env('FLOE_INTAKE_BYTES_MAX')
        .default(256 * 2 ** 20, '256MiB')
        .argParser(byteCount(2 ** 20, TIB)),
    )
    .addOption(
      new Option('--expiry-max <time>', 'longest promise that it signs')
        .env('FLOE_EXPIRY_MAX')
        .default(30 * DAY_MS, '30d')
        .argParser(durationMs(1000, 3650 * DAY_MS)),
    )
    .addOption(logLevelOption())
    .addOption(exitWithParentOption())
    .addHelpText(
      'after',
      `
Examples:
  openssl rand -hex 32 > operator.key && chmod 600 operator.key
  floe node --key-file operator.key --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…

It logs JSON lines to standard output and closes gracefully on SIGTERM.`,
    )
    .action(async (flags: NodeFlags) => {
      const config = nodeConfig(flags)
      await runService(
        async () => {
          const { startNode } = await import('../node/service.ts')
          return startNode(config)
        },
        { exitWithParent: flags.exitWithParent === true },
      )
    })
}

/** @throws FloeError `configuration` for what has no default and was not given */
function nodeConfig(flags: NodeFlags): NodeConfig {
  const { host, port, dir, batchBytesMax, diskBytesMax, intakeBytesMax, logLevel } = flags
  return {
    host,
    port,
    dir,
    keyFile: required(flags.keyFile, '--key-file', 'FLOE_KEY_FILE'),
    rpcUrls: required(flags.rpcUrl, '--rpc-url', 'FLOE_RPC_URL'),
    committee: required(flags.committee, '--committee', 'FLOE_COMMITTEE'),
    ledger: required(flags.ledger, '--ledger', 'FLOE_LEDGER'),
    batchBytesMax,
    diskBytesMax,
    intakeBytesMax,
    expirySecondsMax: Math.floor(flags.expiryMax / 1000),
    logLevel,
  }
}
