// The settings of a sidecar.
import type { Secret } from '../runtime/secrets.ts'
import type { SidecarConfig } from '../sidecar/config.ts'
import { opExpiredAnswers, opInvalidAnswers } from '../sidecar/op-stack/dialect.ts'
import type { IsGiven, ServiceSettings } from './fields.ts'
import {
  addressesKind,
  choice,
  durationMs,
  durationSeconds,
  etherKind,
  fileContent,
  integer,
  redisUrlKind,
  switchKind,
  text,
} from './kinds.ts'
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
  trustedProxiesField,
  portKind,
} from './shared-fields.ts'

export type SidecarSettings = Omit<
  SidecarConfig,
  'keyFile' | 'posterKeyFile' | 'challengerKeyFile' | 'logBlocksMax' | keyof AnswerSettings
> &
  Readonly<AnswerSettings> & {
    readonly keyFile: string | undefined
    readonly key: Secret | undefined
    readonly logBlocksMax: number
    readonly posterKeyFile: string | undefined
    readonly posterKey: Secret | undefined
    readonly challengerKeyFile: string | undefined
    readonly challengerKey: Secret | undefined
    readonly readOnly: boolean
    readonly postGweiDayMax: number
    readonly rescan: boolean
    readonly redisUrlFile: string | undefined
  }

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export const sidecarService: ServiceSettings<SidecarSettings, SidecarConfig> = {
  name: 'sidecar',
  fields: {
    host: hostField,
    port: portField(4242),
    dir: dirField('.floe/sidecar', 'folder for headers, certificates and the journal'),
    keyFile: keyFileField("the disperser's secret key: 32 bytes of hexadecimal"),
    key: keyField('the secret key itself, instead of --key-file', 'FLOE_KEY'),
    posterKeyFile: keyFileField(
      'key of the account that pays for posts (if not set: the disperser, and a read-only sidecar posts nothing)',
    ),
    posterKey: keyField('the key itself, instead of --poster-key-file', 'FLOE_POSTER_KEY'),
    readOnly: {
      kind: switchKind,
      help: 'only serve and verify batches; accept no puts and need no key',
      default: 'false',
    },
    postDispersers: {
      kind: addressesKind,
      placeholder: '<addresses>',
      help: 'dispersers whose certificates a read-only sidecar posts when it is asked for them, separated by commas (if not set: none)',
      optional: true,
    },
    postGweiDayMax: {
      kind: etherKind,
      settingName: 'postEtherDayMax',
      placeholder: '<ether>',
      help: 'maximum cost of these posts within a day, in ether',
      default: '0.2',
    },
    rescan: {
      kind: switchKind,
      help: 'read L1 from the deployment again, once, after it reverted a final block',
      default: 'false',
    },
    challengerKeyFile: keyFileField(
      'key of the account that sends evidence to L1 (if not set: evidence is only stored)',
    ),
    challengerKey: keyField('the key itself, instead of --challenger-key-file', 'FLOE_CHALLENGER_KEY'),
    ...l1Fields,
    l1AgeSecondsMax: l1AgeField,
    operatorAddresses: operatorAddressesField,
    disputes: disputesField,
    ...answerFields,
    batchBytesMax: batchBytesMaxField,
    retentionSeconds: {
      kind: durationSeconds(1000, 3650 * DAY_MS),
      placeholder: '<time>',
      help: 'time for which the committee promises to serve a batch (if not set: 14d, or less if the Ledger allows no more)',
      optional: true,
    },
    postingIntervalMs: {
      kind: durationMs(100, DAY_MS),
      placeholder: '<time>',
      help: 'time between posts to L1',
      default: '1m',
    },
    postingBatchesMax: {
      kind: integer(1, 512),
      placeholder: '<count>',
      help: 'maximum headers in one post; that many waiting headers are posted immediately',
      default: '256',
    },
    unpostedBatchesMax: {
      kind: integer(1, 10_000_000),
      placeholder: '<count>',
      help: 'maximum batches that are not on L1 yet; further puts get 503',
      default: '100000',
    },
    putTimeoutMs: {
      kind: durationMs(100, 10 * MINUTE_MS),
      placeholder: '<time>',
      help: 'a put that takes longer gets 503',
      default: '10s',
    },
    getTimeoutMs: {
      kind: durationMs(100, 10 * MINUTE_MS),
      placeholder: '<time>',
      help: 'a get that takes longer gets 503',
      default: '10s',
    },
    hedgeDelayMs: {
      kind: durationMs(1, MINUTE_MS),
      placeholder: '<time>',
      help: 'delay of a storage node after which another one is asked as well',
      default: '150ms',
    },
    redisUrl: {
      kind: redisUrlKind,
      help: 'URL of the Redis that several sidecars share (if not set: jobs are queued in the process)',
      optional: true,
      secretVariable: 'REDIS_URL',
    },
    redisUrlFile: {
      kind: fileContent(redisUrlKind),
      placeholder: '<file>',
      help: 'file with that URL, instead of REDIS_URL',
      optional: true,
    },
    opsHost: opsHostField,
    opsPort: {
      kind: portKind,
      placeholder: '<port>',
      help: 'port of the operations pages; 0 means any free port',
      default: '4243',
    },
    allowedHosts: allowedHostsField,
    opInvalid: {
      kind: choice(opInvalidAnswers),
      placeholder: '<skip|halt>',
      help: "how op-node is answered where a commitment is invalid for every node: skip, it goes on without; halt, it asks again permanently. The same on all of a rollup's sidecars",
      default: 'halt',
    },
    opExpired: {
      kind: choice(opExpiredAnswers),
      placeholder: '<unavailable|not-found>',
      help: 'how op-node is answered where a batch has expired: unavailable (503), it asks again; not-found (404), it stops after its challenge window',
      default: 'unavailable',
    },
    nitroJwtFile: {
      kind: text('the path of a file'),
      placeholder: '<file>',
      help: 'file with the secret of the tokens that Nitro sends (rpc.jwtsecret): 32 bytes of hexadecimal (if not set: its calls need no token)',
      optional: true,
    },
    trustedProxies: trustedProxiesField,
    corsOrigins: corsOriginsField,
    logLevel: logLevelField,
  },
  findConflicts,
  toConfig: ({ key, posterKey, answerKey, challengerKey, readOnly, redisUrlFile, ...settings }) => ({
    ...settings,
    keyFile: readOnly ? undefined : (key ?? settings.keyFile),
    posterKeyFile: posterKey ?? settings.posterKeyFile,
    answerKeyFile: answerKey ?? settings.answerKeyFile,
    challengerKeyFile: challengerKey ?? settings.challengerKeyFile,
    redisUrl: settings.redisUrl ?? redisUrlFile,
  }),
}

