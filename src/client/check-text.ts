// What a check of `verify` found, as a sentence for people.
import { quorumOf } from '../protocol/committee.ts'
import type { Header } from '../protocol/header.ts'
import { timeText } from '../runtime/clock.ts'
import { bytesText, shortHex } from '../runtime/text.ts'
import type { Post, Posting } from './posting-result.ts'
import type { Check, Finding } from './verify.ts'

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
      return postingText(finding.posting, finding.post)
    case 'nitro':
      return nitroTexts[finding.verdict]
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

function postingText({ status, postedAt, postableUntil }: Posting, post: Post | undefined): string {
  const where =
    post === undefined ? '' : `, in block ${post.blockNumber}, transaction ${shortHex(post.transactionHash)}`
  if (status === 'stands') return `stands posted since ${timeText(postedAt ?? 0)}${where}`
  if (status === 'postable')
    return `not on L1 yet: any account can post it until ${timeText(postableUntil ?? 0)}`
  if (postedAt === undefined) return 'not on L1, and too late to post: it never stands posted'
  return `posted at ${timeText(postedAt)}, which is too late or too early for its expiry: it never stands posted${where}`
}

const nitroTexts = {
  valid: 'valid for Nitro',
  invalid: 'not valid for Nitro: it does not stand posted, or its length is a multiple of 32',
  'not-decided': 'not decided for Nitro until it is posted, or can no longer be',
} as const
