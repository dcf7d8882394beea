// The settings of a storage node.
import type { NodeConfig } from '../node/config.ts'
import type { Secret } from '../runtime/secrets.ts'
import type { ServiceSettings } from './fields.ts'
import { byteCount, durationSeconds } from './kinds.ts'
import {
  type AnswerSettings,
  allowedHostsField,
  answerFields,
  findAnswerConflicts,
  batchBytesMaxField,
  dirField,
  disputesField,
  hostField,
  keyField,
  keyFileField,
  l1AgeField,
  l1Fields,
  logLevelField,
  operatorAddressesField,
  corsOriginsField,
  bothGiven,
  opsHostField,
  portField,
  portKind,
  trustedProxiesField,
} from './shared-fields.ts'

export type NodeSettings = Omit<NodeConfig, 'keyFile' | 'logBlocksMax' | keyof AnswerSettings> &
  Readonly<AnswerSettings> & {
    readonly keyFile: string | undefined
    readonly key: Secret | undefined
    readonly logBlocksMax: number
    readonly opsHost: string
  }

const TIB = 2 ** 40
const DAY_MS = 86_400_000

export const nodeService: ServiceSettings<NodeSettings, NodeConfig> = {
  name: 'node',
  fields: {
    host: hostField,
    port: portField(7000),
    dir: dirField('.floe/node', 'folder for slivers and the journal'),
    keyFile: keyFileField("the operator's secret key: 32 bytes of hexadecimal"),
    key: keyField('the secret key itself, instead of --key-file', 'FLOE_KEY'),
    ...l1Fields,
    l1AgeSecondsMax: l1AgeField,
    operatorAddresses: operatorAddressesField,
    disputes: disputesField,
    ...answerFields,
    batchBytesMax: batchBytesMaxField,
    diskBytesMax: {
      kind: byteCount(2 ** 20, 1024 * TIB),
      placeholder: '<bytes>',
      help: 'maximum bytes on disk',
      default: '100GiB',
    },
    intakeBytesMax: {
      kind: byteCount(2 ** 20, TIB),
      placeholder: '<bytes>',
      help: 'maximum bytes of dispersals in memory',
      default: '256MiB',
    },
    expirySecondsMax: {
      kind: durationSeconds(1000, 3650 * DAY_MS),
      placeholder: '<time>',
      help: 'longest time for which it promises to serve a batch (if not set: as long as the Ledger allows)',
      optional: true,
    },
    opsHost: opsHostField,
    opsPort: {
      kind: portKind,
      placeholder: '<port>',
      help: 'port of the operations pages: health, readiness and metrics, also at the main address (if not set: only there)',
      optional: true,
    },
    allowedHosts: allowedHostsField,
    trustedProxies: trustedProxiesField,
    corsOrigins: corsOriginsField,
    logLevel: logLevelField,
  },
  findConflicts: (isGiven) => [
    ...(isGiven('keyFile') || isGiven('key')
      ? []
      : ["Expected the operator's key in --key-file, FLOE_KEY_FILE or FLOE_KEY, got none."]),
    ...(isGiven('keyFile') && isGiven('key') ? [bothGiven('--key-file', 'FLOE_KEY')] : []),
    ...findAnswerConflicts(isGiven),
  ],
  toConfig: ({ key, keyFile, answerKey, answerKeyFile, ...settings }) => ({
    ...settings,
    keyFile: key ?? keyFile ?? '',
    answerKeyFile: answerKey ?? answerKeyFile,
  }),
}
