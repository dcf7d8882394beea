// `floe setup`: a deployment on a development chain, with contracts, the keys of its services, and a configuration that they share.
// Whatever exists is kept, so that it can run before every start. The owner's key is public: it is for development chains only.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from '../protocol/bytes.ts'
import { type Contracts, setUpContracts } from './contracts.ts'
import { contractsSchema } from './description.ts'
import { addressOfKeyFile, makeFolder } from './folder.ts'

export type DeploymentOptions = {
  readonly rpcUrl: readonly string[]
  readonly dir: string
  readonly nodes: number
  readonly sidecars: number
  /** URL of a node; its * is replaced by the number of the node. */
  readonly endpoint: string
}

/** The configuration file that all services read. */
export type SharedConfig = Pick<Contracts, 'committee' | 'ledger' | 'disputes' | 'deploymentBlock'> & {
  readonly rpcUrl: readonly string[]
  readonly chainId: number
  readonly finality: number
}

/** Far above what a trial puts. */
const QUOTA_BYTES = 2n ** 40n
/** Blocks. A chain of one node has no consensus to wait for. */
const FINALITY_BLOCKS = 1

export async function setUp(options: DeploymentOptions): Promise<SharedConfig> {
  const dir = await makeFolder(options.dir)
  const keys = join(dir, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const accountOf = async (name: string): Promise<Hex> => addressOfKeyFile(join(keys, name))
  const accountsOf = async (name: string, count: number): Promise<Hex[]> =>
    Promise.all(Array.from({ length: count }, async (_, i) => accountOf(`${name}-${i}`)))
  const disperser = await accountOf('disperser')
  const operators = await accountsOf('operator', options.nodes)
  // Every sender has an account of its own: two senders of one account would use the same nonces.
  const senders = [
    ...(await accountsOf('answers-node', options.nodes)),
    ...(await accountsOf('answers-sidecar', options.sidecars)),
    await accountOf('challenger'),
  ]
  const members = operators.map((signer, i) => ({
    signer,
    shards: [i],
    endpoint: options.endpoint.replace('*', String(i)),
  }))
  const known = await knownContracts(join(dir, 'contracts.json'))
  const { chainId, ...contracts } = await setUpContracts({
    rpcUrl: options.rpcUrl[0] ?? '',
    members: members.toSorted((a, b) => (a.signer < b.signer ? -1 : 1)),
    dispersers: [{ address: disperser, quotaBytes: QUOTA_BYTES }],
    funded: [disperser, ...senders],
    known,
  })
  const { committee, ledger, disputes, deploymentBlock } = contracts
  const config: SharedConfig = {
    rpcUrl: options.rpcUrl,
    chainId,
    committee,
    ledger,
    disputes,
    deploymentBlock,
    finality: FINALITY_BLOCKS,
  }
  await replaceFile(join(dir, 'contracts.json'), contracts)
  await replaceFile(join(dir, 'floe.json'), config)
  return config
}

async function replaceFile(file: string, value: object): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`)
  await rename(`${file}.new`, file)
}

/** The addresses of the last run. A chain that was lost no longer has these contracts, and gets new ones. */
async function knownContracts(file: string): Promise<Contracts | undefined> {
  const content = await readFile(file, 'utf8').catch(() => undefined)
  return content === undefined ? undefined : contractsSchema.parse(JSON.parse(content))
}
