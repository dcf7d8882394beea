// The requests of a rollup to a sidecar, the same as those of op-alt-da/daclient.go: a put is a POST of an octet stream, and a get
// names the commitment in lower-case hexadecimal with 0x. Redirects are not followed: a test must see the first answer.
import { readFileSync } from 'node:fs'

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Buffer }

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  }
}

export async function put(
  url: string,
  batch: Uint8Array,
  { path = '/put', method = 'POST' }: { path?: string; method?: string } = {},
): Promise<Answer> {
  return ask(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from(batch),
  })
}

export async function get(url: string, commitment: Uint8Array): Promise<Answer> {
  return getPath(url, `/get/0x${Buffer.from(commitment).toString('hex')}`)
}

export async function getPath(url: string, path: string): Promise<Answer> {
  return ask(`${url}${path}`, { method: 'GET' })
}

/** The commitment of a put that must succeed. */
export async function commit(url: string, batch: Uint8Array): Promise<Buffer> {
  const { status, headers, body } = await put(url, batch)
  if (status !== 200)
    throw new Error(`Expected 200 for a put, got ${status}: ${headers.get('x-floe-message')}`)
  return body
}

/** The calldata of a real op-batcher; undefined where the file is missing. */
export function realFrames(): Buffer | undefined {
  try {
    return readFileSync(new URL('../../../shared/data/op-batcher-frames.bin', import.meta.url))
  } catch {
    return undefined
  }
}
