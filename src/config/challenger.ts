// The settings of a challenger.
import type { ChallengerConfig } from '../challenger/config.ts'
import type { Secret } from '../runtime/secrets.ts'
import type { ServiceSettings } from './fields.ts'
import { addressKind, durationMs, durationSeconds, etherKind } from './kinds.ts'
import {
  allowedHostsField,
  dirField,
  hostField,
  keyField,
  keyFileField,
  l1AgeField,
  l1Fields,
  logLevelField,
  operatorAddressesField,
  bothGiven,
  portField,
} from './shared-fields.ts'

export type ChallengerSettings = Omit<ChallengerConfig, 'challengerKeyFile' | 'logBlocksMax'> & {
  readonly challengerKeyFile: string | undefined
  readonly challengerKey: Secret | undefined
  readonly logBlocksMax: number
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export const challengerService: ServiceSettings<ChallengerSettings, ChallengerConfig> = {
  name: 'challenger',
  fields: {
    host: hostField,
    port: portField(4244),
    allowedHosts: allowedHostsField,
    dir: dirField('.floe/challenger', 'folder for the journal of its transactions'),
    challengerKeyFile: keyFileField('key of the account that pays (if not set: it only samples)'),
    challengerKey: keyField('the key itself, instead of --challenger-key-file', 'FLOE_CHALLENGER_KEY'),
    ...l1Fields,
    l1AgeSecondsMax: l1AgeField,
    operatorAddresses: operatorAddressesField,
    disputes: { kind: addressKind, placeholder: '<address>', help: 'the Disputes contract' },
    lookbackSeconds: {
      kind: durationSeconds(1000, 3650 * DAY_MS),
      settingName: 'lookback',
      placeholder: '<time>',
      help: 'age of the oldest posts that it samples after a start',
      default: '1d',
    },
    sampleIntervalMs: {
      kind: durationMs(10, DAY_MS),
      placeholder: '<time>',
      help: 'time between samples',
      default: '1s',
    },
    checkIntervalMs: {
      kind: durationMs(100, DAY_MS),
      placeholder: '<time>',
      help: 'time between reads of a whole batch',
      default: '1m',
    },
    getTimeoutMs: {
      kind: durationMs(100, HOUR_MS),
      placeholder: '<time>',
      help: 'timeout of a request to a storage node and of a retrieval',
      default: '10s',
    },
    challengeAfterMs: {
      kind: durationMs(100, DAY_MS),
      settingName: 'challengeAfter',
      placeholder: '<time>',
      help: 'time for which a missing chunk is requested again before it is challenged',
      default: '10m',
    },
    spendGweiDayMax: {
      kind: etherKind,
      settingName: 'spendEtherDayMax',
      placeholder: '<ether>',
      help: 'maximum cost of bonds and gas within a day, in ether',
      default: '1',
    },
    logLevel: logLevelField,
  },
  findConflicts: (isGiven) =>
    isGiven('challengerKeyFile') && isGiven('challengerKey')
      ? [bothGiven('--challenger-key-file', 'FLOE_CHALLENGER_KEY')]
      : [],
  toConfig: ({ challengerKey, ...settings }) => ({
    ...settings,
    challengerKeyFile: challengerKey ?? settings.challengerKeyFile,
  }),
}
