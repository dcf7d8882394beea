// The texts by which Nitro's client knows an error (nitro v3.10, daprovider/daclient/daclient.go and daprovider/reader.go). It looks
// for them anywhere in a message, so no other message may contain one by accident.
import { type ErrorCode, FloeError, asFloeError } from '../../protocol/errors.ts'
import { METHOD_FAILED, RpcError } from './rpc-error.ts'

/** The batch is empty for every node, permanently. */
const INVALID_CERTIFICATE = 'certificate validation failed'
/** The batch poster goes on with its next writer, in the end with Ethereum. */
const FALL_BACK = 'DA provider requests fallback to next writer'
/** The batch poster asks for the size again and builds a smaller batch. */
const TOO_LARGE = 'message too large for current DA backend'
/** Nitro's client repeats a call whose error matches (its default `retry-errors`). */
const RETRIED = /websocket: close|dial tcp|i\/o timeout|connection reset by peer|connection refused/gi

/** Failures of a store that another attempt in the next seconds does not mend, so that the rollup goes on without this sidecar. */
const FALLS_BACK: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'storage',
  'over-quota',
  'wrong-epoch',
  'bad-expiry',
  'unknown-disperser',
  'no-deposit',
])

export function invalidCertificate(reason: string): RpcError {
  return new RpcError(METHOD_FAILED, `${INVALID_CERTIFICATE}: ${withoutKnownTexts(reason)}`)
}

/** The error of a store, as the batch poster has to see it. */
export function storeError(thrown: unknown): unknown {
  if (!(thrown instanceof FloeError)) return thrown
  const reason = withoutKnownTexts(thrown.message)
  if (thrown.code === 'too-large') return new RpcError(METHOD_FAILED, `${TOO_LARGE}: ${reason}`)
  if (FALLS_BACK.has(thrown.code)) return new RpcError(METHOD_FAILED, `${FALL_BACK}: ${reason}`)
  return plainError(thrown)
}

/** An error that says nothing about the certificate or the writer: the caller asks again later. */
export function plainError(thrown: unknown): unknown {
  if (thrown instanceof RpcError) return thrown
  const error = asFloeError(thrown)
  if (error.code === 'internal') return thrown
  return new RpcError(METHOD_FAILED, withoutKnownTexts(error.message))
}

function withoutKnownTexts(message: string): string {
  return [INVALID_CERTIFICATE, FALL_BACK, TOO_LARGE]
    .reduce((text, known) => text.replaceAll(known, '…'), message)
    .replaceAll(RETRIED, '…')
}
