// A whole Floe on one machine: a local L1 with the contracts, storage nodes, a sidecar, each a process of its own.
//
// Guarantees:
// - Nothing outlives us: every child holds a pipe from this process and ends when it closes.
// - Started again on the same folder, it has everything it had: chain, keys, ports, what nodes and sidecar stored.
// - devnet.json is true: it says what runs, is rewritten when that changes, and is gone when nothing runs.
// - What dies stays dead until somebody asks: whoever kills a node wants to see what happens without it.
import { closeSync, existsSync, openSync, statSync, truncateSync } from 'node:fs'
import { copyFile, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { type Child, accepts, startChild, untilListening } from './floe-process.ts'
import { setUpContracts } from './contracts.ts'
import { type Control, type ControlReply, type ControlRequest, takeControl } from './control-socket.ts'
import { type Description, removeDescription, writeDescription } from './description.ts'
import { type Folder, makeFolder, openFolder, resetFolder, saveSettings } from './folder.ts'
import { freePorts, isFree } from './ports.ts'

export type DevnetOptions = {
  readonly dir: string
  /** Undefined: as many as the folder has, else seven. */
  readonly nodes: number | undefined
  /** Of the sidecar; 0 takes a free one. */
  readonly port: number
  readonly reset: boolean
  readonly postingIntervalMs: number
  /** Gives up starting; a devnet that has started is stopped by its `stop`. */
  readonly signal: AbortSignal
}

export type Devnet = {
  readonly description: () => Description
  /** Resolves when the L1 has ended by itself, without which nothing works. */
  readonly l1Ended: Promise<void>
  /** Ends every process, in order. */
  readonly stop: () => Promise<void>
}

/** Told what happens, in sentences. */
export type Report = (line: string) => void

/** More than any test puts. */
const QUOTA_BYTES = 2n ** 40n
const BLOCK_SECONDS = 2
/** Processes that start at once. */
const STARTING_MAX = 8
/** Ports of a devnet that was killed are free again when its children have noticed. */
const PORT_WAIT_MS = 10_000
const LOG_BYTES_MAX = 64 * 1024 * 1024
const LOG_LOOK_MS = 10_000

type State = {
  readonly options: DevnetOptions
  readonly folder: Folder
  readonly clock: Clock
  readonly report: Report
  readonly control: Control
  readonly sidecarPort: number
  readonly children: Map<string, Child>
  readonly stopping: AbortController
  anvil: Anvil | undefined
  description: Description | undefined
  /** Writes of devnet.json, one after another. */
  writing: Promise<void>
}

/**
 * Starts a devnet and resolves when everything listens.
 * @throws FloeError `configuration` when the folder or a port is taken, `unavailable` when a part does not start
 */
export async function startDevnet(options: DevnetOptions, clock: Clock, report: Report): Promise<Devnet> {
  const dir = await makeFolder(options.dir)
  const control = await takeControl(dir)
  let state: State | undefined
  try {
    if (options.reset) await resetFolder(dir)
    const folder = await openFolder(dir, options.nodes)
    await removeDescription(dir)
    state = {
      options,
      folder,
      clock,
      report,
      control,
      sidecarPort: options.port === 0 ? ((await freePorts(1))[0] ?? 0) : options.port,
      children: new Map(),
      stopping: new AbortController(),
      anvil: undefined,
      description: undefined,
      writing: Promise.resolve(),
    }
    return await startAll(state)
  } catch (error) {
    if (state === undefined) await control.close()
    else await stopAll(state)
    throw error
  }
}

async function startAll(state: State): Promise<Devnet> {
  const { folder } = state
  await checkPorts(state)
  state.options.signal.throwIfAborted()
  state.anvil = await startL1(state)
  const contracts = await setUpContracts({
    rpcUrl: state.anvil.url,
    members: folder.nodes.map(({ signer, port }) => ({
      signer,
      shards: 1,
      stake: 0n,
      endpoint: urlOf(port),
    })),
    dispersers: [{ address: folder.disperser, quotaBytes: QUOTA_BYTES }],
    funded: [folder.disperser, ...folder.nodes.map(({ answerer }) => answerer)],
    ...(folder.settings.contracts === undefined ? {} : { known: folder.settings.contracts }),
  })
  const { chainId, ...addresses } = contracts
  await saveSettings(folder.dir, { ...folder.settings, contracts: addresses })
  state.description = {
    sidecar: { url: urlOf(state.sidecarPort), pid: null },
    nodes: folder.nodes.map(({ signer, port, dir }) => ({
      url: urlOf(port),
      pid: null,
      address: signer,
      shards: 1,
      dir,
    })),
    l1: { url: state.anvil.url, pid: state.anvil.pid, chainId },
    contracts: addresses,
  }
  const parts = ['sidecar', ...folder.nodes.map((_, i) => nodeName(i))]
  for (let i = 0; i < parts.length; i += STARTING_MAX) {
    await Promise.all(parts.slice(i, i + STARTING_MAX).map(async (name) => startPart(state, name)))
  }
  await publish(state)
  state.control.serve(async (request) => handle(state, request))
  void boundLogs(state)
  const { anvil } = state
  void anvil.ended.then(async () => partEnded(state, 'l1', 'anvil has ended'))
  const stop = async (): Promise<void> => stopAll(state)
  return { description: () => descriptionOf(state), l1Ended: anvil.ended, stop }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

function nodeName(index: number): string {
  return `node-${index}`
}

async function checkPorts({ folder, sidecarPort, clock }: State): Promise<void> {
  const { l1Port, nodePorts } = folder.settings
  const deadline = clock.monotonic() + PORT_WAIT_MS
  for (const port of [sidecarPort, l1Port, ...nodePorts]) {
    // The sidecar's port is chosen by whoever starts us and most likely taken by something that stays.
    while (!(await isFree(port)) && port !== sidecarPort && clock.monotonic() < deadline) {
      await clock.sleep(100)
    }
    if (await isFree(port)) continue
    throw new FloeError('configuration', `Port ${port} on 127.0.0.1 is taken by another process.`, {
      remedy:
        port === sidecarPort
          ? 'Free it, or choose another with --port.'
          : 'Free it, or start with --reset to choose ports anew.',
      facts: { port },
    })
  }
}

async function startL1({ folder, clock, report }: State): Promise<Anvil> {
  const { l1State, logs, settings } = folder
  const previous = `${l1State}.previous`
  if (existsSync(l1State)) {
    if (await isWhole(l1State)) await copyFile(l1State, previous)
    else if (existsSync(previous)) {
      report('The chain was cut off while it was written; going back to how it was at the last start.')
      await copyFile(previous, l1State)
    } else {
      throw new FloeError('configuration', `The chain in ${l1State} is cut off.`, {
        remedy: 'Start with --reset.',
      })
    }
  }
  const logFd = openSync(join(logs, 'l1.log'), 'w')
  try {
    return await startAnvil(
      { port: settings.l1Port, blockSeconds: BLOCK_SECONDS, stateFile: l1State, logFd },
      clock,
    )
  } finally {
    closeSync(logFd)
  }
}

/** Whether a file of JSON was written to its end. */
async function isWhole(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(size - 1, 0))
    return bytesRead === 1 && buffer.toString('latin1') === '}'
  } finally {
    await handle.close()
  }
}

