// Requests that `fetch` does not send: with any target, Host and other headers that it keeps to itself.
import { type IncomingHttpHeaders, request } from 'node:http'

export type TargetAnswer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request for `target`, which need not be a path, to the server at `url`. */
export async function requestTarget(
  url: string,
  target: string,
  headers: Record<string, string> = {},
  method: string = 'GET',
): Promise<TargetAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path: target, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const body = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
