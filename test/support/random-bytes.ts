// Reproducible bytes: the stream SHA-256(label ‖ 0) ‖ SHA-256(label ‖ 1) ‖ …, with counters as u32.
import { hash } from 'node:crypto'

/** The first `length` bytes of the stream named `label`. */
export function seededBytes(label: string, length: number): Uint8Array {
  const name = Buffer.from(label)
  const message = Buffer.concat([name, Buffer.alloc(4)])
  const bytes = new Uint8Array(length)
  for (let at = 0, counter = 0; at < length; at += 32, counter++) {
    message.writeUInt32BE(counter, name.length)
    bytes.set(hash('sha256', message, 'buffer').subarray(0, length - at), at)
  }
  return bytes
}

/** A number in [0, 1) that depends only on `label`. */
export function seededFraction(label: string): number {
  return Buffer.from(seededBytes(label, 4)).readUInt32BE() / 2 ** 32
}

/** The one of `choices` that `label` selects. */
export function seededChoice<T>(label: string, choices: readonly T[]): T {
  return choices[Math.floor(seededFraction(label) * choices.length)] as T
}
