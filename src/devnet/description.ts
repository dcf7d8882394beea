// `<dir>/devnet.json`: the running processes of a devnet, for users, tests and the other commands. It is written to another file and
// renamed, so that a reader never sees a part of it. It is removed when nothing runs.
import { readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Hex } from '../protocol/bytes.ts'
import type { Contracts } from './contracts.ts'

/** A process and where it answers. A pid of null: it does not run. */
type Process = { url: string; pid: number | null }

export type Description = {
  sidecar: Process
  nodes: (Process & { address: Hex; shards: number; dir: string })[]
  l1: Process & { chainId: number }
  contracts: Contracts
}

const url = z.url({ protocol: /^http$/ })
const pid = z.int().positive().nullable()
const address = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{40}$/)])

/** A file of an earlier version has no deployment block: 0 is right for every chain. */
export const contractsSchema: z.ZodType<Contracts> = z.object({
  committee: address,
  ledger: address,
  disputes: address,
  nitroProofValidator: address,
  deploymentBlock: z.int().min(0).default(0),
})

const schema: z.ZodType<Description> = z.object({
  sidecar: z.object({ url, pid }),
  nodes: z.array(z.object({ url, pid, address, shards: z.int(), dir: z.string() })),
  l1: z.object({ url, pid, chainId: z.int() }),
  contracts: contractsSchema,
})

export const DEVNET_DIR_DEFAULT = '.floe/devnet'

function descriptionFile(dir: string): string {
  return join(dir, 'devnet.json')
}

export async function writeDescription(dir: string, description: Description): Promise<void> {
  const file = descriptionFile(dir)
  const temporary = `${file}.new`
  const handle = await open(temporary, 'w')
  await handle.writeFile(`${JSON.stringify(description, null, 2)}\n`)
  await handle.close()
  await rename(temporary, file)
}

export async function removeDescription(dir: string): Promise<void> {
  await rm(descriptionFile(dir), { force: true })
}

/** The content of a devnet's file; undefined: there is no file, or it is not valid. */
export function readDescription(dir: string): Description | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(descriptionFile(dir), 'utf8')))
  } catch {
    return undefined
  }
}
