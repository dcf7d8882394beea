// The published package, as its users have it: packed, installed into an empty project, imported from plain JavaScript, compiled
// by a strict TypeScript project, bundled for browsers, and run as `npx floe`. Prints the numbers of the README.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleForBrowser } from '../support/browser-bundle.ts'
import { canRun } from '../support/requirements.ts'
import { until } from '../support/until.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const INSTALL_BYTES_MAX = 80_000_000
const BUNDLE_GZIP_BYTES_MAX = 100_000
const TIMEOUT_MS = 600_000

/** The Node that runs this, and neither the programs of the checkout nor an anvil of the machine. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)]
    .filter((folder) => !folder.includes('node_modules/.bin') && !existsSync(join(folder, 'anvil')))
    .join(delimiter),
}

const registry = spawnSync('npm', ['view', 'lmdb', 'version'], { env, encoding: 'utf8', timeout: 30_000 })
const canInstall = canRun('packing and installing the package', {
  name: 'npm-registry',
  present: registry.status === 0,
  remedy: 'Let npm reach its registry.',
})

let project: string

type Result = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

function run(command: string, parameters: readonly string[], cwd: string = project): Result {
  return spawnSync(command, parameters, { cwd, env, encoding: 'utf8', timeout: TIMEOUT_MS })
}

/** @returns what the command printed */
function output(command: string, parameters: readonly string[], cwd?: string): string {
  const { status, stdout, stderr } = run(command, parameters, cwd)
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(' ')} ended with ${status}: ${stderr}${stdout}`)
  return stdout
}

/** Number and bytes of the files below a folder. */
function measure(folder: string): { files: number; bytes: number } {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  const sizes = paths.map((path) => lstatSync(path)).filter((entry) => entry.isFile())
  return { files: sizes.length, bytes: sizes.reduce((sum, { size }) => sum + size, 0) }
}

describe.runIf(canInstall)('the published package', () => {
  let packed: string

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'floe-consumer-'))
    packed =
      output('npm', ['pack', '--silent', '--pack-destination', project], root).trim().split('\n').at(-1) ?? ''
    await writeFile(
      join(project, 'package.json'),
      '{ "name": "consumer", "private": true, "type": "module" }',
    )
    output('npm', ['install', join(project, packed), '--no-fund', '--no-audit', '--silent'])
  }, TIMEOUT_MS)

  afterAll(async () => rm(project, { recursive: true, force: true }))

  test('The package has no sources, tests or contracts, and an install of it stays small.', () => {
    const contents = output('tar', ['-tzf', packed]).trim().split('\n')
    const unwanted = /^package\/(src|test|contracts)\/|\.sol$|(?<!\.d)\.ts$/
    expect(contents.filter((name) => unwanted.test(name))).toEqual([])
    const install = measure(join(project, 'node_modules'))
    process.stdout.write(
      `an install of floe has ${install.files} files and ${(install.bytes / 1e6).toFixed(1)} MB; ` +
        `the package has ${contents.length} files and ${(lstatSync(join(project, packed)).size / 1e6).toFixed(2)} MB\n`,
    )
    expect(install.bytes).toBeLessThan(INSTALL_BYTES_MAX)
  })

  test('Plain JavaScript imports every entry of the package.', async () => {
    await writeFile(
      join(project, 'imports.js'),
      `import { createReader, loadKernel, verify } from 'floe'
       import { SidecarClient } from 'floe/sidecar'
       import { FloeError } from 'floe/protocol'
       console.log([createReader, loadKernel, verify, SidecarClient, FloeError].map(({ name }) => name).join(' '))`,
    )
    expect(output(process.execPath, ['imports.js'])).toBe(
      'createReader loadKernel verify SidecarClient FloeError\n',
    )
  })

  test('A strict TypeScript project compiles against the types, without skipLibCheck and without @types/node.', async () => {
    await writeFile(join(project, 'reader.ts'), STRICT_CONSUMER)
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
    }
    for (const module of [{ module: 'nodenext' }, { module: 'esnext', moduleResolution: 'bundler' }]) {
      const config = { compilerOptions: { ...compilerOptions, ...module }, files: ['reader.ts'] }
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config))
      expect(run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']).stdout).toBe(
        '',
      )
    }
  })

  test('The reader of the package fits into a small bundle for browsers.', async () => {
    const { gzipBytes } = await bundleForBrowser(project, "export { createReader } from 'floe'")
    const verifying = await bundleForBrowser(project, "export { createReader, verify } from 'floe'")
    process.stdout.write(
      `the reader is ${(gzipBytes / 1e3).toFixed(1)} kB for browsers (gzip), ` +
        `${(verifying.gzipBytes / 1e3).toFixed(1)} kB with verify\n`,
    )
    expect(gzipBytes).toBeLessThan(BUNDLE_GZIP_BYTES_MAX)
  })

  test('npx floe version prints the version of the package.', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(output('npx', ['floe', 'version'])).toContain(`floe ${version}`)
  })

  test(
    'npx floe devnet names the package that is missing, and runs once that is added; the client library reads from it.',
    async () => {
      const devnet = ['floe', 'devnet', '--nodes', '4', '--port', '0', '--dir', join(project, 'devnet')]
      const missing = run('npx', devnet)
      expect(missing.status).not.toBe(0)
      const [, advised = ''] = /npm install (\S+)/.exec(missing.stderr) ?? []
      expect(advised).toMatch(/^@foundry-rs\/anvil@\d/)
      output('npm', ['install', advised, '--no-fund', '--no-audit', '--silent'])
      await writeFile(join(project, 'round-trip.js'), ROUND_TRIP)
      const running = spawn('npx', devnet, { cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = new Promise((resolve) => running.once('exit', resolve))
      try {
        let printed = ''
        running.stdout.on('data', (part: Buffer) => (printed += part.toString()))
        await until('the devnet is ready', () => (printed.includes('floe devnet ready') ? true : undefined))
        expect(output(process.execPath, ['round-trip.js'])).toBe('the same bytes, valid\n')
      } finally {
        running.kill('SIGTERM')
        await exited
      }
    },
    TIMEOUT_MS,
  )
})

const STRICT_CONSUMER = `
import { type Certificate, type Check, type Committee, type ErrorCode, type Header, type Hex, FloeError, createReader, verify } from 'floe'
import { type Status, SidecarClient } from 'floe/sidecar'
import * as protocol from 'floe/protocol'

