// How each setting of a sidecar is given.
import type { Secret } from '../runtime/secrets.ts'
import type { SidecarConfig } from '../sidecar/config.ts'
import type { Given, Service } from './fields.ts'
import { contentOf, durationMs, durationSeconds, integer, redisUrlKind, switchKind, text } from './kinds.ts'
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
  portKind,
} from './shared-fields.ts'

export type SidecarSettings = Omit<
  SidecarConfig,
  'keyFile' | 'posterKeyFile' | 'challengerKeyFile' | keyof AnswerSettings
> &
  Readonly<AnswerSettings> & {
    readonly keyFile: string | undefined
    readonly key: Secret | undefined
    readonly posterKeyFile: string | undefined
    readonly posterKey: Secret | undefined
    readonly challengerKeyFile: string | undefined
    readonly challengerKey: Secret | undefined
    readonly readOnly: boolean
    readonly rescan: boolean
    readonly redisUrlFile: string | undefined
  }

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export const sidecarService: Service<SidecarSettings, SidecarConfig> = {
  name: 'sidecar',
  fields: {
    host: hostField,
    port: portField(4242),
    dir: dirField('.floe/sidecar', 'where it keeps what is in flight'),
    keyFile: keyFileField("the disperser's secret key: 32 bytes of hexadecimal"),
    key: keyField('the secret key itself, instead of --key-file', 'FLOE_KEY'),
    posterKeyFile: keyFileField('key of the account that pays for posts; the disperser if left out'),
    posterKey: keyField('that key itself, instead of --poster-key-file', 'FLOE_POSTER_KEY'),
    readOnly: {
      kind: switchKind,
      help: 'serve and verify, take no batches; needs no key',
      default: 'false',
    },
    rescan: {
      kind: switchKind,
      help: 'read L1 anew, once, after it took back what was final',
      default: 'false',
    },
    challengerKeyFile: keyFileField(
      'key of the account that brings evidence to L1; it is only kept if left out',
    ),
    challengerKey: keyField('that key itself, instead of --challenger-key-file', 'FLOE_CHALLENGER_KEY'),
    ...l1Fields,
    disputes: disputesField,
    ...answerFields,
    batchBytesMax: batchBytesMaxField,
    retentionSeconds: {
      kind: durationSeconds(1000, 3650 * DAY_MS),
      takes: '<time>',
      help: 'how long the committee is asked to serve a batch',
      default: '14d',
    },
    postingIntervalMs: {
      kind: durationMs(100, DAY_MS),
      takes: '<time>',
      help: 'time between posts to L1',
      default: '1m',
    },
    postingBatchesMax: {
      kind: integer(1, 512),
      takes: '<count>',
      help: 'most headers in one post; as soon as so many wait they are posted',
      default: '256',
    },
    spoolBatchesMax: {
      kind: integer(1, 10_000_000),
      takes: '<count>',
      help: 'batches that are not on L1 yet at once; more get 503',
      default: '100000',
    },
    putTimeoutMs: {
      kind: durationMs(100, 10 * MINUTE_MS),
      takes: '<time>',
      help: 'a put that takes longer is answered with 503',
      default: '10s',
    },
    getTimeoutMs: {
      kind: durationMs(100, 10 * MINUTE_MS),
      takes: '<time>',
      help: 'a get that takes longer is answered with 503',
      default: '10s',
    },
    hedgeDelayMs: {
      kind: durationMs(1, MINUTE_MS),
      takes: '<time>',
      help: 'how long a storage node may be late before another is asked as well',
      default: '150ms',
    },
    redisUrl: {
      kind: redisUrlKind,
      help: 'the URL of that Redis itself; with neither, work is queued in the process',
      optional: true,
      secretVariable: 'REDIS_URL',
    },
    redisUrlFile: {
      kind: contentOf(redisUrlKind),
      takes: '<file>',
      help: 'file with the URL of the Redis that several sidecars share',
      optional: true,
    },
    opsHost: {
      kind: text('an address of this machine'),
      takes: '<address>',
      help: 'address of the operations pages, for operators only',
      default: '127.0.0.1',
    },
    opsPort: {
      kind: portKind,
      takes: '<port>',
      help: 'port of the operations pages; 0 takes a free one',
      default: '4243',
    },
    logLevel: logLevelField,
  },
  rules: sidecarRules,
  configOf: ({ key, posterKey, answerKey, challengerKey, readOnly, redisUrlFile, ...settings }) => ({
    ...settings,
    keyFile: readOnly ? undefined : (key ?? settings.keyFile),
    posterKeyFile: posterKey ?? settings.posterKeyFile,
    answerKeyFile: answerKey ?? settings.answerKeyFile,
    challengerKeyFile: challengerKey ?? settings.challengerKeyFile,
    redisUrl: settings.redisUrl ?? redisUrlFile,
  }),
}

function sidecarRules(given: Given<SidecarSettings>, { readOnly }: Partial<SidecarSettings>): string[] {
  const problems: string[] = []
  if (readOnly !== true && !given('keyFile') && !given('key')) {
    problems.push(
      "Expected the disperser's key by --key-file, FLOE_KEY_FILE or FLOE_KEY, got none. A sidecar that takes no batches needs none: --read-only.",
    )
  }
  if (given('keyFile') && given('key')) problems.push(onlyOne('--key-file', 'FLOE_KEY'))
  if (given('posterKeyFile') && given('posterKey')) {
    problems.push(onlyOne('--poster-key-file', 'FLOE_POSTER_KEY'))
  }
  if (given('challengerKeyFile') && given('challengerKey')) {
    problems.push(onlyOne('--challenger-key-file', 'FLOE_CHALLENGER_KEY'))
  }
  if ((given('challengerKeyFile') || given('challengerKey')) && !given('disputes')) {
    problems.push("Expected --disputes with a challenger's key: that is the contract it brings evidence to.")
  }
  problems.push(...answerProblems(given))
  if (given('redisUrlFile') && given('redisUrl')) problems.push(onlyOne('--redis-url-file', 'REDIS_URL'))
  return problems
}
