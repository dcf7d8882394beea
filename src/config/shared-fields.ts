// Fields that every service has, and the rules between them.
import type { Finality } from '../l1/chain.ts'
import { BATCH_BYTES_DEFAULT, BATCH_BYTES_MAX } from '../protocol/limits.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { LogLevel } from '../runtime/logger.ts'
import type { Secret } from '../runtime/secrets.ts'
import type { Field, Fields } from './fields.ts'
import {
  type Kind,
  addressKind,
  byteCount,
  etherKind,
  finalityKind,
  integer,
  l1EndpointsKind,
  logLevelKind,
  secretKeyKind,
  text,
} from './kinds.ts'

export const portKind: Kind<number> = integer(0, 65_535)

export const hostField: Field<string> = {
  kind: text('an address of this machine'),
  takes: '<address>',
  help: 'address to listen on',
  default: '127.0.0.1',
}

export function portField(port: number): Field<number> {
  return {
    kind: portKind,
    takes: '<port>',
    help: 'port to listen on; 0 takes a free one',
    default: String(port),
  }
}

export function dirField(dir: string, help: string): Field<string> {
  return { kind: text('a folder'), takes: '<folder>', help, default: dir }
}

export function keyFileField(help: string): Field<string | undefined> {
  return { kind: text('a file'), takes: '<file>', help, optional: true }
}

export function keyField(help: string, secretVariable: string): Field<Secret | undefined> {
  return { kind: secretKeyKind, help, optional: true, secretVariable }
}

export type L1Settings = {
  rpcUrls: readonly string[]
  committee: Hex
  ledger: Hex
  chainId?: number | undefined
  finality: Finality
}

export const l1Fields: Fields<L1Settings> = {
  rpcUrls: {
    kind: l1EndpointsKind,
    name: 'rpcUrl',
    takes: '<url>',
    help: 'L1 endpoint; several by commas or by repeating it',
  },
  committee: { kind: addressKind, takes: '<address>', help: 'the Committee contract' },
  ledger: { kind: addressKind, takes: '<address>', help: 'the Ledger contract' },
  chainId: {
    kind: integer(1, Number.MAX_SAFE_INTEGER),
    takes: '<id>',
    help: 'chain that L1 must be; left out, the one that its endpoints agree on',
    optional: true,
  },
  finality: {
    kind: finalityKind,
    takes: '<block>',
    help: 'when a block of L1 counts as final: finalized, safe, or after so many blocks',
    default: 'finalized',
  },
}

export const disputesField: Field<Hex | undefined> = {
  kind: addressKind,
  takes: '<address>',
  help: 'the Disputes contract; left out, nothing about disputes happens',
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
    'key of the account that pays for answers to challenges; none are answered if left out',
  ),
  answerKey: keyField('that key itself, instead of --answer-key-file', 'FLOE_ANSWER_KEY'),
  answerGweiMax: {
    kind: etherKind,
    name: 'answerEtherMax',
    takes: '<ether>',
    help: 'most ether that one answer may cost',
    default: '0.05',
  },
  answerGweiDayMax: {
    kind: etherKind,
    name: 'answerEtherDayMax',
    takes: '<ether>',
    help: 'most ether that the answers of any day may cost',
    default: '1',
  },
}

/** What is wrong with the answer settings that were given. */
export function answerProblems(
  given: (field: 'answerKeyFile' | 'answerKey' | 'disputes') => boolean,
): string[] {
  const keys = (['answerKeyFile', 'answerKey'] as const).filter(given).length
  return [
    ...(keys === 2 ? [onlyOne('--answer-key-file', 'FLOE_ANSWER_KEY')] : []),
    ...(keys > 0 && !given('disputes')
      ? ['Expected --disputes with a key for answers: that is the contract that they are sent to.']
      : []),
  ]
}

export const batchBytesMaxField: Field<number> = {
  kind: byteCount(1, BATCH_BYTES_MAX),
  takes: '<bytes>',
  help: 'largest batch that is taken',
  default: `${BATCH_BYTES_DEFAULT / 2 ** 20}MiB`,
}

export const logLevelField: Field<LogLevel> = {
  kind: logLevelKind,
  takes: '<level>',
  help: 'least severe log line: trace, debug, info, warn, error, silent',
  default: 'info',
}

/** A secret comes from one place. */
export function onlyOne(flag: string, variable: string): string {
  return `Expected ${flag} or ${variable}, got both.`
}
