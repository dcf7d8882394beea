// `floe get`: fetches the batch of a commitment from a sidecar.
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
      'Gets a batch from a sidecar, which retrieves it from storage nodes and checks what they serve.\n' +
        'This command trusts the sidecar; floe verify trusts only L1.',
    )
    .argument('<commitment>', 'the commitment that floe put printed', commitmentArgument)
    .option('-o, --output <file>', 'file to write to (default: standard output)')
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
    throw new FloeError('configuration', 'Expected -o FILE together with --json, got only --json.', {
      remedy: 'Without a file, both the batch and the JSON would go to standard output.',
    })
  }
  const { SidecarClient } = await import('../client/sidecar.ts')
  const client = new SidecarClient({ url: sidecarUrl(flags.url), retriesMax: 0 })
  const startedAt = systemClock.monotonic()
  const batch = await withProgress('getting', async () => client.get(commitment))
  const milliseconds = Math.round(systemClock.monotonic() - startedAt)
  if (output === undefined) {
    await writeToStandardOutput(batch)
    return
  }
  await writeAtomically(output, batch)
  const text = `${bytesText(batch.length)} in ${milliseconds} ms, written to ${output}`
  printResult(json, { bytes: batch.length, milliseconds, output }, text)
}

async function writeToStandardOutput(batch: Uint8Array): Promise<void> {
  if (process.stdout.isTTY && !isText(batch)) {
    throw new FloeError('configuration', 'Expected text on a terminal, got a binary batch.', {
      remedy: 'Write it to a file with -o FILE, or to a pipe.',
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

/** Other programs never see a partly written file. */
async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.part`
  try {
    await writeFile(temporary, bytes)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw new FloeError('configuration', `Cannot write ${file}: ${String(error)}.`, { cause: error })
  }
}
