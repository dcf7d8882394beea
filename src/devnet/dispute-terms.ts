// The terms of a deployment on a development chain (docs/protocol.md §6.2, §7).
import type { Hex } from '../protocol/bytes.ts'
import { geometryOf } from '../protocol/geometry.ts'

/** The terms that the constructor of Disputes takes. */
export type DisputesConstructorTerms = {
  readonly window: bigint
  readonly bond: bigint
  readonly operatorFine: bigint
  readonly disperserFine: bigint
  readonly operatorDepositMin: bigint
  readonly disperserDepositMin: bigint
  readonly treasury: Hex
}

/** Those of the Ledger and of Disputes. */
export type DeploymentTerms = DisputesConstructorTerms & {
  readonly noticeSeconds: bigint
  readonly promiseSeconds: bigint
}

const DAY_SECONDS = 86_400n
const ETHER_WEI = 10n ** 18n
/** Gas of evidence as FairTerms.sol bounds it. */
const EVIDENCE_GAS = 300_000n
const OPENING_GAS = 125_000n
const GAS_PRICE_WEI = 100n * 10n ** 9n
/** The contract refuses a fine below twice the price of the gas; half as much again leaves room. */
const GAS_FACTOR = 3n
/** Fines that a minimum deposit pays. */
const FINES = 2n

/** Terms that the contracts accept for committees of `shards` shards. The amounts are large enough to see in a balance. */
export function defaultTerms(shards: number): DeploymentTerms {
  const openings = BigInt(geometryOf(shards).columns) + 1n
  const evidenceWei = GAS_FACTOR * GAS_PRICE_WEI * (EVIDENCE_GAS + OPENING_GAS * openings)
  const disperserFine = evidenceWei > ETHER_WEI ? evidenceWei : ETHER_WEI
  return {
    noticeSeconds: 7n * DAY_SECONDS,
    promiseSeconds: 15n * DAY_SECONDS,
    // The shortest that is allowed: a trial moves the chain's clock instead of waiting.
    window: 3_600n,
    bond: ETHER_WEI / 10n,
    operatorFine: ETHER_WEI,
    disperserFine,
    operatorDepositMin: FINES * ETHER_WEI,
    disperserDepositMin: FINES * disperserFine,
    treasury: `0x${'f1'.repeat(20)}`,
  }
}
