// Submits evidence to L1. Openings that are on L1 already are not sent again, and nothing is sent once L1 holds the header to be
// inconsistent.
import { encodePacked, keccak256 } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Disputes } from '../l1/disputes.ts'
import { evidenceCalls } from '../l1/dispute-calls.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Call, Intent } from '../l1/tx-manager/calls.ts'
import type { TransactionSender, SendResult } from '../l1/tx-manager/tx-manager.ts'
import type { HeaderEvidence } from './evidence-file.ts'

type DisputesReader = Pick<Disputes, 'address' | 'faultsOf' | 'openingsSubmitted'>

/** One block: L1 may show the fault with the next one. */
const RETRY_SECONDS = 12

/**
 * Submits what is missing of the evidence, and resolves when L1 holds the header to be inconsistent.
 * @returns the result of each transaction; empty when L1 held it so before
 * @throws FloeError `refused` when the contract rejects the evidence, `unavailable`
 */
export async function submitEvidence(
  disputes: DisputesReader,
  sender: Pick<TransactionSender, 'address' | 'send'>,
  proven: HeaderEvidence,
): Promise<SendResult[]> {
  const { digest } = proven
  const results: SendResult[] = []
  for (const call of await remainingEvidenceCalls(disputes, sender.address, proven)) {
    const result = await sendUnlessProven(disputes, sender, digest, call)
    results.push(result)
    if (result.outcome === 'not-wanted') break
  }
  if (await isProven(disputes, digest)) return results
  throw new FloeError(
    'unavailable',
    `Expected L1 to show ${digest} as inconsistent, it does not yet: the evidence is sent.`,
    { retryAfterSeconds: RETRY_SECONDS },
  )
}

/** The transactions that are missing on L1; none when the header is inconsistent for L1 already. */
export async function remainingEvidenceCalls(
  disputes: DisputesReader,
  sender: Hex,
  { digest, shown, evidence }: HeaderEvidence,
): Promise<Call[]> {
  if (await isProven(disputes, digest)) return []
  const submitted =
    evidence.kind === 'parity' ? await disputes.openingsSubmitted(sender, digest, evidence.line) : 0
  return evidenceCalls(disputes.address, shown, evidence, submitted)
}

/** The contract refuses evidence against a header that another account has proven inconsistent: then nothing is left to do. */
async function sendUnlessProven(
  disputes: DisputesReader,
  sender: Pick<TransactionSender, 'send'>,
  digest: Hex,
  call: Call,
): Promise<SendResult> {
  try {
    return await sender.send(evidenceIntent(disputes, digest, call))
  } catch (error) {
    if (await isProven(disputes, digest)) return { outcome: 'not-wanted' }
    throw error
  }
}

/** The name of the intent follows from the call, so that after a crash the journal has it and it is not signed again. */
function evidenceIntent(disputes: DisputesReader, digest: Hex, call: Call): Intent {
  const id = keccak256(encodePacked(['bytes32', 'bytes'], [digest, call.data]))
  return {
    id,
    label: 'evidence',
    call,
    keys: [id],
    abi: disputesAbi,
    precondition: async (blockNumber) => !(await isProven(disputes, digest, blockNumber)),
  }
}

async function isProven(
  disputes: Pick<Disputes, 'faultsOf'>,
  digest: Hex,
  blockNumber?: number,
): Promise<boolean> {
  const { inconsistent } = await disputes.faultsOf(digest, blockNumber)
  return inconsistent
}