function argumentsOf(state: State, name: string): { port: number; flags: string[] } {
  const { folder, options } = state
  const { l1, contracts } = descriptionOf(state)
  const chain = ['--rpc-url', l1.url, '--committee', contracts.committee, '--ledger', contracts.ledger]
  if (name === 'sidecar') {
    const port = state.sidecarPort
    const own = ['--port', String(port), '--dir', folder.sidecarDir, '--key-file', folder.disperserKeyFile]
    // Several devnets may run at once; its log says where the operations pages are.
    own.push('--ops-port', '0', '--disputes', contracts.disputes)
    const interval = ['--posting-interval', `${options.postingIntervalMs}ms`]
    return { port, flags: ['sidecar', '--host', '127.0.0.1', ...own, ...chain, ...interval] }
  }
  const node = folder.nodes[Number(name.slice('node-'.length))]
  if (node === undefined) throw new FloeError('configuration', `There is no ${name} in this devnet.`)
  const own = ['--port', String(node.port), '--dir', node.dir, '--key-file', node.keyFile]
  own.push('--disputes', contracts.disputes, '--answer-key-file', node.answerKeyFile)
  return { port: node.port, flags: ['node', '--host', '127.0.0.1', ...own, ...chain] }
}

/** Starts a node or the sidecar and resolves when it listens. */
async function startPart(state: State, name: string): Promise<void> {
  const { folder, clock, children, stopping } = state
  const { port, flags } = argumentsOf(state, name)
  stopping.signal.throwIfAborted()
  const child = startChild(name, flags, folder.logs, clock)
  children.set(name, child)
  let announced = false
  void child.ended.then(async (how) => {
    children.delete(name)
    if (announced) await partEnded(state, name, how)
  })
  await untilListening(child, port, clock, AbortSignal.any([state.options.signal, stopping.signal]))
  if (!children.has(name)) throw new FloeError('unavailable', `${name} ended as soon as it listened.`)
  announced = true
  setPid(state, name, child.pid)
}

