// The calls of Nitro's batch poster and nodes to a DA provider, byte for byte those of nitro v3.10 (daprovider/daclient/daclient.go and
// daprovider/data_streaming/sender.go), by HTTP or by WebSocket.
import { keccak_256 } from '@noble/hashes/sha3.js'
import WebSocket from 'ws'
import { type Hex, concatBytes, fromHex, toHex, uint64Bytes } from '../../src/protocol/bytes.ts'

/** An error in an answer. */
export class NitroError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

type Answer = {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}
type Send = (body: string) => Promise<string>

export class NitroClient {
  readonly #send: Send
  #id = 0

  constructor(send: Send) {
    this.#send = send
  }

  static http(url: string, headers: Record<string, string> = {}): NitroClient {
    return new NitroClient(async (body) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body,
      })
      const text = await response.text()
      // go-ethereum's client reports any other status as an error, with the body.
      if (!response.ok) throw new NitroError(response.status, text)
      return text
    })
  }

  async call(method: string, ...params: readonly unknown[]): Promise<Record<string, unknown> | null> {
    this.#id += 1
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#id, method: `daprovider_${method}`, params })
    const answer = JSON.parse(await this.#send(body)) as Answer
    if (answer.error !== undefined) throw new NitroError(answer.error.code, answer.error.message)
    return answer.result as Record<string, unknown> | null
  }

  /** @returns the certificate */
  async store(message: Uint8Array, timeout: number): Promise<Hex> {
    const result = await this.call('store', toHex(message), quantity(BigInt(timeout)))
    return result?.['serialized-da-cert'] as Hex
  }

  /** @returns the payload that a node uses */
  async recoverPayload(certificate: Hex): Promise<Uint8Array> {
    const result = await this.call('recoverPayload', ...batchArguments(certificate))
    return Buffer.from(result?.['Payload'] as string, 'base64')
  }

  /** @param order of the chunks; left out, ascending @returns the certificate */
  async storeChunked(
    message: Uint8Array,
    {
      chunkBytes,
      timeout,
      now,
      order,
    }: { chunkBytes: number; timeout: number; now: number; order?: readonly number[] },
  ): Promise<Hex> {
    const chunks = Math.ceil(message.length / chunkBytes)
    const numbers = [now, chunks, chunkBytes, message.length, timeout].map(BigInt)
    const started = await this.call('startChunkedStore', ...numbers.map(quantity), checksum([], numbers))
    const id = BigInt(started?.['BatchId'] as string)
    for (const index of order ?? Array.from({ length: chunks }, (_, i) => i)) {
      const chunk = message.subarray(index * chunkBytes, (index + 1) * chunkBytes)
      await this.call(
        'sendChunk',
        quantity(id),
        quantity(BigInt(index)),
        toHex(chunk),
        checksum(chunk, [id, BigInt(index)]),
      )
    }
    const result = await this.call('commitChunkedStore', quantity(id), checksum([], [id]))
    return result?.['serialized-da-cert'] as Hex
  }
}

/** The arguments of the calls about a batch: its number, the hash of a block, and the sequencer message. */
export function batchArguments(certificate: Hex): readonly string[] {
  const header = new Uint8Array(40)
  return ['0x1a2b', `0x${'11'.repeat(32)}`, toHex(concatBytes(header, fromHex(certificate)))]
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`
}

/** The signature of a streaming call: a hash without a key. */
function checksum(bytes: Uint8Array | readonly number[], numbers: readonly bigint[]): Hex {
  return toHex(keccak_256(concatBytes(Uint8Array.from(bytes), ...numbers.map(uint64Bytes))))
}

/** A client over one WebSocket, which the caller closes. */
export async function webSocketClient(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ client: NitroClient; socket: WebSocket }> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject)
  })
  const waiting = new Map<number, (text: string) => void>()
  socket.on('message', (data: Buffer) => {
    const text = data.toString()
    waiting.get((JSON.parse(text) as { id: number }).id)?.(text)
  })
  const client = new NitroClient(
    async (body) =>
      new Promise((resolve) => {
        waiting.set((JSON.parse(body) as { id: number }).id, resolve)
        socket.send(body)
      }),
  )
  return { client, socket }
}
