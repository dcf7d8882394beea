// Options that several commands share. The options of the services follow from src/config.
import { Option } from 'commander'
import { FloeError } from '../../protocol/errors.ts'
import { FINALITY_DEFAULT } from '../../l1/finality-rule.ts'
import { addressKind, argumentParser, blockKind, finalityKind, l1EndpointsKind } from '../../config/kinds.ts'

export function rpcUrlOption(): Option {
  const parse = argumentParser(l1EndpointsKind)
  return new Option('--rpc-url <url>', 'L1 endpoint; separate several by commas, or repeat the flag')
    .env('FLOE_RPC_URL')
    .argParser((text: string, previous: readonly string[] | undefined) => [
      ...(previous ?? []),
      ...parse(text),
    ])
}

export function committeeOption(): Option {
  return new Option('--committee <address>', 'the Committee contract')
    .env('FLOE_COMMITTEE')
    .argParser(argumentParser(addressKind))
}

export function ledgerOption(): Option {
  return new Option('--ledger <address>', 'the Ledger contract')
    .env('FLOE_LEDGER')
    .argParser(argumentParser(addressKind))
}

export function disputesOption(): Option {
  return new Option('--disputes <address>', 'the Disputes contract')
    .env('FLOE_DISPUTES')
    .argParser(argumentParser(addressKind))
}

export function deploymentBlockOption(): Option {
  return new Option(
    '--deployment-block <block>',
    'the L1 block that deployed the contracts; nothing below it is read',
  )
    .env('FLOE_DEPLOYMENT_BLOCK')
    .argParser(argumentParser(blockKind))
}

export function finalityOption(): Option {
  return new Option(
    '--finality <block>',
    'L1 block that counts as final: finalized, safe, or a number of confirmations',
  )
    .env('FLOE_FINALITY')
    .default(FINALITY_DEFAULT)
    .argParser(argumentParser(finalityKind))
}

/** @throws FloeError `configuration` when the value of the option is not given */
export function requireOption<T>(value: T | undefined, flag: string, variable: string): T {
  if (value !== undefined) return value
  throw new FloeError('configuration', `Expected ${flag} or ${variable}, got neither of them.`, {
    remedy: 'In the folder of a running floe devnet, the values of that devnet are used.',
  })
}
