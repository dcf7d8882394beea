// Checks docker-compose.yml without Docker: the real parsers accept every command line, and files that name each other agree.
// compose.long.ts runs the same services.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { parse } from 'yaml'
import { challengerService } from '../../src/config/challenger.ts'
import { configure } from '../../src/config/command.ts'
import type { ServiceSettings } from '../../src/config/fields.ts'
import { nodeService } from '../../src/config/node.ts'
import { sidecarService } from '../../src/config/sidecar.ts'
import { setupCommand } from '../../src/cli/setup.ts'
import { imageEnvironment, readCompose, readDockerfile, root, servicesOf } from './compose.ts'

const compose = readCompose()
const names = Object.keys(compose.services)
const dir = mkdtempSync(join(tmpdir(), 'floe-compose-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** The configuration with which a service would start, from its command line and its environment. */
async function configOf<S, C extends object>(
  service: ServiceSettings<S, C>,
  floeArguments: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Readonly<C>> {
  onTestFinished(() => void vi.unstubAllEnvs())
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  let config: Readonly<C> | undefined
  const command = configure(new Command(service.name).exitOverride(), service, async (loaded) => {
    config = loaded
  })
  await command.parseAsync([...floeArguments], { from: 'user' })
  if (config === undefined) throw new Error('no configuration was loaded')
  return config
}

/** A configuration file as `setup` writes it. */
function sharedConfig(): string {
  const file = join(dir, 'floe.json')
  const address = `0x${'ab'.repeat(20)}`
  const content = {
    rpcUrl: ['http://anvil:8545'],
    chainId: 31337,
    committee: address,
    ledger: address,
    disputes: address,
    finality: 1,
  }
  writeFileSync(file, JSON.stringify(content))
  return file
}

describe('docker-compose.yml', () => {
  it('docker-compose.yml has seven storage nodes, two sidecars, a challenger and the programs beside them', () => {
    expect(servicesOf(compose, 'node').map(([name]) => name)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((i) => `node-${i}`),
    )
    expect(servicesOf(compose, 'sidecar').map(([name]) => name)).toEqual(['sidecar-0', 'sidecar-1'])
    expect(servicesOf(compose, 'challenger').map(([name]) => name)).toEqual(['challenger'])
    expect(names).toEqual(
      expect.arrayContaining(['anvil', 'setup', 'redis', 'proxy', 'prometheus', 'grafana']),
    )
  })

  it.each(servicesOf(compose, 'node'))(
    '%s of docker-compose.yml starts with a valid configuration',
    async (name, service) => {
      const environment = { ...imageEnvironment(), ...service.environment, FLOE_CONFIG: sharedConfig() }
      const config = await configOf(nodeService, service.command?.slice(1) ?? [], environment)
      expect(config).toMatchObject({
        host: '0.0.0.0',
        port: 4242,
        dir: '/data',
        keyFile: `/setup/keys/operator-${name.slice('node-'.length)}`,
        answerKeyFile: `/setup/keys/answers-${name}`,
        disputes: `0x${'ab'.repeat(20)}`,
        rpcUrls: ['http://anvil:8545'],
      })
      expect(service.volumes).toEqual(['setup:/setup:ro', `${name}:/data`])
    },
  )

  it.each(servicesOf(compose, 'sidecar'))(
    '%s of docker-compose.yml starts with a valid configuration',
    async (name, service) => {
      const environment = { ...imageEnvironment(), ...service.environment, FLOE_CONFIG: sharedConfig() }
      const config = await configOf(sidecarService, service.command?.slice(1) ?? [], environment)
      expect(config).toMatchObject({
        host: '0.0.0.0',
        port: 4242,
        dir: '/data',
        keyFile: '/setup/keys/disperser',
        answerKeyFile: `/setup/keys/answers-${name}`,
        disputes: `0x${'ab'.repeat(20)}`,
        redisUrl: 'redis://redis:6379',
      })
      expect(service.volumes).toEqual(['setup:/setup:ro', `${name}:/data`])
    },
  )

  it.each(servicesOf(compose, 'challenger'))(
    '%s of docker-compose.yml starts with a valid configuration',
    async (name, service) => {
      const environment = { ...imageEnvironment(), ...service.environment, FLOE_CONFIG: sharedConfig() }
      const config = await configOf(challengerService, service.command?.slice(1) ?? [], environment)
      expect(config).toMatchObject({
        host: '0.0.0.0',
        port: 4242,
        dir: '/data',
        challengerKeyFile: '/setup/keys/challenger',
        disputes: `0x${'ab'.repeat(20)}`,
      })
      expect(service.volumes).toEqual(['setup:/setup:ro', `${name}:/data`])
    },
  )

  it('the setup of docker-compose.yml names as many nodes and sidecars as there are', async () => {
    const command = setupCommand().exitOverride()
    let flags: unknown
    command.action((given: unknown) => {
      flags = given
    })
    await command.parseAsync([...(compose.services['setup']?.command?.slice(1) ?? [])], { from: 'user' })
    expect(flags).toEqual({
      rpcUrl: ['http://anvil:8545'],
      dir: '/setup',
      nodes: servicesOf(compose, 'node').length,
      sidecars: servicesOf(compose, 'sidecar').length,
      endpoint: 'http://node-*:4242',
    })
  })

  it('docker-compose.yml mounts files that exist, and publishes ports to this machine only', () => {
    for (const { volumes = [], ports = [], depends_on = {} } of Object.values(compose.services)) {
      const sources = volumes.map((volume) => volume.split(':')[0] ?? '')
      const missing = sources.filter((source) =>
        source.startsWith('./') ? !existsSync(join(root, source)) : !(source in compose.volumes),
      )
      expect(missing).toEqual([])
      expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
      const needed = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)
      expect(needed.filter((name: string) => !names.includes(name))).toEqual([])
    }
  })
})

describe('the files beside docker-compose.yml', () => {
  it('the Prometheus of docker-compose.yml scrapes every node, sidecar and challenger', () => {
    const { scrape_configs: jobs } = parse(
      readFileSync(join(root, 'docs/monitoring/prometheus.yml'), 'utf8'),
    ) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
    }
    const targets = Object.fromEntries(
      jobs.map((job) => [job.job_name, job.static_configs.flatMap((config) => config.targets)]),
    )
    expect(targets).toEqual({
      'floe-sidecar': servicesOf(compose, 'sidecar').map(([name]) => `${name}:4242`),
      'floe-challenger': servicesOf(compose, 'challenger').map(([name]) => `${name}:4242`),
      'floe-node': servicesOf(compose, 'node').map(([name]) => `${name}:4242`),
    })
  })

  it('the proxy of docker-compose.yml lists every sidecar: for puts those that are ready, for gets those that are alive', () => {
    const config = readFileSync(join(root, 'scripts/docker/haproxy.cfg'), 'utf8')
    const servers = [...config.matchAll(/^ +server (\S+) (\S+)$/gm)].map(([, , address]) => address)
    const sidecars = servicesOf(compose, 'sidecar').map(([name]) => `${name}:4242`)
    expect(servers).toEqual([...sidecars, ...sidecars])
    const asked = [...config.matchAll(/^ +option httpchk (.+)$/gm)].map(([, request]) => request)
    expect(asked).toEqual(['GET /ready', 'GET /health'])
  })

  it('the Grafana of docker-compose.yml finds its Prometheus and its dashboard', () => {
    const { datasources } = parse(
      readFileSync(join(root, 'docs/monitoring/grafana/datasources/prometheus.yml'), 'utf8'),
    ) as { datasources: { uid: string; url: string }[] }
    expect(datasources).toMatchObject([{ uid: 'prometheus', url: 'http://prometheus:9090' }])
    const { providers } = parse(
      readFileSync(join(root, 'docs/monitoring/grafana/dashboards/floe.yml'), 'utf8'),
    ) as { providers: { options: { path: string } }[] }
    const mounted = compose.services['grafana']?.volumes?.map((volume) => volume.split(':')[1]) ?? []
    expect(mounted.some((path) => path?.startsWith(`${providers[0]?.options.path}/`))).toBe(true)
  })
})

describe('the image', () => {
  const instructions = readDockerfile()

  it('the image copies only files that exist and that .dockerignore includes', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n')
    expect(ignored[0]).toBe('*')
    const sources = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1))
    expect(sources).toContain('src')
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([])
    const inContext = (source: string): boolean =>
      ignored.some((line) => line.startsWith('!') && `${source}/`.startsWith(`${line.slice(1)}/`))
    expect(sources.filter((source) => !inContext(source))).toEqual([])
  })

  it('the image runs as an unprivileged user, without development dependencies, and Node receives signals', () => {
    expect(instructions).toContain('USER node')
    expect(instructions.join('\n')).toContain('npm ci --omit=dev')
    expect(instructions.at(-1)).toBe('ENTRYPOINT ["node", "dist/cli/main.js"]')
    expect(instructions.find((line) => line.startsWith('HEALTHCHECK'))).toContain('CMD ["node", ')
  })

  it('the image has the major version of Node that the project pins', () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>
    }
    const [major] = (devDependencies['node'] ?? '').split('.')
    const bases = instructions.filter((line) => line.startsWith('FROM '))
    expect(bases.every((line) => line.startsWith(`FROM node:${major}-`))).toBe(true)
  })
})
