// Rebuilds the certificate of a posted header from the transaction that posted it: a challenge needs one (docs/protocol.md §7.1).
import { getTransaction } from 'viem/actions'
import { decodeFunctionData } from 'viem'
import type { CheckedCertificate } from '../client/certified-header.ts'
import { ledgerAbi } from '../l1/generated/ledger.ts'
import { headersOfPost, type PostedHeader } from '../l1/posted.ts'
import { type L1, l1Unavailable } from '../l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import {
  type Certificate,
  type SignatureChecker,
  checkCertificate,
  encodeCertificate,
} from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { headersTree } from '../protocol/header.ts'
import { SIGNATURE_BYTES } from '../protocol/signature.ts'

/**
 * @throws FloeError `unavailable`; `refused` for a post that a contract made, because its input has that contract's own format
 */
export async function certificateOfPost(
  l1: L1,
  checker: SignatureChecker,
  posted: PostedHeader,
  committee: Committee,
): Promise<CheckedCertificate> {
  const { transactionHash, digest, header } = posted
  const { input } = await getTransaction(l1.client, { hash: transactionHash }).catch((error: unknown) => {
    throw l1Unavailable(error, `read the post ${transactionHash}`)
  })
  const certificate = certificateIn(checker, posted, input)
  if (certificate === undefined)
    throw new FloeError(
      'refused',
      `Expected a call of Ledger.post with ${digest} in transaction ${transactionHash}, got another input.`,
      { remedy: 'Dispute the batch by its commitment: floe challenge, or floe disprove.' },
    )
  checkCertificate(checker, committee, certificate)
  return { certificate, commitment: encodeCertificate(certificate), header, digest, committee }
}

function certificateIn(
  { domain }: SignatureChecker,
  { digest, header, headersRoot }: PostedHeader,
  input: Hex,
): Certificate | undefined {
  const args = postArguments(input)
  if (args === undefined) return undefined
  const [packed, , signers, signatures] = args
  const digests = headersOfPost(domain, headersRoot, fromHex(packed)).map((one) => one.digest)
  const index = digests.indexOf(digest)
  if (index < 0) return undefined
  const { path } = headersTree(digests.map(fromHex), index)
  const bytes = fromHex(signatures)
  const members = Array.from({ length: 256 }, (_, i) => i).filter((i) => (signers >> BigInt(i)) & 1n)
  if (bytes.length !== members.length * SIGNATURE_BYTES) return undefined
  return {
    header,
    path: path.map(toHex),
    signatures: members.map((member, i) => ({
      member,
      signature: toHex(bytes.subarray(i * SIGNATURE_BYTES, (i + 1) * SIGNATURE_BYTES)),
    })),
  }
}

function postArguments(input: Hex): readonly [Hex, unknown, bigint, Hex] | undefined {
  try {
    const call = decodeFunctionData({ abi: ledgerAbi, data: input })
    return call.functionName === 'post' ? call.args : undefined
  } catch {
    return undefined
  }
}