async function partEnded(state: State, name: string, how: string): Promise<void> {
  if (state.stopping.signal.aborted) return
  setPid(state, name, null)
  await publish(state)
  const { dir } = state.options
  const again =
    name === 'l1'
      ? 'Stop the devnet and start it again.'
      : `Start it again: floe devnet ${name === 'sidecar' ? 'start-sidecar' : `start-node ${name.slice('node-'.length)}`} --dir ${dir}`
  state.report(`${name} has ended (${how}). ${again}`)
}

function descriptionOf(state: State): Description {
  if (state.description !== undefined) return state.description
  throw new FloeError('internal', 'The devnet is not described yet.')
}

function setPid(state: State, name: string, pid: number | null): void {
  const { sidecar, nodes, l1, contracts } = descriptionOf(state)
  state.description = {
    sidecar: name === 'sidecar' ? { ...sidecar, pid } : sidecar,
    nodes: nodes.map((node, i) => (name === nodeName(i) ? { ...node, pid } : node)),
    l1: name === 'l1' ? { ...l1, pid } : l1,
    contracts,
  }
}

async function publish(state: State): Promise<void> {
  state.writing = state.writing.then(async () => {
    if (state.stopping.signal.aborted) return
    await writeDescription(state.folder.dir, descriptionOf(state))
  })
  await state.writing
}

async function handle(state: State, request: ControlRequest): Promise<ControlReply> {
  if (request.command === 'identify') return { pid: process.pid }
  const name = request.command === 'start-sidecar' ? 'sidecar' : nodeName(request.index)
  const running = state.children.get(name)
  if (running !== undefined) return { pid: running.pid, error: `${name} runs already.` }
  const { port } = argumentsOf(state, name)
  if (await accepts(port)) return { pid: process.pid, error: `Something else listens on port ${port}.` }
  await startPart(state, name)
  await publish(state)
  const pid = state.children.get(name)?.pid ?? 0
  state.report(`${name} runs again as process ${pid}.`)
  return { pid }
}

/** Cuts logs that grow too long: the children append to them. */
async function boundLogs({ folder, clock, stopping }: State): Promise<void> {
  while (!stopping.signal.aborted) {
    for (const name of await readdir(folder.logs)) {
      const file = join(folder.logs, name)
      if (statSync(file).size > LOG_BYTES_MAX) truncateSync(file)
    }
    await clock.sleep(LOG_LOOK_MS, stopping.signal).catch(() => {})
  }
}

async function stopAll(state: State): Promise<void> {
  const { children, anvil, stopping, control, folder } = state
  stopping.abort()
  await state.writing
  await removeDescription(folder.dir)
  // The sidecar first, while there is something to finish with; the L1 last.
  await children.get('sidecar')?.stop()
  await Promise.all([...children.values()].map(async (child) => child.stop()))
  await anvil?.stop()
  await control.close()
}
