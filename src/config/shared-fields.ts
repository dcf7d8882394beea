// Fields that several services share, and the conflicts between them.
import type { Finality } from '../l1/finality-rule.ts'
import { LOG_BLOCKS_DEFAULT } from '../l1/log-spans.ts'
import { BATCH_BYTES_DEFAULT, BATCH_BYTES_MAX } from '../protocol/limits.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { AllowedHosts } from '../runtime/http-checks.ts'
import type { OperatorAddresses } from '../runtime/addresses.ts'
import type { CorsOrigins } from '../runtime/http-cors.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { Secret } from '../runtime/secrets.ts'
import type { Field, Fields } from './fields.ts'
import {
  type Kind,
  addressKind,
  blockKind,
  allowedHostsKind,
  byteCount,
  corsOriginsKind,
  durationSeconds,
  etherKind,
  finalityKind,
  integer,
  l1EndpointsKind,
  logLevelKind,
  networksKind,
  operatorAddressesKind,
  secretKeyKind,
  text,
} from './kinds.ts'

/** Far above what any provider accepts. */
const LOG_BLOCKS_LIMIT = 1_000_000

export const portKind: Kind<number> = integer(0, 65_535)

export const hostField: Field<string> = {
  kind: text('an address of this machine'),
  placeholder: '<address>',
  help: 'address to listen on',
  default: '127.0.0.1',
}

export const opsHostField: Field<string> = {
  kind: text('an address of this machine'),
  placeholder: '<address>',
  help: 'address of the operations pages, which are for operators only',
  default: '127.0.0.1',
}

export function portField(port: number): Field<number> {
  return {
    kind: portKind,
    placeholder: '<port>',
    help: 'port to listen on; 0 means any free port',
    default: String(port),
  }
}

export function dirField(dir: string, help: string): Field<string> {
  return { kind: text('a folder'), placeholder: '<folder>', help, default: dir }
}

export function keyFileField(help: string): Field<string | undefined> {
  return { kind: text('a file'), placeholder: '<file>', help, optional: true }
}

export function keyField(help: string, secretVariable: string): Field<Secret | undefined> {
  return { kind: secretKeyKind, help, optional: true, secretVariable }
}

export type L1Settings = {
  rpcUrls: readonly string[]
  committee: Hex
  ledger: Hex
  chainId?: number | undefined
  deploymentBlock?: number | undefined
  logBlocksMax: number
  finality: Finality
}

export const l1Fields: Fields<L1Settings> = {
  rpcUrls: {
    kind: l1EndpointsKind,
    settingName: 'rpcUrl',
    placeholder: '<url>',
    help: 'L1 endpoint; separate several by commas, or repeat the flag',
  },
  committee: { kind: addressKind, placeholder: '<address>', help: 'the Committee contract' },
  ledger: { kind: addressKind, placeholder: '<address>', help: 'the Ledger contract' },
  chainId: {
    kind: integer(1, Number.MAX_SAFE_INTEGER),
    placeholder: '<id>',
    help: 'expected chain id of L1 (if not set: the one that all endpoints report)',
    optional: true,
  },
  deploymentBlock: {
    kind: blockKind,
    placeholder: '<block>',
    help: 'L1 block that deployed the contracts; older blocks are not read (if not set: searched for, which needs old state)',
    optional: true,
  },
  logBlocksMax: {
    kind: integer(1, LOG_BLOCKS_LIMIT),
    placeholder: '<blocks>',
    help: 'most blocks of one eth_getLogs request; an endpoint that refuses is asked for fewer, down to 1',
    default: String(LOG_BLOCKS_DEFAULT),
  },
  finality: {
    kind: finalityKind,
    placeholder: '<block>',
    help: 'L1 block that counts as final: finalized, safe, or a number of confirmations',
    default: 'finalized',
  },
}

export const l1AgeField: Field<number | undefined> = {
  kind: durationSeconds(5_000, 86_400_000),
  settingName: 'l1AgeMax',
  placeholder: '<time>',
  help: 'age of the newest block of L1 above which the service is not ready; a sidecar then takes no puts',
  default: '2m',
}

export const operatorAddressesField: Field<OperatorAddresses | undefined> = {
  kind: operatorAddressesKind,
  placeholder: '<scope>',
  help: 'where endpoints of the committee may be: public, private (networks, and this machine), or any, link-local ones too (if not set: public, and as near as the L1 endpoints)',
  optional: true,
}

export const disputesField: Field<Hex | undefined> = {
  kind: addressKind,
  placeholder: '<address>',
  help: 'the Disputes contract (if not set: the service takes no part in disputes)',
  optional: true,
}

export type AnswerSettings = {
  answerKeyFile: string | undefined
  answerKey: Secret | undefined
  answerGweiMax: number
  answerGweiDayMax: number
}

export const answerFields: Fields<AnswerSettings> = {
  answerKeyFile: keyFileField(
    'key of the account that pays for answers to challenges (if not set: it answers none)',
  ),
  answerKey: keyField('the key itself, instead of --answer-key-file', 'FLOE_ANSWER_KEY'),
  answerGweiMax: {
    kind: etherKind,
    settingName: 'answerEtherMax',
    placeholder: '<ether>',
    help: 'maximum cost of one answer, in ether, in the first half of the window; later up to the fine that it saves',
    default: '0.05',
  },
  answerGweiDayMax: {
    kind: etherKind,
    settingName: 'answerEtherDayMax',
    placeholder: '<ether>',
    help: 'maximum cost of all answers within a day, in ether, less what they earn',
    default: '1',
  },
}

export function findAnswerConflicts(
  isGiven: (property: 'answerKeyFile' | 'answerKey' | 'disputes') => boolean,
): string[] {
  const keys = (['answerKeyFile', 'answerKey'] as const).filter(isGiven).length
  return [
    ...(keys === 2 ? [bothGiven('--answer-key-file', 'FLOE_ANSWER_KEY')] : []),
    ...(keys > 0 && !isGiven('disputes')
      ? [
          'Expected --disputes together with a key for answers, got only the key. Answers are sent to that contract.',
        ]
      : []),
  ]
}

export const batchBytesMaxField: Field<number> = {
  kind: byteCount(1, BATCH_BYTES_MAX),
  placeholder: '<bytes>',
  help: 'largest batch that the service accepts',
  default: `${BATCH_BYTES_DEFAULT / 2 ** 20}MiB`,
}

export const corsOriginsField: Field<CorsOrigins | undefined> = {
  kind: corsOriginsKind,
  placeholder: '<origins>',
  help: 'origins whose pages can read from browsers: *, none, or a list separated by commas',
  default: '*',
}

export const allowedHostsField: Field<AllowedHosts | undefined> = {
  kind: allowedHostsKind,
  placeholder: '<names>',
  help: 'host names by which clients address it, besides localhost and IP addresses (if not set: none on a loopback address, otherwise any)',
  optional: true,
}

export const trustedProxiesField: Field<readonly string[] | undefined> = {
  kind: networksKind,
  placeholder: '<networks>',
  help: 'proxies whose X-Forwarded-For names the client (if not set: none, and all clients of a proxy share the limits of one)',
  optional: true,
}

export const logLevelField: Field<LogLevel> = {
  kind: logLevelKind,
  placeholder: '<level>',
  help: 'lowest level that is logged: trace, debug, info, warn, error, silent',
  default: 'info',
}

/** A secret must come from one source, so that an operator knows which one is in use. */
export function bothGiven(flag: string, variable: string): string {
  return `Expected ${flag} or ${variable}, got both.`
}
