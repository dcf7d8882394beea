// The world around a sidecar whose own work is measured: operators that read their pairs and attest at once, without checking or
// storing them, and a client that puts one batch after another. Prints a line for every put; ends when its parent's pipe closes.
import { randomBytes, randomFillSync } from 'node:crypto'
import { type IncomingMessage, createServer } from 'node:http'
import { Agent, request } from 'undici'
import { Attester } from '../../src/node/attestation.ts'
import { type Hex, fromHex } from '../../src/protocol/bytes.ts'
import { DISPERSAL_HEAD_BYTES, decodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { type Domain, headerDigest } from '../../src/protocol/header.ts'
import { loadSecp256k1 } from '../../src/runtime/secp256k1.ts'

export type World = {
  readonly port: number
  readonly domain: Domain
  /** Secret keys of the operators; operator i is at /i. */
  readonly keys: readonly Hex[]
  readonly sidecar: string
  readonly bytes: number
  /** Puts that are under way at once. */
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

function serve(world: World, attesters: readonly Attester[]): void {
  const server = createServer((incoming, outgoing) => {
    void headOf(incoming).then((head) => {
      const attester = attesters[Number(/^\/(\d+)\//.exec(incoming.url ?? '')?.[1])]
      if (attester === undefined || head.length < DISPERSAL_HEAD_BYTES) {
        outgoing.writeHead(404).end()
        return
      }
      const { header } = decodeDispersalHead(head)
      const attestation = attester.attest(headerDigest(world.domain, header), header.epoch)
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(attestation))
    })
  })
  server.listen(world.port, '127.0.0.1', () => console.log('ready'))
}

async function putForEver(world: World, dispatcher: Agent): Promise<void> {
  const batch = randomBytes(world.bytes)
  for (;;) {
    // A sidecar answers equal batches from what it has.
    randomFillSync(batch, 0, 32)
    const started = performance.now()
    const { statusCode, body } = await request(`${world.sidecar}/put`, {
      dispatcher,
      method: 'POST',
      body: batch,
    })
    const answer = await body.text()
    console.log(statusCode === 200 ? String(performance.now() - started) : `${statusCode} ${answer}`)
  }
}

const world = JSON.parse(process.argv[2] ?? '') as World
const curve = loadSecp256k1()
serve(
  world,
  world.keys.map((key) => new Attester({ curve, domain: world.domain, secretKey: fromHex(key) })),
)
process.stdin.once('data', () => {
  const dispatcher = new Agent({ connections: world.puts })
  for (let i = 0; i < world.puts; i++) void putForEver(world, dispatcher)
})
process.stdin.on('end', () => process.exit(0))
