// The command lines of a devnet's services: the same commands and flags that a user would give.
import { FloeError } from '../protocol/errors.ts'
import type { Description } from './description.ts'
import type { Folder } from './folder.ts'

export type ServiceName = 'sidecar' | `node-${number}`

export type ServiceArguments = {
  /** The port that the service listens on. */
  readonly port: number
  readonly floeArguments: readonly string[]
}

const HOST = '127.0.0.1'

export type SidecarSettings = {
  readonly folder: Pick<Folder, 'sidecarDir' | 'disperserKeyFile'>
  readonly port: number
  readonly postingIntervalMs: number
}

export function sidecarArguments(settings: SidecarSettings, description: Description): ServiceArguments {
  const { folder, port, postingIntervalMs } = settings
  return {
    port,
    floeArguments: commandLine('sidecar', {
      host: HOST,
      port,
      dir: folder.sidecarDir,
      'key-file': folder.disperserKeyFile,
      // Several devnets may run on one machine; the log says where the operations pages are.
      'ops-port': 0,
      'posting-interval': `${postingIntervalMs}ms`,
      ...contractFlags(description),
    }),
  }
}

/** @throws FloeError `configuration` when the devnet has no such node */
export function nodeArguments(
  index: number,
  folder: Pick<Folder, 'nodes'>,
  description: Description,
): ServiceArguments {
  const node = folder.nodes[index]
  if (node === undefined) {
    throw new FloeError(
      'configuration',
      `Expected the index of a node, 0…${folder.nodes.length - 1}, got ${index}.`,
    )
  }
  return {
    port: node.port,
    floeArguments: commandLine('node', {
      host: HOST,
      port: node.port,
      dir: node.dir,
      'key-file': node.keyFile,
      'answer-key-file': node.answerKeyFile,
      ...contractFlags(description),
    }),
  }
}

function contractFlags({ l1, contracts }: Description): Flags {
  const { committee, ledger, disputes, deploymentBlock } = contracts
  return { 'rpc-url': l1.url, committee, ledger, disputes, 'deployment-block': deploymentBlock }
}

/** Values by the names of their flags. */
type Flags = Readonly<Record<string, string | number>>

function commandLine(command: string, flags: Flags): string[] {
  return [command, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])]
}
