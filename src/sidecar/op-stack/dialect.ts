// What a rollup's node makes of an answer depends on its client. Upstream's (op-alt-da/daclient.go) sends no query, and leaks the
// connection of an error with a body. Forks of it, such as EigenDA's, name the L1 block that included the commitment, and read the
// body of a 418 (docs/getting-started/rollup-operator.md has the table).
import type { Request } from 'express'
import { FloeError } from '../../protocol/errors.ts'

/** `skip`: answer 200 without a body, which upstream's node takes for an empty frame; `halt`: 418, which it asks again permanently. */
export const opInvalidAnswers = ['skip', 'halt'] as const
export type OpInvalidAnswer = (typeof opInvalidAnswers)[number]

/** `unavailable`: 503, which a node asks again; `not-found`: 404, which stops upstream's node after its challenge window. */
export const opExpiredAnswers = ['unavailable', 'not-found'] as const
export type OpExpiredAnswer = (typeof opExpiredAnswers)[number]

export type OpAnswers = {
  /** For a commitment that is invalid for every node; upstream's client only. */
  readonly invalid: OpInvalidAnswer
  /** For a batch whose promise has ended; upstream's client only. */
  readonly expired: OpExpiredAnswer
}

const INCLUSION_QUERY = 'l1_inclusion_block_number'
const QUOTED_CHARACTERS_MAX = 40

/** Whether the request is of a fork's client. */
export function isForkRequest(request: Pick<Request, 'query'>): boolean {
  return request.query[INCLUSION_QUERY] !== undefined
}

/** The L1 block that included the commitment; undefined where the client does not name one, or says 0 for it. @throws FloeError `malformed` */
export function inclusionBlock({ query }: Pick<Request, 'query'>): bigint | undefined {
  const value = query[INCLUSION_QUERY]
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^\d{1,18}$/.test(value)) return value === '0' ? undefined : BigInt(value)
  const got = JSON.stringify(value).slice(0, QUOTED_CHARACTERS_MAX)
  throw new FloeError('malformed', `Expected a block number in ${INCLUSION_QUERY}, got ${got}.`)
}
