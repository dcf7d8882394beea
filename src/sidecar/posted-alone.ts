// Which headers are posted to L1 alone, and not in a group.
//
// A certificate is valid for Nitro only if its own headersRoot is posted (docs/protocol.md §8), so a batch of Nitro gets a post of its
// own. Every sidecar of a disperser can tell such a header, from its expiry alone: it is odd. So nothing has to be recorded or announced
// for it, and the same bytes put for another rollup have another header (decision 017).
import type { Header } from '../protocol/header.ts'

export function isPostedAlone({ expiry }: Pick<Header, 'expiry'>): boolean {
  return expiry % 2 === 1
}

/** The expiry of a header, at most a second earlier than `seconds`. */
export function expiryFor(seconds: number, postedAlone: boolean): number {
  return isPostedAlone({ expiry: seconds }) === postedAlone ? seconds : seconds - 1
}
