// Options that commands share which are no service's; those of `floe node` and `floe sidecar` follow from src/config.
import { Option } from 'commander'
import { FloeError } from '../../protocol/errors.ts'
import { FINALITY_DEFAULT } from '../../l1/chain.ts'
import { addressKind, argument, finalityKind, l1EndpointsKind } from '../../config/kinds.ts'

export function rpcUrlOption(): Option {
  const parse = argument(l1EndpointsKind)
  return new Option('--rpc-url <url>', 'L1 endpoint; several by commas or by repeating it')
    .env('FLOE_RPC_URL')
    .argParser((text: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      ...parse(text),
    ])
}

export function committeeOption(): Option {
  return new Option('--committee <address>', 'the Committee contract')
    .env('FLOE_COMMITTEE')
    .argParser(argument(addressKind))
}

export function ledgerOption(): Option {
  return new Option('--ledger <address>', 'the Ledger contract')
    .env('FLOE_LEDGER')
    .argParser(argument(addressKind))
}

export function disputesOption(): Option {
  return new Option('--disputes <address>', 'the Disputes contract')
    .env('FLOE_DISPUTES')
    .argParser(argument(addressKind))
}

export function finalityOption(): Option {
  return new Option('--finality <block>', 'what of L1 counts: finalized, safe, or a number of blocks on top')
    .env('FLOE_FINALITY')
    .default(FINALITY_DEFAULT)
    .argParser(argument(finalityKind))
}

/** @throws FloeError `configuration` for an option without which the command cannot do anything */
export function required<T>(value: T | undefined, flag: string, variable: string): T {
  if (value !== undefined) return value
  throw new FloeError('configuration', `Expected ${flag} or ${variable}, got neither.`, {
    remedy: 'floe devnet starts everything with the right values on this machine.',
  })
}
