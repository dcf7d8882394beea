// The L1 of a devnet: anvil, with its chain in a file. anvil does not replace this file atomically, so a copy from the last start
// is kept, for when the file was cut off.
import { closeSync, existsSync, openSync } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { Anvil } from './anvil.ts'
import type { Folder } from './folder.ts'

const BLOCK_SECONDS = 2

export type LocalL1Options = {
  readonly folder: Pick<Folder, 'l1State' | 'logs' | 'settings'>
  readonly clock: Clock
  /** Called with a sentence for the user. */
  readonly report: (sentence: string) => void
}

/** @throws FloeError `configuration` when anvil does not start, or the chain is cut off and has no copy */
export async function startLocalL1({ folder, clock, report }: LocalL1Options): Promise<Anvil> {
  const { l1State, logs, settings } = folder
  if (existsSync(l1State)) await restoreIfCutOff(l1State, report)
  const logFd = openSync(join(logs, 'l1.log'), 'w')
  try {
    const port = settings.l1Port
    return await Anvil.start({ port, blockSeconds: BLOCK_SECONDS, stateFile: l1State, logFd }, clock)
  } finally {
    closeSync(logFd)
  }
}

async function restoreIfCutOff(stateFile: string, report: LocalL1Options['report']): Promise<void> {
  const previous = `${stateFile}.previous`
  if (await isWhole(stateFile)) {
    await copyFile(stateFile, previous)
    return
  }
  if (!existsSync(previous)) {
    throw new FloeError('configuration', `The chain in ${stateFile} is cut off.`, {
      remedy: 'Start with --reset.',
    })
  }
  report('The file of the chain was cut off while it was written; the chain of the last start is used.')
  await copyFile(previous, stateFile)
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