const address: Hex = '0x00'
const deployment = { rpcUrls: ['https://rpc.example'], committee: address, ledger: address, chainId: 1 }

export async function read(commitment: string, signal: AbortSignal): Promise<Uint8Array | ErrorCode> {
  const reader = await createReader({ ...deployment, signal })
  try {
    const { certificate, committee }: { certificate: Certificate; committee: Committee } = await reader.certificate(commitment, { signal })
    const header: Header = certificate.header
    return committee.epoch === header.epoch ? await reader.get(commitment, { signal }) : 'internal'
  } catch (error) {
    if (error instanceof FloeError) return error.code
    throw error
  } finally {
    reader.close()
  }
}

export async function check(commitment: string): Promise<readonly Check[]> {
  return (await verify(commitment, deployment)).checks
}

export async function put(batch: Uint8Array): Promise<Status> {
  const sidecar = new SidecarClient({ url: 'http://127.0.0.1:4242', retriesMax: 1 })
  await sidecar.put(batch)
  return sidecar.status()
}

export const batchBytesMax: number = protocol.BATCH_BYTES_MAX
`

const ROUND_TRIP = `
import { readFileSync } from 'node:fs'
import { createReader, verify } from 'floe'
import { SidecarClient } from 'floe/sidecar'

const { sidecar, l1, contracts } = JSON.parse(readFileSync('devnet/devnet.json', 'utf8'))
const { committee, ledger } = contracts
const deployment = { rpcUrls: [l1.url], chainId: l1.chainId, committee, ledger }
const batch = crypto.getRandomValues(new Uint8Array(50_000))
const { commitment } = await new SidecarClient({ url: sidecar.url }).put(batch)
const reader = await createReader(deployment)
const read = await reader.get(commitment)
reader.close()
const { valid } = await verify(commitment, deployment)
console.log(Buffer.compare(read, batch) === 0 ? 'the same bytes,' : 'other bytes,', valid ? 'valid' : 'invalid')
`
