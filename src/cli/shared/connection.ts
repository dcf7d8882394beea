// How commands find a sidecar and L1: from their options, else from the devnet of the working directory, else the default port.
import { InvalidArgumentError, Option } from 'commander'
import { type Hex, parseHex, toHex } from '../../protocol/bytes.ts'
import { COMMITMENT_BYTES_MAX } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { DEVNET_DIR_DEFAULT, readDescription } from '../../devnet/description.ts'
import { requireOption } from './options.ts'

const URL_DEFAULT = 'http://127.0.0.1:4242'

export function urlOption(): Option {
  return new Option(
    '--url <url>',
    `the sidecar (default: that of the devnet in this folder, else ${URL_DEFAULT})`,
  ).env('FLOE_URL')
}

function devnetDir(): string {
  return process.env['FLOE_DEVNET_DIR'] ?? DEVNET_DIR_DEFAULT
}

/** @throws FloeError `configuration` for a URL of another scheme */
export function sidecarUrl(flag: string | undefined): string {
  const url = flag ?? readDescription(devnetDir())?.sidecar.url ?? URL_DEFAULT
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url
  throw new FloeError('configuration', `Expected an http or https URL of a sidecar, got ${url}.`, {
    remedy: 'Correct --url or FLOE_URL.',
  })
}

export type L1Flags = {
  rpcUrl?: string[]
  committee?: Hex
  ledger?: Hex
  disputes?: Hex
  deploymentBlock?: number
}

type L1Connection = { rpcUrls: string[]; committee: Hex; ledger: Hex; deploymentBlock: number | undefined }

/** @throws FloeError `configuration` when neither the options nor a devnet name L1 and its contracts */
export function l1Connection(flags: L1Flags): L1Connection {
  const devnet = readDescription(devnetDir())
  const known = devnet?.contracts
  return {
    rpcUrls: requireOption(
      flags.rpcUrl ?? (devnet === undefined ? undefined : [devnet.l1.url]),
      '--rpc-url',
      'FLOE_RPC_URL',
    ),
    committee: requireOption(flags.committee ?? known?.committee, '--committee', 'FLOE_COMMITTEE'),
    ledger: requireOption(flags.ledger ?? known?.ledger, '--ledger', 'FLOE_LEDGER'),
    // The block of the devnet is that of its own contracts only.
    deploymentBlock:
      flags.deploymentBlock ?? (flags.ledger === undefined ? known?.deploymentBlock : undefined),
  }
}

/** The Disputes contract, if the options or a devnet name it. */
export function disputesContract({ disputes }: L1Flags): Hex | undefined {
  return disputes ?? readDescription(devnetDir())?.contracts.disputes
}

/** Parses a commitment, and returns it in its canonical spelling. */
export function commitmentArgument(text: string): Hex {
  try {
    return toHex(parseHex(text, COMMITMENT_BYTES_MAX))
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
