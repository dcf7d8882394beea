// The kinds of values that settings have. A kind is a zod schema and the words for what it expects. The schema takes text, as flags
// and variables give it, and the values of a JSON file. Nothing else in the program parses a setting.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { InvalidArgumentError } from 'commander'
import { parseUnits } from 'viem'
import { z } from 'zod'
import { FINALITY_BLOCKS_MAX, type Finality } from '../l1/finality-rule.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { AllowedHosts } from '../runtime/http-checks.ts'
import type { OperatorAddresses } from '../runtime/addresses.ts'
import type { CorsOrigins } from '../runtime/http-cors.ts'
import { type LogLevel, logLevels } from '../runtime/logger.ts'
import { type Secret, isSecretKey } from '../runtime/secrets.ts'

export type Kind<T> = {
  readonly schema: z.ZodType<T>
  /** Ends the sentence "Expected …". */
  readonly expected: string
  /** Messages do not quote such a value, because it is a secret or may contain one. */
  readonly confidential?: boolean
  /** The flag may be repeated. */
  readonly list?: boolean
}

const L1_ENDPOINTS_MAX = 8
const URL_CHARACTERS_MAX = 2048
const CORS_ORIGINS_MAX = 32
const ADDRESSES_MAX = 64
const HOSTS_MAX = 32

export function text(expected: string): Kind<string> {
  return { schema: z.string().min(1), expected }
}

export function integer(min: number, max: number): Kind<number> {
  const number = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  return { schema: number.pipe(z.int().min(min).max(max)), expected: `a whole number in ${min}…${max}` }
}

const BYTE_UNITS: Record<string, number> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }
const TIME_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** @returns the number in the smallest unit; NaN when the text is not a number with one of the units */
function parseQuantity(value: string, units: Record<string, number>): number {
  const [, digits, unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(value) ?? []
  return Number(digits) * (units[unit] ?? NaN)
}

/** Writes a quantity in its largest unit without a fraction. */
function formatQuantity(value: number, units: Record<string, number>): string {
  const fitting = Object.entries(units).findLast(([, size]) => value % size === 0 && value >= size)
  const [unit, size] = fitting ?? ['', 1]
  return `${value / size}${unit}`
}

/** Bytes, with or without a binary unit: 1000, 16MiB. */
export function byteCount(min: number, max: number): Kind<number> {
  const number = z.union([z.number(), z.string().transform((value) => parseQuantity(value, BYTE_UNITS))])
  return {
    schema: number.pipe(z.int().min(min).max(max)),
    expected: `a number of bytes in ${formatQuantity(min, BYTE_UNITS)}…${formatQuantity(max, BYTE_UNITS)}, such as 1000 or 16MiB`,
  }
}

/** Milliseconds from a number and its unit: 500ms, 6s, 14d. */
export function durationMs(minMs: number, maxMs: number): Kind<number> {
  const number = z.string().transform((value) => parseQuantity(value, TIME_UNITS))
  return {
    schema: number.pipe(z.int().min(minMs).max(maxMs)),
    expected: `a time with its unit, such as 500ms, 6s or 14d, in ${formatQuantity(minMs, TIME_UNITS)}…${formatQuantity(maxMs, TIME_UNITS)}`,
  }
}

/** A duration as in `durationMs`, parsed to whole seconds. */
export function durationSeconds(minMs: number, maxMs: number): Kind<number> {
  const { schema, expected } = durationMs(minMs, maxMs)
  return { schema: schema.transform((ms) => Math.floor(ms / 1000)), expected }
}

export const switchKind: Kind<boolean> = {
  schema: z.union([
    z.boolean(),
    z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1'),
  ]),
  expected: 'true or false',
}

const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((value) => value.toLowerCase() as Hex)

export const addressKind: Kind<Hex> = {
  schema: addressSchema,
  expected: 'an address: 0x and 40 hexadecimal digits',
}

/** Addresses separated by commas, or a list of such texts. */
export const addressesKind: Kind<readonly Hex[]> = {
  schema: z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      [value].flat().flatMap((addresses) => addresses.split(',').map((address) => address.trim())),
    )
    .pipe(z.array(addressSchema).min(1).max(ADDRESSES_MAX)),
  expected: `1…${ADDRESSES_MAX} addresses, separated by commas: 0x and 40 hexadecimal digits each`,
  list: true,
}

/** An amount in ether (1, 0.05), parsed to gwei. */
export const etherKind: Kind<number> = {
  schema: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,9})?$/)
    .transform((value) => Number(parseUnits(value, 9))),
  expected: 'an amount of ether, such as 1 or 0.05',
}

