// The environment of a measured sidecar: operators that read their pairs and attest immediately, without checking or storing them, and
// a client that puts one batch after another. Prints a line for every put. Ends when the pipe from its parent closes.
import { randomBytes, randomFillSync } from 'node:crypto'
import { type IncomingMessage, createServer } from 'node:http'
import { Agent, request } from 'undici'
import { Attester } from '../../src/node/attestation.ts'
import { type Hex, fromHex } from '../../src/protocol/bytes.ts'
import { DISPERSAL_HEAD_BYTES, decodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { type Domain, headerDigest } from '../../src/protocol/header.ts'
import { loadSecp256k1 } from '../../src/runtime/secp256k1.ts'

export type Environment = {
  readonly port: number
  readonly domain: Domain
  /** Of the epoch of all headers. */
  readonly committeeRoot: Hex
  /** Secret keys of the operators. The URL of operator i ends in /i. */
  readonly keys: readonly Hex[]
  readonly sidecar: string
  readonly bytes: number
  /** Number of concurrent puts. */
  readonly puts: number
}

/** The first bytes of a body, once all of it has arrived. */
async function headOf(incoming: IncomingMessage): Promise<Uint8Array> {
  const first: Buffer[] = []
  let length = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    if (length < DISPERSAL_HEAD_BYTES) first.push(part)
    length += part.length
  }
  return Buffer.concat(first).subarray(0, DISPERSAL_HEAD_BYTES)
}

function serve(environment: Environment, attesters: readonly Attester[]): void {
  const server = createServer((incoming, outgoing) => {
    void headOf(incoming).then((head) => {
      const attester = attesters[Number(/^\/(\d+)\//.exec(incoming.url ?? '')?.[1])]
      if (attester === undefined || head.length < DISPERSAL_HEAD_BYTES) {
        outgoing.writeHead(404).end()
        return
      }
      const { header } = decodeDispersalHead(head)
      const attestation = attester.attest(headerDigest(environment.domain, header), environment.committeeRoot)
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(attestation))
    })
  })
  server.listen(environment.port, '127.0.0.1', () => console.log('ready'))
}

async function putRepeatedly(environment: Environment, dispatcher: Agent): Promise<void> {
  const batch = randomBytes(environment.bytes)
  for (;;) {
    // A sidecar answers a repeated batch without encoding it again.
    randomFillSync(batch, 0, 32)
    const started = performance.now()
    const { statusCode, body } = await request(`${environment.sidecar}/put`, {
      dispatcher,
      method: 'POST',
      body: batch,
    })
    const answer = await body.text()
    console.log(statusCode === 200 ? String(performance.now() - started) : `${statusCode} ${answer}`)
  }
}

const environment = JSON.parse(process.argv[2] ?? '') as Environment
const curve = loadSecp256k1()
serve(
  environment,
  environment.keys.map((key) => new Attester({ curve, domain: environment.domain, secretKey: fromHex(key) })),
)
process.stdin.once('data', () => {
  const dispatcher = new Agent({ connections: environment.puts })
  for (let i = 0; i < environment.puts; i++) void putRepeatedly(environment, dispatcher)
})
process.stdin.on('end', () => process.exit(0))
