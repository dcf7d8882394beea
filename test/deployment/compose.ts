// Reads docker-compose.yml and the Dockerfile for tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

export type ComposeService = {
  readonly image: string
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, object>> | readonly string[]
}

export type Compose = {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, null>>
}

export function readCompose(): Compose {
  return parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose
}

/** The instructions of the Dockerfile, one per line, without comments. */
export function readDockerfile(): string[] {
  return readFileSync(join(root, 'scripts/docker/Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line))
}

/** The environment variables that the image sets. */
export function imageEnvironment(): Record<string, string> {
  const settings = readDockerfile().flatMap((line) =>
    line.startsWith('ENV ') ? line.slice(4).split(' ') : [],
  )
  return Object.fromEntries(settings.map((setting) => setting.split('=') as [string, string]))
}

/** The services that run one command of `floe`, in the order of the file. */
export function servicesOf(
  compose: Compose,
  command: 'node' | 'sidecar' | 'challenger' | 'setup',
): [string, ComposeService][] {
  return Object.entries(compose.services).filter(([, service]) => service.command?.[0] === command)
}
