// Talking to a sidecar over its native API (src/sidecar/http/native.ts). Its errors come back as the errors that they were.
import { type ErrorCode, FloeError } from '../protocol/errors.ts'
import { BATCH_BYTES_MAX } from '../protocol/limits.ts'
import { type HttpResponse, createHttpClient } from '../runtime/http-client.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Status } from '../sidecar/status.ts'

export type SidecarClient = {
  put(batch: Uint8Array): Promise<{ commitment: Hex } & Record<string, unknown>>
  get(commitment: Hex): Promise<Uint8Array>
  status(): Promise<Status>
  close(): Promise<void>
}

/** Longer than the sidecar's own timeouts, so that its answer arrives. */
const TIMEOUT_MS = 120_000
const STATUS_TIMEOUT_MS = 15_000
const JSON_BYTES_MAX = 1024 * 1024
/** Errors that a sidecar answers with. Another word from it is judged by its status. */
const relayedCodes: readonly ErrorCode[] = [
  'malformed',
  'empty',
  'too-large',
  'commitment-invalid',
  'batch-invalid',
  'expired',
  'unavailable',
  'overloaded',
  'over-quota',
  'unknown-disperser',
  'storage',
  'internal',
]

export function createSidecarClient(url: string): SidecarClient {
  const http = createHttpClient()
  const base = url.replace(/\/+$/, '')
  const send = async (request: Parameters<typeof http.send>[0]): Promise<HttpResponse> => {
    const response = await http.send(request).catch((error: unknown) => {
      throw unreachable(base, error)
    })
    if (response.status !== 200) throw refusal(base, response)
    return response
  }
  return {
    put: async (body) => {
      const to = { method: 'POST', url: `${base}/v1/batches`, timeoutMs: TIMEOUT_MS } as const
      const receipt = jsonOf(base, await send({ ...to, body, responseBytesMax: JSON_BYTES_MAX }))
      const { commitment } = receipt
      if (typeof commitment !== 'string' || !/^0x[0-9a-f]+$/.test(commitment)) throw notASidecar(base)
      return { ...receipt, commitment: commitment as Hex }
    },
    get: async (commitment) => {
      const from = `${base}/v1/batches/${commitment}`
      const limits = { timeoutMs: TIMEOUT_MS, responseBytesMax: BATCH_BYTES_MAX }
      return (await send({ method: 'GET', url: from, ...limits })).body
    },
    status: async () => {
      const limits = { timeoutMs: STATUS_TIMEOUT_MS, responseBytesMax: JSON_BYTES_MAX }
      const status = jsonOf(base, await send({ method: 'GET', url: `${base}/v1/status`, ...limits }))
      if (typeof status['committee'] !== 'object' || typeof status['batches'] !== 'object')
        throw notASidecar(base)
      return status as unknown as Status
    },
    close: async () => http.close(),
  }
}

function jsonOf(url: string, { body }: HttpResponse): Record<string, unknown> {
  const value = parseJson(body)
  if (value === undefined) throw notASidecar(url)
  return value
}

function parseJson(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function notASidecar(url: string): FloeError {
  return new FloeError('configuration', `What answers at ${url} is not a Floe sidecar.`, {
    remedy: 'Correct --url or FLOE_URL.',
  })
}

function unreachable(url: string, cause: unknown): FloeError {
  const code = (cause as { cause?: { code?: unknown } }).cause?.code
  if (code !== 'ECONNREFUSED' && code !== 'ENOTFOUND') {
    return cause instanceof FloeError ? cause : new FloeError('unavailable', String(cause), { cause })
  }
  return new FloeError('unavailable', `No sidecar answers at ${url}.`, {
    remedy: 'Start one with floe devnet, or name another with --url or FLOE_URL.',
    cause,
  })
}

/** The error that a sidecar answered with. */
function refusal(url: string, response: HttpResponse): FloeError {
  const { code, message } = parseJson(response.body) ?? {}
  const words = typeof message === 'string' ? message : `${url} answered with status ${response.status}.`
  const known = relayedCodes.find((relayed) => relayed === code)
  if (known !== undefined) return new FloeError(known, words)
  return new FloeError(response.status >= 500 ? 'unavailable' : 'configuration', words)
}