export const operatorAddressesKind: Kind<OperatorAddresses> = {
  schema: z.enum(['public', 'private', 'any']),
  expected: 'public, private or any',
}

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[]): Kind<T> {
  return { schema: z.enum(words), expected: `one of ${words.join(', ')}` }
}

export const logLevelKind: Kind<LogLevel> = choice(logLevels)

export const blockKind: Kind<number> = integer(0, Number.MAX_SAFE_INTEGER)

const blocks = integer(0, FINALITY_BLOCKS_MAX)
export const finalityKind: Kind<Finality> = {
  schema: z.union([z.enum(['finalized', 'safe']), blocks.schema]),
  expected: `finalized, safe, or a number of confirmations in 0…${FINALITY_BLOCKS_MAX}`,
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  return (
    value.length <= URL_CHARACTERS_MAX &&
    URL.canParse(value) &&
    protocols.includes(new URL(value).protocol.slice(0, -1))
  )
}

function isOrigin(value: string): boolean {
  return isUrl(value, ['http', 'https']) && new URL(value).origin === value
}

/** URLs separated by commas, or a list of such texts. */
export const l1EndpointsKind: Kind<readonly string[]> = {
  schema: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat().flatMap((urls) => urls.split(',').map((url) => url.trim())))
    .pipe(
      z
        .array(z.string().refine((url) => isUrl(url, ['http', 'https'])))
        .min(1)
        .max(L1_ENDPOINTS_MAX),
    ),
  expected: `1…${L1_ENDPOINTS_MAX} http or https URLs, separated by commas`,
  confidential: true,
  list: true,
}

/** Origins of pages separated by commas, or a list of such texts; `*` for all, `none` for none. */
export const corsOriginsKind: Kind<CorsOrigins> = {
  schema: z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      [value].flat().flatMap((origins) => origins.split(',').map((origin) => origin.trim())),
    )
    .refine(
      (origins) => origins.length === 1 || !origins.some((origin) => origin === '*' || origin === 'none'),
    )
    .transform((origins) => (origins[0] === '*' ? '*' : origins.filter((origin) => origin !== 'none')))
    .pipe(z.union([z.literal('*'), z.array(z.string().refine(isOrigin)).max(CORS_ORIGINS_MAX)])),
  expected: `*, none, or up to ${CORS_ORIGINS_MAX} origins such as https://rollup.example, separated by commas`,
  list: true,
}

/** Names of hosts separated by commas, or a list of such texts; `*` for all. */
export const allowedHostsKind: Kind<AllowedHosts> = {
  schema: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat().flatMap((hosts) => hosts.split(',').map((host) => host.trim())))
    .transform((hosts) => (hosts.length === 1 && hosts[0] === '*' ? '*' : hosts))
    .pipe(z.union([z.literal('*'), z.array(z.string().regex(/^[a-z0-9_.-]{1,253}$/i)).max(HOSTS_MAX)])),
  expected: `*, or up to ${HOSTS_MAX} names such as da.example, without port, separated by commas`,
  list: true,
}

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...more] = value.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return ['loopback', 'linklocal', 'uniquelocal'].includes(value)
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

/** Addresses and subnets separated by commas, or a list of such texts. */
export const networksKind: Kind<readonly string[]> = {
  schema: z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      [value].flat().flatMap((networks) => networks.split(',').map((network) => network.trim())),
    )
    .pipe(z.array(z.string().refine(isNetwork)).min(1).max(HOSTS_MAX)),
  expected: `up to ${HOSTS_MAX} addresses or subnets such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, separated by commas`,
  list: true,
}

export const redisUrlKind: Kind<string> = {
  schema: z.string().refine((url) => isUrl(url, ['redis', 'rediss'])),
  expected: 'a redis or rediss URL',
  confidential: true,
}

export const secretKeyKind: Kind<Secret> = {
  schema: z
    .string()
    .trim()
    .refine(isSecretKey)
    .transform((key) => () => key),
  expected: '32 bytes of hexadecimal, not all zero',
  confidential: true,
}

/** The value is the path of a file whose content is of `kind`. */
export function fileContent<T>(kind: Kind<T>): Kind<T> {
  const content = z.string().transform((path, context): unknown => {
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      context.addIssue({ code: 'custom', message: 'not readable' })
      return z.NEVER
    }
  })
  return { schema: content.pipe(kind.schema), expected: `a readable file that contains ${kind.expected}` }
}

/** For an argument or an option of a command that is not a setting of a service: commander calls the parser with its text. */
export function argumentParser<T>(kind: Kind<T>): (value: string) => T {
  return (value) => {
    const parsed = kind.schema.safeParse(value)
    if (parsed.success) return parsed.data
    throw new InvalidArgumentError(`Expected ${kind.expected}.`)
  }
}
