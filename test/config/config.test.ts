// The configuration of a service: the source of each value, and the messages about wrong ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { listFields } from '../../src/config/fields.ts'
import { type Sources, loadConfig } from '../../src/config/load.ts'
import { nodeService } from '../../src/config/node.ts'
import { sidecarService } from '../../src/config/sidecar.ts'
import { problemsIn } from '../../src/config/combined-error.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { readSecretKey } from '../../src/runtime/secrets.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { runFloe } from '../support/floe.ts'

const dir = mkdtempSync(join(tmpdir(), 'floe-config-'))
afterAll(() => rmSync(dir, { recursive: true }))

const address = `0x${'ab'.repeat(20)}`
const key = `0x${'17'.repeat(32)}`
const chain = { FLOE_RPC_URL: 'http://l1', FLOE_COMMITTEE: address, FLOE_LEDGER: address }
const whole = { ...chain, FLOE_KEY_FILE: 'disperser.key' }

function file(content: unknown): string {
  const path = join(dir, 'floe.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function sidecar(sources: Partial<Sources>): Readonly<SidecarConfig> {
  return loadConfig(sidecarService, { flags: {}, environment: whole, ...sources })
}

/** The sentences of the configuration error that `load` throws. */
function problems(load: () => unknown): string[] {
  try {
    load()
  } catch (error) {
    if (!(error instanceof FloeError) || error.code !== 'configuration') throw error
    const several = problemsIn(error)
    return several.length > 0 ? several : [error.message]
  }
  throw new Error('expected a configuration error, got none')
}

describe('the value of a setting', () => {
  it('a flag overrides the variable, which overrides the file, which overrides the default', () => {
    const sources = {
      flags: { putTimeout: '1s' },
      environment: { ...whole, FLOE_PUT_TIMEOUT: '2s', FLOE_GET_TIMEOUT: '2s' },
      file: file({ putTimeout: '3s', getTimeout: '3s', postingInterval: '3s' }),
    }
    expect(sidecar(sources)).toMatchObject({
      putTimeoutMs: 1_000,
      getTimeoutMs: 2_000,
      postingIntervalMs: 3_000,
      hedgeDelayMs: 150,
    })
  })

  it('an empty variable counts as not set', () => {
    expect(sidecar({ environment: { ...whole, FLOE_PORT: '', REDIS_URL: '' } })).toMatchObject({
      port: 4242,
      redisUrl: undefined,
    })
  })

  it.each([
    [{ port: 1 }, { port: 1 }],
    [{ port: '1' }, { port: 1 }],
    [{ batchBytesMax: 1000 }, { batchBytesMax: 1000 }],
    [{ batchBytesMax: '2MiB' }, { batchBytesMax: 2 * 1024 * 1024 }],
    [{ retention: '1d' }, { retentionSeconds: 86_400 }],
    [{ finality: 'safe' }, { finality: 'safe' }],
    [{ finality: 12 }, { finality: 12 }],
    [{ chainId: 1 }, { chainId: 1 }],
    [{ readOnly: false }, { keyFile: 'disperser.key' }],
    [{ readOnly: true }, { keyFile: undefined }],
    [{ committee: address.toUpperCase().replace('X', 'x') }, { committee: address }],
  ])('the configuration file accepts %j', (content, config) => {
    const { FLOE_COMMITTEE: _, ...environment } = whole
    expect(sidecar({ environment, file: file({ committee: address, ...content }) })).toMatchObject(config)
  })

  it('a list of endpoints is accepted from flags, from the file and from a variable', () => {
    const two = ['http://a', 'https://b/key']
    const { FLOE_RPC_URL: _, ...environment } = whole
    expect(sidecar({ environment, flags: { rpcUrl: two } }).rpcUrls).toEqual(two)
    expect(sidecar({ environment, file: file({ rpcUrl: two }) }).rpcUrls).toEqual(two)
    expect(sidecar({ environment: { ...whole, FLOE_RPC_URL: 'http://a, https://b/key' } }).rpcUrls).toEqual(
      two,
    )
  })

  it('every default is a valid value of its setting', () => {
    const withDefault = [...listFields(sidecarService.fields), ...listFields(nodeService.fields)].filter(
      ({ field }) => field.default !== undefined,
    )
    expect(withDefault.length).toBeGreaterThan(10)
    const invalid = withDefault.filter(({ field }) => !field.kind.schema.safeParse(field.default).success)
    expect(invalid.map(({ names }) => names.key)).toEqual([])
  })
})

describe('all problems together', () => {
  it('one error lists every missing value and how to give it', () => {
    expect(problems(() => sidecar({ environment: {} }))).toMatchInlineSnapshot(`
      [
        "Expected --rpc-url, FLOE_RPC_URL or "rpcUrl" in the file of --config, got none of them.",
        "Expected --committee, FLOE_COMMITTEE or "committee" in the file of --config, got none of them.",
        "Expected --ledger, FLOE_LEDGER or "ledger" in the file of --config, got none of them.",
        "Expected the disperser's key in --key-file, FLOE_KEY_FILE or FLOE_KEY, got none. A sidecar with --read-only needs no key.",
      ]
    `)
    expect(problems(() => loadConfig(nodeService, { flags: {}, environment: {} }))).toHaveLength(4)
  })

  it('one error lists every wrong value with its source', () => {
    const sources = {
      flags: { port: '65536', batchBytesMax: '129MiB' },
      environment: { ...whole, FLOE_RETENTION: '14', FLOE_CHAIN_ID: '0x1', FLOE_READ_ONLY: 'yes' },
      file: file({ host: 7, putTimeout: 1000, finality: 'latest', logLevel: 'loud' }),
    }
    expect(problems(() => sidecar(sources)).map((problem) => problem.replace(dir, '')))
      .toMatchInlineSnapshot(`
        [
          "/floe.json, host: expected an address of this machine, got 7.",
          "--port: expected a whole number in 0…65535, got "65536".",
          "FLOE_READ_ONLY: expected true or false, got "yes".",
          "FLOE_CHAIN_ID: expected a whole number in 1…9007199254740991, got "0x1".",
          "/floe.json, finality: expected finalized, safe, or a number of confirmations in 0…1000, got "latest".",
          "--batch-bytes-max: expected a number of bytes in 1…128MiB, such as 1000 or 16MiB, got "129MiB".",
          "FLOE_RETENTION: expected a time with its unit, such as 500ms, 6s or 14d, in 1s…3650d, got "14".",
          "/floe.json, putTimeout: expected a time with its unit, such as 500ms, 6s or 14d, in 100ms…10m, got 1000.",
          "/floe.json, logLevel: expected one of trace, debug, info, warn, error, silent, got "loud".",
        ]
      `)
  })

  it('unknown keys of the file are listed with the known ones', () => {
    const content = { rpcUrls: 'http://a', retentoin: '1d', redisUrl: 'redis://a' }
    const messages = problems(() => sidecar({ file: file(content) })).map((text) => text.replace(dir, ''))
    const known = listFields(sidecarService.fields).flatMap(({ field, names }) =>
      field.secretVariable === undefined ? [names.key] : [],
    )
    expect(messages).toEqual([
      `/floe.json: expected only known keys, got "rpcUrls", "retentoin", "redisUrl". Known: ${known.join(', ')}. floe sidecar --help lists every option.`,
    ])
    expect(known).toContain('redisUrlFile')
  })

  it('a file that is missing, is not an object or is not JSON is refused', () => {
    expect(problems(() => sidecar({ file: join(dir, 'none') }))[0]).toContain('got ENOENT')
    expect(problems(() => sidecar({ file: file('[1]') }))[0]).toContain('expected one JSON object')
    expect(problems(() => sidecar({ file: file('{"port": ') }))[0]).toContain('expected one JSON object')
  })

  it('a secret from two sources is refused', () => {
    const redis = join(dir, 'redis')
    writeFileSync(redis, 'redis://elsewhere\n')
    const twice = {
      flags: { redisUrlFile: redis },
      environment: { ...whole, FLOE_KEY: key, REDIS_URL: 'redis://a' },
    }
    expect(problems(() => sidecar(twice))).toEqual([
      'Expected --key-file or FLOE_KEY, got both.',
      'Expected --redis-url-file or REDIS_URL, got both.',
    ])
  })

  it("a challenger's key without the Disputes contract is refused", () => {
    const environment = { ...whole, FLOE_CHALLENGER_KEY: key }
    expect(problems(() => sidecar({ environment }))[0]).toMatch(
      /^Expected --disputes together with a challenger's key/,
    )
    const disputes = `0x${'d1'.repeat(20)}`
    const given = sidecar({ environment: { ...environment, FLOE_DISPUTES: disputes } })
    expect(given).toMatchObject({ disputes, challengerKeyFile: expect.any(Function) as unknown })
  })

  it('a list of dispersers whose certificates are posted needs a read-only sidecar with a posting key', () => {
    const environment = { ...chain, FLOE_POSTER_KEY: key }
    const flags = { postDispersers: [`${address}, 0x${'CD'.repeat(20)}`] }
    const given = sidecar({ environment, flags: { ...flags, readOnly: true } })
    expect(given).toMatchObject({
      keyFile: undefined,
      postDispersers: [address, `0x${'cd'.repeat(20)}`],
      postGweiDayMax: 200_000_000,
    })
    const refusal = /^Expected --post-dispersers together with --read-only and a key in --poster-key-file/
    expect(problems(() => sidecar({ environment: whole, flags }))[0]).toMatch(refusal)
    expect(problems(() => sidecar({ environment: chain, flags: { ...flags, readOnly: true } }))[0]).toMatch(
      refusal,
    )
    const wrong = { readOnly: true, postDispersers: ['0x12'] }
    expect(problems(() => sidecar({ environment, flags: wrong }))[0]).toContain('expected 1…64 addresses')
  })

  it('the command line prints a line for each problem, and lists them in JSON', async () => {
    const { code, stdout, stderr } = await runFloe(['node', '--json'], { cwd: dir, env: { FLOE_PORT: 'x' } })
    expect(code).toBe(2)
    expect(stderr.split('\n')[0]).toBe('floe: Found 5 problems. floe node --help lists every option.')
    expect(stderr).toContain('\n  FLOE_PORT: expected a whole number in 0…65535, got "x".\n')
    expect((JSON.parse(stdout) as { error: { problems: string[] } }).error.problems).toHaveLength(5)
  })
})

describe('secrets stay secret', () => {
  const environment = { ...chain, FLOE_KEY: key, REDIS_URL: 'redis://user:pass@redis:6379' }

  it('a secret is read from its variable or from a file', async () => {
    const { keyFile, redisUrl } = sidecar({ environment })
    expect(Buffer.from(await readSecretKey(keyFile ?? '')).toString('hex')).toBe(key.slice(2))
    expect(redisUrl).toBe('redis://user:pass@redis:6379')
    const path = join(dir, 'redis-url')
    writeFileSync(path, 'rediss://of-a-file:6379\n')
    expect(sidecar({ flags: { redisUrlFile: path } }).redisUrl).toBe('rediss://of-a-file:6379')
  })

  it('a secret has no flag and no key in the file', async () => {
    for (const [name, text] of [
      ['--key', key],
      ['--redis-url', 'redis://a'],
    ] as const) {
      const { code, stderr } = await runFloe(['sidecar', name, text])
      expect(code).toBe(2)
      expect(stderr).toContain(`unknown option '${name}'`)
    }
    expect(problems(() => sidecar({ file: file({ key }) }))[0]).toContain(
      'expected only known keys, got "key".',
    )
  })

  it('printing the configuration does not show a secret key', () => {
    const config = sidecar({ environment })
    expect(inspect(config, { depth: 9 })).not.toContain(key.slice(2))
    expect(JSON.stringify(config)).not.toContain(key.slice(2))
  })

  it('the message about a wrong secret or endpoint does not quote it', () => {
    const wrong = {
      FLOE_KEY: `${key}ff`,
      FLOE_RPC_URL: 'ftp://l1/provider-key',
      REDIS_URL: 'http://:password@a',
    }
    const messages = problems(() => sidecar({ environment: { ...environment, ...wrong } }))
    expect(messages).toHaveLength(3)
    expect(messages.join('\n')).not.toMatch(/1717|provider-key|password/)
  })

  it('the message about a file that is not JSON does not quote it', () => {
    const messages = problems(() => sidecar({ environment, file: file(`{"key": ${key}}`) }))
    expect(messages.join('\n')).not.toContain('1717')
  })
})
