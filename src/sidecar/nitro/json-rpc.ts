// JSON-RPC 2.0 as go-ethereum's clients speak it: positional arguments, single calls and batches of calls. The envelope only; which
// methods there are is the caller's concern.
import { asFloeError } from '../../protocol/errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import { RpcArguments } from './rpc-arguments.ts'
import {
  INVALID_PARAMS,
  INVALID_REQUEST,
  METHOD_FAILED,
  METHOD_NOT_FOUND,
  PARSE_ERROR,
  RpcError,
} from './rpc-error.ts'

/** Calls of one batch. Nitro's client sends none. */
const BATCH_CALLS_MAX = 16
const METHOD_CHARACTERS_MAX = 80
/** Characters of an id that is a text. */
const ID_CHARACTERS_MAX = 256

/** @throws RpcError, or FloeError, whose message becomes that of the answer */
export type RpcMethod = (args: RpcArguments) => Promise<object | null>

export type JsonRpcOptions = {
  readonly methods: ReadonlyMap<string, RpcMethod>
  readonly logger: Logger
  /** Called once for each call of a known method. */
  readonly onCall?: (method: string, outcome: 'answered' | 'failed') => void
}

type Id = string | number | null
type Answer = { readonly jsonrpc: '2.0'; readonly id: Id } & (
  | { readonly result: object | null }
  | { readonly error: { readonly code: number; readonly message: string } }
)

export class JsonRpc {
  readonly #options: JsonRpcOptions

  constructor(options: JsonRpcOptions) {
    this.#options = options
  }

  /** Answers a request. Undefined for notifications, which are not answered. Never rejects. */
  async answer(request: string): Promise<string | undefined> {
    let parsed: unknown
    try {
      parsed = JSON.parse(request)
    } catch {
      return JSON.stringify(failure(null, PARSE_ERROR, 'Expected JSON, got text that does not parse.'))
    }
    if (!Array.isArray(parsed)) {
      const answer = await this.#call(parsed)
      return answer && JSON.stringify(answer)
    }
    if (parsed.length === 0 || parsed.length > BATCH_CALLS_MAX) {
      const message = `Expected 1 to ${BATCH_CALLS_MAX} calls in a batch, got ${parsed.length}.`
      return JSON.stringify(failure(null, INVALID_REQUEST, message))
    }
    const answers: Answer[] = []
    for (const call of parsed) {
      const answer = await this.#call(call)
      if (answer !== undefined) answers.push(answer)
    }
    return answers.length === 0 ? undefined : JSON.stringify(answers)
  }

  async #call(call: unknown): Promise<Answer | undefined> {
    if (typeof call !== 'object' || call === null || Array.isArray(call))
      return failure(null, INVALID_REQUEST, 'Expected a call as a JSON object.')
    const { jsonrpc, id, method, params = [] } = call as Record<string, unknown>
    if (!isId(id) && id !== undefined)
      return failure(null, INVALID_REQUEST, 'Expected a number or a text as id.')
    const answerId = id ?? null
    if (jsonrpc !== '2.0' || typeof method !== 'string')
      return failure(answerId, INVALID_REQUEST, 'Expected jsonrpc "2.0" and a method.')
    const known = this.#options.methods.get(method)
    if (known === undefined) {
      const name = method.slice(0, METHOD_CHARACTERS_MAX)
      return failure(answerId, METHOD_NOT_FOUND, `the method ${name} does not exist/is not available`)
    }
    if (!Array.isArray(params))
      return failure(answerId, INVALID_PARAMS, 'Expected positional arguments in an array as params.')
    const answer = await this.#run(answerId, method, known, params)
    return id === undefined ? undefined : answer
  }

  async #run(id: Id, method: string, call: RpcMethod, params: readonly unknown[]): Promise<Answer> {
    const { onCall, logger } = this.#options
    try {
      const result = await call(new RpcArguments(params))
      onCall?.(method, 'answered')
      return { jsonrpc: '2.0', id, result }
    } catch (thrown) {
      onCall?.(method, 'failed')
      if (thrown instanceof RpcError) return failure(id, thrown.code, thrown.message)
      const error = asFloeError(thrown)
      if (error.code !== 'internal') return failure(id, METHOD_FAILED, error.message)
      logger.error({ err: thrown, method }, 'call failed')
      return failure(id, METHOD_FAILED, 'Internal error; the log has it.')
    }
  }
}

function isId(id: unknown): id is Id {
  return typeof id === 'number' || id === null || (typeof id === 'string' && id.length <= ID_CHARACTERS_MAX)
}

function failure(id: Id, code: number, message: string): Answer {
  return { jsonrpc: '2.0', id, error: { code, message } }
}
