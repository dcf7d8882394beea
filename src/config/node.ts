// How each setting of a storage node is given.
import type { NodeConfig } from '../node/config.ts'
import type { Secret } from '../runtime/secrets.ts'
import type { Service } from './fields.ts'
import { byteCount, durationSeconds } from './kinds.ts'
import {
  type AnswerSettings,
  answerFields,
  answerProblems,
  batchBytesMaxField,
  dirField,
  disputesField,
  hostField,
  keyField,
  keyFileField,
  l1Fields,
  logLevelField,
  onlyOne,
  portField,
} from './shared-fields.ts'

export type NodeSettings = Omit<NodeConfig, 'keyFile' | keyof AnswerSettings> &
  Readonly<AnswerSettings> & {
    readonly keyFile: string | undefined
    readonly key: Secret | undefined
  }

const TIB = 2 ** 40
const DAY_MS = 86_400_000

export const nodeService: Service<NodeSettings, NodeConfig> = {
  name: 'node',
  fields: {
    host: hostField,
    port: portField(7000),
    dir: dirField('.floe/node', 'where it stores'),
    keyFile: keyFileField("the operator's secret key: 32 bytes of hexadecimal"),
    key: keyField('the secret key itself, instead of --key-file', 'FLOE_KEY'),
    ...l1Fields,
    disputes: disputesField,
    ...answerFields,
    batchBytesMax: batchBytesMaxField,
    diskBytesMax: {
      kind: byteCount(2 ** 20, 1024 * TIB),
      takes: '<bytes>',
      help: 'most that it stores',
      default: '100GiB',
    },
    intakeBytesMax: {
      kind: byteCount(2 ** 20, TIB),
      takes: '<bytes>',
      help: 'most that it holds in memory while it is sent batches',
      default: '256MiB',
    },
    expirySecondsMax: {
      kind: durationSeconds(1000, 3650 * DAY_MS),
      takes: '<time>',
      help: 'longest promise that it signs',
      default: '30d',
    },
    logLevel: logLevelField,
  },
  rules: (given) => [
    ...(given('keyFile') || given('key')
      ? []
      : ["Expected the operator's key by --key-file, FLOE_KEY_FILE or FLOE_KEY, got none."]),
    ...(given('keyFile') && given('key') ? [onlyOne('--key-file', 'FLOE_KEY')] : []),
    ...answerProblems(given),
  ],
  configOf: ({ key, keyFile, answerKey, answerKeyFile, ...settings }) => ({
    ...settings,
    keyFile: key ?? keyFile ?? '',
    answerKeyFile: answerKey ?? answerKeyFile,
  }),
}