function findConflicts(isGiven: IsGiven<SidecarSettings>, { readOnly }: Partial<SidecarSettings>): string[] {
  const problems: string[] = []
  if (readOnly !== true && !isGiven('keyFile') && !isGiven('key')) {
    problems.push(
      "Expected the disperser's key in --key-file, FLOE_KEY_FILE or FLOE_KEY, got none. A sidecar with --read-only needs no key.",
    )
  }
  if (isGiven('keyFile') && isGiven('key')) problems.push(bothGiven('--key-file', 'FLOE_KEY'))
  if (isGiven('posterKeyFile') && isGiven('posterKey')) {
    problems.push(bothGiven('--poster-key-file', 'FLOE_POSTER_KEY'))
  }
  const hasPosterKey = isGiven('posterKeyFile') || isGiven('posterKey')
  if (isGiven('postDispersers') && !(readOnly === true && hasPosterKey)) {
    problems.push(
      'Expected --post-dispersers together with --read-only and a key in --poster-key-file, FLOE_POSTER_KEY_FILE or ' +
        'FLOE_POSTER_KEY, got it without them. A sidecar that disperses posts its own batches.',
    )
  }
  if (isGiven('challengerKeyFile') && isGiven('challengerKey')) {
    problems.push(bothGiven('--challenger-key-file', 'FLOE_CHALLENGER_KEY'))
  }
  if ((isGiven('challengerKeyFile') || isGiven('challengerKey')) && !isGiven('disputes')) {
    problems.push(
      "Expected --disputes together with a challenger's key, got only the key. Evidence is sent to that contract.",
    )
  }
  problems.push(...findAnswerConflicts(isGiven))
  if (isGiven('redisUrlFile') && isGiven('redisUrl'))
    problems.push(bothGiven('--redis-url-file', 'REDIS_URL'))
  return problems
}
