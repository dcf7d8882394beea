// `floe devnet`: runs an L1, storage nodes and a sidecar on this machine.
import { Command, Option } from 'commander'
import { FloeError } from '../protocol/errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { aborted } from '../runtime/signals.ts'
import { DEVNET_DIR_DEFAULT, type Description } from '../devnet/description.ts'
import type { ControlRequest } from '../devnet/control-socket.ts'
import { keepRunningUnread } from '../runtime/lifetime.ts'
import { argumentParser, durationMs, integer } from '../config/kinds.ts'
import { foregroundStop } from './shared/stop-signal.ts'
import { printResult } from './shared/terminal.ts'

const SIDECAR_PORT_DEFAULT = 4242

function devnetDirOption(): Option {
  return new Option('--dir <folder>', 'folder for all data of the devnet')
    .env('FLOE_DEVNET_DIR')
    .default(DEVNET_DIR_DEFAULT)
}

type DevnetFlags = {
  dir: string
  nodes?: number
  port: number
  reset?: boolean
  postingInterval: number
  json?: boolean
}

export function devnetCommand(): Command {
  const command = new Command('devnet')
    .summary('run everything on this machine: an L1, storage nodes, a sidecar')
    .description(
      'Runs a local L1 (anvil) with the contracts, storage nodes and a sidecar, each in a process of its own on 127.0.0.1.\n' +
        'Ctrl-C ends all of them. Started again with the same folder, the devnet continues with the same data.',
    )
    .addOption(
      new Option('--nodes <count>', 'storage nodes, of one shard each (default: those of the folder, else 7)')
        .env('FLOE_DEVNET_NODES')
        .argParser(argumentParser(integer(4, 100))),
    )
    .addOption(
      new Option('--port <port>', 'port of the sidecar; 0 means any free port')
        .env('FLOE_DEVNET_PORT')
        .default(SIDECAR_PORT_DEFAULT)
        .argParser(argumentParser(integer(0, 65_535))),
    )
    .addOption(devnetDirOption())
    .option('--reset', 'delete the data of the folder, and start from nothing')
    .addOption(
      new Option('--posting-interval <time>', 'time between posts to L1')
        .env('FLOE_DEVNET_POSTING_INTERVAL')
        .default(4_000, '4s')
        .argParser(argumentParser(durationMs(100, 3_600_000))),
    )
    .addHelpText(
      'after',
      `
Examples:
  floe devnet                          start it, and leave it running
  floe put README.md                   in another terminal: put a file, get its commitment
  floe status                          show which nodes answer, and which batches are posted
  floe devnet start-node 3             start a storage node again after it was killed
  floe devnet --nodes 10 --reset       start from nothing with another number of nodes

The folder has devnet.json (the processes with their URLs and ids), logs/, and the data of every process.`,
    )
    .action(async (_flags: unknown, self: Command) => runDevnet(self.optsWithGlobals()))
  command.addCommand(startNodeCommand()).addCommand(startSidecarCommand())
  return command
}

async function runDevnet(flags: DevnetFlags): Promise<void> {
  const { Devnet } = await import('../devnet/devnet.ts')
  keepRunningUnread()
  const stop = foregroundStop()
  const report = (line: string): void => (flags.json === true ? console.error(line) : console.log(line))
  const { dir, nodes, port, reset = false, postingInterval } = flags
  const options = { dir, nodes, port, reset, postingIntervalMs: postingInterval, signal: stop }
  const devnet = await Devnet.start({ ...options, clock: systemClock, report }).catch((error: unknown) => {
    if (stop.aborted) return undefined
    throw error
  })
  if (devnet === undefined) return
  const description = devnet.description()
  if (flags.json !== true) console.log(introduction(flags.dir, description))
  printResult(flags.json === true, description, `floe devnet ready: ${description.sidecar.url}`)
  await Promise.race([aborted(stop), devnet.l1Ended()])
  const l1Ended = !stop.aborted
  if (!l1Ended) report('Stopping.')
  await devnet.stop()
  if (l1Ended) {
    throw new FloeError('unavailable', 'Expected the L1 of the devnet to keep running, but it has ended.', {
      remedy: 'Start the devnet again; its data is kept.',
    })
  }
}

function introduction(dir: string, { sidecar, nodes, l1, contracts }: Description): string {
  const faults = Math.floor((nodes.length - 1) / 3)
  const ports = nodes.map(({ url }) => url.split(':').at(-1))
  return [
    `L1         ${l1.url}  anvil, chain ${l1.chainId}, a block every 2 s`,
    `contracts  Committee ${contracts.committee}`,
    `           Ledger    ${contracts.ledger}`,
    `nodes      ${nodes.length} on 127.0.0.1, ports ${ports.join(' ')}; any ${faults} may fail`,
    `sidecar    ${sidecar.url}`,
    `folder     ${dir}  (devnet.json, logs/)`,
    '',
    'Try in another terminal:  npx floe put README.md',
    '',
  ].join('\n')
}

function startNodeCommand(): Command {
  return new Command('start-node')
    .summary('start a storage node of the running devnet again')
    .argument('<index>', 'number of the node, from 0 as in devnet.json', argumentParser(integer(0, 99)))
    .addOption(devnetDirOption())
    .action(async (index: number, _flags: unknown, self: Command) =>
      requestStart(self.optsWithGlobals(), { command: 'start-node', index }),
    )
}

function startSidecarCommand(): Command {
  return new Command('start-sidecar')
    .summary('start the sidecar of the running devnet again')
    .addOption(devnetDirOption())
    .action(async (_flags: unknown, self: Command) =>
      requestStart(self.optsWithGlobals(), { command: 'start-sidecar' }),
    )
}

async function requestStart(flags: { dir: string; json?: boolean }, request: ControlRequest): Promise<void> {
  const { askDevnet } = await import('../devnet/control-socket.ts')
  const { pid, error } = await askDevnet(flags.dir, request)
  if (error !== undefined) throw new FloeError('no-route', error)
  printResult(flags.json === true, { pid }, `Started process ${pid}.`)
}
