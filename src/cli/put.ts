// `floe put`: sends a batch to a sidecar and prints its commitment.
import { Command } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { sidecarUrl, urlOption } from './shared/connection.ts'
import { bytesText } from '../runtime/text.ts'
import { printResult, withProgress } from './shared/terminal.ts'

type PutFlags = { url?: string; json?: boolean }

export function putCommand(): Command {
  return new Command('put')
    .summary('make a batch available, and print its commitment')
    .description(
      'Sends a batch to a sidecar, which disperses it to the committee and collects a certificate.\n' +
        'Prints the commitment: the bytes that a rollup posts to L1, and all that a reader needs to get the batch and verify it.',
    )
    .argument('<file>', 'file with the batch; - for standard input')
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
Examples:
  floe put batch.bin
  head -c 1000000 /dev/urandom | floe put -
  COMMITMENT=$(floe put batch.bin)
  floe put batch.bin --json | jq .commitment`,
    )
    .action(async (file: string, _flags: unknown, self: Command) =>
      put(file, self.optsWithGlobals<PutFlags>()),
    )
}

async function put(file: string, flags: PutFlags): Promise<void> {
  const url = sidecarUrl(flags.url)
  const { readBatch } = await import('./shared/batch-input.ts')
  const batch = await readBatch(file)
  const { SidecarClient } = await import('../client/sidecar.ts')
  const client = new SidecarClient({ url, retriesMax: 0 })
  const startedAt = systemClock.monotonic()
  const label = `putting ${bytesText(batch.length)} to ${url}`
  const receipt = await withProgress(label, async () => client.put(batch))
  const milliseconds = Math.round(systemClock.monotonic() - startedAt)
  if (flags.json !== true) console.error(`${bytesText(batch.length)} certified in ${milliseconds} ms`)
  printResult(flags.json === true, { ...receipt, bytes: batch.length, milliseconds }, receipt.commitment)
}
