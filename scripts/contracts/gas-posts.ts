// Measures the gas of epochs, posts, and checks of certificates.
import { encodeFunctionData } from 'viem'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import type { ShownHeader } from '../../src/l1/posted.ts'
import { postCall, postOneCall } from '../../src/l1/poster.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { type Certificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { epochMembersOf, packMembers } from '../../src/protocol/committee.ts'
import {
  type Header,
  NO_CONTENT_HASH,
  encodeHeader,
  headerDigest,
  headersTreePaths,
} from '../../src/protocol/header.ts'
import { attest, testHeader } from '../../test/support/deploy.ts'
import { membersEncoded, validityProof } from '../../test/support/dispute-evidence.ts'
import type { GasBench, Measured } from './gas-bench.ts'

/** Within the promise of the contracts, also on a machine whose clock is decades ahead. */
export const EXPIRY = 4_000_000_000
/** Headers of a typical post. */
export const GROUP = 64
const HEADERS_MAX = 512
/** Characters of the longest endpoint. */
const ENDPOINT_CHARACTERS = 256

export function headersOf(name: string, count: number, hasContentHash = true): Header[] {
  return Array.from({ length: count }, (_, i) =>
    testHeader(`${name} ${i}`, {
      length: 131_073 + 2 * i,
      expiry: EXPIRY,
      contentHash: hasContentHash ? testHeader(`content of ${name} ${i}`).root : NO_CONTENT_HASH,
    }),
  )
}

/** Exactly a quorum of signers. */
function signersOf({ floe }: GasBench): number[] {
  return Array.from({ length: floe.members.geometry.columns }, (_, i) => i)
}

export function callOfPost(bench: GasBench, headers: readonly Header[]): Call {
  const { headers: packed, signatures } = attest(bench.floe, bench.operators, headers, signersOf(bench))
  return postCall(bench.floe.ledger, { headers: packed, committee: bench.floe.members, signatures })
}

/** A header of a list, as it is shown under their headersRoot. */
export function shownIn({ floe }: GasBench, headers: readonly Header[], index: number): ShownHeader {
  const { paths } = headersTreePaths(headers.map((header) => headerDigest(floe.domain, header)))
  return { header: headers[index] as Header, index, path: (paths[index] ?? []).map(toHex) }
}

/** The certificate of a header of a list that a quorum attested together. */
export function certificateIn(bench: GasBench, headers: readonly Header[], index: number): Certificate {
  const { signatures } = attest(bench.floe, bench.operators, headers, signersOf(bench))
  return { ...shownIn(bench, headers, index), signatures }
}

function standsPostedCall({ floe }: GasBench, { header, index, path }: ShownHeader): Call {
  const args = [toHex(encodeHeader(header)), BigInt(index), toHex(concatBytes(...path.map(fromHex)))] as const
  const data = encodeFunctionData({ abi: ledgerAbi, functionName: 'standsPosted', args })
  return { to: floe.ledger, value: 0n, data }
}

async function measureEpoch(bench: GasBench): Promise<Measured> {
  const { members } = bench.floe.members
  const endpoints = members.map((_, i) => `https://storage-${i}.example`.padEnd(ENDPOINT_CHARACTERS, '/'))
  const args = [packMembers(members), endpoints] as const
  const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
  return bench.send({ to: bench.floe.committee, value: 0n, data }, await bench.owner())
}

async function measureViews(bench: GasBench, posted: readonly Header[]): Promise<Record<string, number>> {
  const { ledger, nitroProofValidator, members } = bench.floe
  const certificate = certificateIn(bench, posted, 1)
  const encoded = toHex(encodeCertificate(certificate))
  const verify = encodeFunctionData({
    abi: ledgerAbi,
    functionName: 'verify',
    args: [encoded, epochMembersOf(members)],
  })
  const proof = validityProof(encoded, true, membersEncoded(members))
  const validate = encodeFunctionData({
    abi: nitroProofValidatorAbi,
    functionName: 'validateCertificate',
    args: [proof],
  })
  const stands = await bench.view(standsPostedCall(bench, certificate))
  return {
    [`standsPosted of 1 of ${posted.length}, execution`]: stands,
    [`verify of 1 of ${posted.length}, execution`]: await bench.view({ to: ledger, value: 0n, data: verify }),
    [`validateCertificate of 1 of ${posted.length}, execution`]: await bench.view({
      to: nitroProofValidator,
      value: 0n,
      data: validate,
    }),
  }
}

/** Transactions and views of posts, by name. */
export async function measurePosts(
  bench: GasBench,
): Promise<{ transactions: Record<string, Measured>; views: Record<string, number> }> {
  const single = headersOf('single', 1)
  const group = headersOf('group', GROUP)
  const largest = headersOf('largest', HEADERS_MAX)
  const { ledger, members } = bench.floe
  const transactions: Record<string, Measured> = {
    'post 1 header': await bench.send(callOfPost(bench, single)),
    'post 1 header, again': await bench.send(callOfPost(bench, single)),
    'post 1 header without content hash': await bench.send(callOfPost(bench, headersOf('bare', 1, false))),
    [`post ${GROUP} headers`]: await bench.send(callOfPost(bench, group)),
    [`post ${HEADERS_MAX} headers`]: await bench.send(callOfPost(bench, largest)),
    [`postOne of ${GROUP} headers`]: await bench.send(
      postOneCall(ledger, certificateIn(bench, headersOf('other', GROUP), 1), members),
    ),
    [`postOne of ${HEADERS_MAX} headers`]: await bench.send(
      postOneCall(ledger, certificateIn(bench, headersOf('others', HEADERS_MAX), 1), members),
    ),
  }
  const first = await bench.view(standsPostedCall(bench, shownIn(bench, single, 0)))
  const views = {
    'standsPosted of 1 header, execution': first,
    ...(await measureViews(bench, group)),
    ...(await measureViews(bench, largest)),
  }
  // Last: it ends the epoch that the rest was posted for.
  transactions['startEpoch with the longest endpoints'] = await measureEpoch(bench)
  return { transactions, views }
}
