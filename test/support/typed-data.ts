// The EIP-712 types of docs/protocol.md §4 in the form of viem, whose digests are compared with those of src/protocol.
import type { Domain } from '../../src/protocol/header.ts'

export const floeTypes = {
  Header: [
    { name: 'root', type: 'bytes32' },
    { name: 'length', type: 'uint32' },
    { name: 'epoch', type: 'uint32' },
    { name: 'expiry', type: 'uint64' },
    { name: 'disperser', type: 'address' },
    { name: 'contentHash', type: 'bytes32' },
  ],
  Attestation: [
    { name: 'headersRoot', type: 'bytes32' },
    { name: 'committeeRoot', type: 'bytes32' },
  ],
} as const

export function typedDomain({ chainId, ledger }: Domain): {
  name: string
  version: string
  chainId: number
  verifyingContract: `0x${string}`
} {
  return { name: 'Floe', version: '1', chainId, verifyingContract: ledger }
}
