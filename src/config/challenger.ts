// How each setting of a challenger is given.
import type { ChallengerConfig } from '../challenger/config.ts'
import type { Secret } from '../runtime/secrets.ts'
import type { Service } from './fields.ts'
import { addressKind, durationMs, durationSeconds, etherKind } from './kinds.ts'
import {
  dirField,
  hostField,
  keyField,
  keyFileField,
  l1Fields,
  logLevelField,
  onlyOne,
  portField,
} from './shared-fields.ts'

export type ChallengerSettings = Omit<ChallengerConfig, 'challengerKeyFile'> & {
  readonly challengerKeyFile: string | undefined
  readonly challengerKey: Secret | undefined
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export const challengerService: Service<ChallengerSettings, ChallengerConfig> = {
  name: 'challenger',
  fields: {
    host: hostField,
    port: portField(4244),
    dir: dirField('.floe/challenger', 'where it keeps what it has signed'),
    challengerKeyFile: keyFileField('key of the account that pays; left out, it only samples'),
    challengerKey: keyField('that key itself, instead of --challenger-key-file', 'FLOE_CHALLENGER_KEY'),
    ...l1Fields,
    disputes: { kind: addressKind, placeholder: '<address>', help: 'the Disputes contract' },
    lookbackSeconds: {
      kind: durationSeconds(1000, 3650 * DAY_MS),
      settingName: 'lookback',
      placeholder: '<time>',
      help: 'posts of that time before the start are sampled too',
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
      help: 'time between checks of whole batches',
      default: '1m',
    },
    getTimeoutMs: {
      kind: durationMs(100, HOUR_MS),
      placeholder: '<time>',
      help: 'how long a storage node or a retrieval may take',
      default: '10s',
    },
    challengeAfterMs: {
      kind: durationMs(100, DAY_MS),
      settingName: 'challengeAfter',
      placeholder: '<time>',
      help: 'how long a chunk is asked for again before it is challenged',
      default: '10m',
    },
    spendGweiDayMax: {
      kind: etherKind,
      settingName: 'spendEtherDayMax',
      placeholder: '<ether>',
      help: 'most ether of bonds and gas in any day',
      default: '1',
    },
    logLevel: logLevelField,
  },
  findConflicts: (given) =>
    given('challengerKeyFile') && given('challengerKey')
      ? [onlyOne('--challenger-key-file', 'FLOE_CHALLENGER_KEY')]
      : [],
  toConfig: ({ challengerKey, ...settings }) => ({
    ...settings,
    challengerKeyFile: challengerKey ?? settings.challengerKeyFile,
  }),
}
