// The folder of a devnet, which keeps its size, ports and keys between two starts. The keys are worth nothing, but only their owner
// can read them.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type Hex, toHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { addressOfSecretKey } from '../protocol/signature.ts'
import type { Contracts } from './contracts.ts'
import { contractsSchema } from './description.ts'
import { DEVNET_PORTS, reservePorts } from './ports.ts'

export type Settings = {
  version: 1
  nodePorts: number[]
  l1Port: number
  /** Addresses of the contracts; undefined: not deployed yet. */
  contracts?: Contracts | undefined
}

const port = z.int().min(1).max(65_535)
const schema: z.ZodType<Settings> = z.object({
  version: z.literal(1),
  nodePorts: z.array(port),
  l1Port: port,
  contracts: contractsSchema.optional(),
})

export type Folder = {
  /** Absolute. */
  readonly dir: string
  readonly settings: Settings
  readonly l1State: string
  readonly logs: string
  readonly disperserKeyFile: string
  readonly disperser: Hex
  readonly sidecarDir: string
  /** In the order of the committee, which is by signer. */
  readonly nodes: readonly NodeFolder[]
}

export type NodeFolder = {
  readonly signer: Hex
  readonly keyFile: string
  /** Key of the account that pays for answers to challenges. */
  readonly answerKeyFile: string
  /** Address of that account. */
  readonly answerer: Hex
  readonly dir: string
  readonly port: number
}

const SETTINGS = 'settings.json'
const NODES_DEFAULT = 7
/** All that a devnet writes into its folder; a reset removes nothing else. */
const OWN_ENTRIES = [SETTINGS, 'devnet.json', 'devnet.json.new', 'keys', 'l1', 'nodes', 'sidecar', 'logs']

/** Removes what an earlier devnet left in `dir`. */
export async function resetFolder(dir: string): Promise<void> {
  for (const name of OWN_ENTRIES) await rm(join(dir, name), { recursive: true, force: true })
}

/**
 * Opens the folder of a devnet, and fills it in if it is empty.
 * @param nodes number of storage nodes; undefined: as many as the folder has, or seven in an empty one
 * @throws FloeError `configuration` when it has another number of nodes, or was not made by a devnet
 */
export async function openFolder(dir: string, nodes: number | undefined): Promise<Folder> {
  const settings = (await readSettings(dir)) ?? (await createSettings(dir, nodes ?? NODES_DEFAULT))
  const count = settings.nodePorts.length
  if (nodes !== undefined && count !== nodes) {
    throw new FloeError('configuration', `The devnet in ${dir} has ${count} storage nodes, not ${nodes}.`, {
      remedy: `Start it with --nodes ${count}, or with --reset to remove what it has.`,
    })
  }
  for (const name of ['keys', 'l1', 'nodes', 'sidecar', 'logs']) {
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 })
  }
  const disperserKeyFile = join(dir, 'keys', 'disperser')
  return {
    dir,
    settings,
    l1State: join(dir, 'l1', 'state.json'),
    logs: join(dir, 'logs'),
    disperserKeyFile,
    disperser: await addressOfKeyFile(disperserKeyFile),
    sidecarDir: join(dir, 'sidecar'),
    nodes: await nodeFolders(dir, settings.nodePorts),
  }
}

async function nodeFolders(dir: string, ports: readonly number[]): Promise<NodeFolder[]> {
  const keys = await Promise.all(
    ports.map(async (_, i) => {
      const keyFile = join(dir, 'keys', `operator-${i}`)
      const answerKeyFile = join(dir, 'keys', `answers-${i}`)
      const signer = await addressOfKeyFile(keyFile)
      return { keyFile, signer, answerKeyFile, answerer: await addressOfKeyFile(answerKeyFile) }
    }),
  )
  return keys
    .toSorted((a, b) => (a.signer < b.signer ? -1 : 1))
    .map((own, i) => ({ ...own, dir: join(dir, 'nodes', String(i)), port: ports[i] ?? 0 }))
}

/** Creates the folder if it does not exist. @returns its absolute path */
export async function makeFolder(dir: string): Promise<string> {
  const absolute = resolve(dir)
  await mkdir(absolute, { recursive: true }).catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot create the folder ${absolute}: ${String(error)}.`)
  })
  return absolute
}

export async function saveSettings(dir: string, settings: Settings): Promise<void> {
  const file = join(dir, SETTINGS)
  await writeFile(`${file}.new`, `${JSON.stringify(settings, null, 2)}\n`)
  await rename(`${file}.new`, file)
}

async function readSettings(dir: string): Promise<Settings | undefined> {
  const text = await readFile(join(dir, SETTINGS), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new FloeError('configuration', `Cannot read ${join(dir, SETTINGS)}.`, {
      remedy: 'Start with --reset, or choose another --dir.',
      cause: error,
    })
  }
}

async function createSettings(dir: string, nodes: number): Promise<Settings> {
  const found = await readdir(dir)
  if (found.length > 0) {
    throw new FloeError('configuration', `Expected an empty folder or the folder of a devnet, got ${dir}.`, {
      remedy: 'Choose another --dir.',
    })
  }
  const [l1Port = 0, ...nodePorts] = await reservePorts(nodes + 1, DEVNET_PORTS)
  const settings: Settings = { version: 1, nodePorts, l1Port }
  await saveSettings(dir, settings)
  return settings
}

/** The address of the key in a file; a file that does not exist is created with a new key. */
export async function addressOfKeyFile(file: string): Promise<Hex> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return addressOfSecretKey(Buffer.from(text.trim().replace(/^0x/, ''), 'hex'))
  // 32 random bytes are a valid key except with probability 2^-127.
  const key = randomBytes(32)
  await writeFile(file, `${toHex(key)}\n`, { mode: 0o600 })
  return addressOfSecretKey(key)
}
