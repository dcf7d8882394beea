// The errors of JSON-RPC 2.0, with the codes of go-ethereum's servers.

export const PARSE_ERROR = -32_700
export const INVALID_REQUEST = -32_600
export const METHOD_NOT_FOUND = -32_601
export const INVALID_PARAMS = -32_602
/** An error of the method itself. */
export const METHOD_FAILED = -32_000

/** An error that a client is answered with. */
export class RpcError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'RpcError'
    this.code = code
  }
}
