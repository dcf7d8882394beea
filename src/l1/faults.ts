// The faults of a header, as the Disputes contract counts them (docs/protocol.md §7).

export type Faults = { readonly withheld: boolean; readonly inconsistent: boolean }

/** The faults in a number of the contract: 1 withheld, 2 inconsistent, 3 both. */
export function faultsOfBits(bits: number): Faults {
  return { withheld: (bits & 1) !== 0, inconsistent: (bits & 2) !== 0 }
}
