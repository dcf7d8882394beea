// What a devnet keeps between two starts: its shape, its ports, its keys. Nothing here holds anything of worth, and still keys
// are readable by their owner only.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type Hex, toHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { addressOfSecretKey } from '../protocol/signature.ts'
import type { Contracts } from './contracts.ts'
import { contractsSchema } from './description.ts'
import { freePorts } from './ports.ts'

export type Settings = {
  version: 1
  nodePorts: number[]
  l1Port: number
  /** Where the contracts are, once they are. */
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
  /** In the order of the committee: by signer. */
  readonly nodes: readonly NodeFolder[]
}

export type NodeFolder = {
  readonly signer: Hex
  readonly keyFile: string
  /** Of the account that pays for answers to challenges. */
  readonly answerKeyFile: string
  readonly answerer: Hex
  readonly dir: string
  readonly port: number
}

const SETTINGS = 'settings.json'
const NODES_DEFAULT = 7
/** Everything that a devnet writes; a reset removes these and nothing else. */
const OWN = [SETTINGS, 'devnet.json', 'devnet.json.new', 'keys', 'l1', 'nodes', 'sidecar', 'logs']

/** Removes what a devnet left in `dir`. */
export async function resetFolder(dir: string): Promise<void> {
  for (const name of OWN) await rm(join(dir, name), { recursive: true, force: true })
}

/**
 * Opens the folder of a devnet with `nodes` storage nodes (undefined: as many as it has), and makes it if it is empty.
 * @throws FloeError `configuration` when it is of another shape, or somebody else's
 */
export async function openFolder(dir: string, nodes: number | undefined): Promise<Folder> {
  const settings = (await readSettings(dir)) ?? (await createSettings(dir, nodes ?? NODES_DEFAULT))
  if (nodes !== undefined && settings.nodePorts.length !== nodes) {
    throw new FloeError(
      'configuration',
      `The devnet in ${dir} has ${settings.nodePorts.length} storage nodes, not ${nodes}.`,
      { remedy: `Start it with --nodes ${settings.nodePorts.length}, or anew with --reset.` },
    )
  }
  for (const name of ['keys', 'l1', 'nodes', 'sidecar', 'logs']) {
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 })
  }
  const disperserKeyFile = join(dir, 'keys', 'disperser')
  const operators: Pick<NodeFolder, 'signer' | 'keyFile' | 'answerKeyFile' | 'answerer'>[] = []
  for (let i = 0; i < settings.nodePorts.length; i++) {
    const keyFile = join(dir, 'keys', `operator-${i}`)
    const answerKeyFile = join(dir, 'keys', `answers-${i}`)
    const answerer = await addressOfKeyFile(answerKeyFile)
    operators.push({ keyFile, signer: await addressOfKeyFile(keyFile), answerKeyFile, answerer })
  }
  operators.sort((a, b) => (a.signer < b.signer ? -1 : 1))
  return {
    dir,
    settings,
    l1State: join(dir, 'l1', 'state.json'),
    logs: join(dir, 'logs'),
    disperserKeyFile,
    disperser: await addressOfKeyFile(disperserKeyFile),
    sidecarDir: join(dir, 'sidecar'),
    nodes: operators.map((operator, i) => ({
      ...operator,
      dir: join(dir, 'nodes', String(i)),
      port: settings.nodePorts[i] ?? 0,
    })),
  }
}

/** Makes the folder if it is not there, and gives its absolute path. */
export async function makeFolder(dir: string): Promise<string> {
  const absolute = resolve(dir)
  await mkdir(absolute, { recursive: true }).catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot make the folder ${absolute}: ${String(error)}.`)
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
    throw new FloeError('configuration', `The folder ${dir} is not empty and not a devnet's.`, {
      remedy: 'Choose another --dir.',
    })
  }
  const [l1Port = 0, ...nodePorts] = await freePorts(nodes + 1)
  const settings: Settings = { version: 1, nodePorts, l1Port }
  await saveSettings(dir, settings)
  return settings
}

/** The address of the key in a file, which is made if there is none. */
export async function addressOfKeyFile(file: string): Promise<Hex> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return addressOfSecretKey(Buffer.from(text.trim().replace(/^0x/, ''), 'hex'))
  // Any 32 bytes are a key but for a chance of 2^-127.
  const key = randomBytes(32)
  await writeFile(file, `${toHex(key)}\n`, { mode: 0o600 })
  return addressOfSecretKey(key)
}
