// `floe get`: commitment in, bytes out.
import { rename, rm, writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { commitmentArgument, sidecarUrl, urlOption } from './shared/connection.ts'
import { bytesText } from '../runtime/text.ts'
import { printResult, withProgress } from './shared/terminal.ts'

type GetFlags = { url?: string; output?: string; json?: boolean }

export function getCommand(): Command {
  return new Command('get')
    .summary('get a batch back')
    .description(
      'Gets a batch from a sidecar, which asks storage nodes for enough of it and checks what they answer.\n' +
        'The sidecar is trusted here; floe verify trusts nobody but L1.',
    )
    .argument('<commitment>', 'what floe put printed', commitmentArgument)
    .option('-o, --output <file>', 'where to write it; standard output if left out')
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
Examples:
  floe get 0x016601… -o batch.bin
  floe get $COMMITMENT | sha256sum`,
    )
    .action(async (commitment: Hex, _flags: unknown, self: Command) =>
      get(commitment, self.optsWithGlobals<GetFlags>()),
    )
}

async function get(commitment: Hex, flags: GetFlags): Promise<void> {
  const { output, json = false } = flags
  if (json && output === undefined) {
    throw new FloeError('configuration', 'Expected -o FILE with --json: both would go to standard output.')
  }
  const { createSidecarClient } = await import('../client/sidecar.ts')
  const client = createSidecarClient(sidecarUrl(flags.url))
  const startedAt = systemClock.monotonic()
  const batch = await withProgress('getting', async () => client.get(commitment))
  const milliseconds = Math.round(systemClock.monotonic() - startedAt)
  if (output === undefined) {
    await writeOut(batch)
    return
  }
  await writeWhole(output, batch)
  const text = `${bytesText(batch.length)} in ${milliseconds} ms, written to ${output}`
  printResult(json, { bytes: batch.length, milliseconds, output }, text)
}

async function writeOut(batch: Uint8Array): Promise<void> {
  if (process.stdout.isTTY && !isText(batch)) {
    throw new FloeError('configuration', 'The batch is binary, and standard output is a terminal.', {
      remedy: 'Use -o FILE, or send it on with a pipe.',
    })
  }
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(batch, (error) => (error ? reject(error) : resolve()))
  })
}

function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return !/[\p{Cc}]/u.test(text.replaceAll(/[\n\r\t]/g, ''))
  } catch {
    return false
  }
}

/** Whole or not at all: a reader never finds a file that ends in the middle. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.part`
  try {
    await writeFile(temporary, bytes)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw new FloeError('configuration', `Cannot write ${file}: ${String(error)}.`, { cause: error })
  }
}
