// Bringing evidence to L1, all of it, and nothing twice: what is there already is not sent again, and a header that is
// inconsistent for L1 already has nothing more to prove.
import { encodePacked, keccak256 } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Disputes, disproveCalls } from '../l1/disputes.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Call, Intent } from '../l1/tx-manager/calls.ts'
import type { Sender, SendResult } from '../l1/tx-manager/tx-manager.ts'
import type { CertifiedEvidence } from './evidence-file.ts'

type Contract = Pick<Disputes, 'address' | 'faultsOf' | 'openingsBrought'>

/** The transactions that are still to be made; none when the header is inconsistent for L1 already. */
export async function remainingEvidenceCalls(
  disputes: Contract,
  sender: Hex,
  { checked, evidence }: CertifiedEvidence,
): Promise<Call[]> {
  const { commitment, committee, digest } = checked
  const { inconsistent } = await disputes.faultsOf(digest)
  if (inconsistent) return []
  const brought =
    evidence.kind === 'parity' ? await disputes.openingsBrought(sender, digest, evidence.line) : 0
  const certified = { certificate: commitment, members: committee.members }
  return disproveCalls(disputes.address, certified, evidence, brought)
}

/**
 * Sends what is missing and resolves when L1 says that the header is invalid.
 * @returns what each transaction came to; none: there was nothing left to prove
 * @throws FloeError `refused` when the contract takes it for no evidence, `unavailable`
 */
export async function submitEvidence(
  disputes: Contract,
  sender: Pick<Sender, 'address' | 'send'>,
  accusation: CertifiedEvidence,
): Promise<SendResult[]> {
  const { digest } = accusation.checked
  const results: SendResult[] = []
  for (const call of await remainingEvidenceCalls(disputes, sender.address, accusation)) {
    const result = await sender.send(intentOf(disputes, digest, call)).catch(async (error: unknown) => {
      // Somebody else may have been faster: then it is refused, and done.
      const { inconsistent } = await disputes.faultsOf(digest)
      if (inconsistent) return { outcome: 'not-wanted' as const }
      throw error
    })
    results.push(result)
    if (result.outcome === 'not-wanted') break
  }
  const { inconsistent } = await disputes.faultsOf(digest)
  if (inconsistent) return results
  throw new FloeError('unavailable', `The evidence against ${digest} is sent, and L1 does not show it yet.`, {
    retryAfterSeconds: 12,
  })
}

/** The same call is the same intent: after a crash it is found in the journal, and not made anew. */
function intentOf(disputes: Contract, digest: Hex, call: Call): Intent {
  const id = keccak256(encodePacked(['bytes32', 'bytes'], [digest, call.data]))
  return {
    id,
    label: 'evidence',
    call,
    keys: [id],
    abi: disputesAbi,
    stillWanted: async (block) => !(await disputes.faultsOf(digest, block)).inconsistent,
  }
}
