// The attestations with which a headersRoot was posted. Events leave them out, so they are read from the transaction's own calldata.
import { decodeFunctionData } from 'viem'
import { getTransaction } from 'viem/actions'
import { type Hex, concatBytes, fromHex, toHex } from '../protocol/bytes.ts'
import { shardsOfBits } from '../protocol/committee.ts'
import { encodeHeader } from '../protocol/header.ts'
import { SIGNATURE_BYTES } from '../protocol/signature.ts'
import { ledgerAbi } from './generated/ledger.ts'
import type { PostedHeader } from './posted.ts'
import { type L1, l1Unavailable } from './rpc.ts'

export type MemberSignature = { readonly member: number; readonly signature: Hex }

/**
 * The signatures in the transaction that showed a posted header. None when another contract made the call, because its calldata is not
 * on L1 in a form that is known. The Ledger checks the signatures of the first post of a headersRoot only, so a caller checks those
 * that it uses.
 * @throws FloeError `unavailable`
 */
export async function attestationsOfPost(
  { client }: L1,
  posted: PostedHeader,
): Promise<readonly MemberSignature[]> {
  const { input } = await getTransaction(client, { hash: posted.transactionHash }).catch((error: unknown) => {
    throw l1Unavailable(error, 'read the transaction of a post')
  })
  return signaturesOfCall(input, posted)
}

function signaturesOfCall(data: Hex, { header, index, path }: PostedHeader): MemberSignature[] {
  const encoded = toHex(encodeHeader(header))
  const call = decodeCall(data)
  if (call === undefined) return []
  if (call.functionName === 'post') {
    const [headers, , signers, signatures] = call.args
    const start = 2 + 2 * 100 * index
    const isShown = headers.slice(start, start + 200) === encoded.slice(2)
    return isShown ? unpackSignatures(signers, signatures) : []
  }
  if (call.functionName === 'postOne') {
    const [shown, place, siblings, , signers, signatures] = call.args
    const isShown =
      shown === encoded && place === BigInt(index) && siblings === toHex(concatBytes(...path.map(fromHex)))
    return isShown ? unpackSignatures(signers, signatures) : []
  }
  return []
}

/** Undefined for calldata of another function or contract. */
function decodeCall(data: Hex) {
  try {
    return decodeFunctionData({ abi: ledgerAbi, data })
  } catch {
    return undefined
  }
}

function unpackSignatures(signers: bigint, packed: Hex): MemberSignature[] {
  const bytes = fromHex(packed)
  return shardsOfBits(signers).flatMap((member, i) => {
    const signature = bytes.subarray(i * SIGNATURE_BYTES, (i + 1) * SIGNATURE_BYTES)
    return signature.length === SIGNATURE_BYTES ? [{ member, signature: toHex(signature) }] : []
  })
}
