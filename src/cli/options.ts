// Options that several commands share, and how their values are read. A flag wins over its FLOE_ variable, which wins over the
// default. Values are parsed here, so that commands only see what can be.
import { InvalidArgumentError, Option } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { BATCH_BYTES_DEFAULT, BATCH_BYTES_MAX } from '../protocol/limits.ts'
import { type LogLevel, logLevels } from '../runtime/logger.ts'

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number in ${min}…${max}.`)
  }
}

const BYTE_UNITS: Record<string, number> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }

/** Bytes, with or without a binary unit: 1000, 16MiB. */
export function byteCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+)(|KiB|MiB|GiB|TiB)$/.exec(text)
    const value = Number(match?.[1]) * (BYTE_UNITS[match?.[2] ?? ''] ?? NaN)
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected bytes in ${min}…${max}, such as 1000 or 16MiB.`)
  }
}

const TIME_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds from a number and its unit: 500ms, 6s, 14d. */
export function durationMs(minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(text)
    const value = Number(match?.[1]) * (TIME_UNITS[match?.[2] ?? ''] ?? NaN)
    if (value >= minMs && value <= maxMs) return value
    throw new InvalidArgumentError(
      `Expected a time with its unit, such as 500ms, 6s or 14d, of ${minMs} ms…${maxMs} ms.`,
    )
  }
}

function address(text: string): Hex {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase() as Hex
  throw new InvalidArgumentError('Expected an address: 0x and 40 hexadecimal digits.')
}

function rpcUrls(text: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), ...text.split(',').map((url) => url.trim())].filter((url) => url !== '')
}

export function hostOption(): Option {
  return new Option('--host <address>', 'address to listen on').env('FLOE_HOST').default('127.0.0.1')
}

export function portOption(port: number): Option {
  return new Option('--port <port>', 'port to listen on; 0 takes a free one')
    .env('FLOE_PORT')
    .default(port)
    .argParser(integer(0, 65_535))
}

export function dirOption(dir: string, what: string): Option {
  return new Option('--dir <folder>', what).env('FLOE_DIR').default(dir)
}

export function rpcUrlOption(): Option {
  return new Option('--rpc-url <url>', 'L1 endpoint; several by commas or by repeating it')
    .env('FLOE_RPC_URL')
    .argParser(rpcUrls)
}

export function committeeOption(): Option {
  return new Option('--committee <address>', 'the Committee contract')
    .env('FLOE_COMMITTEE')
    .argParser(address)
}

export function ledgerOption(): Option {
  return new Option('--ledger <address>', 'the Ledger contract').env('FLOE_LEDGER').argParser(address)
}

export function batchBytesMaxOption(): Option {
  return new Option('--batch-bytes-max <bytes>', 'largest batch that is taken')
    .env('FLOE_BATCH_BYTES_MAX')
    .default(BATCH_BYTES_DEFAULT, '16MiB')
    .argParser(byteCount(1, BATCH_BYTES_MAX))
}

export function logLevelOption(): Option {
  return new Option('--log-level <level>', 'least severe log line')
    .env('FLOE_LOG_LEVEL')
    .default('info' satisfies LogLevel)
    .choices(logLevels)
}

/** For a process that another one started: it ends when its standard input does, which is when that one ends. */
export function exitWithParentOption(): Option {
  return new Option('--exit-with-parent', 'end when standard input ends').hideHelp()
}

/** @throws FloeError `configuration` for an option without which the command cannot do anything */
export function required<T>(value: T | undefined, flag: string, variable: string): T {
  if (value !== undefined) return value
  throw new FloeError('configuration', `Expected ${flag} or ${variable}, got neither.`, {
    remedy: 'floe devnet starts everything with the right values on this machine.',
  })
}
