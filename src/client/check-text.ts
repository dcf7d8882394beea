// What a check of `verify` found, as a sentence for people.
import { quorumOf } from '../protocol/committee.ts'
import type { Header } from '../protocol/header.ts'
import { bytesText, shortHex } from '../runtime/text.ts'
import type { Check, Finding, Post } from './verify.ts'

const DAY_SECONDS = 86_400

/** @param now unix time in seconds, to which the expiry of a batch is compared */
export function checkText(check: Check, now: number): string {
  return check.result === 'failed' ? check.error.message : findingText(check, now)
}

function findingText(finding: Finding, now: number): string {
  switch (finding.name) {
    case 'certificate':
      return headerText(finding.header, now)
    case 'committee': {
      const { members, geometry } = finding.committee
      return `${members.length} members with ${geometry.shards} shards, as L1's committeeRoot says`
    }
    case 'signatures': {
      const { geometry } = finding.committee
      return `the holders of ${finding.shardsSigned} of ${geometry.shards} shards signed, ${quorumOf(geometry)} are needed`
    }
    case 'contract':
      return 'Ledger.verify answers true'
    case 'disputes':
      return 'L1 has not made the header invalid'
    case 'posted':
      return postText(finding.posted)
    case 'batch':
      return `${bytesText(finding.bytes)} encode to root ${shortHex(finding.root)}`
  }
}

function headerText({ expiry, length, epoch }: Header, now: number): string {
  const days = (expiry - now) / DAY_SECONDS
  const until =
    days > 0 ? `served for ${days.toFixed(1)} more days` : `expired ${(-days).toFixed(1)} days ago`
  return `a batch of ${bytesText(length)}, epoch ${epoch}, ${until}`
}

function postText(post: Post | undefined): string {
  if (post === undefined) return 'not on L1 yet'
  return `in block ${post.blockNumber}, transaction ${shortHex(post.transactionHash)}`
}
