// The certificate of a posted header, from the transaction that posted it: a challenge is made with one (docs/protocol.md §7.1).
import { decodeFunctionData } from 'viem'
import type { CheckedCertificate } from '../client/retriever.ts'
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
 * @throws FloeError `unavailable`; `refused` for a post that was made by a contract: its input is that contract's own
 */
export async function certificateOfPost(
  l1: L1,
  checker: SignatureChecker,
  posted: PostedHeader,
  committee: Committee,
): Promise<CheckedCertificate> {
  const { transactionHash, digest, header } = posted
  const { input } = await l1.client.getTransaction({ hash: transactionHash }).catch((error: unknown) => {
    throw l1Unavailable(error, `read the post ${transactionHash}`)
  })
  const certificate = certificateIn(checker, posted, input)
  if (certificate === undefined)
    throw new FloeError(
      'refused',
      `The transaction ${transactionHash} is no post of ${digest} that can be read.`,
      { remedy: 'Challenge it by its commitment: floe challenge, or floe disprove.' },
    )
  checkCertificate(checker, committee, certificate)
  return { certificate, commitment: encodeCertificate(certificate), header, digest, committee }
}

function certificateIn(
  { domain }: SignatureChecker,
  { digest, header, headersRoot }: PostedHeader,
  input: Hex,
): Certificate | undefined {
  const args = argumentsOf(input)
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

function argumentsOf(input: Hex): readonly [Hex, unknown, bigint, Hex] | undefined {
  try {
    const call = decodeFunctionData({ abi: ledgerAbi, data: input })
    return call.functionName === 'post' ? call.args : undefined
  } catch {
    return undefined
  }
}
