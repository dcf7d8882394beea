// Where commands find a sidecar and the L1: what they are told, else the devnet of this folder, else the usual port.
import { InvalidArgumentError, Option } from 'commander'
import { type Hex, parseHex, toHex } from '../../protocol/bytes.ts'
import { COMMITMENT_BYTES_MAX } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { DEVNET_DIR_DEFAULT, readDescription } from '../../devnet/description.ts'
import { required } from './options.ts'

const URL_DEFAULT = 'http://127.0.0.1:4242'

export function urlOption(): Option {
  return new Option(
    '--url <url>',
    `the sidecar (default: the devnet of this folder, else ${URL_DEFAULT})`,
  ).env('FLOE_URL')
}

function devnetDir(): string {
  return process.env['FLOE_DEVNET_DIR'] ?? DEVNET_DIR_DEFAULT
}

/** The URL of the sidecar to talk to. */
export function sidecarUrl(flag: string | undefined): string {
  const url = flag ?? readDescription(devnetDir())?.sidecar.url ?? URL_DEFAULT
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url
  throw new FloeError('configuration', `Expected the sidecar's http or https URL, got ${url}.`, {
    remedy: 'Correct --url or FLOE_URL.',
  })
}

export type L1Flags = { rpcUrl?: string[]; committee?: Hex; ledger?: Hex; disputes?: Hex }

/** The L1 to check against. @throws FloeError `configuration` when nothing says which */
export function l1Connection(flags: L1Flags): { rpcUrls: string[]; committee: Hex; ledger: Hex } {
  const devnet = readDescription(devnetDir())
  const known = devnet?.contracts
  return {
    rpcUrls: required(
      flags.rpcUrl ?? (devnet === undefined ? undefined : [devnet.l1.url]),
      '--rpc-url',
      'FLOE_RPC_URL',
    ),
    committee: required(flags.committee ?? known?.committee, '--committee', 'FLOE_COMMITTEE'),
    ledger: required(flags.ledger ?? known?.ledger, '--ledger', 'FLOE_LEDGER'),
  }
}

/** The Disputes contract, where something says which. */
export function disputesContract({ disputes }: L1Flags): Hex | undefined {
  return disputes ?? readDescription(devnetDir())?.contracts.disputes
}

/** A commitment on the command line, in its one spelling. */
export function commitmentArgument(text: string): Hex {
  try {
    return toHex(parseHex(text, COMMITMENT_BYTES_MAX))
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
