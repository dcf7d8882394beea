// Evidence by hand: found in the slivers or read from a file, kept in a file, and submitted to L1 (docs/challengers.md).
import { readFile, stat, writeFile } from 'node:fs/promises'
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { geometryOf } from '../../protocol/geometry.ts'
import {
  EVIDENCE_FILE_BYTES_MAX,
  type HeaderEvidence,
  readEvidenceFile,
  toEvidenceFile,
} from '../evidence-file.ts'
import { findEvidence } from '../evidence-search.ts'
import { sliversFromNodes } from '../sliver-sources.ts'
import { remainingEvidenceCalls, submitEvidence } from '../submit-evidence.ts'
import type { DisputeSession } from './session.ts'
import { disputesAbi } from '../../l1/generated/disputes.ts'
import { type Outcome, type SendOptions, addressOf, planCalls, withAccount } from './transactions.ts'

/** Evidence against a header: read from a file, or found in the slivers that storage nodes serve. */
export async function loadEvidence(
  session: DisputeSession,
  from: { readonly commitment: Hex } | { readonly file: string },
): Promise<HeaderEvidence> {
  if ('file' in from) {
    const { domain } = session.checker
    const { shards } = await session.ledger.terms()
    return readEvidenceFile(await readBounded(from.file), { domain, geometry: geometryOf(shards) })
  }
  const shown = await session.posted(from.commitment)
  const { digest, header, committee } = shown
  const source = sliversFromNodes(shown, session.retrieval)
  const subject = { header, geometry: committee.geometry }
  const result = await findEvidence(session.retrieval.kernel, subject, source)
  if (result.kind === 'evidence') return { digest, shown, evidence: result.evidence }
  throw noEvidence(result.missing.length)
}

/** Submits evidence, or plans its transactions. @param output a new file that keeps the evidence */
export async function disprove(
  session: DisputeSession,
  proven: HeaderEvidence,
  options: SendOptions & { readonly output?: string | undefined },
): Promise<Outcome> {
  if (options.output !== undefined) await writeEvidence(proven, options.output)
  const { disputes } = session
  if (options.dryRun) {
    const address = await addressOf(options)
    const calls = await remainingEvidenceCalls(disputes, address, proven)
    return planCalls(session, address, { label: 'evidence', calls, abi: disputesAbi })
  }
  return withAccount(session, options, async (account) => ({
    transactions: await submitEvidence(disputes, account, proven),
  }))
}

function noEvidence(missing: number): FloeError {
  if (missing === 0)
    return new FloeError(
      'refused',
      'Every sliver is on one codeword: the encoding is valid, and no evidence exists.',
      {
        facts: { missing },
      },
    )
  return new FloeError(
    'unavailable',
    `Every sliver that is served is on one codeword, and ${missing} slivers are not served.`,
    { facts: { missing }, remedy: 'Challenge a sliver that is withheld: floe challenge.' },
  )
}

async function readBounded(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size <= EVIDENCE_FILE_BYTES_MAX) return await readFile(file, 'utf8')
  } catch (error) {
    throw new FloeError('configuration', `Cannot read ${file}: ${String(error)}.`, { cause: error })
  }
  throw new FloeError(
    'configuration',
    `Expected evidence of at most ${EVIDENCE_FILE_BYTES_MAX} bytes, ${file} is larger.`,
  )
}

async function writeEvidence(proven: HeaderEvidence, file: string): Promise<void> {
  const text = `${JSON.stringify(toEvidenceFile(proven))}\n`
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot write ${file}: ${String(error)}.`, {
      remedy: 'Give --output the name of a new file in a folder that exists.',
      cause: error,
    })
  })
}
